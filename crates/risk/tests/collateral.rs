//! What collateral is worth: averages, second feeds, exchange rates, silence, haircuts and scale.

use novate_risk::RiskError;
use novate_risk::average::{AVERAGE_SECONDS, advance};
use novate_risk::collateral::{collateral_price, deposit_scale, haircuts_in_force, value};
use novate_risk::exchange_rate::{
    BoundedRate, MAX_RATE, MAX_WINDOWS, WINDOW_SECONDS, rate, token_confidence, token_price,
};
use novate_risk::fallback::{consensus, within_jump};
use novate_risk::silence::{Counted, Patience, Source, counted};
use novate_risk::units::{NANO, Price, Quote, Ratio};
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn price() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..1_000, 1_000_i64..1_000_000_000_000, Just(100_000_000 * NANO)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// Against e^(−t/T) in floating point: never above it, and close below.
    #[test]
    fn the_average_is_the_exponential_one(average in price(), stored in price(), next in price(), t in 0_i64..200_000) {
        let got = advance(Price(average), Price(stored), Price(next), t).0;
        let target = stored.min(next) as f64;
        let want = target + (average as f64 - target) * (-(t as f64) / AVERAGE_SECONDS as f64).exp();
        let scale = average.max(stored.min(next)) as f64;
        prop_assert!(got as f64 <= want + scale * 1e-12 + 1e-6, "{got} {want}");
        prop_assert!(got as f64 >= want - scale * 5e-8 - 2.0, "{got} {want}");
    }

    /// Looking often gains nothing, and costs little.
    #[test]
    fn steps_of_the_average_add_up(average in price(), stored in price(), t in 2_i64..20_000, looks in 2_i64..40) {
        let looks = looks.min(t);
        let once = advance(Price(average), Price(stored), Price(stored), t).0;
        let mut often = Price(average);
        for look in 0..looks {
            let seconds = t * (look + 1) / looks - t * look / looks;
            often = advance(often, Price(stored), Price(stored), seconds);
        }
        let slack = (average.max(stored) as f64 * 5e-8 + 2.0) * looks as f64;
        prop_assert!((once - often.0).abs() as f64 <= slack, "{once} {}", often.0);
    }

    /// The median and range of a straightforward count.
    #[test]
    fn a_consensus_is_the_lower_median(mut responses in prop::collection::vec(0_i64..1_000_000, 1..=32)) {
        let got = consensus(&mut responses.clone()).unwrap();
        let below = responses.iter().filter(|value| **value < got.median.0).count();
        let above = responses.iter().filter(|value| **value > got.median.0).count();
        prop_assert!(responses.contains(&got.median.0));
        prop_assert!(2 * below < responses.len() && 2 * above <= responses.len());
        responses.sort_unstable();
        prop_assert_eq!(got.range.0, responses[responses.len() - 1] - responses[0]);
    }

    /// The allowance is the governed share, stretched by the silence.
    #[test]
    fn a_jump_is_measured_against_the_silence(
        last in price(), next in price(), jump in 1_i64..=NANO, after in 60_i64..=DAY, silence in 0_i64..30 * DAY
    ) {
        let got = within_jump(Price(last), Price(next), Ratio(jump), silence, after);
        let moved = (next - last).abs() as f64 / last as f64;
        let allowed = jump as f64 / 1e9 * silence as f64 / after as f64;
        if silence < after || moved > allowed * (1.0 + 1e-9) {
            prop_assert!(!got);
        } else if moved < allowed * (1.0 - 1e-9) {
            prop_assert!(got);
        }
    }

    /// However often and when a pool is asked, the rate that counts grows by at most two windows' growth and one more a
    /// day, and never exceeds the pool's.
    #[test]
    fn a_rate_cannot_be_hurried(
        start in 500_000_000_i64..3_000_000_000, growth in 0_i64..20_000_000,
        asked in prop::collection::vec((0_i64..40_000, 500_000_000_i64..6_000_000_000), 1..80)
    ) {
        let mut held = BoundedRate::default().advance(Ratio(start), Ratio(growth), 1_000).unwrap();
        prop_assert_eq!(held.rate.0, start);
        let (mut now, mut floor, mut since) = (1_000, start as f64, 1_000);
        for (seconds, fresh) in asked {
            now += seconds;
            let before = held;
            held = held.advance(Ratio(fresh), Ratio(growth), now).unwrap();
            prop_assert!(held.rate.0 <= fresh, "never above the pool");
            prop_assert!(fresh > before.anchor.0 || held.rate.0 == fresh, "a fall counts at once");
            if fresh <= before.anchor.0 {
                (floor, since) = (fresh as f64, now);
            }
            let days = ((now - since) / WINDOW_SECONDS) as i32 + 2;
            let bound = floor * (1.0 + growth as f64 / 1e9).powi(2 * days);
            prop_assert!(held.rate.0 as f64 <= bound + 1.0, "{} {bound}", held.rate.0);
        }
    }

    #[test]
    fn a_token_price_is_floored_and_its_confidence_raised(p in 0_i64..1_000_000_000_000, lamports in 1_u64..u64::MAX, tokens in 1_u64..u64::MAX) {
        if let Ok(ratio) = rate(lamports, tokens) {
            let exact = lamports as f64 / tokens as f64;
            prop_assert!((ratio.0 as f64 - exact * 1e9).abs() <= exact * 1e-3 + 1.0);
            prop_assert!(u128::from(ratio.0.unsigned_abs()) * u128::from(tokens) <= u128::from(lamports) * NANO as u128);
            let product = i128::from(p) * i128::from(ratio.0);
            let (down, up) = (token_price(Price(p), ratio).unwrap().0, token_confidence(Price(p), ratio).unwrap().0);
            prop_assert!(i128::from(down) * i128::from(NANO) <= product && product <= i128::from(up) * i128::from(NANO));
            prop_assert!(up - down <= 1);
        }
    }

    /// More silence never raises the price; no source never lowers it by joining at a higher price.
    #[test]
    fn silence_never_pays(
        prices in prop::collection::vec(0_i64..1_000_000, 1..4), ages in prop::collection::vec(0_i64..400_000, 4),
        later in 0_i64..400_000, give_up_after in 3_600_i64..172_800, fade_seconds in 3_600_i64..604_800
    ) {
        let patience = Patience { give_up_after, fade_seconds };
        let at = |later: i64| {
            let source = |(price, age): (&i64, &i64)| Source { price: Price(*price), age: age + later, max_age: 60 };
            counted(&prices.iter().zip(&ages).map(source).collect::<Vec<_>>(), patience)
        };
        if let Some(Counted { price, live }) = at(0) {
            prop_assert!(price.0 <= *prices.iter().min().unwrap());
            prop_assert_eq!(live, prices.iter().zip(&ages).all(|(price, age)| *price > 0 && *age <= 60));
            if let Some(after) = at(later) {
                prop_assert!(after.price <= price && (live || !after.live));
            }
        }
        prop_assert_eq!(at(give_up_after + fade_seconds), Some(Counted { price: Price(0), live: false }));
    }

    /// A larger haircut, range or deposit never raises a value; maintenance is never below initial.
    #[test]
    fn values_fall_with_what_should_lower_them(
        amount in 0_u64..1_000_000_000_000, p in 0_i64..1_000_000_000_000, mm in 0_i64..=NANO, more in 0_i64..=NANO,
        share in 0_i64..=5 * NANO, range in 0_i64..=NANO, scale in 0_i64..=NANO
    ) {
        let im = (mm + more).min(NANO);
        let plain = value(amount, 9, Price(p), Ratio(mm), Ratio(im), Ratio::ONE).unwrap();
        let (vol_mm, vol_im) = haircuts_in_force(Ratio(mm), Ratio(im), Ratio(share), Ratio(range));
        prop_assert!(mm <= vol_mm.0 && im <= vol_im.0 && vol_mm <= vol_im && vol_im.0 <= NANO);
        let exact = share as f64 * range as f64 / 1e9;
        prop_assert!(vol_mm.0 as f64 >= exact.min(1e9) - 1e-3 && vol_mm.0 as f64 <= exact.max(mm as f64) + 1.0);
        let held = value(amount, 9, Price(p), vol_mm, vol_im, Ratio(scale)).unwrap();
        let exact = |haircut: Ratio, scale: i64| {
            let nanos = i128::from(plain.full.0) * i128::from(NANO - haircut.0) / i128::from(NANO);
            nanos * i128::from(scale) / i128::from(NANO) / 1_000
        };
        prop_assert_eq!(i128::from(plain.full.0), i128::from(amount) * i128::from(p) / 1_000_000_000);
        prop_assert_eq!(i128::from(held.mm.0), exact(vol_mm, NANO));
        prop_assert_eq!(i128::from(held.im.0), exact(vol_im, scale));
        prop_assert!(held.mm <= plain.mm && held.im <= plain.im && held.im <= held.mm && held.full == plain.full);
    }

    /// The house never counts more than `start` of one token, and all of it below.
    #[test]
    fn a_tokens_weight_in_the_house_is_bounded(deposited in 0_u64..u64::MAX, p in 0_i64..1_000_000_000_000, start in 1_i64..1_000_000_000_000_000) {
        let scale = deposit_scale(deposited, 9, Price(p), Quote(start)).unwrap();
        let total = deposited as f64 * p as f64 / 1e9 / 1e3;
        prop_assert!((0..=NANO).contains(&scale.0));
        prop_assert!(total * scale.0 as f64 / 1e9 <= start as f64 * (1.0 + 1e-9) + 1.0);
        if total < start as f64 * (1.0 - 1e-9) {
            prop_assert_eq!(scale, Ratio::ONE);
        }
        prop_assert_eq!(deposit_scale(deposited, 9, Price(p), Quote(0)), Ok(Ratio::ONE));
    }
}

