//! The dynamic range: against a second implementation in floating point, and its laws.

mod common;

use common::{Random, YEAR, normal};
use novate_risk::RiskError;
use novate_risk::units::{NANO, Price, Ratio, Variance};
use novate_risk::volatility::{ForecastParams, VarianceState};
use proptest::prelude::*;

const START: i64 = 1_700_000_000;
const HORIZONS: [f64; 3] = [3_600.0, 86_400.0, 604_800.0];

fn price(value: f64) -> Price {
    Price((value * 1e9).round() as i64)
}

/// Parameters anywhere within their bounds.
fn any_params(random: &mut Random) -> ForecastParams {
    let floor = random.between(0.01, 0.3);
    let nanos = |value: f64| Ratio((value * 1e9) as i64);
    ForecastParams {
        har_intercept: Variance((random.between(0.0, 2.0) * 1e9) as i64),
        har_1h: nanos(random.between(0.0, 1.0)),
        har_1d: nanos(random.between(0.0, 1.0)),
        har_7d: nanos(random.between(0.0, 1.0)),
        z: nanos(random.between(1.0, 5.0)),
        t: nanos(random.between(1.0, 3.0)),
        mpor: random.between(900.0, 604_800.0) as i64,
        range_floor: nanos(floor),
        range_cap: nanos(random.between(floor, 0.9)),
        range_fall_per_hour: nanos(random.between(0.0, 0.1)),
        range_hysteresis: nanos(random.between(0.0, 0.05)),
        min_interval: random.between(60.0, 3_600.0) as i64,
    }
}

/// The same in floating point, written from METHODOLOGY.
#[derive(Clone, Debug)]
struct Reference {
    price: f64,
    high: f64,
    low: f64,
    time: f64,
    since: f64,
    variances: [f64; 3],
    sigma: f64,
    range: f64,
}

impl Reference {
    fn multiplier(params: &ForecastParams) -> f64 {
        params.z.0 as f64 / 1e9 * params.t.0 as f64 / 1e9 * (params.mpor as f64 / YEAR).sqrt()
    }

    fn first(price: f64, time: i64, range: f64, params: &ForecastParams) -> Self {
        let (floor, cap) = (params.range_floor.0 as f64 / 1e9, params.range_cap.0 as f64 / 1e9);
        let range = range.max(floor).min(cap);
        let variance = (range / Self::multiplier(params)).powi(2);
        let time = time as f64;
        let variances = [variance; 3];
        Self { price, high: price, low: price, time, since: time, variances, sigma: 0.0, range }
    }

    fn observe(&mut self, price: f64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
    }

    fn sample(&mut self, price: f64, time: i64, params: &ForecastParams) {
        self.observe(price);
        let elapsed = time as f64 - self.time;
        let parkinson = (self.high / self.low).ln().powi(2) / (4.0 * 2.0_f64.ln());
        let realised = (price / self.price).ln().powi(2).max(parkinson) * YEAR / elapsed;
        for (variance, horizon) in self.variances.iter_mut().zip(HORIZONS) {
            let mut weight = 1.0 - (-elapsed / horizon).exp();
            if realised < *variance {
                weight = weight.min(1.0 - (-1.0_f64).exp());
            }
            *variance += weight * (realised - *variance);
        }
        let [hour, day, week] = self.variances;
        let share = |ratio: Ratio| ratio.0 as f64 / 1e9;
        let linear = params.har_intercept.0 as f64 / 1e9
            + share(params.har_1h) * hour
            + share(params.har_1d) * day
            + share(params.har_7d) * week;
        self.sigma = linear.sqrt().max(0.5 * day.sqrt()).min(3.0 * day.sqrt());
        let target = Self::multiplier(params) * self.sigma;
        let mut fall = share(params.range_fall_per_hour) * (elapsed / 3_600.0).min(1.0);
        if time as f64 - self.since < 86_400.0 {
            fall = 0.0;
        }
        self.range = target.max(self.range - fall).max(share(params.range_floor)).min(share(params.range_cap));
        (self.price, self.high, self.low, self.time) = (price, price, price, time as f64);
    }
}

