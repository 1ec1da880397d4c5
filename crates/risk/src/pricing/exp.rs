//! Exponential function and powers, once per book.

use super::log::{LN_2, ln};
use crate::units::NANO;

const Q30: i64 = 1 << 30;
/// e^x is computed up to here; beyond, it is this far: 8 in Q40.
const MAX_EXPONENT: i64 = 8 << 40;
/// e^x is 0 in nanos from here down: −21 in Q40.
const MIN_EXPONENT: i64 = -21 << 40;

/// e^`x` in nanos, within 10⁻⁸ of itself or one nano; `x` in Q40, held to at most 8.
pub fn exp(x: i64) -> i64 {
    if x < MIN_EXPONENT {
        return 0;
    }
    let x = x.min(MAX_EXPONENT);
    // x = n·ln 2 + f with |f| ≤ ln 2 / 2
    let n = x.wrapping_add(LN_2 / 2).div_euclid(LN_2);
    let f = x.wrapping_sub(n.wrapping_mul(LN_2)) >> 10;
    let mut sum = Q30;
    let mut k = 10;
    while k > 0 {
        sum = Q30.wrapping_add((f.wrapping_mul(sum) >> 30) / k);
        k -= 1;
    }
    let nanos = sum.wrapping_mul(NANO); // Q30, below 2^61
    match u32::try_from(n) {
        Ok(n) => (nanos >> 30).wrapping_shl(n).wrapping_add((nanos & (Q30 - 1)).wrapping_shl(n) >> 30),
        Err(_) => nanos.wrapping_shr(30_u32.saturating_add(u32::try_from(n.unsigned_abs()).unwrap_or(33))),
    }
}

/// (`numerator` ÷ `denominator`)^`power` in nanos, the power in nanos from 0 to 1; both numbers positive and their
/// quotient at most e⁸.
pub fn power(numerator: u64, denominator: u64, power: i64) -> i64 {
    let log = ln(numerator).wrapping_sub(ln(denominator));
    exp(crate::units::scale_small_floor(log, power))
}