#[test]
fn a_spike_that_is_gone_at_the_next_look_leaves_no_trace() {
    let (calm, spike) = (Price(100 * NANO), Price(2_400 * NANO));
    let during = advance(calm, calm, spike, 3_600);
    let after = advance(during, spike, calm, 3_600);
    assert!(during <= calm && after <= calm);
    assert!(calm.0 - after.0 < 20);
    // one that stays counts with its time alone: 1 − 1/e of the gap in an hour
    let stays = advance(after, spike, spike, 3_600);
    assert!((stays.0 as f64 / 1e9 - (100.0 + 2_300.0 * (1.0 - (-1.0_f64).exp()))).abs() < 1e-3);
    assert_eq!(advance(calm, spike, spike, 0), calm);
    assert_eq!(advance(calm, spike, spike, -5), calm);
    assert_eq!(advance(Price(i64::MAX), Price(1), Price(1), i64::MAX), Price(1));
    // spot at 24 times its average: the lower counts
    assert_eq!(collateral_price(spike, Price(0), calm), calm);
    assert_eq!(collateral_price(calm, Price(NANO), spike), Price(99 * NANO));
}

#[test]
fn a_jump_is_refused_at_first_and_let_in_with_time() {
    let (last, half) = (Price(200 * NANO), Price(100 * NANO));
    let tenth = Ratio(NANO / 10);
    assert!(within_jump(last, Price(220 * NANO), tenth, 300, 300));
    assert!(!within_jump(last, Price(220 * NANO + 1), tenth, 300, 300));
    assert!(!within_jump(last, last, tenth, 299, 300));
    assert!(!within_jump(last, half, tenth, 1_499, 300));
    assert!(within_jump(last, half, tenth, 1_500, 300));
    assert!(!within_jump(Price(0), last, tenth, i64::MAX, 300));
    assert!(within_jump(Price(1), Price(i64::MAX), Ratio(NANO), i64::MAX, 1));
    assert_eq!(consensus(&mut []), None);
}

