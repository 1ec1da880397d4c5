//! Black-76 against a floating-point reference, published values, and its own laws.

mod common;

use common::{Random, YEAR, call, cdf, pdf};
use novate_risk::RiskError;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::params::RiskParams;
use novate_risk::pricing::black76::{Carry, Quote76};
use novate_risk::pricing::price_call;
use novate_risk::pricing::tenor::Tenor;
use novate_risk::scenario::Grid;
use novate_risk::surface::Svi;
use novate_risk::units::{LotSize, LotValue, Price, Ratio, Vol};
use proptest::prelude::*;

/// A point of the supported box, rounded to what the engine sees.
#[derive(Clone, Copy, Debug)]
struct Point {
    forward: LotValue,
    strike: LotValue,
    vol: Vol,
    seconds: i64,
}

impl Point {
    fn random(random: &mut Random) -> Self {
        let most = if random.below(8) == 0 { 1.6e10 } else { 5e9 };
        let forward = random.scale(1.01e6, 4.39e12);
        let spread = if random.below(2) == 0 { random.scale(0.01, 100.0) } else { random.scale(0.7, 1.4) };
        let forward = forward as i64;
        let strike = ((forward as f64 * spread) as i64).clamp(forward / 100 + 1, forward * 100);
        Self {
            forward: LotValue(forward),
            strike: LotValue(strike),
            vol: Vol(random.scale(1e7, most) as i64),
            seconds: random.scale(60.0, 2.0 * 365.0 * 86_400.0) as i64,
        }
    }

    fn deviation(&self) -> f64 {
        self.vol.0 as f64 / 1e9 * (self.seconds as f64 / YEAR).sqrt()
    }

    fn price(&self) -> Quote76 {
        let tenor = Tenor::new(self.seconds).unwrap();
        price_call(self.forward, self.strike, self.vol, &tenor, &Carry::NONE).unwrap()
    }
}

#[test]
fn values_and_greeks_match_the_reference_across_the_box() {
    let mut random = Random(1);
    let mut worst = [0.0_f64; 5];
    for _ in 0..200_000 {
        let point = Point::random(&mut random);
        let (f, k, s) = (point.forward.0 as f64, point.strike.0 as f64, point.deviation());
        let quote = point.price();
        let d1 = (f / k).ln() / s + 0.5 * s;
        let root = s / (point.vol.0 as f64 / 1e9);
        let days = point.seconds as f64 / 86_400.0;
        let error = |got: i64, want: f64, rounding: f64| ((got as f64 - want).abs() - rounding).max(0.0) / f;
        let errors = [
            error(quote.value.0, call(f, k, s), 2.0),
            (quote.delta.0 as f64 / 1e9 - cdf(d1)).abs(),
            error(quote.gamma.0, f * pdf(d1) / s, 2.0 + 2.0 / s) * s,
            error(quote.vega.0, f * pdf(d1) * root, 3.0),
            error(quote.theta.0, -f * pdf(d1) * s / (2.0 * days), 2.0 + (1.0 + 1.5 * s / root) / days) * days / s,
        ];
        for (worst, error) in worst.iter_mut().zip(errors) {
            *worst = worst.max(error);
        }
        let intrinsic = (point.forward.0 - point.strike.0).max(0);
        assert!((intrinsic..=point.forward.0).contains(&quote.value.0));
    }
    println!("value, delta, gamma·s, vega, theta: {worst:?}");
    assert!(worst[0] <= 1e-8, "value {}", worst[0]);
    assert!(worst[1] <= 2e-8, "delta {}", worst[1]);
    assert!(worst[2] <= 3e-8, "gamma {}", worst[2]);
    assert!(worst[3] <= 2e-8, "vega {}", worst[3]);
    assert!(worst[4] <= 1e-8, "theta {}", worst[4]);
}

/// Every corner and edge of the box at once: nothing overflows there.
#[test]
fn corners_of_the_box() {
    for forward in [1_000_000, 1_000_001, 1 << 41, (1 << 42) - 1, 1 << 42] {
        for strike in [forward / 100, forward / 3, forward - 1, forward, forward + 1, forward * 7, forward * 100] {
            for vol in [1, 10_000_000, 999_999_999, 5_000_000_000, 15_999_999_999, 16_000_000_000] {
                for seconds in [1, 60, 86_400, 31_536_000, 63_072_000, 63_244_800] {
                    let point = Point { forward: LotValue(forward), strike: LotValue(strike), vol: Vol(vol), seconds };
                    let (f, k, s) = (forward as f64, strike as f64, point.deviation());
                    let quote = point.price();
                    assert!((quote.value.0 as f64 - call(f, k, s)).abs() <= 1e-8 * f + 2.0, "{point:?} {quote:?}");
                    assert!((0..=1_000_000_000).contains(&quote.delta.0) && quote.theta.0 <= 0);
                    if vol < 10_000_000 {
                        continue; // outside the box: the deviation has few bits left, which only derivatives show
                    }
                    let density = f * pdf((f / k).ln() / s + 0.5 * s);
                    let vega = density * s / (vol as f64 / 1e9);
                    assert!((quote.vega.0 as f64 - vega).abs() <= 4e-8 * f + 3.0, "{point:?} {quote:?}");
                    let gamma = (density + 4e-8 * f + 3.0) / s * 1.001 + 2.0;
                    assert!(quote.gamma.0 as f64 <= gamma, "{point:?} {quote:?}");
                }
            }
        }
    }
}

