//! Black-76 in fixed point.
//!
//! On chain a 64-bit multiplication or division is a handful of instructions and a 128-bit one is fifty to two
//! hundred, so everything that runs once per scenario is 64-bit, in binary fractions ("Q30" counts units of 2⁻³⁰).
//!
//! | quantity | format |
//! |---|---|
//! | ln(F/K) | Q40 |
//! | d₁, d₂, σ√τ/2 | Q30 |
//! | normal probabilities and densities | Q36 |
//! | values | [`LotValue`](crate::units::LotValue), nanos of quote per lot |
//!
//! Errors in ln(F/K) only matter in second order (∂V/∂d₁ and ∂V/∂d₂ cancel), errors in σ√τ with vega, errors of a
//! probability with the strike; the formats follow from that.
//!
//! The kernel uses `wrapping_*` operations where the ranges stated in [`black76`] rule an overflow out: the program
//! is built with overflow checks, which cost more than the arithmetic.

pub mod black76;
pub mod deviation;
pub mod exp;
pub mod log;
pub mod normal;
pub mod sqrt;
pub mod tenor;

pub use black76::{Quote76, price_call};