#[test]
fn variances_forecast_and_range_match_the_second_implementation() {
    let mut random = Random(31);
    let mut worst = [0.0_f64; 3];
    for _ in 0..300 {
        let params = any_params(&mut random);
        let vol = random.scale(0.1, 4.0);
        let mut level = random.scale(1e-3, 1e6);
        let mut time = START;
        let listed = Ratio((random.between(0.01, 0.9) * 1e9) as i64);
        let mut state = VarianceState { range: listed, ..VarianceState::default() };
        state.sample(price(level), time, &params).unwrap();
        let mut reference = Reference::first(price(level).0 as f64, time, listed.0 as f64 / 1e9, &params);
        for _ in 0..200 {
            // mostly regular, sometimes a gap of up to two weeks
            let longest = if random.below(20) == 0 { 1.2e6 } else { 2.0 * params.min_interval as f64 };
            let elapsed =
                random.scale(params.min_interval as f64, longest.max(params.min_interval as f64 + 1.0)) as i64;
            let elapsed = elapsed.max(params.min_interval);
            let seen = random.below(4);
            for _ in 0..=seen {
                level *= (vol * (elapsed as f64 / YEAR / (seen + 1) as f64).sqrt() * normal(&mut random)).exp();
                level = level.clamp(1e-4, 1e8);
                state.observe(price(level));
                reference.observe(price(level).0 as f64);
            }
            time += elapsed;
            let forecast = state.sample(price(level), time, &params).unwrap();
            reference.sample(price(level).0 as f64, time, &params);
            let got = [state.variance_1h, state.variance_1d, state.variance_7d].map(|variance| variance.0 as f64 / 1e9);
            for ((got, want), worst) in got.iter().zip(reference.variances).zip(&mut worst) {
                *worst = worst.max((got - want).abs() / (want + 1e-3));
            }
            assert!(worst.iter().all(|error| *error < 3e-4), "{worst:?} {got:?} {reference:?}");
            let sigma = forecast.sigma.0 as f64 / 1e9;
            assert!((sigma - reference.sigma).abs() < 3e-4 * reference.sigma + 1e-4, "{sigma} {reference:?}");
            let range = forecast.range.0 as f64 / 1e9;
            assert!((range - reference.range).abs() < 3e-4 * reference.range + 1e-5, "{range} {reference:?}");
        }
    }
    println!("largest relative errors of the variances: {worst:?}");
}

/// A state after some days of a calm walk with samples every `min_interval`.
fn warm(params: &ForecastParams, vol: f64, days: i64, seed: u64) -> (VarianceState, f64) {
    let mut random = Random(seed);
    let (mut state, mut level, mut time) = (VarianceState::default(), 100.0_f64, START);
    let deviation = vol * (params.min_interval as f64 / YEAR).sqrt();
    while time < START + days * 86_400 {
        state.sample(price(level), time, params).unwrap();
        level *= (deviation * normal(&mut random)).exp();
        time += params.min_interval;
    }
    (state, level)
}

#[test]
fn a_storm_raises_the_range_at_once_and_calm_lowers_it_slowly() {
    let params = ForecastParams::DEFAULT;
    let (mut state, level) = warm(&params, 0.5, 10, 1);
    assert_eq!(state.range, params.range_floor, "ten calm days end on the floor");
    // 15 % in five minutes
    let storm = state.sample(price(level * 0.85), state.time + 300, &params).unwrap();
    assert!(storm.range.0 > 200_000_000, "{storm:?}");
    let mut last = storm.range.0;
    for hour in 1..=200 {
        let calm = state.sample(price(level * 0.85), state.time + 3_600, &params).unwrap();
        assert!(calm.range.0 >= last - params.range_fall_per_hour.0 && calm.range.0 <= last, "hour {hour}");
        last = calm.range.0;
    }
    assert!(last < storm.range.0 - 100 * params.range_fall_per_hour.0 || last == params.range_floor.0);
    // a range that never falls
    let params = ForecastParams { range_fall_per_hour: Ratio(0), ..params };
    let before = state.sample(price(level), state.time + 3_600, &params).unwrap();
    let after = state.sample(price(level), state.time + 3_600, &params).unwrap();
    assert_eq!(before.range, after.range);
}

#[test]
fn the_first_day_only_rises_and_starts_with_the_listed_range() {
    let params = ForecastParams::DEFAULT;
    let mut state = VarianceState { range: Ratio(300_000_000), ..VarianceState::default() };
    let first = state.sample(price(100.0), START, &params).unwrap();
    assert_eq!(first.range.0, 300_000_000);
    for sample in 1..288 {
        assert_eq!(state.sample(price(100.0), START + 300 * sample, &params).unwrap().range.0, 300_000_000);
    }
    assert!(state.sample(price(100.0), START + 86_400, &params).unwrap().range.0 < 300_000_000);
    // what a listed range implies gives that range back, up to rounding, where the forecast is the 1 d variance itself
    let same =
        ForecastParams { har_intercept: Variance(0), har_1h: Ratio(0), har_1d: Ratio::ONE, har_7d: Ratio(0), ..params };
    let implied = novate_risk::volatility::forecast::implied_variance(Ratio(300_000_000), &same);
    let sigma = novate_risk::volatility::forecast::sigma(implied, implied, implied, &same);
    let range = novate_risk::volatility::forecast::target(sigma, &same);
    assert!((300_000_000..=300_000_010).contains(&range.0), "{range:?}");
}

