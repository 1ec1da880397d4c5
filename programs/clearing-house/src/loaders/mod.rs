//! Loaders turn accounts chosen by the caller into plain values, and say what they trust.

pub mod mint;
pub mod price_update;
pub mod risk_accounts;
pub mod stake_pool;
pub mod switchboard;

pub use price_update::read_price;
pub use risk_accounts::{BorrowedAccounts, Purpose, RiskAccounts, Snapshot};
pub use stake_pool::read_rate;
pub use switchboard::read_fallback;
