//! Combining publishers' surfaces: what a minority can and cannot do.

use novate_risk::RiskError;
use novate_risk::consensus::{MAX_PUBLISHERS, MONEYNESS, Opinion, Rule, Smile, Verdict, combine};
use novate_risk::surface::Svi;
use novate_risk::units::{Ratio, Vol};
use proptest::prelude::*;

const NANO: i64 = 1_000_000_000;
const NOW: i64 = 1_800_000_000;
const EXPIRY: i64 = NOW + 7 * 86_400;
const RULE: Rule = Rule { quorum: 1, window: 60, max_age: 900, dispersion_max: Vol(50_000_000) };

fn nanos(value: f64) -> i64 {
    (value * NANO as f64).round() as i64
}

fn opinion(svi: Svi, basis: i64, time: i64) -> Opinion {
    let tenor = EXPIRY - time;
    svi.validate(tenor).expect("a sound surface");
    Opinion { svi, smile: Smile::of(&svi, tenor).expect("a smile"), basis: Ratio(basis), rate: Ratio(basis / 3), time }
}

fn flat(vol: f64, time: i64) -> Opinion {
    opinion(Svi::flat(Vol(nanos(vol)), EXPIRY - time).expect("in range"), 0, time)
}

/// A surface with a smile, level and shape around those of a liquid underlying a week from expiry.
fn honest() -> impl Strategy<Value = Opinion> {
    (0.0..1.0_f64, 0.0..1.0_f64, -0.35..-0.25_f64, 0_i64..30, -10_000_000_i64..10_000_000).prop_map(
        |(level, slope, rho, age, basis)| {
            let svi = Svi {
                a: nanos(0.0035 + 0.0001 * level),
                b: nanos(0.02 + 0.0005 * slope),
                rho: nanos(rho),
                m: 0,
                sigma: nanos(0.1),
            };
            opinion(svi, basis, NOW - age)
        },
    )
}

/// Anything that passes the checks of one publication: any sound surface, any basis within bounds, any fresh time.
fn hostile() -> impl Strategy<Value = Opinion> {
    let shape = (-0.01..2.0_f64, 0.0..3.9_f64, -0.999..0.999_f64, -4.0..4.0_f64, 0.001..4.0_f64);
    let wild = (shape, prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()], -1_000_i64..=10);
    wild.prop_filter_map("sound", |((a, b, rho, m, sigma), basis, lead)| {
        let svi = Svi { a: nanos(a), b: nanos(b), rho: nanos(rho), m: nanos(m), sigma: nanos(sigma) };
        let time = NOW + lead;
        svi.validate(EXPIRY - time).ok()?;
        Some(opinion(svi, basis, time))
    })
}

/// 1 to 8 honest opinions and fewer hostile ones, shuffled; the number of honest ones.
fn crowd() -> impl Strategy<Value = (Vec<Opinion>, Vec<Opinion>)> {
    (1_usize..=MAX_PUBLISHERS).prop_flat_map(|all| {
        let hostile_most = (all - 1) / 2;
        (0..=hostile_most).prop_flat_map(move |few| {
            let honest = prop::collection::vec(honest(), all - few);
            // besides wild ones, those that copy an honest publisher's volatility and bend the rest
            let hostile = prop::collection::vec((hostile(), prop::bool::ANY), few);
            (honest, hostile).prop_flat_map(|(honest, hostile)| {
                let vol = honest[0].smile.at_the_money().0 as f64 / 1e9;
                let bent =
                    hostile.into_iter().map(|(wild, copies)| if copies { bend(vol, wild.basis.0) } else { wild });
                let all: Vec<Opinion> = honest.iter().copied().chain(bent).collect();
                (Just(honest), Just(all).prop_shuffle())
            })
        })
    })
}

/// A surface with the given volatility at the forward and wings as steep as the checks allow.
fn bend(vol: f64, basis: i64) -> Opinion {
    let (years, sigma, b) = ((EXPIRY - NOW) as f64 / 31_536_000.0, 0.001, 3.9);
    let svi = Svi { a: nanos(vol * vol * years - b * sigma), b: nanos(b), rho: 0, m: 0, sigma: nanos(sigma) };
    opinion(svi, basis, NOW)
}

fn range<T: Ord + Copy>(of: &[Opinion], what: impl Fn(&Opinion) -> T) -> (T, T) {
    let all: Vec<T> = of.iter().map(what).collect();
    (*all.iter().min().expect("some"), *all.iter().max().expect("some"))
}

