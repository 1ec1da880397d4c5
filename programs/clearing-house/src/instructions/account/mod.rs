//! Margin accounts: money in, money out, and what they would need.

pub mod check_margin;
pub mod close_account;
pub mod deposit;
pub mod grow_account;
pub mod open_account;
pub mod withdraw;
