//! Governed parameters of the forecast and of the range.

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;
use crate::params::RANGE_BOUNDS;
use crate::units::{NANO, Ratio, Variance, mul_div_floor};

/// Parameters of one market's range. Names are METHODOLOGY's; fractions in nanos, times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ForecastParams {
    /// Intercept of the linear forecast, an annualised variance.
    pub har_intercept: Variance,
    /// Coefficient of the 1 h variance.
    pub har_1h: Ratio,
    /// Coefficient of the 1 d variance.
    pub har_1d: Ratio,
    /// Coefficient of the 7 d variance.
    pub har_7d: Ratio,
    /// z: the normal quantile that the range covers.
    pub z: Ratio,
    /// t: multiplier for tails fatter than normal.
    pub t: Ratio,
    /// MPOR: the margin period of risk.
    pub mpor: i64,
    /// R_floor: the range is never below it.
    pub range_floor: Ratio,
    /// R_cap: the range is never above it.
    pub range_cap: Ratio,
    /// How far the range may fall in an hour; 0 for a range that only rises.
    pub range_fall_per_hour: Ratio,
    /// How far below the range in use a lower one must be, as a share of it, to replace it. Higher ones always do.
    pub range_hysteresis: Ratio,
    /// Least time between two samples.
    pub min_interval: i64,
}

/// The longest margin period of risk: 7 days.
pub const MAX_MPOR: i64 = 7 * 86_400;
/// The least time between samples that governance may set.
pub const MIN_INTERVAL_BOUNDS: (i64, i64) = (60, 3_600);

impl ForecastParams {
    /// METHODOLOGY's defaults: z 2.576, t 1.3, MPOR 8 h. Coefficients are those of hourly SOL, August 2020 to December 2022,
    /// rounded; intercept, floor and cap belong to a market and are to be calibrated for it.
    pub const DEFAULT: Self = Self {
        har_intercept: Variance(640_000_000),
        har_1h: Ratio(70_000_000),
        har_1d: Ratio(380_000_000),
        har_7d: Ratio(80_000_000),
        z: Ratio(2_576_000_000),
        t: Ratio(1_300_000_000),
        mpor: 8 * 3_600,
        range_floor: Ratio(120_000_000),
        range_cap: Ratio(600_000_000),
        range_fall_per_hour: Ratio(2_000_000),
        range_hysteresis: Ratio(10_000_000),
        min_interval: 300,
    };

    /// Checks the hard bounds of every field: intercept 0 to 10, coefficients 0 to 2, z 1 to 5, t 1 to 3, MPOR 15 min to
    /// 7 d, 1 % ≤ floor ≤ cap ≤ 90 %, fall 0 to 10 % an hour, hysteresis 0 to 5 %, interval 1 min to 1 h.
    ///
    /// # Errors
    /// [`RiskError::BadForecast`] when a field is outside its bounds.
    pub fn validate(&self) -> Result<(), RiskError> {
        let within = |value: Ratio, low: i64, high: i64| (low..=high).contains(&value.0);
        let (shortest, longest) = MIN_INTERVAL_BOUNDS;
        let ok = (0..=10 * NANO).contains(&self.har_intercept.0)
            && within(self.har_1h, 0, 2 * NANO)
            && within(self.har_1d, 0, 2 * NANO)
            && within(self.har_7d, 0, 2 * NANO)
            && within(self.z, NANO, 5 * NANO)
            && within(self.t, NANO, 3 * NANO)
            && (900..=MAX_MPOR).contains(&self.mpor)
            && RANGE_BOUNDS.0 <= self.range_floor
            && self.range_floor <= self.range_cap
            && self.range_cap <= RANGE_BOUNDS.1
            && within(self.range_fall_per_hour, 0, NANO / 10)
            && within(self.range_hysteresis, 0, NANO / 20)
            && (shortest..=longest).contains(&self.min_interval);
        if ok { Ok(()) } else { Err(RiskError::BadForecast) }
    }

    /// Whether `next` replaces the range in use: when it is higher, or lower by more than the hysteresis.
    pub fn replaces(&self, in_use: Ratio, next: Ratio) -> bool {
        let band = mul_div_floor(in_use.0.max(0), self.range_hysteresis.0, NANO).unwrap_or(i64::MAX);
        next > in_use || next.0 < in_use.0.saturating_sub(band)
    }
}