#[test]
fn a_rate_starts_where_the_pool_is_and_then_keeps_its_pace() {
    let growth = Ratio(1_000_000);
    let at = |held: BoundedRate, fresh: i64, now: i64| held.advance(Ratio(fresh), growth, now).unwrap();
    let first = at(BoundedRate::default(), 1_200_000_000, 0);
    assert_eq!(first.rate, Ratio(1_200_000_000));
    // a day's 0.1 % at once, and no more that day
    let pumped = at(first, 2_400_000_000, 1);
    assert_eq!(pumped.rate, Ratio(1_201_200_000));
    assert_eq!(at(pumped, 2_400_000_000, DAY - 1).rate, Ratio(1_201_200_000));
    assert_eq!(at(pumped, 2_400_000_000, DAY).rate, Ratio(1_202_400_000));
    // a month of silence is made up for by ten days
    assert_eq!(at(first, 2_400_000_000, 30 * DAY).rate, Ratio(1_200_000_000 / 1_000 * (1_000 + MAX_WINDOWS)));
    // a fall counts at once and is what growth is measured from
    let fallen = at(pumped, 1_100_000_000, 2);
    assert_eq!((fallen.rate, fallen.anchor), (Ratio(1_100_000_000), Ratio(1_100_000_000)));
    assert_eq!(at(fallen, 1_200_000_000, 3).rate, Ratio(1_101_100_000));
    assert_eq!(rate(0, 1), Err(RiskError::OutOfDomain));
    assert_eq!(rate(1, 0), Err(RiskError::OutOfDomain));
    assert_eq!(rate(101, 1), Err(RiskError::OutOfDomain));
    assert_eq!(rate(100, 1), Ok(MAX_RATE));
    assert_eq!(first.advance(Ratio(1), Ratio(-1), 0), Err(RiskError::BadParameter));
    assert_eq!(first.advance(MAX_RATE, Ratio(i64::MAX), 30 * DAY), Err(RiskError::Overflow));
}

