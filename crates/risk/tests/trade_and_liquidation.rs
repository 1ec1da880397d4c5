//! Conservation of money in trades and slices.

mod common;

use common::Random;
use novate_risk::RiskError;
use novate_risk::instrument::{Kind, Leg, LegKey};
use novate_risk::liquidation::{
    SliceInputs, incentive, incentive_rate, or_whole, slice_amount, slice_cost, slice_lots, target, target_fraction,
};
use novate_risk::trade::{fill, notional};
use novate_risk::units::{LotValue, Lots, NANO, Quote, Ratio};
use proptest::prelude::*;

fn empty(kind: Kind) -> Leg {
    let hour = if kind == Kind::Perpetual { 0 } else { 500_000 };
    Leg { key: LegKey::new(1, hour, 0, kind).unwrap(), ..Leg::default() }
}

/// Three accounts trade one instrument at any prices: cash and cost stay in balance to the last atom, and when all is
/// closed the cash says what was won, with nothing left in costs.
#[test]
fn trades_conserve_money() {
    let mut random = Random(31);
    for kind in [Kind::Call, Kind::Put, Kind::Future, Kind::Perpetual] {
        for _ in 0..2_000 {
            let mut legs = [empty(kind); 3];
            let mut cash = [0_i64; 3];
            let mut paid = [0_i64; 3];
            let mut trade = |legs: &mut [Leg; 3], buyer: usize, seller: usize, lots: i64, price: i64| {
                let value = notional(Lots(lots), LotValue(price)).unwrap();
                for (side, sign) in [(buyer, 1), (seller, -1)] {
                    let before = legs[side];
                    let (after, change) = fill(before, Lots(sign * lots), Quote(sign * value.0)).unwrap();
                    assert_eq!(change.0 - (after.cost.0 - before.cost.0), -sign * value.0);
                    assert!(after.size.0 != 0 || after.cost.0 == 0);
                    legs[side] = after;
                    cash[side] += change.0;
                    paid[side] -= sign * value.0;
                }
                assert_eq!(cash.iter().sum::<i64>(), legs.iter().map(|leg| leg.cost.0).sum::<i64>());
            };
            for _ in 0..random.below(12) {
                let buyer = random.below(3) as usize;
                let seller = (buyer + 1 + random.below(2) as usize) % 3;
                trade(&mut legs, buyer, seller, 1 + random.below(1_000) as i64, random.scale(1.0, 1e12) as i64);
            }
            // close everything against account 0
            for side in [1, 2] {
                let size = legs[side].size.0;
                if size > 0 {
                    trade(&mut legs, 0, side, size, 555_555_555);
                } else if size < 0 {
                    trade(&mut legs, side, 0, -size, 555_555_555);
                }
            }
            assert!(legs.iter().all(|leg| leg.size.0 == 0 && leg.cost.0 == 0));
            assert_eq!(cash.iter().sum::<i64>(), 0);
            assert_eq!(cash, paid);
        }
    }
}

/// Realising in many small parts never pays more than realising at once, and 10,000 dust round trips never gain.
#[test]
fn dust_never_gains() {
    let mut random = Random(32);
    for _ in 0..500 {
        let size = 1 + random.below(200) as i64;
        let cost = random.between(-1e6, 1e6) as i64;
        for sign in [1, -1] {
            let mut leg = Leg { size: Lots(sign * size), cost: Quote(sign * cost.abs()), ..empty(Kind::Future) };
            let mut cash = 0;
            let price = random.between(0.0, 1e4) as i64;
            for closed in 0..size {
                let (after, change) = fill(leg, Lots(-sign), Quote(-sign * price)).unwrap();
                cash += change.0;
                let fair = (sign * (closed + 1)) as i128 * i128::from(price)
                    - i128::from(sign * cost.abs()) * i128::from(closed + 1) / i128::from(size);
                assert!(i128::from(cash) <= fair + 1);
                leg = after;
            }
            assert_eq!(cash, sign * size * price - sign * cost.abs());
        }
    }
    let mut leg = Leg { size: Lots(3), cost: Quote(10), ..empty(Kind::Perpetual) };
    let mut cash = 0;
    for _ in 0..10_000 {
        for (lots, value) in [(1, 3), (-1, -3)] {
            let (after, change) = fill(leg, Lots(lots), Quote(value)).unwrap();
            cash += change.0;
            leg = after;
        }
    }
    // what the account has, at a price of 3 a lot, has not grown
    assert!(cash + leg.size.0 * 3 - leg.cost.0 <= 3 * 3 - 10);
}

