//! Size × array: what a leg costs in a margin.
//!
//! Row by row for the default grid, written out: the compiler does not unroll it for the target, where the loop would
//! cost more than what it does.

use crate::scenario::DEFAULT_ROWS;
use crate::units::LotValue;

macro_rules! each_row {
    ($row:ident => $body:expr) => {
        each_row!(@ $row $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (@ $row:ident $body:expr; $($number:literal)*) => {$({
        const $row: usize = $number;
        $body;
    })*};
}

/// Adds `lots` × P&L to the sums. The caller sees to the range: nothing is checked, sums wrap.
#[inline(always)]
pub fn add_one(sums: &mut [i64; DEFAULT_ROWS], pnl: &[LotValue; DEFAULT_ROWS], lots: i64) {
    each_row!(ROW => sums[ROW] = sums[ROW].wrapping_add(pnl[ROW].0.wrapping_mul(lots)));
}

/// As [`add_one`] for three positions: a sum is loaded and stored once for all of them.
#[inline(always)]
pub fn add_three(
    sums: &mut [i64; DEFAULT_ROWS],
    (first, one): (&[LotValue; DEFAULT_ROWS], i64),
    (second, two): (&[LotValue; DEFAULT_ROWS], i64),
    (third, three): (&[LotValue; DEFAULT_ROWS], i64),
) {
    each_row!(ROW => sums[ROW] = sums[ROW]
        .wrapping_add(first[ROW].0.wrapping_mul(one))
        .wrapping_add(second[ROW].0.wrapping_mul(two))
        .wrapping_add(third[ROW].0.wrapping_mul(three)));
}
