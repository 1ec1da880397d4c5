//! What can be held, traded and who brings trades.

pub mod add_strikes;
pub mod list_book;
pub mod list_collateral;
pub mod list_market;
pub mod register_venue;
pub mod retire_venue;