#[test]
fn what_falls_silent_fades() {
    let patience = Patience { give_up_after: 6 * 3_600, fade_seconds: 2 * DAY };
    let source = |price: i64, age: i64| Source { price: Price(price), age, max_age: 60 };
    let of = |sources: &[Source]| counted(sources, patience);
    let got = |price: i64, live: bool| Some(Counted { price: Price(price), live });
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[source(1_000, 60)]), got(1_000, true));
    // somebody has to refresh
    assert_eq!(of(&[source(1_000, 61)]), None);
    assert_eq!(of(&[source(1_000, 6 * 3_600)]), None);
    // the fade starts where the price was and ends at nothing
    assert_eq!(of(&[source(1_000, 6 * 3_600 + 1)]), got(999, false));
    assert_eq!(of(&[source(1_000, 6 * 3_600 + DAY)]), got(500, false));
    assert_eq!(of(&[source(1_000, 6 * 3_600 + 2 * DAY)]), got(0, false));
    assert_eq!(of(&[source(1_000, i64::MAX)]), got(0, false));
    // while one speaks nothing fades, and the silent one still holds the price down
    assert_eq!(of(&[source(1_000, 0), source(900, 3 * DAY)]), got(900, false));
    assert_eq!(of(&[source(900, 0), source(1_000, 3 * DAY)]), got(900, false));
    assert_eq!(of(&[source(1_000, 0), source(900, 61)]), None);
    assert_eq!(of(&[source(1_000, 0), source(900, 0)]), got(900, true));
    // with both silent the fade is that of the one that spoke last, in either order
    let (early, late) = (source(1_000, 6 * 3_600 + 2 * DAY), source(1_000, 6 * 3_600 + DAY));
    assert_eq!((of(&[early, late]), of(&[late, early])), (got(500, false), got(500, false)));
    // a source that never spoke
    assert_eq!(of(&[source(0, 0)]), got(0, false));
    assert_eq!(of(&[source(1_000, 0), source(0, i64::MAX)]), got(0, false));
}

#[test]
fn bad_terms_are_refused() {
    let at = |mm, im, scale, decimals, p| value(1, decimals, Price(p), Ratio(mm), Ratio(im), Ratio(scale));
    for (mm, im, scale, decimals, p) in [
        (-1, 0, 0, 9, 1),
        (1, 0, 0, 9, 1),
        (0, NANO + 1, 0, 9, 1),
        (0, 0, -1, 9, 1),
        (0, 0, NANO + 1, 9, 1),
        (0, 0, 0, 19, 1),
        (0, 0, 0, 9, -1),
    ] {
        assert_eq!(at(mm, im, scale, decimals, p), Err(RiskError::BadParameter));
    }
    assert_eq!(value(u64::MAX, 0, Price(i64::MAX), Ratio(0), Ratio(0), Ratio::ONE), Err(RiskError::Overflow));
    assert_eq!(deposit_scale(1, 9, Price(1), Quote(-1)), Err(RiskError::BadParameter));
    assert_eq!(deposit_scale(1, 19, Price(1), Quote(1)), Err(RiskError::BadParameter));
    assert_eq!(deposit_scale(2_000_000_000, 9, Price(300 * NANO), Quote(150_000_000)), Ok(Ratio(NANO / 4)));
    assert_eq!(
        haircuts_in_force(Ratio(5), Ratio(7), Ratio(NANO / 4), Ratio(NANO / 5)),
        (Ratio(NANO / 20), Ratio(NANO / 20))
    );
    assert_eq!(haircuts_in_force(Ratio(0), Ratio(0), Ratio(1), Ratio(1)), (Ratio(1), Ratio(1)));
}
