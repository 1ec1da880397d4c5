//! Trades and who may bring them.

pub mod clear_trade;
pub mod grant_venue;
pub mod preview_trade;
pub mod revoke_grant;
