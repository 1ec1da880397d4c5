//! What a trade would cost in margin, asked of the program before it is made.

use anchor_lang::AnchorDeserialize;
use clearing_house::error::ClearingError;
use clearing_house::{ClearTradeArgs, MarginReport, PreviewTradeArgs};
use novate_tests::layout::nanos;
use novate_tests::world::Failure;
use novate_tests::{Trader, World, instructions as ix};

fn preview(world: &World, trader: &Trader, trade: ClearTradeArgs, buys: bool) -> Result<MarginReport, Failure> {
    let preview = ix::preview_trade(trader.account, PreviewTradeArgs { trade, buys });
    let remaining = world.risk_accounts(&[trader.account], &[(trade.market, trade.expiry_hour)]);
    let metadata = world.simulate(&[ix::with_remaining(preview, &remaining)], &[])?;
    Ok(MarginReport::deserialize(&mut metadata.return_data.data.as_slice()).expect("a report"))
}

#[test]
fn a_preview_says_what_the_trade_then_does() {
    let mut world = World::new(17);
    let (maker, seller) = (world.trader(32, 1_000_000), world.trader(32, 20_000));
    let (near, far) = (world.expiries[0], world.expiries[1]);
    let trades = [
        ClearTradeArgs { market: 2, expiry_hour: near, strike: 10, kind: 0, lots: 300, price: nanos(3.0) },
        ClearTradeArgs { market: 2, expiry_hour: far, strike: 6, kind: 1, lots: 100, price: nanos(2.5) },
        ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots: 50, price: nanos(220.0) },
        ClearTradeArgs { market: 1, expiry_hour: far, strike: 0, kind: 2, lots: 7, price: nanos(4_310.0) },
        // closes what was opened first
        ClearTradeArgs { market: 2, expiry_hour: near, strike: 10, kind: 0, lots: 300, price: nanos(2.0) },
    ];
    for (number, trade) in trades.into_iter().enumerate() {
        let seller_buys = number == 4;
        let (buyer, other) = if seller_buys { (&seller, &maker) } else { (&maker, &seller) };
        let shown = [
            preview(&world, buyer, trade, true).expect("the buyer's preview"),
            preview(&world, other, trade, false).expect("the seller's preview"),
        ];
        world.trade(buyer, other, trade).expect("the trade clears");
        for (trader, shown) in [buyer, other].into_iter().zip(shown) {
            let (after, mut shown) = (world.margin(trader.account), shown);
            // a preview has no static margin
            (shown.static_mm, shown.static_im) = (after.static_mm, after.static_im);
            assert_eq!(shown, after, "trade {number}");
        }
    }
    let report = world.margin(seller.account);
    assert!(report.markets.iter().all(|market| market.oracle > 0), "{report:?}");
    assert!(report.markets.iter().any(|market| market.roll > 0), "{report:?}");
    assert_eq!(report.joint_rows.len(), 1, "two markets in one group");
    assert!(report.offset_im >= 0 && report.offset_mm <= report.offset_im);
}

#[test]
fn a_trade_that_fails_its_preview_does_not_clear() {
    let mut world = World::new(17);
    let (maker, seller) = (world.trader(32, 1_000_000), world.trader(32, 1_000));
    let expiry_hour = world.expiries[0];
    let trade = |lots| ClearTradeArgs { market: 2, expiry_hour, strike: 10, kind: 0, lots, price: nanos(3.0) };
    // the largest size by the previews alone
    let (mut meets, mut fails) = (1, 1_u64 << 20);
    while fails - meets > 1 {
        let middle = meets.midpoint(fails);
        let after = preview(&world, &seller, trade(middle), false).expect("the preview");
        if after.equity_im >= after.im { meets = middle } else { fails = middle }
    }
    let clear = world.trade_instruction(&maker, &seller, trade(fails));
    world.refuses_case("one lot more", clear, &[], ClearingError::BelowInitialMargin);
    world.trade(&maker, &seller, trade(meets)).expect("the largest size clears");
}

#[test]
fn previews_need_fresh_books_and_sound_trades() {
    let mut world = World::new(3);
    let trader = world.trader(8, 1_000);
    let sound =
        ClearTradeArgs { market: 2, expiry_hour: world.expiries[0], strike: 1, kind: 0, lots: 1, price: nanos(3.0) };
    let code = |result: Result<MarginReport, Failure>| result.expect_err("a refusal").code;
    let number = |error: ClearingError| Some(u32::from(error));
    assert_eq!(
        code(preview(&world, &trader, ClearTradeArgs { lots: 0, ..sound }, true)),
        number(ClearingError::BadLots)
    );
    let unlisted = ClearTradeArgs { strike: 3, ..sound };
    assert_eq!(code(preview(&world, &trader, unlisted, true)), number(ClearingError::UnknownStrike));
    world.advance(61);
    assert_eq!(code(preview(&world, &trader, sound, true)), number(ClearingError::StalePrice));
}
