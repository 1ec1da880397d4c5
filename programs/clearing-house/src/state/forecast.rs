//! Parameters and state of a market's dynamic range as its account holds them, in the engine's own layout.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::units::Price;
use novate_risk::volatility::{Forecast, ForecastParams, VarianceState};
use static_assertions::const_assert_eq;

use crate::error::from_risk;

/// [`ForecastParams`] under the same names, in nanos and seconds; both have the same layout.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarketForecast {
    /// Intercept of the linear forecast, an annualised variance.
    pub har_intercept: i64,
    /// Coefficient of the 1 h variance.
    pub har_1h: i64,
    /// Coefficient of the 1 d variance.
    pub har_1d: i64,
    /// Coefficient of the 7 d variance.
    pub har_7d: i64,
    /// z: the normal quantile that the range covers.
    pub z: i64,
    /// t: multiplier for tails fatter than normal.
    pub t: i64,
    /// MPOR: the margin period of risk, in seconds.
    pub mpor: i64,
    /// The range is never below it.
    pub range_floor: i64,
    /// The range is never above it.
    pub range_cap: i64,
    /// How far the range may fall in an hour; 0 for a range that only rises.
    pub range_fall_per_hour: i64,
    /// How far below the range in use a lower one must be, as a share of it, to replace it.
    pub range_hysteresis: i64,
    /// Least time between two samples, in seconds.
    pub min_interval: i64,
}

const_assert_eq!(size_of::<MarketForecast>(), size_of::<ForecastParams>());

impl MarketForecast {
    /// The parameters as the engine's type.
    pub fn engine(&self) -> &ForecastParams {
        bytemuck::cast_ref(self)
    }

    /// Checks the hard bounds, and that `range` lies within floor and cap.
    pub fn validate(&self, range: i64) -> Result<()> {
        self.engine().validate().map_err(from_risk)?;
        let inside = (self.range_floor..=self.range_cap).contains(&range);
        require!(inside, crate::error::ClearingError::BadForecast);
        Ok(())
    }
}

/// The layout of [`VarianceState`]: realised variance of the market's price. Annualised variances in nanos.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MarketVariance {
    /// Price of the last sample; 0 before the first.
    pub price: i64,
    /// Highest price stored since the last sample.
    pub high: i64,
    /// Lowest price stored since the last sample.
    pub low: i64,
    /// When the price of the last sample was published, Unix seconds.
    pub time: i64,
    /// When that of the first was; the range does not fall within a day of it.
    pub since: i64,
    /// Variance, exponentially weighted over an hour.
    pub variance_1h: i64,
    /// Variance, exponentially weighted over a day.
    pub variance_1d: i64,
    /// Variance, exponentially weighted over seven days.
    pub variance_7d: i64,
    /// The last forecast of volatility.
    pub sigma: i64,
    /// The last range; the one in use is `risk.params.range`, which is never below it.
    pub range: i64,
    /// Samples taken.
    pub samples: u64,
}

const_assert_eq!(size_of::<MarketVariance>(), size_of::<VarianceState>());

impl MarketVariance {
    /// Takes note of a price between samples.
    pub fn observe(&mut self, price: i64) {
        bytemuck::cast_mut::<_, VarianceState>(self).observe(Price(price));
    }

    /// Takes the price published at `time` as a sample.
    pub fn sample(&mut self, price: i64, time: i64, params: &MarketForecast) -> Result<Forecast> {
        let state: &mut VarianceState = bytemuck::cast_mut(self);
        state.sample(Price(price), time, params.engine()).map_err(|error| from_risk(error).into())
    }
}