#[test]
fn fills_that_make_no_sense_are_refused() {
    let leg = empty(Kind::Future);
    let held = Leg { size: Lots(5), cost: Quote(50), ..leg };
    assert_eq!(fill(held, Lots(0), Quote(0)), Err(RiskError::BadParameter));
    assert_eq!(fill(held, Lots(1), Quote(-1)), Err(RiskError::BadParameter));
    assert_eq!(fill(Leg { cost: Quote(1), ..leg }, Lots(1), Quote(1)), Err(RiskError::BadParameter));
    assert_eq!(fill(held, Lots(i64::MAX), Quote(0)), Err(RiskError::Overflow));
    assert_eq!(fill(held, Lots(1), Quote(i64::MAX)), Err(RiskError::Overflow));
    assert_eq!(fill(Leg { key: LegKey(9), ..held }, Lots(1), Quote(1)), Err(RiskError::UnknownKind));
    assert_eq!(notional(Lots(1), LotValue(-1)), Err(RiskError::OutOfDomain));
    assert_eq!(notional(Lots(i64::MIN), LotValue(i64::MAX)), Err(RiskError::Overflow));
    // a fill through zero: 5 lots closed for 60, 3 opened at 12
    let (after, cash) = fill(held, Lots(-8), Quote(-96)).unwrap();
    assert_eq!((after.size, after.cost, cash), (Lots(-3), Quote(-36), Quote(10)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fills_never_panic(size: i64, cost: i64, lots: i64, value: i64, kind in 0_u64..5) {
        let leg = Leg { key: LegKey(kind), size: Lots(size), cost: Quote(cost) };
        if let Ok((after, cash)) = fill(leg, Lots(lots), Quote(value)) {
            prop_assert_eq!(after.size.0, size + lots);
            let change = i128::from(after.cost.0) - i128::from(cost);
            prop_assert_eq!(i128::from(cash.0) - change, -i128::from(value));
        }
    }

    /// The slice restores as much as it can and never takes the account past its target, and one part more would.
    #[test]
    fn slices_stop_at_their_target(
        im in 1_i64..1_000_000_000_000,
        equity_share in -200_000_000_i64..1_200_000_000,
        mm_share in 0_i64..=1_000_000_000,
        buffer in 0_i64..=500_000_000,
        rate in 0_i64..=200_000_000,
        release_share in 0_i64..500_000_000,
    ) {
        let part = |share: i64| Quote(i64::try_from(i128::from(im) * i128::from(share) / i128::from(NANO)).unwrap());
        let inputs = SliceInputs {
            equity_im: part(equity_share),
            im: Quote(im),
            mm: part(mm_share),
            buffer: Ratio(buffer),
            incentive_rate: Ratio(rate),
            haircut_release: part(release_share),
        };
        let fraction = target_fraction(&inputs).unwrap();
        prop_assert!((0..=NANO).contains(&fraction.0));
        let after = |fraction: i64| {
            let gain = i128::from(inputs.haircut_release.0) - i128::from(inputs.mm.0) * i128::from(rate) / i128::from(NANO);
            let equity = i128::from(inputs.equity_im.0) * i128::from(NANO) + gain * i128::from(fraction);
            let goal = i128::from(target(inputs.im, inputs.buffer).unwrap().0) * i128::from(NANO - fraction);
            (equity, goal)
        };
        if fraction.0 == 0 {
            let (equity, goal) = after(1);
            prop_assert!(inputs.equity_im >= target(inputs.im, inputs.buffer).unwrap() || equity >= goal || im < 1_000_000_000);
        } else if fraction != Ratio::ONE {
            let (equity, goal) = after(fraction.0);
            prop_assert!(equity <= goal);
            let (equity, goal) = after(fraction.0 + 1);
            prop_assert!(equity >= goal);
        }
    }

    #[test]
    fn slices_take_their_part_and_less_than_a_lot_more(size: i64, cost: i64, amount: u64, fraction in 0_i64..=1_000_000_000) {
        let leg = Leg { size: Lots(size), cost: Quote(cost), ..empty(Kind::Future) };
        let lots = slice_lots(leg.size, Ratio(fraction)).unwrap();
        let exact = i128::from(size).abs() * i128::from(fraction);
        let taken = i128::from(lots.0).abs() * i128::from(NANO);
        prop_assert!(exact <= taken && taken < exact + i128::from(NANO));
        prop_assert!(lots.0 == 0 || (lots.0 < 0) == (size < 0));
        let taken = slice_cost(&leg, lots).unwrap();
        prop_assert!(size == 0 || fraction != NANO || (lots.0 == size && taken.0 == cost));
        prop_assert!(i128::from(taken.0).abs() <= i128::from(cost).abs());
        prop_assert!(slice_amount(amount, Ratio(fraction)).unwrap() <= amount);
    }

    #[test]
    fn liquidation_arithmetic_never_panics(numbers in prop::collection::vec(any::<i64>(), 8)) {
        let inputs = SliceInputs {
            equity_im: Quote(numbers[0]),
            im: Quote(numbers[1]),
            mm: Quote(numbers[2]),
            buffer: Ratio(numbers[3].rem_euclid(NANO)),
            incentive_rate: Ratio(numbers[4].rem_euclid(NANO)),
            haircut_release: Quote(numbers[5]),
        };
        let _ = target_fraction(&inputs);
        let _ = target_fraction(&SliceInputs { im: Quote(numbers[1].max(0)), mm: Quote(numbers[2].max(0)), haircut_release: Quote(numbers[5].max(0)), ..inputs });
        let _ = or_whole(Ratio(numbers[0]), Quote(numbers[1]), Quote(numbers[2]));
        let _ = incentive_rate(Ratio(numbers[0]), Ratio(numbers[1]), numbers[2], numbers[3]);
        let _ = incentive(Ratio(numbers[0]), Ratio(numbers[1]), Quote(numbers[2]), Quote(numbers[3]));
        let _ = slice_lots(Lots(numbers[0]), Ratio(numbers[1]));
        let _ = slice_cost(&Leg { size: Lots(numbers[0]), cost: Quote(numbers[1]), ..Leg::default() }, Lots(numbers[2]));
    }
}

#[test]
fn incentives_ramp_and_never_make_an_account_bankrupt() {
    let (start, max) = (Ratio(5_000_000), Ratio(50_000_000));
    let rate = |elapsed| incentive_rate(start, max, 100, elapsed).unwrap().0;
    assert_eq!(
        [rate(i64::MIN), rate(0), rate(50), rate(99), rate(100), rate(i64::MAX)],
        [5_000_000, 5_000_000, 27_500_000, 49_550_000, 50_000_000, 50_000_000]
    );
    assert_eq!(incentive_rate(start, max, 0, 0), Ok(max));
    assert_eq!(incentive_rate(max, start, 100, 0), Err(RiskError::BadParameter));
    let earned = |equity| incentive(Ratio(NANO / 2), max, Quote(1_000_000), Quote(equity)).unwrap().0;
    assert_eq!([earned(i64::MAX), earned(25_000), earned(7), earned(0), earned(-5)], [25_000, 25_000, 7, 0, 0]);
    assert_eq!(or_whole(Ratio(NANO / 2), Quote(1_000), Quote(501)), Ratio::ONE);
    assert_eq!(or_whole(Ratio(NANO / 2), Quote(1_000), Quote(500)), Ratio(NANO / 2));
}

#[test]
fn risk_only_falls_when_margin_and_shortfall_both_do() {
    use novate_risk::trade::only_reduces;
    let (low, high) = (Quote(i64::MIN), Quote(i64::MAX));
    let falls = |before: (i64, i64), after: (i64, i64)| {
        only_reduces(Quote(before.0), Quote(before.1), Quote(after.0), Quote(after.1))
    };
    assert!(falls((100, 80), (100, 80)));
    assert!(falls((100, 80), (90, 70)));
    assert!(falls((-50, 80), (-60, 60)));
    assert!(!falls((100, 80), (89, 70)));
    assert!(!falls((100, 80), (200, 81)));
    assert!(!only_reduces(high, low, low, low));
    assert!(only_reduces(low, high, high, low));
}
