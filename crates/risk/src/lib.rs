//! The margin engine of Novate: pure, `no_std`, no Solana.
//!
//! Everything that decides whether an account is solvent is computed here and nowhere else: on chain by the
//! clearing-house program, off chain by keepers and wallets. The crate reads no accounts and no clock; callers load
//! plain values into a [`portfolio::Portfolio`] and get a [`portfolio::Margin`] back.
//!
//! Numbers are fixed point. One rule covers all of them: every fraction is an integer number of billionths
//! ("nanos"), except [`units::Quote`], which counts the quote token's own atoms (millionths of a USDC). Positions are
//! whole lots; a lot is sized by governance so that it is worth roughly 0.1 to 1,000 USDC, which keeps a position's
//! scenario P&L inside an `i64` without any loss.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod array;
pub mod average;
pub mod collateral;
pub mod consensus;
pub mod error;
pub mod exchange_rate;
pub mod fallback;
pub mod instrument;
pub mod liquidation;
pub mod model;
pub mod params;
pub mod portfolio;
pub mod preview;
pub mod pricing;
pub mod rows;
pub mod scenario;
pub mod shift;
pub mod silence;
pub mod surface;
pub mod takeover;
pub mod trade;
pub mod units;
#[cfg(test)]
mod units_tests;
pub mod volatility;

pub use error::RiskError;
