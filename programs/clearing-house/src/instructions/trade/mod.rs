//! Trades and who may bring them.

pub mod clear_trade;
pub mod grant_venue;
pub mod revoke_grant;