fn within<T: Ord + Copy>(value: T, (low, high): (T, T)) -> bool {
    low <= value && value <= high
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn fewer_than_half_neither_move_nor_block_it((honest, all) in crowd(), quorum in 1_usize..=8) {
        let rule = Rule { quorum: quorum.min(honest.len()), ..RULE };
        let verdict = combine(&all, NOW, &rule).unwrap();
        let widest = honest.iter().flat_map(|one| honest.iter().map(|other| one.smile.distance(&other.smile))).max();
        prop_assert!(verdict.dispersion <= widest.unwrap(), "{verdict:?}");
        let agreed = verdict.agreed.expect("the honest ones agree and are enough");
        prop_assert!(within(agreed.vol, range(&honest, |one| one.smile.at_the_money())));
        prop_assert!(within(agreed.basis, range(&honest, |one| one.basis)));
        prop_assert!(within(agreed.rate, range(&honest, |one| one.rate)));
        // the times of the minority at most replace one of the honest by a later one
        prop_assert!(agreed.time >= range(&honest, |one| one.time).0);
        prop_assert!(agreed.made >= NOW - RULE.window);
        // and wherever the smile is compared, it is near the honest ones'
        let chosen = Smile::of(&agreed.svi, EXPIRY - agreed.made).unwrap();
        for (index, z) in MONEYNESS.iter().enumerate() {
            let (low, high) = range(&honest, |one| one.smile.0[index].0);
            let reach = RULE.dispersion_max.0 * (1 + z.abs());
            prop_assert!(within(chosen.0[index].0, (low - reach, high + reach)), "{z}: {chosen:?} {low} {high}");
        }
    }

    #[test]
    fn the_result_is_a_set_that_somebody_published((_, all) in crowd()) {
        if let Some(agreed) = combine(&all, NOW, &RULE).unwrap().agreed {
            let published = |one: &&Opinion| one.svi == agreed.svi && one.time == agreed.made;
            let chosen = all.iter().find(published).expect("one of them");
            prop_assert_eq!(chosen.smile.at_the_money(), agreed.vol);
        }
    }

    #[test]
    fn the_order_of_slots_does_not_matter(
        (shuffled, all) in crowd().prop_flat_map(|(_, all)| (Just(all.clone()).prop_shuffle(), Just(all))),
        quorum in 1_usize..=8,
    ) {
        let rule = Rule { quorum, ..RULE };
        prop_assert_eq!(combine(&shuffled, NOW, &rule), combine(&all, NOW, &rule));
    }

    #[test]
    fn copies_of_one_set_are_that_set(one in hostile(), count in 1_usize..=8) {
        let verdict = combine(&vec![one; count], NOW, &Rule { quorum: count, ..RULE }).unwrap();
        if one.time < NOW - RULE.max_age {
            prop_assert_eq!(verdict, Verdict { fresh: 0, dispersion: Vol(0), agreed: None });
        } else {
            let agreed = verdict.agreed.unwrap();
            prop_assert_eq!((agreed.svi, agreed.basis, agreed.time), (one.svi, one.basis, one.time));
            prop_assert_eq!(verdict.dispersion, Vol(0));
        }
    }

    #[test]
    fn nothing_crashes_it(
        raw in prop::collection::vec((any::<[i64; 5]>(), any::<[i64; 7]>(), any::<[i64; 3]>()), 0..10),
        (now, window, max_age, dispersion_max) in any::<(i64, i64, i64, i64)>(),
        quorum in any::<usize>(),
    ) {
        let opinions: Vec<Opinion> = raw.iter().map(|(svi, smile, rest)| Opinion {
            svi: Svi { a: svi[0], b: svi[1], rho: svi[2], m: svi[3], sigma: svi[4] },
            smile: Smile(smile.map(Vol)),
            basis: Ratio(rest[0]),
            rate: Ratio(rest[1]),
            time: rest[2],
        }).collect();
        let rule = Rule { quorum, window, max_age, dispersion_max: Vol(dispersion_max) };
        let sound = opinions.len() <= MAX_PUBLISHERS && (1..=MAX_PUBLISHERS).contains(&quorum);
        prop_assert_eq!(combine(&opinions, now, &rule).is_ok(), sound);
    }
}

#[test]
fn a_quorum_has_to_agree() {
    let rule = Rule { quorum: 3, ..RULE };
    let three = [flat(0.60, NOW), flat(0.61, NOW - 5), flat(0.62, NOW - 9)];
    assert_eq!(combine(&three[..2], NOW, &rule).unwrap().agreed, None);
    let agreed = combine(&three, NOW, &rule).unwrap().agreed.expect("all three");
    assert_eq!((agreed.svi, agreed.made, agreed.time), (three[1].svi, NOW - 5, NOW - 9));
    // one that disagrees does not count as the third
    let split = [three[0], three[1], flat(0.90, NOW)];
    let verdict = combine(&split, NOW, &rule).unwrap();
    assert_eq!((verdict.fresh, verdict.agreed), (3, None));
    // but does not stop two of three
    let two = combine(&split, NOW, &Rule { quorum: 2, ..RULE }).unwrap();
    assert_eq!(two.agreed.expect("two").time, NOW - 5);
    assert!(two.dispersion < Vol(nanos(0.0101)), "{two:?}");
}

