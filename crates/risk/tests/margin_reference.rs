//! The engine's margin against the floating-point one.

mod common;

use common::Random;
use common::reference::{self, option};
use common::world::World;
use novate_risk::instrument::Kind;
use novate_risk::portfolio::margin;

/// Equity, IM and MM of 3,000 random portfolios in 60 random worlds: within 5·10⁻⁸ of what is held, and a few atoms.
#[test]
fn margins_match_the_reference() {
    let mut random = Random(11);
    let mut worst = 0.0_f64;
    let mut under = 0.0_f64;
    for _ in 0..60 {
        let expiries =
            [random.scale(3_600.0, 1e5) as i64, random.scale(1e5, 3e6) as i64, random.scale(3e6, 6e7) as i64];
        let world = World::random(&mut random, 3, &expiries);
        let views = world.views();
        for _ in 0..50 {
            let positions = world.positions(&mut random, 40);
            let engine = margin(&positions.portfolio(&views), |_| ()).unwrap();
            let reference = reference::margin(&world, &positions);
            let slack = 1e-5 + 1e-9 * positions.legs.len() as f64 * 1_000.0;
            let error = (reference.distance(&engine) - slack).max(0.0) / reference.gross.max(1.0);
            worst = worst.max(error);
            under = under.max((reference.im - engine.im.0 as f64 / 1e6 - slack) / reference.gross.max(1.0));
        }
    }
    println!("worst error {worst:e}, worst shortfall of IM {under:e} of gross");
    assert!(worst < 5e-8, "{worst:e}");
}

/// Each entry of each array against two reference prices.
#[test]
fn arrays_match_the_reference() {
    let mut random = Random(12);
    let mut worst = 0.0_f64;
    for _ in 0..20 {
        let world = World::random(&mut random, 2, &[60, 3_600, 86_400, 2_592_000, 63_072_000]);
        for book in &world.books {
            let market = &world.markets[book.market];
            let spot = market.price.0 as f64 / 1e9 * (market.lot.0 as f64 / 1e9);
            for (place, strike) in book.strikes.iter().enumerate() {
                let mark = option(&world, book, place, Kind::Call, 0.0, 1);
                for (pnl, row) in strike.pnl.iter().zip(market.shocks.in_use()) {
                    let value = option(&world, book, place, Kind::Call, row.k.0 as f64 / 1e9, row.vol);
                    let error = (pnl.0 as f64 / 1e9 - (value - mark)).abs() - 5e-9;
                    worst = worst.max(error / spot);
                }
                assert!(strike.pnl.iter().all(|pnl| pnl.0.abs() <= strike.peak.0));
                assert!(strike.pnl[market.shocks.in_use().len()..].iter().all(|pnl| pnl.0 == 0));
                // the flat row without a move is the mark itself
                assert_eq!(strike.pnl[13].0, 0);
            }
        }
    }
    println!("worst entry {worst:e} of the underlying");
    assert!(worst < 5e-7, "{worst:e}");
}
