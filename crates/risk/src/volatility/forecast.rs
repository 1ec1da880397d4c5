//! From realised variances to a volatility and a range.

use super::params::ForecastParams;
use crate::pricing::sqrt::isqrt;
use crate::units::{NANO, Ratio, Variance, Vol, YEAR_SECONDS, mul_div_ceil, mul_div_floor};

/// What a sample says of the time to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// σ_f: forecast volatility, annualised.
    pub sigma: Vol,
    /// R: the price-shock range.
    pub range: Ratio,
}

/// No variance is stored above it: a volatility of 100,000 %.
pub const MAX_VARIANCE: Variance = Variance(1_000_000 * NANO);

/// The forecast is at least this share of the 1 d volatility: ½, squared, as a divisor.
const LEAST: i64 = 4;
/// The forecast is at most this multiple of the 1 d volatility: 3, squared.
const MOST: i64 = 9;

/// σ_f: √(intercept + Σ coefficient × variance), held to [½, 3] times the 1 d volatility, rounded up.
pub fn sigma(hour: Variance, day: Variance, week: Variance, params: &ForecastParams) -> Vol {
    let terms = [(params.har_1h, hour), (params.har_1d, day), (params.har_7d, week)];
    let linear = terms.iter().fold(params.har_intercept.0, |sum, (coefficient, variance)| {
        sum.saturating_add(mul_div_ceil(coefficient.0, variance.0, NANO).unwrap_or(i64::MAX))
    });
    let day = day.0.clamp(0, MAX_VARIANCE.0);
    Vol(root_nanos(linear.clamp(day / LEAST + 1, day * MOST + 1)))
}

/// What the range would be if nothing held it: z·t·σ·√(MPOR ÷ 1 y), rounded up and held to the floor and the cap.
pub fn target(sigma: Vol, params: &ForecastParams) -> Ratio {
    let range = mul_div_ceil(multiplier(params), sigma.0, NANO).unwrap_or(i64::MAX);
    hold(Ratio(range), params)
}

/// The variance at which [`target`] is `range`, rounded up: what a governed range says before anything was sampled.
pub fn implied_variance(range: Ratio, params: &ForecastParams) -> Variance {
    let sigma = mul_div_ceil(range.0, NANO, multiplier(params)).unwrap_or(i64::MAX);
    let variance = mul_div_ceil(sigma, sigma, NANO).unwrap_or(i64::MAX);
    Variance(variance.clamp(0, MAX_VARIANCE.0))
}

/// The range after `elapsed` seconds: up to `target` at once, down at `range_fall_per_hour`, rounded up. One step counts
/// for an hour at most, so that a time in which nobody looked is no credit to fall by.
pub fn step(range: Ratio, target: Ratio, elapsed: i64, params: &ForecastParams) -> Ratio {
    let elapsed = elapsed.clamp(0, HOUR);
    let fall = mul_div_floor(params.range_fall_per_hour.0, elapsed, HOUR).unwrap_or(0);
    hold(target.max(Ratio(range.0.saturating_sub(fall))), params)
}

/// `range` within the floor and the cap.
pub fn hold(range: Ratio, params: &ForecastParams) -> Ratio {
    range.max(params.range_floor).min(params.range_cap)
}

/// Seconds in an hour.
pub const HOUR: i64 = 3_600;

/// z·t·√(MPOR ÷ 1 y) in nanos, rounded up; at least 1.
fn multiplier(params: &ForecastParams) -> i64 {
    let zt = mul_div_ceil(params.z.0, params.t.0, NANO).unwrap_or(i64::MAX);
    let years = mul_div_ceil(params.mpor, NANO, YEAR_SECONDS).unwrap_or(i64::MAX);
    mul_div_ceil(zt, root_nanos(years), NANO).unwrap_or(i64::MAX).max(1)
}

/// √`x` for nanos, in nanos, rounded up to a nano, or by less than 3·10⁻⁷ of itself where `x` × 10⁹ does not fit 64 bits.
fn root_nanos(x: i64) -> i64 {
    let x = x.max(0).unsigned_abs();
    let (radicand, scale) = match x.checked_mul(NANO.unsigned_abs()) {
        Some(product) => (product, 1),
        // √(x·10⁹) = √(x·10³)·10³
        None => (x.saturating_mul(1_000), 1_000),
    };
    let root = isqrt(radicand);
    let up = u64::from(root.saturating_mul(root) < radicand);
    root.saturating_add(up).saturating_mul(scale).cast_signed()
}
