//! Silent feeds, volatile markets and large deposits: what collateral counts then, and that it blocks nothing.

use anchor_lang::prelude::Pubkey;
use clearing_house::error::ClearingError as E;
use clearing_house::state::CollateralTerms;
use clearing_house::{ClearTradeArgs, ListCollateralArgs};
use novate_tests::layout::{self, nanos};
use novate_tests::world::SOL_FEED;
use novate_tests::{World, instructions as ix, oracle, tokens};
use solana_signer::Signer;

const GIVE_UP: i64 = 6 * 3_600;
const FADE: i64 = 2 * 86_400;

fn perpetual(market: u16, lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market, expiry_hour: 0, strike: 0, kind: 3, lots, price: nanos(price) }
}

/// Lets time pass for markets 0 and 1 alone: market 2, SOL and staked SOL fall silent.
fn advance_without_sol(world: &mut World, seconds: i64) {
    world.advance(seconds);
    for market in [0, 1_u16] {
        let update = oracle::update(layout::feed(market), world.prices[usize::from(market)], world.now());
        world.post(market, &update);
        world.accepts(ix::refresh_price(market, World::price_account(market)), &[]);
    }
}

#[test]
fn a_silent_feed_blocks_for_a_while_and_then_fades() {
    let mut world = World::new(2);
    let holder = world.trader(8, 0);
    let sol = world.sol;
    world.deposit(&holder, sol, 1_000_000_000).expect("1 SOL");
    let before = world.margin(holder.account);
    assert_eq!(before.equity_mm, 213_293_300); // (220 − 0.11) × 97 %
    let check = |world: &World| {
        ix::with_remaining(ix::check_margin(holder.account, true), &world.risk_accounts(&[holder.account], &[]))
    };
    for seconds in [61, GIVE_UP - 61] {
        advance_without_sol(&mut world, seconds);
        let check = check(&world);
        world.refuses(check, &[], E::StalePrice);
    }
    for (seconds, equity) in [(1, 213_292_065), (FADE / 2 - 1, 106_646_650), (FADE / 2 - 1, 1_234), (1, 0), (FADE, 0)] {
        advance_without_sol(&mut world, seconds);
        let report = world.margin(holder.account);
        assert_eq!((report.equity_mm, report.equity_im), (equity, 0), "{seconds}");
    }
    // any price brings it back
    world.refresh_all();
    assert_eq!(world.margin(holder.account).equity_mm, before.equity_mm);
}

#[test]
fn the_holder_of_a_silent_collateral_can_be_wound_down_but_takes_no_risk_on_it() {
    let mut world = World::new(2);
    let (bob, alice, keeper) = (world.trader(8, 300), world.trader(8, 100_000), world.trader(8, 100_000));
    let (sol, usdc) = (world.sol, world.usdc);
    let rich = world.trader(8, 100_000);
    world.deposit(&bob, sol, 3_000_000_000).expect("3 SOL");
    world.deposit(&rich, sol, 1_000_000_000).expect("1 SOL");
    world.trade(&bob, &alice, perpetual(1, 80, 4_300.0)).expect("0.8 ETH");
    advance_without_sol(&mut world, 61);
    let liquidate = world.liquidation(&keeper, bob.account, 1.0, None);
    world.refuses(liquidate, &[&keeper.owner], E::StalePrice);
    advance_without_sol(&mut world, GIVE_UP);
    // still healthy, but nothing more can be done on the SOL
    assert!(world.margin(bob.account).equity_mm > world.margin(bob.account).mm);
    let liquidate = world.liquidation(&keeper, bob.account, 1.0, None);
    world.refuses(liquidate, &[&keeper.owner], E::NotLiquidatable);
    let more = world.trade_instruction(&bob, &alice, perpetual(1, 1, 4_300.0));
    world.refuses(more, &[], E::BelowInitialMargin);
    let withdrawal = world.withdrawal(&bob, usdc, 1);
    world.refuses(withdrawal, &[&bob.owner], E::BelowInitialMargin);
    // what stands on cash goes on: the silent token is dead weight, not a lock
    world.trade(&rich, &alice, perpetual(1, 1, 4_300.0)).expect("a trade on cash");
    world.withdraw(&rich, sol, 1).expect("a withdrawal of the silent token");
    // it fades until the account can be taken over
    advance_without_sol(&mut world, FADE);
    let report = world.margin(bob.account);
    assert!(report.equity_mm < report.mm, "{report:?}");
    world.liquidate(&keeper, bob.account, 1.0, None).expect("a liquidation");
    let after = world.margin(bob.account);
    assert!(after.equity_mm - after.mm > report.equity_mm - report.mm, "{report:?} {after:?}");
}

