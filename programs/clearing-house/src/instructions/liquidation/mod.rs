//! Taking over what can no longer be paid for.

pub mod liquidate;
mod witness;
