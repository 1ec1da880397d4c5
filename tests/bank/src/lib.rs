//! The built program in a real bank: [`Bank`] is the ledger, [`Stage`] the house on it, whose books are audited after
//! every transaction. What is pure (instructions, addresses, account data) comes from `novate-tests`. Tests are in
//! `tests/`.

pub mod actors;
pub mod audit;
pub mod bank;
pub mod stage;

pub use bank::{Bank, Receipt};
pub use stage::Stage;