/// The market speaks, the token bound to it does not: it may be worth nothing by now, and then hedges nothing.
#[test]
fn a_silent_token_hedges_no_trade() {
    let mut world = World::new(2);
    let (bob, alice) = (world.trader(8, 100), world.trader(8, 100_000));
    let staked = world.staked;
    world.deposit(&bob, staked, 10_000_000_000).expect("10 staked SOL");
    // as much as they are worth
    let short = perpetual(2, 120, 220.0);
    let trade = world.trade_instruction(&alice, &bob, short);
    let before = world.svm.clone();
    world.accepts(trade, &[]);
    world.svm = before;
    world.advance(GIVE_UP + 1);
    let update = oracle::update(layout::feed(2), world.prices[2], world.now());
    world.post(2, &update);
    world.accepts(ix::refresh_price(2, World::price_account(2)), &[]);
    let trade = world.trade_instruction(&alice, &bob, short);
    world.refuses(trade, &[], E::BelowInitialMargin);
}

/// Nor anything that a liquidator takes over.
#[test]
fn a_silent_token_hedges_no_takeover() {
    let mut world = World::new(2);
    let (bob, alice) = (world.trader(8, 600), world.trader(8, 100_000));
    let (keeper, rich) = (world.trader(8, 100), world.trader(8, 100_000));
    let staked = world.staked;
    // about as much as it takes over
    world.deposit(&keeper, staked, 7_000_000_000).expect("7 staked SOL");
    world.trade(&alice, &bob, perpetual(2, 120, 220.0)).expect("12 SOL short");
    world.advance(GIVE_UP + 1);
    let update = oracle::update(layout::feed(2), world.prices[2] * 1.15, world.now());
    world.post(2, &update);
    world.accepts(ix::refresh_price(2, World::price_account(2)), &[]);
    let liquidation = world.liquidation(&keeper, bob.account, 1.0, None);
    world.refuses(liquidation, &[&keeper.owner], E::LiquidatorBelowInitialMargin);
    world.liquidate(&rich, bob.account, 1.0, None).expect("a liquidation on cash");
}

#[test]
fn a_leg_in_a_silent_market_is_never_margined_at_its_last_price() {
    let mut world = World::new(2);
    let (bob, alice, keeper) = (world.trader(8, 1_000), world.trader(8, 100_000), world.trader(8, 100_000));
    let sol = world.sol;
    world.deposit(&bob, sol, 1_000_000_000).expect("1 SOL");
    world.trade(&bob, &alice, perpetual(2, 10, 220.0)).expect("1 SOL of perpetual");
    advance_without_sol(&mut world, GIVE_UP + FADE + 1);
    let accounts = world.risk_accounts(&[bob.account], &[]);
    world.refuses(ix::with_remaining(ix::check_margin(bob.account, true), &accounts), &[], E::StalePrice);
    let liquidate = world.liquidation(&keeper, bob.account, 1.0, None);
    world.refuses(liquidate, &[&keeper.owner], E::StalePrice);
    let trade = world.trade_instruction(&alice, &keeper, perpetual(2, 1, 220.0));
    world.refuses(trade, &[], E::StalePrice);
    // markets that speak are not held up by one that does not, even if it is passed
    let eth = world.trade_instruction(&keeper, &bob, perpetual(1, 1, 4_300.0));
    world.refuses(eth, &[], E::StalePrice); // bob has SOL
    let carol = world.trader(8, 100_000);
    let eth = world.trade_instruction(&keeper, &carol, perpetual(1, 1, 4_300.0));
    world.accepts(eth, &[]);
}

