//! What the program refuses: each test sends bad input, asserts the exact error, and asserts that nothing changed.

mod accounts;
mod fallback;
mod governance;
mod liquidation;
mod listing;
mod pricing;
mod remaining;
mod silence;
mod staked;
mod substitution;
mod trading;
