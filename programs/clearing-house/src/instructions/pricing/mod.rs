//! Prices, surfaces and risk arrays: permissionless but for the publishers.

pub mod publish_surface;
pub mod refresh_collateral;
pub mod refresh_price;
pub mod refresh_risk;
pub mod sample_volatility;