#[test]
fn a_gap_tells_the_average_and_erases_no_more_than_one_horizon() {
    let params = ForecastParams::DEFAULT;
    let (state, level) = warm(&params, 1.0, 10, 2);
    let kept = |before: Variance, after: Variance| after.0 as f64 / before.0 as f64;
    // three days without any price and back at the same: 1/e of each of the two shorter variances stays
    let mut calm = state;
    calm.sample(state.price, state.time + 3 * 86_400, &params).unwrap();
    assert!((kept(state.variance_1h, calm.variance_1h) - (-1.0_f64).exp()).abs() < 1e-6);
    assert!((kept(state.variance_1d, calm.variance_1d) - (-1.0_f64).exp()).abs() < 1e-6);
    assert!((kept(state.variance_7d, calm.variance_7d) - (-3.0_f64 / 7.0).exp()).abs() < 1e-6);
    // and the range falls by an hour's worth
    assert!(calm.range.0 >= state.range.0 - params.range_fall_per_hour.0);
    // three days and 30 %: every variance moves to the average over the gap or above
    let mut fall = state;
    fall.sample(price(level * 0.7), state.time + 3 * 86_400, &params).unwrap();
    let average = (price(level * 0.7).0 as f64 / state.price.0 as f64).ln().powi(2) * 365.0 / 3.0;
    assert!((fall.variance_1h.0 as f64 / 1e9 / average - 1.0).abs() < 1e-6, "{} {average}", fall.variance_1h.0);
    assert!(fall.range > state.range);
}

#[test]
fn what_is_refused_changes_nothing() {
    let params = ForecastParams::DEFAULT;
    let (state, _) = warm(&params, 1.0, 2, 3);
    let now = state.time;
    let cases = [
        (price(100.0), now, RiskError::TooEarly),
        (price(100.0), now - 1, RiskError::TooEarly),
        (price(100.0), now + 299, RiskError::TooEarly),
        (price(100.0), 1, RiskError::TooEarly),
        (price(100.0), 0, RiskError::OutOfDomain),
        (price(100.0), i64::MIN, RiskError::OutOfDomain),
        (Price(0), now + 300, RiskError::OutOfDomain),
        (Price(-1), now + 300, RiskError::OutOfDomain),
        (Price(i64::MIN), now + 300, RiskError::OutOfDomain),
    ];
    for (price, time, error) in cases {
        let mut spoilt = state;
        assert_eq!(spoilt.sample(price, time, &params), Err(error), "{price:?} {time}");
        assert_eq!(spoilt, state);
    }
    let mut spoilt = state;
    let bad = ForecastParams { range_floor: Ratio(700_000_000), ..params };
    assert_eq!(spoilt.sample(price(100.0), now + 300, &bad), Err(RiskError::BadForecast));
    spoilt.observe(Price(0));
    spoilt.observe(Price(-5));
    assert_eq!(spoilt, state);
    let mut fresh = VarianceState::default();
    fresh.observe(price(5.0));
    assert_eq!(fresh, VarianceState::default(), "nothing to observe before the first sample");
}

#[test]
fn every_parameter_has_its_bounds() {
    type Spoil = fn(&mut ForecastParams, i64);
    let fields: [(Spoil, i64, i64); 12] = [
        (|params, value| params.har_intercept.0 = value, 0, 10 * NANO),
        (|params, value| params.har_1h.0 = value, 0, 2 * NANO),
        (|params, value| params.har_1d.0 = value, 0, 2 * NANO),
        (|params, value| params.har_7d.0 = value, 0, 2 * NANO),
        (|params, value| params.z.0 = value, NANO, 5 * NANO),
        (|params, value| params.t.0 = value, NANO, 3 * NANO),
        (|params, value| params.mpor = value, 900, 604_800),
        (|params, value| params.range_floor.0 = value, NANO / 100, 600_000_000),
        (|params, value| params.range_cap.0 = value, 120_000_000, NANO * 9 / 10),
        (|params, value| params.range_fall_per_hour.0 = value, 0, NANO / 10),
        (|params, value| params.range_hysteresis.0 = value, 0, NANO / 20),
        (|params, value| params.min_interval = value, 60, 3_600),
    ];
    for (place, (spoil, low, high)) in fields.into_iter().enumerate() {
        for (value, sound) in
            [(low, true), (high, true), (low - 1, false), (high + 1, false), (i64::MIN, false), (i64::MAX, false)]
        {
            let mut params = ForecastParams::DEFAULT;
            spoil(&mut params, value);
            assert_eq!(params.validate().is_ok(), sound, "field {place}, {value}");
        }
    }
}

