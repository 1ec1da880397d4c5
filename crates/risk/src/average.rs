//! A moving average by elapsed time, for a feed that brings none (METHODOLOGY, Equity and collateral).

use crate::pricing::exp::exp;
use crate::units::{NANO, Price};

/// Seconds in which a gap between price and average shrinks to 1/e: Pyth's average has about the same memory.
pub const AVERAGE_SECONDS: i64 = 3_600;

/// The average after `elapsed` seconds in which the price went from `stored` to `next`.
///
/// It moves towards the lower of the two: a price counts from when it was stored on, and only while the next one
/// confirms it, so that a spike which is gone at the next look leaves no trace, and a long silence does not let one
/// price replace the average. Steps add up: two of a minute make what one of two minutes does, to rounding, so that
/// nothing is gained by looking often or seldom. Rounded down, which for collateral is for the house.
pub fn advance(average: Price, stored: Price, next: Price, elapsed: i64) -> Price {
    if elapsed <= 0 {
        return average;
    }
    let target = i128::from(stored.0.min(next.0));
    let exponent = -(i128::from(elapsed) << 40) / i128::from(AVERAGE_SECONDS);
    let kept = exp(i64::try_from(exponent).unwrap_or(i64::MIN));
    // twice what exp may be off by, so that the result is never above the true one
    let slack = kept / 50_000_000 + 2;
    let gap = i128::from(average.0) - target;
    let kept = if gap > 0 { (kept - slack).max(0) } else { (kept + slack).min(NANO) };
    let moved = target + (gap * i128::from(kept)).div_euclid(i128::from(NANO));
    // between two prices, so that it fits
    Price(i64::try_from(moved).unwrap_or(average.0.min(stored.0)))
}