#[test]
fn a_haircut_follows_the_markets_range() {
    let mut world = World::new(2);
    let terms = CollateralTerms { haircut_vol_share: nanos(0.75), ..layout::terms() };
    let mint = world.list_more(Some(2), |_| ListCollateralArgs { terms, ..layout::collateral(SOL_FEED, 0.03, 0.15) });
    world.accepts(ix::refresh_collateral(&mint, World::price_account(SOL_FEED)), &[]);
    let holder = world.trader(8, 0);
    world.deposit(&holder, mint, 1_000_000_000).expect("1 token");
    // R is 16 %: three quarters are 12 %, above 3 % and below 15 %
    let report = world.margin(holder.account);
    assert_eq!((report.equity_mm, report.equity_im), (193_503_200, 186_906_500)); // 219.89 × 88 %, × 85 %
    // the market decides, so that it has to be there
    let accounts = world.risk_accounts(&[holder.account], &[]);
    let check = ix::with_remaining(ix::check_margin(holder.account, true), &accounts[..1]);
    world.refuses(check, &[], E::MissingMarket);
}

#[test]
fn a_large_deposit_counts_less_but_liquidates_nobody() {
    let mut world = World::new(2);
    let terms = CollateralTerms { scale_start: 400_000_000, ..layout::terms() };
    let mint = world.list_more(Some(2), |_| ListCollateralArgs { terms, ..layout::collateral(SOL_FEED, 0.0, 0.0) });
    world.accepts(ix::refresh_collateral(&mint, World::price_account(SOL_FEED)), &[]);
    let (small, large) = (world.trader(8, 0), world.trader(8, 0));
    world.deposit(&small, mint, 1_000_000_000).expect("1 token");
    let alone = world.margin(small.account);
    assert_eq!((alone.equity_mm, alone.equity_im), (219_890_000, 219_890_000));
    world.deposit(&large, mint, 9_000_000_000).expect("9 tokens");
    // 400 of 2,198.90
    let crowded = world.margin(small.account);
    assert_eq!(crowded.equity_mm, alone.equity_mm);
    assert_eq!(crowded.equity_im, 39_999_999);
    let both = world.margin(large.account).equity_im + crowded.equity_im;
    assert!((399_999_000..=400_000_000).contains(&both), "{both}");
    world.withdraw(&large, mint, 9_000_000_000).expect("all of it");
    assert_eq!(world.margin(small.account).equity_im, alone.equity_im);
}

#[test]
fn terms_have_bounds() {
    type Spoil = fn(&mut CollateralTerms);
    let cases: [(&str, Spoil); 8] = [
        ("negative share", |terms| terms.haircut_vol_share = -1),
        ("share above 5", |terms| terms.haircut_vol_share = nanos(5.0) + 1),
        ("negative scale", |terms| terms.scale_start = -1),
        ("given up within the hour", |terms| terms.give_up_after = 3_599),
        ("never given up", |terms| terms.give_up_after = 48 * 3_600 + 1),
        ("gone within the hour", |terms| terms.fade_seconds = 3_599),
        ("never gone", |terms| terms.fade_seconds = 7 * 86_400 + 1),
        ("backwards", |terms| terms.fade_seconds = i64::MIN),
    ];
    let mut world = World::new(2);
    let (payer, listing, mint) = (world.payer(), world.keys.listing.pubkey(), Pubkey::new_unique());
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
    for (case, spoil) in cases {
        let mut terms = layout::terms();
        spoil(&mut terms);
        let args = ListCollateralArgs { terms, ..layout::collateral(9, 0.1, 0.2) };
        let list = ix::list_collateral(payer, listing, mint, None, args);
        world.refuses_case(case, list, &[], E::BadCollateralTerms);
    }
    let mut empty = World::empty();
    let (payer, listing, usdc) = (empty.payer(), empty.keys.listing.pubkey(), empty.usdc);
    let initialise = ix::initialize_house(payer, payer, usdc, empty.house_args());
    empty.accepts(initialise, &[]);
    let args = ListCollateralArgs { terms: layout::terms(), ..layout::quote_token() };
    empty.refuses(ix::list_collateral(payer, listing, usdc, None, args), &[], E::BadCollateralTerms);
}