#[test]
fn two_camps_do_not_agree_and_it_shows() {
    let camps = [flat(0.50, NOW), flat(0.51, NOW), flat(0.80, NOW), flat(0.81, NOW)];
    let verdict = combine(&camps, NOW, &RULE).unwrap();
    assert_eq!(verdict.agreed, None);
    assert!(verdict.dispersion > Vol(nanos(0.28)), "{verdict:?}");
    // of two, each is half
    assert_eq!(combine(&camps[1..3], NOW, &RULE).unwrap().agreed, None);
    // of two that agree, the lower
    let agreed = combine(&camps[..2], NOW, &RULE).unwrap().agreed.expect("near each other");
    assert_eq!(agreed.svi, camps[0].svi);
}

#[test]
fn equal_volatilities_go_to_the_newer_set() {
    let newer = flat(0.60, NOW);
    let older = Opinion { time: NOW - 7, ..newer };
    for all in [[older, newer], [newer, older]] {
        assert_eq!(combine(&all, NOW, &RULE).unwrap().agreed.map(|agreed| agreed.made), Some(NOW));
    }
}

#[test]
fn only_fresh_sets_count() {
    let fresh = |times: &[i64]| {
        let all: Vec<Opinion> = times.iter().map(|time| flat(0.60, *time)).collect();
        combine(&all, NOW, &RULE).unwrap().fresh
    };
    assert_eq!(fresh(&[]), 0);
    assert_eq!(fresh(&[NOW, NOW - 60]), 2);
    assert_eq!(fresh(&[NOW, NOW - 61]), 1);
    // the newest a while ago
    assert_eq!(fresh(&[NOW - 840, NOW - 900]), 2);
    assert_eq!(fresh(&[NOW - 841, NOW - 901]), 1);
    // a clock ahead shuts nobody out
    assert_eq!(fresh(&[NOW + 10, NOW - 60]), 2);
}

#[test]
fn copying_the_middle_with_bent_wings_gets_nobody_chosen() {
    let (low, high) = (flat(0.60, NOW - 1), flat(0.62, NOW - 1));
    let copy = bend(0.61, 0);
    assert!((copy.smile.at_the_money().0 - nanos(0.61)).abs() < 1_000_000, "{copy:?}");
    let agreed = combine(&[low, copy, high], NOW, &Rule { quorum: 2, ..RULE }).unwrap().agreed;
    assert_eq!(agreed.expect("two of three").svi, low.svi);
}

#[test]
fn a_smile_is_read_at_standardised_moneyness() {
    let svi = Svi { a: nanos(0.004), b: nanos(0.02), rho: nanos(-0.3), m: 0, sigma: nanos(0.1) };
    let tenor = 7 * 86_400;
    let smile = Smile::of(&svi, tenor).unwrap();
    let deviation = smile.at_the_money().0 as f64 * (tenor as f64 / 31_536_000.0).sqrt();
    for (vol, z) in smile.0.iter().zip(MONEYNESS) {
        let wanted = svi.vol(Ratio((deviation * z as f64) as i64), tenor).unwrap();
        assert!((vol.0 - wanted.0).abs() < 100, "{z}: {vol:?} {wanted:?}");
    }
    assert_eq!(Smile::of(&svi, 0), Err(RiskError::OutOfDomain));
    // the ends of what surfaces can say
    for (vol, tenor) in [(5.0, 2 * 366 * 86_400), (0.01, 2_000_000), (5.0, 1)] {
        let flat = Svi::flat(Vol(nanos(vol)), tenor).unwrap();
        let smile = Smile::of(&flat, tenor).unwrap();
        assert!(smile.0.iter().all(|point| (point.0 - nanos(vol)).abs() < 3_000_000), "{smile:?}");
    }
}

#[test]
fn distances_are_symmetric_and_wider_in_the_wings() {
    let base = Smile([Vol(600_000_000); 7]);
    for (index, z) in MONEYNESS.iter().enumerate() {
        let mut other = base;
        other.0[index].0 += 90_000_001;
        let wanted = (90_000_001 + z.abs()) / (1 + z.abs());
        assert_eq!(base.distance(&other), Vol(wanted));
        assert_eq!(other.distance(&base), Vol(wanted));
    }
}
