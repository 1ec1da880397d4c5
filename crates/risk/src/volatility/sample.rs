//! Realised variance from prices at irregular times.

use bytemuck::{Pod, Zeroable};

use super::forecast::{Forecast, MAX_VARIANCE, hold, implied_variance, sigma, step, target};
use super::params::ForecastParams;
use crate::error::RiskError;
use crate::pricing::exp::exp;
use crate::pricing::log::ln;
use crate::units::{NANO, Price, Ratio, Variance, Vol, YEAR_SECONDS, mul_div_ceil};

/// Realised variance of one market, and its range. All zero: never sampled; a listing that knows a range sets `range`.
/// 88 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct VarianceState {
    /// Price of the last sample; 0 before the first.
    pub price: Price,
    /// Highest price seen since the last sample, that one included.
    pub high: Price,
    /// Lowest price seen since the last sample, that one included.
    pub low: Price,
    /// When the price of the last sample was published, Unix seconds.
    pub time: i64,
    /// When the price of the first sample was published; the range does not fall within [`WARM_UP`] of it.
    pub since: i64,
    /// Annualised variance, exponentially weighted over an hour.
    pub variance_1h: Variance,
    /// Annualised variance, exponentially weighted over a day.
    pub variance_1d: Variance,
    /// Annualised variance, exponentially weighted over seven days.
    pub variance_7d: Variance,
    /// σ_f: the last forecast.
    pub sigma: Vol,
    /// R: the last range.
    pub range: Ratio,
    /// Samples taken.
    pub samples: u64,
}

/// Seconds of each horizon.
const HORIZONS: [i64; 3] = [3_600, 86_400, 7 * 86_400];
/// The range does not fall within a day of the first sample: till then the variances mostly say what they started with.
pub const WARM_UP: i64 = 86_400;
/// 1 − 1/e, the most that one sample may take a variance down by: the weight of one horizon.
const MOST_DOWN: u64 = 632_120_559;
/// 1 ÷ (4 ln 2) in nanos, rounded up: Parkinson's factor for the square of a logarithmic range.
const PARKINSON: u128 = 360_673_761;
/// e^x is 0 in nanos from here down.
const NOTHING_LEFT: i64 = 21;

impl VarianceState {
    /// Takes note of a price between samples, so that a sampler who waits for the price to come back hides nothing.
    pub fn observe(&mut self, price: Price) {
        if self.samples > 0 && price.0 > 0 {
            self.high = self.high.max(price);
            self.low = self.low.min(price);
        }
    }

    /// Takes the price published at `time` as a sample, and says what follows from it.
    ///
    /// The first sets the variances to what `range` implies. Each later one adds Q × 1 y ÷ Δ with the weight
    /// 1 − e^(−Δ/τ), where Q is the squared logarithmic return, or Parkinson's estimate from the extremes if that is
    /// larger. Over a gap longer than τ the sample says only what the variance was on average, and says it with one
    /// degree of freedom: it may raise the variance with its whole weight, and lower it with that of one horizon.
    ///
    /// # Errors
    /// [`RiskError::BadForecast`] for parameters out of bounds, [`RiskError::OutOfDomain`] for a price or time that is
    /// not positive, [`RiskError::TooEarly`] less than `min_interval` after the last sample. Nothing changes then.
    pub fn sample(&mut self, price: Price, time: i64, params: &ForecastParams) -> Result<Forecast, RiskError> {
        params.validate()?;
        if price.0 <= 0 || time <= 0 {
            return Err(RiskError::OutOfDomain);
        }
        if self.samples == 0 {
            return Ok(self.first(price, time, params));
        }
        let elapsed = time.checked_sub(self.time).ok_or(RiskError::TooEarly)?;
        if elapsed < params.min_interval {
            return Err(RiskError::TooEarly);
        }
        self.observe(price);
        let total = self.squared_move(price);
        let horizons = [&mut self.variance_1h, &mut self.variance_1d, &mut self.variance_7d];
        for (variance, horizon) in horizons.into_iter().zip(HORIZONS) {
            *variance = weighted(*variance, total, elapsed, horizon);
        }
        self.sigma = sigma(self.variance_1h, self.variance_1d, self.variance_7d, params);
        let credit = if time.saturating_sub(self.since) < WARM_UP { 0 } else { elapsed };
        self.range = step(self.range, target(self.sigma, params), credit, params);
        self.restart(price, time);
        Ok(Forecast { sigma: self.sigma, range: self.range })
    }

    fn first(&mut self, price: Price, time: i64, params: &ForecastParams) -> Forecast {
        self.range = hold(self.range, params);
        let variance = implied_variance(self.range, params);
        (self.variance_1h, self.variance_1d, self.variance_7d) = (variance, variance, variance);
        self.sigma = sigma(variance, variance, variance, params);
        self.since = time;
        self.restart(price, time);
        Forecast { sigma: self.sigma, range: self.range }
    }

    fn restart(&mut self, price: Price, time: i64) {
        (self.price, self.high, self.low, self.time) = (price, price, price, time);
        self.samples = self.samples.saturating_add(1);
    }

    /// Q in Q56, rounded up: the variance that was realised since the last sample.
    fn squared_move(&self, price: Price) -> u128 {
        let log = |price: Price| ln(price.0.max(1).unsigned_abs());
        let square = |from: Price, to: Price| {
            let distance = u128::from(log(to).abs_diff(log(from))); // Q40, below 44
            (distance * distance).div_ceil(1 << 24)
        };
        let returned = square(self.price, price);
        let spanned = (square(self.low, self.high) * PARKINSON).div_ceil(u128::from(NANO.unsigned_abs()));
        returned.max(spanned)
    }
}

/// e^(−`elapsed` ÷ `horizon`) in nanos.
fn decay(elapsed: i64, horizon: i64) -> i64 {
    if elapsed / horizon >= NOTHING_LEFT {
        return 0;
    }
    mul_div_ceil(elapsed, 1 << 40, horizon).map_or(0, |exponent| exp(-exponent))
}

/// The exponentially weighted variance after `elapsed` (positive) seconds in which `total` (Q56) was realised, rounded up.
fn weighted(variance: Variance, total: u128, elapsed: i64, horizon: i64) -> Variance {
    let one = NANO.unsigned_abs();
    let divisor = u128::from(elapsed.unsigned_abs()) << 56;
    let annual = total * u128::from(YEAR_SECONDS.unsigned_abs()); // below 2⁹², so that nanos of it fit
    let full = (NANO - decay(elapsed, horizon).clamp(0, NANO)).unsigned_abs();
    let old = u128::from(variance.0.max(0).unsigned_abs());
    let rises = (annual * u128::from(one)).div_ceil(divisor) >= old;
    let weight = if rises { full } else { full.min(MOST_DOWN) };
    let kept = (old * u128::from(one - weight)).div_ceil(u128::from(one));
    let added = (annual * u128::from(weight)).div_ceil(divisor);
    let most = u128::from(MAX_VARIANCE.0.unsigned_abs());
    // at most MAX_VARIANCE, which fits
    Variance(i64::try_from((kept + added).min(most)).unwrap_or(MAX_VARIANCE.0))
}
