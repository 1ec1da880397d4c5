//! The vol-up shock of a surface that is no longer fresh.

mod common;

use common::Random;
use common::world::{Positions, World};
use novate_risk::array::{BookInputs, PreparedBook};
use novate_risk::instrument::Kind;
use novate_risk::params::RiskParams;
use novate_risk::portfolio::{Margin, margin};
use novate_risk::shift::{MAX_VOL_UP, stale_vol_up};
use novate_risk::units::Ratio;
use proptest::prelude::*;

const NANO: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A week and a month of one market; arrays as a refresh computes them that long after the surface went stale.
fn world(seed: u64, per_hour: Ratio, stale_seconds: i64) -> World {
    let mut world = World::random(&mut Random(seed), 1, &[7 * DAY, 30 * DAY]);
    let market = &world.markets[0];
    let vol_up = stale_vol_up(market.params.vol_up, per_hour, stale_seconds);
    let params = RiskParams { vol_up, ..market.params };
    params.validate().expect("in bounds at any age");
    for book in &mut world.books {
        let prepared = PreparedBook::new(&BookInputs {
            forward: book.forward,
            lot_size: market.lot,
            tau_seconds: book.seconds,
            discount: book.discount,
            svi: &book.svi,
            svi_tau_seconds: book.seconds,
            params: &params,
            shocks: &market.shocks,
        });
        let prepared = prepared.expect("a sound book");
        for row in &mut book.strikes {
            prepared.strike_risk(row.strike, row).expect("in range");
        }
    }
    world
}

fn margin_in(world: &World, positions: &Positions) -> Margin {
    let views = world.views();
    margin(&positions.portfolio(&views), |_| ()).expect("a margin")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// With long options too, a wider shock may move the worst row to where they gain: it is a law for short ones.
    #[test]
    fn margin_of_short_options_never_falls_as_the_surface_ages(
        seed in 0_u64..1_000,
        legs in prop::collection::vec((any::<prop::sample::Index>(), -2_000_i64..2_000), 1..16),
        per_hour in 0..2 * NANO,
        (younger, older) in (0..5 * DAY, 0..5 * DAY).prop_map(|(one, other)| (one.min(other), one.max(other))),
    ) {
        let [younger, older] = [younger, older].map(|age| world(seed, Ratio(per_hour), age));
        let legs = legs.iter().map(|(index, size)| {
            let key = younger.keys[index.index(younger.keys.len())];
            let short = key.kind().is_some_and(Kind::is_option);
            (key, if short { -size.abs() } else { *size }, 0)
        });
        let positions = Positions::new(0, Vec::new(), legs.collect());
        let (before, after) = (margin_in(&younger, &positions), margin_in(&older, &positions));
        prop_assert!(before.im <= after.im && before.mm <= after.mm, "{before:?} {after:?}");
        prop_assert_eq!((before.equity_mm, before.equity_im), (after.equity_mm, after.equity_im));
    }

    #[test]
    fn the_shock_never_falls_and_ends_at_its_bound(
        (vol_up, per_hour) in (0..=2 * NANO, 0..=2 * NANO),
        ages in any::<(i64, i64)>(),
    ) {
        let at = |age| stale_vol_up(Ratio(vol_up), Ratio(per_hour), age);
        let (younger, older) = (ages.0.min(ages.1), ages.0.max(ages.1));
        prop_assert!(Ratio(vol_up) <= at(younger) && at(younger) <= at(older) && at(older) <= MAX_VOL_UP);
    }
}

#[test]
fn the_shock_grows_by_the_hour_rounded_up() {
    let at = |age| stale_vol_up(Ratio(500_000_000), Ratio(100_000_000), age).0;
    assert_eq!([at(i64::MIN), at(0), at(1), at(36)], [500_000_000, 500_000_000, 500_027_778, 501_000_000]);
    assert_eq!([at(3_600), at(15 * 3_600), at(i64::MAX)], [600_000_000, 2_000_000_000, 2_000_000_000]);
    assert_eq!(stale_vol_up(Ratio(500_000_000), Ratio(0), i64::MAX), Ratio(500_000_000));
    // whatever is passed
    assert_eq!(stale_vol_up(Ratio(i64::MAX), Ratio(i64::MAX), i64::MAX), Ratio(i64::MAX));
    assert_eq!(stale_vol_up(Ratio(500_000_000), Ratio(i64::MIN), i64::MAX), Ratio(500_000_000));
}

#[test]
fn an_aged_surface_costs_a_short_straddle_visibly_more() {
    let [fresh, aged] = [0, 12 * 3_600].map(|age| world(3, Ratio(NANO / 10), age));
    let legs = fresh.keys.iter().filter(|key| key.kind().is_some_and(Kind::is_option) && key.strike() == 4);
    let positions = Positions::new(0, Vec::new(), legs.map(|key| (*key, -10, 0)).collect());
    let (fresh, aged) = (margin_in(&fresh, &positions).im.0, margin_in(&aged, &positions).im.0);
    assert!(aged > fresh * 11 / 10, "{fresh} {aged}");
}