#[test]
fn a_range_in_use_gives_way_to_any_higher_and_to_much_lower_ones() {
    let params = ForecastParams::DEFAULT; // hysteresis 1 %
    let in_use = Ratio(160_000_000);
    for (next, replaces) in [(160_000_001, true), (160_000_000, false), (158_400_000, false), (158_399_999, true)] {
        assert_eq!(params.replaces(in_use, Ratio(next)), replaces, "{next}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whoever chooses prices and times: never below the floor or above the cap, never down faster than the bound, for
    /// every pair of moments and not just from one sample to the next.
    #[test]
    fn no_choice_of_samples_lowers_the_range_faster_than_the_bound(
        seed in any::<u64>(),
        steps in prop::collection::vec((1_i64..400_000, 1_i64..i64::MAX, any::<bool>()), 1..60),
    ) {
        let params = any_params(&mut Random(seed));
        let mut state = VarianceState { range: params.range_cap, ..VarianceState::default() };
        let mut time = START;
        let mut history: Vec<(i64, i64)> = Vec::new();
        for (elapsed, price, sampled) in steps {
            time += elapsed;
            state.observe(Price(price));
            if !sampled {
                continue;
            }
            let before = state;
            match state.sample(Price(price), time, &params) {
                Ok(forecast) => {
                    prop_assert!(params.range_floor <= forecast.range && forecast.range <= params.range_cap);
                    for (then, range) in &history {
                        let bound = i128::from(params.range_fall_per_hour.0) * i128::from(time - then) / 3_600;
                        prop_assert!(i128::from(*range) - i128::from(forecast.range.0) <= bound);
                    }
                    history.push((time, forecast.range.0));
                }
                Err(error) => {
                    prop_assert_eq!(error, RiskError::TooEarly);
                    prop_assert_eq!(before, state);
                }
            }
        }
    }

    /// A larger move, or one more price seen, never gives a lower variance or range.
    #[test]
    fn a_larger_move_never_lowers_anything(
        seed in any::<u64>(),
        elapsed in 3_600_i64..1_000_000,
        small in 0.0..0.5_f64,
        more in 0.0..0.5_f64,
        up in any::<bool>(),
        seen in 0.3..3.0_f64,
    ) {
        let params = any_params(&mut Random(seed));
        let (state, _) = warm(&params, 0.8, 1, seed);
        let sign = if up { 1.0 } else { -1.0 };
        let last = state.price.0 as f64 / 1e9;
        let after = |moved: f64, seen: Option<f64>| {
            let mut next = state;
            if let Some(seen) = seen {
                next.observe(price(last * seen));
            }
            next.sample(price(last * (sign * moved).exp()), state.time + elapsed, &params).unwrap();
            next
        };
        let near = after(small, None);
        for far in [after(small + more, None), after(small, Some(seen))] {
            prop_assert!(far.variance_1h >= near.variance_1h && far.variance_1d >= near.variance_1d);
            prop_assert!(far.variance_7d >= near.variance_7d);
            prop_assert!(far.sigma >= near.sigma && far.range >= near.range);
        }
    }

    /// Any bits for a state, any numbers for the rest: a value or a typed error, and a range within its bounds.
    #[test]
    fn the_ends_of_the_types_never_panic(
        words in prop::array::uniform11(prop_oneof![any::<u64>(), Just(0), Just(u64::MAX), Just(1 << 63), Just((1 << 63) - 1)]),
        numbers in prop::array::uniform12(prop_oneof![any::<i64>(), Just(0), Just(i64::MAX), Just(i64::MIN)]),
        sound in any::<bool>(),
        at in prop::array::uniform2(prop_oneof![any::<i64>(), Just(1), Just(i64::MAX), Just(i64::MIN), START..START + 1_000_000]),
    ) {
        let mut state: VarianceState = bytemuck::cast(words);
        let params: ForecastParams = if sound { ForecastParams::DEFAULT } else { bytemuck::cast(numbers) };
        state.observe(Price(at[0]));
        let _ = params.replaces(state.range, Ratio(at[1]));
        if let Ok(forecast) = state.sample(Price(at[0]), at[1], &params) {
            prop_assert!(params.range_floor <= forecast.range && forecast.range <= params.range_cap);
        }
    }
}