/// Printed values, each to the digits printed. Black-Scholes examples are priced as Black-76 on F = S·e^(rT).
#[test]
fn published_values() {
    let case = |forward: f64, strike: f64, rate: f64, years: f64, vol: f64| {
        let tenor = Tenor::new((years * YEAR).round() as i64).unwrap();
        let discount = (-rate * years).exp();
        let nanos = |x: f64| LotValue((x * discount * 1e9).round() as i64);
        let carry = Carry::new(Ratio((discount * 1e9).round() as i64), &tenor).unwrap();
        let quote = price_call(nanos(forward), nanos(strike), Vol((vol * 1e9) as i64), &tenor, &carry).unwrap();
        let put = quote.value.0 - nanos(forward).0 + nanos(strike).0;
        (quote.value.0 as f64 / 1e9, put as f64 / 1e9)
    };
    let close = |got: f64, printed: f64, digits: i32| {
        assert!((got - printed).abs() <= 0.5 * 10_f64.powi(-digits) + 1e-8, "{got} {printed}");
    };
    // Hull, Options, Futures and Other Derivatives, 9th ed., example 18.6: put on a future, 1.12
    let (_, put) = case(20.0, 20.0, 0.09, 4.0 / 12.0, 0.25);
    close(put, 1.12, 2);
    // the same example in closed form, D·F·erf(s/√8), s = 0.25/√3
    close(put, 1.116_641_5, 7);
    // Hull, example 15.6: S = 42, K = 40, r = 10 %, six months, 20 %: call 4.76, put 0.81
    let (call, put) = case(42.0 * 0.05_f64.exp(), 40.0, 0.10, 0.5, 0.20);
    close(call, 4.76, 2);
    close(put, 0.81, 2);
    // Haug, The Complete Guide to Option Pricing Formulas, 2nd ed., §1.1.3: call and put on a future, 1.7011
    let (call, put) = case(19.0, 19.0, 0.10, 0.75, 0.28);
    close(call, 1.7011, 4);
    close(put, 1.7011, 4);
    // Haug, §1.1.1: S = 60, K = 65, r = 8 %, three months, 30 %: call 2.1334
    let (call, _) = case(60.0 * 0.02_f64.exp(), 65.0, 0.08, 0.25, 0.30);
    close(call, 2.1334, 4);
}

/// Within the error of the engine the value rises with volatility and with the forward and falls with the strike, and
/// neither moves it faster than one to one.
#[test]
fn value_is_monotone() {
    let mut random = Random(2);
    for _ in 0..50_000 {
        let point = Point::random(&mut random);
        let value = point.price().value.0;
        let slack = point.forward.0 / 100_000_000 + 2;
        let up = |x: i64| x + 1 + (x as f64 * random_step(x)) as i64;
        let vol = Point { vol: Vol(up(point.vol.0).min(16_000_000_000)), ..point }.price().value.0;
        assert!(vol >= value - slack);
        let strike = LotValue(up(point.strike.0).min(point.forward.0 * 100));
        let fallen = Point { strike, ..point }.price().value.0;
        assert!(fallen <= value + slack && fallen >= value - (strike.0 - point.strike.0) - slack);
        let forward = LotValue(up(point.forward.0).min(point.strike.0.saturating_mul(100)).min(1 << 42));
        if forward.0 > point.forward.0 {
            let risen = Point { forward, ..point }.price().value.0;
            assert!(risen >= value - slack && risen <= value + (forward.0 - point.forward.0) + slack);
        }
    }
}

/// Steps from one unit to half of the number, by its last digits.
fn random_step(x: i64) -> f64 {
    [0.0, 1e-9, 1e-6, 1e-4, 1e-2, 0.5][usize::try_from(x % 6).unwrap()]
}

