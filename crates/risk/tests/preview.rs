//! The question before a trade: the preview is the trade, and the largest size is exactly the largest.

mod common;

use std::sync::LazyLock;

use common::Random;
use common::world::{Positions, World};
use novate_risk::RiskError;
use novate_risk::instrument::{Leg, LegKey};
use novate_risk::portfolio::{Margin, Portfolio, margin};
use novate_risk::preview::{Candidate, largest_size, preview};
use novate_risk::trade::{fill, notional};
use novate_risk::units::{LotValue, Lots, Quote};
use proptest::prelude::*;

static WORLD: LazyLock<World> = LazyLock::new(World::standard);

fn account(seed: u64, cash: i64) -> Positions {
    let mut positions = WORLD.positions(&mut Random(seed), 20);
    positions.cash = cash;
    positions
}

/// The account after a trade, booked by hand.
fn traded(positions: &Positions, key: LegKey, lots: i64, price: i64) -> Positions {
    let old = positions.legs.iter().find(|leg| leg.key == key).copied().unwrap_or(Leg { key, ..Leg::default() });
    let (leg, cash) = fill(old, Lots(lots), notional(Lots(lots), LotValue(price)).unwrap()).unwrap();
    let others = positions.legs.iter().filter(|leg| leg.key != key).chain([&leg]);
    let legs = others.map(|leg| (leg.key, leg.size.0, leg.cost.0)).collect();
    Positions::new(positions.cash + cash.0, positions.holdings.clone(), legs)
}

fn evaluate(positions: &Positions) -> Margin {
    margin(&positions.portfolio(&WORLD.views()), |_| ()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_preview_is_the_trade(
        seed in any::<u64>(),
        cash in -10_000_000_000_i64..100_000_000_000,
        index in 0..WORLD.keys.len(),
        lots in prop_oneof![-1_000_i64..-1, 1_i64..1_000],
        price in 0_i64..100_000_000_000,
    ) {
        let positions = account(seed, cash);
        let views = WORLD.views();
        let candidate = Candidate { key: WORLD.keys[index], lots: Lots(lots), price: LotValue(price) };
        let mut scratch = vec![Leg::default(); positions.legs.len() + 1];
        let shown = preview(&positions.portfolio(&views), &candidate, &mut scratch, |_| ()).unwrap();
        prop_assert_eq!(shown, evaluate(&traded(&positions, WORLD.keys[index], lots, price)));
    }

    #[test]
    fn the_largest_size_meets_initial_margin_and_one_more_does_not(
        seed in any::<u64>(),
        cash in -10_000_000_000_i64..100_000_000_000,
        index in 0..WORLD.keys.len(),
        buys in any::<bool>(),
        price in 1_000_000_i64..2_000_000_000_000,
    ) {
        const LIMIT: i64 = 1 << 24;
        let positions = account(seed, cash);
        let key = WORLD.keys[index];
        let side = if buys { 1 } else { -1 };
        let mut scratch = vec![Leg::default(); positions.legs.len() + 1];
        let views = WORLD.views();
        let size = largest_size(&positions.portfolio(&views), key, Lots(side * LIMIT), LotValue(price), &mut scratch);
        let size = size.unwrap().0 * side;
        // what is too large to margin is too large to trade
        let free = |lots: i64| {
            let after = traded(&positions, key, side * lots, price);
            margin(&after.portfolio(&views), |_| ()).map_or(i64::MIN, |after| after.equity_im.0 - after.im.0)
        };
        prop_assert!((0..=LIMIT).contains(&size));
        if size > 0 {
            prop_assert!(free(size) >= 0);
        }
        if (1..LIMIT).contains(&size) {
            prop_assert!(free(size + 1) < 0);
        }
        if size == 0 {
            // nothing on a fine mesh does either, but for roundings
            for power in 0..24 {
                prop_assert!(free(1 << power) < 10, "{} {}", 1 << power, free(1 << power));
            }
        }
    }
}

/// Initial margin is met by an account that has exactly as much.
#[test]
fn the_largest_size_may_leave_nothing_free() {
    let views = WORLD.views();
    let key = WORLD.keys[0];
    let empty = |cash| Positions::new(cash, vec![], vec![]);
    let after = evaluate(&traded(&empty(0), key, -50, 1_000_000));
    let exact = empty(after.im.0 - after.equity_im.0);
    let mut scratch = [Leg::default(); 1];
    let size = largest_size(&exact.portfolio(&views), key, Lots(-1_000), LotValue(1_000_000), &mut scratch);
    assert_eq!(size, Ok(Lots(-50)));
}

/// What is closed is gone: its market is not margined any more.
#[test]
fn a_preview_of_a_closing_trade_has_no_leg_left() {
    let views = WORLD.views();
    let key = WORLD.keys[0];
    let positions = Positions::new(1_000_000, vec![], vec![(key, 7, 0)]);
    let candidate = Candidate { key, lots: Lots(-7), price: LotValue(1_000_000) };
    let mut markets = 0;
    preview(&positions.portfolio(&views), &candidate, &mut [], |_| markets += 1).unwrap();
    assert_eq!(markets, 0);
}

#[test]
fn candidates_that_cannot_be_booked_are_refused() {
    let views = WORLD.views();
    let positions = account(3, 0);
    let portfolio = positions.portfolio(&views);
    let key = WORLD.keys[0];
    let mut scratch = vec![Leg::default(); positions.legs.len() + 1];
    let mut ask = |portfolio: &Portfolio, key, lots, price| {
        preview(portfolio, &Candidate { key, lots: Lots(lots), price: LotValue(price) }, &mut scratch, |_| ())
    };
    assert_eq!(ask(&portfolio, key, 0, 1), Err(RiskError::BadParameter));
    assert_eq!(ask(&portfolio, key, 1, -1), Err(RiskError::OutOfDomain));
    assert_eq!(ask(&portfolio, LegKey(key.0 | 0xff), 1, 1), Err(RiskError::UnknownKind));
    assert_eq!(ask(&portfolio, LegKey(0xffff << 48 | 1 << 24), 1, 1), Err(RiskError::UnknownMarket));
    assert_eq!(ask(&portfolio, key, i64::MAX, 1_000_000_000), Err(RiskError::Overflow));
    let full = Portfolio { cash: Quote(i64::MAX), ..portfolio };
    assert_eq!(ask(&full, key, -1_000, 1_000_000), Err(RiskError::Overflow));
    let mut short = vec![Leg::default(); positions.legs.len().saturating_sub(2)];
    let candidate = Candidate { key, lots: Lots(1), price: LotValue(1) };
    assert_eq!(preview(&portfolio, &candidate, &mut short, |_| ()), Err(RiskError::Overflow));
    let none = largest_size(&portfolio, key, Lots(0), LotValue(1), &mut scratch);
    assert_eq!(none, Err(RiskError::BadParameter));
}
