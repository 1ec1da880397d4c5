//! The dynamic price-shock range R (METHODOLOGY, "Price-shock range").
//!
//! [`VarianceState`] keeps realised variance at three horizons from prices that come at irregular times;
//! [`ForecastParams`] turns it into a forecast of volatility and that into the range, which rises at once and falls
//! slowly. Nothing here knows slots: all ages are differences of the feed's publish times.

pub mod forecast;
pub mod params;
pub mod sample;

pub use forecast::Forecast;
pub use params::ForecastParams;
pub use sample::VarianceState;
