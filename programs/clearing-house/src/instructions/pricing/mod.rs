//! Prices, surfaces and risk arrays: permissionless but for the publishers.

pub mod publish_surface;
pub mod refresh_collateral;
pub mod refresh_collateral_fallback;
pub mod refresh_price;
pub mod refresh_price_fallback;
pub mod refresh_risk;
pub mod refresh_staked_collateral;
pub mod sample_volatility;