/// Towards expiry and towards zero volatility the value goes to intrinsic without a jump: never further from it than
/// the deviation allows, and exactly there at the end.
#[test]
fn continuous_into_expiry_and_zero_volatility() {
    let forward = LotValue(100_000_000_000);
    for percent in [1, 50, 90, 99, 100, 101, 110, 200, 10_000] {
        let strike = LotValue(forward.0 / 100 * percent);
        let intrinsic = (forward.0 - strike.0).max(0);
        for vol in [0, 1, 1_000, 10_000_000, 600_000_000, 5_000_000_000] {
            let mut last = i64::MAX;
            for seconds in [3_600, 600, 60, 30, 10, 2, 1, 0, -1, i64::MIN] {
                let tenor = Tenor::new(seconds).unwrap();
                let quote = price_call(forward, strike, Vol(vol), &tenor, &Carry::NONE).unwrap();
                let deviation = vol as f64 / 1e9 * (seconds.max(0) as f64 / YEAR).sqrt();
                let most = 0.4 * deviation * forward.0.max(strike.0) as f64;
                let time_value = quote.value.0 - intrinsic;
                assert!(time_value >= 0 && time_value as f64 <= most + 100.0, "{percent} % {vol} {seconds} s");
                assert!(quote.value.0 <= last.saturating_add(1_002));
                last = quote.value.0;
                if seconds <= 0 || vol == 0 {
                    assert_eq!(quote.value.0, intrinsic);
                    assert_eq!((quote.gamma.0, quote.vega.0, quote.theta.0), (0, 0, 0));
                }
            }
        }
    }
}

#[test]
fn outside_the_box_is_refused() {
    let tenor = Tenor::new(86_400).unwrap();
    let price = |forward: i64, strike: i64, vol: i64| {
        price_call(LotValue(forward), LotValue(strike), Vol(vol), &tenor, &Carry::NONE)
    };
    let vol = 600_000_000;
    for (forward, strike, vol) in [
        (0, 1_000_000, vol),
        (-1, 1_000_000, vol),
        (i64::MIN, i64::MAX, vol),
        (i64::MAX, i64::MAX, vol),
        (999_999, 1_000_000, vol),
        ((1 << 42) + 1, 1 << 42, vol),
        (1_000_000_000, 0, vol),
        (1_000_000_000, -5, vol),
        (1_000_000_000, 9_999_999, vol),
        (1_000_000_000, 100_000_000_001, vol),
        (1_000_000_000, 1_000_000_000, -1),
        (1_000_000_000, 1_000_000_000, 16_000_000_001),
        (1_000_000_000, 1_000_000_000, i64::MAX),
    ] {
        assert_eq!(price(forward, strike, vol), Err(RiskError::OutOfDomain), "{forward} {strike} {vol}");
    }
    assert_eq!(Tenor::new(i64::MAX), Err(RiskError::OutOfDomain));
    assert_eq!(Tenor::new(i64::MIN), Ok(Tenor::EXPIRED));
    assert_eq!(Carry::new(Ratio(0), &tenor), Err(RiskError::OutOfDomain));
}

/// Prices of 10⁻⁶ to 10⁷ quote per unit, in nanos.
const PRICES: (i64, i64) = (1_000, 10_000_000_000_000_000);
/// Lots that a market may have, in nanos of a unit.
const LOTS: (i64, i64) = (1, 1_000_000_000_000_000);

/// The lots within their bounds that pricing supports at a price, by formula and not by trial.
fn lots_for(price: i64) -> (i64, i64) {
    let least = 1_000_000_000_000_000 / price + i64::from(1_000_000_000_000_000 % price != 0);
    let most = i64::try_from((1_i128 << 42) * 1_000_000_000 / i128::from(price)).unwrap();
    (least.max(LOTS.0), most.min(LOTS.1))
}

/// A book at a price, in lots of a size, prices strikes from the hundredth to the hundredfold; at the very edge it is up
/// to the rounding of the lot's value.
fn prices_in(price: i64, lot: i64) -> Result<(), RiskError> {
    let params = RiskParams::DEFAULT;
    let shocks = Grid::default_grid().resolve(params.range).unwrap();
    let svi = Svi::flat(Vol(600_000_000), 86_400).unwrap();
    let book = PreparedBook::new(&BookInputs {
        forward: Price(price),
        lot_size: LotSize(lot),
        tau_seconds: 86_400,
        discount: Ratio::ONE,
        svi: &svi,
        svi_tau_seconds: 86_400,
        params: &params,
        shocks: &shocks,
    })?;
    let mut row: StrikeRisk = bytemuck::Zeroable::zeroed();
    for strike in [price / 100 + 1, price, price * 100 - price / 100] {
        book.strike_risk(Price(strike), &mut row)?;
    }
    Ok(())
}

