//! One instruction a file: its accounts, its arguments, `validate()` and a handler that loads, computes and writes.

pub mod account;
pub mod governance;
pub mod liquidation;
pub mod listing;
pub mod pricing;
pub mod trade;
