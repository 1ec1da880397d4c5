//! The volatility feed is lost while spot lives (THREATS 17): risk may only fall, and margins widen with the hours.

use clearing_house::ClearTradeArgs;
use clearing_house::error::ClearingError as E;
use novate_tests::layout::nanos;
use novate_tests::{Trader, World};

/// Index of the strike at the money among three.
const MIDDLE: u16 = 1;

fn call(world: &World, lots: u64, price: f64) -> ClearTradeArgs {
    let expiry_hour = world.expiries[0];
    ClearTradeArgs { market: 2, expiry_hour, strike: MIDDLE, kind: 0, lots, price: nanos(price) }
}

/// What the call at the money is worth, per unit.
fn mark(world: &World) -> f64 {
    let book = world.data(&novate_tests::addresses::book(2, world.expiries[0]));
    let rows = clearing_house::state::tail::split::<clearing_house::state::Book, novate_risk::array::StrikeRisk>(&book);
    let row = rows.expect("a book").1[usize::from(MIDDLE)];
    row.mark.0 as f64 / 1e9 / 0.1
}

/// Two traders, the second short 100 calls of the first, an hour and a second after the last surface.
fn silence() -> (World, Trader, Trader) {
    let mut world = World::new(3);
    let (long, short) = (world.trader(8, 10_000), world.trader(8, 10_000));
    let price = mark(&world);
    let open = call(&world, 100, price);
    world.trade(&long, &short, open).expect("on a fresh surface");
    world.advance(3_601);
    world.refresh_all();
    (world, long, short)
}

#[test]
fn nothing_that_may_add_risk_passes() {
    let (mut world, long, short) = silence();
    let price = mark(&world);
    let more = world.trade_instruction(&long, &short, call(&world, 1, price));
    world.refuses_case("more of it", more, &[], E::StaleSurface);
    let through = world.trade_instruction(&short, &long, call(&world, 101, price));
    world.refuses_case("through zero", through, &[], E::StaleSurface);
    let third = world.trader(8, 10_000);
    let moved = world.trade_instruction(&third, &long, call(&world, 10, price));
    world.refuses_case("only one side shrinks", moved, &[], E::StaleSurface);
    let perpetual = ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots: 1, price: nanos(220.0) };
    let hedge = world.trade_instruction(&short, &long, perpetual);
    world.refuses_case("another instrument", hedge, &[], E::StaleSurface);
    let usdc = world.usdc;
    let withdrawal = world.withdrawal(&short, usdc, 1);
    world.refuses_case("a withdrawal", withdrawal, &[&short.owner], E::StaleSurface);
}

#[test]
fn a_trade_that_shrinks_both_sides_passes_at_a_fair_price() {
    let (mut world, long, short) = silence();
    let price = mark(&world);
    let before = [world.margin(long.account), world.margin(short.account)];
    let half = call(&world, 50, price);
    world.trade(&short, &long, half).expect("both shrink");
    let after = [world.margin(long.account), world.margin(short.account)];
    for (before, after) in before.iter().zip(&after) {
        assert!(after.im <= before.im, "{before:?} {after:?}");
        assert!(after.equity_im - after.im >= before.equity_im - before.im, "{before:?} {after:?}");
    }
    // so far from the mark that one side pays more than its margin falls by
    for unfair in [price * 8.0, 0.0] {
        let trade = world.trade_instruction(&short, &long, call(&world, 10, unfair));
        world.refuses_case(&format!("at {unfair}"), trade, &[], E::RiskMayOnlyFall);
    }
    world.trade(&short, &long, call(&world, 50, price)).expect("the rest");
    assert!(world.legs(long.account).is_empty() && world.legs(short.account).is_empty());
    assert_eq!(world.imbalance(world.usdc, &[long.account, short.account]), 0);
}

#[test]
fn shrinking_half_of_a_hedge_is_refused() {
    let mut world = World::new(3);
    let (one, other) = (world.trader(8, 1_000), world.trader(8, 1_000_000));
    let future = |lots| ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots, price: nanos(220.0) };
    let price = mark(&world);
    // calls sold, hedged with a perpetual: without it they need more
    let calls = call(&world, 100, price);
    world.trade(&other, &one, calls).expect("the calls");
    world.trade(&one, &other, future(50)).expect("the hedge");
    let hedged = world.margin(one.account);
    world.advance(3_601);
    world.refresh_all();
    let unhedge = world.trade_instruction(&other, &one, future(50));
    world.refuses(unhedge, &[], E::RiskMayOnlyFall);
    assert!(hedged.im < hedged.static_im, "{hedged:?}");
}

#[test]
fn an_account_below_its_margin_may_still_shrink_and_its_breach_stays_known() {
    let mut world = World::new(3);
    let (long, short) = (world.trader(8, 100_000), world.trader(8, 600));
    let price = mark(&world);
    let open = call(&world, 100, price);
    world.trade(&long, &short, open).expect("on a fresh surface");
    world.advance(3_601);
    world.shock(1.20);
    let before = world.margin(short.account);
    assert!(before.equity_mm < before.mm, "{before:?}");
    // a liquidator looks first and takes a small part
    let keeper = world.trader(8, 100_000);
    world.liquidate(&keeper, short.account, 0.05, None).expect("a stale surface does not stop a liquidation");
    let noted = world.account(short.account).breach;
    assert!(noted.since > 0);
    let price = mark(&world);
    world.trade(&short, &long, call(&world, 10, price)).expect("it shrinks");
    let after = world.margin(short.account);
    assert!(after.equity_im < after.im, "{after:?}");
    assert_eq!(world.account(short.account).breach, noted);
}

#[test]
fn margins_widen_with_the_hours_and_come_back_with_a_surface() {
    let mut world = World::new(3);
    let (long, short) = (world.trader(8, 10_000), world.trader(8, 10_000));
    let price = mark(&world);
    let open = call(&world, 100, price);
    world.trade(&long, &short, open).expect("on a fresh surface");
    let mut last = world.margin(short.account).im;
    let mut steps = Vec::new();
    // the hour that is allowed, then five more
    for _ in 0..6 {
        world.advance(3_600);
        world.refresh_all();
        let margin = world.margin(short.account).im;
        steps.push(margin - last);
        last = margin;
    }
    // time alone does little; ten points of the shock an hour do much once the core's vol-up rows pass the tails
    assert!(steps.iter().all(|step| *step > 0) && steps[5] > 100 * steps[0], "{steps:?}");
    world.publish_all();
    world.refresh_all();
    assert!(world.margin(short.account).im < last);
}