/// Every price of the box has lots to price it in, at both ends and in between; one lot size less or more is refused.
#[test]
fn every_price_of_the_box_has_a_lot() {
    let mut random = Random(7);
    let between = (0..2_000).map(|_| random.scale(PRICES.0 as f64, PRICES.1 as f64) as i64).collect::<Vec<_>>();
    for price in [PRICES.0, PRICES.0 + 1, PRICES.1 - 1, PRICES.1].into_iter().chain(between) {
        let (least, most) = lots_for(price);
        assert!(least <= most, "{price}");
        for lot in [least, least + (most - least) / 2, most] {
            prices_in(price, lot).unwrap_or_else(|error| panic!("{price} {lot}: {error}"));
        }
        if least > LOTS.0 {
            assert_eq!(prices_in(price, least - 1), Err(RiskError::OutOfDomain), "{price}");
        }
        if most < LOTS.1 {
            // the value is rounded down: the first lot that is worth a nano more than the most
            let over = ((1_i128 << 42) + 1) * 1_000_000_000 / i128::from(price);
            let over = i64::try_from(over + 1).unwrap();
            assert_eq!(prices_in(price, over), Err(RiskError::OutOfDomain), "{price}");
        }
    }
}

prop_compose! {
    /// A point of the box whose forward, strike, volatility and time are log-uniform, half of them near the money.
    fn point()(
        forward in 6.005_f64..12.643,
        spread in prop_oneof![-1.99_f64..1.99, -0.15_f64..0.15, -0.001_f64..0.001],
        vol in 7.0_f64..10.2,
        seconds in 1.78_f64..7.79,
    ) -> Point {
        let forward = 10_f64.powf(forward);
        Point {
            forward: LotValue(forward as i64),
            strike: LotValue((forward * 10_f64.powf(spread)) as i64),
            vol: Vol(10_f64.powf(vol) as i64),
            seconds: 10_f64.powf(seconds) as i64,
        }
    }
}

/// Error of the engine at a point, in nanos: 10⁻⁸ of the forward and the rounding.
fn slack(forward: LotValue) -> i64 {
    forward.0 / 100_000_000 + 2
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The value rises with volatility, time and forward and falls with the strike; forward and strike move it by no
    /// more than themselves.
    #[test]
    fn value_is_monotone_in_each_argument(point in point(), step in -9.0_f64..0.0) {
        let value = point.price().value.0;
        let step = 10_f64.powf(step);
        let up = |x: i64| x + ((x as f64 * step) as i64).max(1);
        let slack = slack(point.forward);

        let vol = Vol(up(point.vol.0).min(16_000_000_000));
        let wilder = Point { vol, ..point }.price().value.0;
        prop_assert!(wilder >= value - slack, "{} {}", wilder, value);
        let seconds = up(point.seconds).min(63_072_000);
        let later = Point { seconds, ..point }.price().value.0;
        prop_assert!(later >= value - slack, "{} {}", later, value);

        let strike = LotValue(up(point.strike.0).min(point.forward.0 * 100));
        let fallen = value - Point { strike, ..point }.price().value.0;
        prop_assert!((-slack..=(strike.0 - point.strike.0).max(0) + slack).contains(&fallen));

        let forward = LotValue(up(point.forward.0).min(1 << 42).min(point.strike.0 * 100));
        if forward.0 >= point.forward.0 {
            let risen = Point { forward, ..point }.price().value.0 - value;
            prop_assert!((-slack..=forward.0 - point.forward.0 + slack).contains(&risen));
        }
    }

    /// No jump anywhere: a small step of the deviation moves the value by at most the step × the smaller of forward and
    /// strike ÷ √(2π), across every interval of the normal table and every precision of the deviation.
    #[test]
    fn value_is_continuous_in_volatility_and_time(point in point()) {
        let value = point.price().value.0;
        let limit = |other: &Point| {
            let change = (other.deviation() - point.deviation()).abs();
            0.398_942_281 * change * point.forward.0.min(point.strike.0) as f64 + 2.0 * slack(point.forward) as f64
        };
        let vol = Point { vol: Vol((point.vol.0 + point.vol.0 / 100_000 + 1).min(16_000_000_000)), ..point };
        prop_assert!((vol.price().value.0 - value).abs() as f64 <= limit(&vol));
        let time = Point { seconds: point.seconds + 1, ..point };
        prop_assert!((time.price().value.0 - value).abs() as f64 <= limit(&time));
    }

    /// Down to no time and no volatility the value is within K·s ÷ √(2π) of intrinsic, s the deviation, and there it is
    /// intrinsic.
    #[test]
    fn value_reaches_intrinsic(point in point(), last in 0_i64..60, vol in 0_i64..10_000_000) {
        let intrinsic = (point.forward.0 - point.strike.0).max(0);
        for end in [Point { seconds: last, ..point }, Point { vol: Vol(vol), ..point }] {
            let time_value = end.price().value.0 - intrinsic;
            let most = 0.398_942_281 * end.deviation() * point.strike.0 as f64;
            prop_assert!(time_value >= 0 && time_value as f64 <= most + slack(point.forward) as f64);
        }
        for end in [Point { seconds: 0, ..point }, Point { vol: Vol(0), ..point }] {
            prop_assert_eq!(end.price().value.0, intrinsic);
        }
    }
}
