//! The way of a trade through the house: deposit, trade, margin, fall, liquidation, withdrawal, conservation.

use clearing_house::ClearTradeArgs;
use novate_tests::World;
use novate_tests::layout::nanos;

/// Index of the strike at a multiple of the price among 17 strikes from 60 % to 140 % of it.
fn strike(multiple: f64) -> u16 {
    ((multiple - 0.6) / 0.05).round() as u16
}

fn option(expiry_hour: u32, multiple: f64, kind: u8, lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market: 2, expiry_hour, strike: strike(multiple), kind, lots, price: nanos(price) }
}

#[test]
fn a_short_strangle_is_liquidated_and_the_books_balance() {
    let mut world = World::new(17);
    let maker = world.trader(32, 1_000_000);
    let seller = world.trader(32, 1_300);
    let keeper = world.trader(32, 200_000);
    let near = world.expiries[0];
    // 30 SOL of a 90/110 strangle
    world.trade(&maker, &seller, option(near, 1.10, 0, 300, 3.0)).expect("the call clears");
    world.trade(&maker, &seller, option(near, 0.90, 1, 300, 2.5)).expect("the put clears");
    let before = world.margin(seller.account);
    assert!(before.equity_im >= before.im, "{before:?}");
    assert!(before.static_im > before.im, "{before:?}");

    world.advance(30);
    world.shock(0.78);
    let breached = world.margin(seller.account);
    assert!(breached.equity_mm < breached.mm, "{breached:?}");
    let witness = world.witness(seller.account);
    world.liquidate(&keeper, seller.account, 1.0, Some(witness)).expect("the liquidation");
    let after = world.margin(seller.account);
    assert!(after.equity_mm - after.mm > breached.equity_mm - breached.mm, "{after:?}");
    assert!(!world.legs(keeper.account).is_empty());

    let all = [maker.account, seller.account, keeper.account];
    assert_eq!(world.imbalance(world.usdc, &all), 0);
}
