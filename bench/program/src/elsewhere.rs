//! The same work in public fixed-point libraries, for comparison.

use core::hint::black_box;

use fixed::types::I80F48;
use solmath::{SCALE, SCALE_I, black_scholes_price, bs_full, norm_cdf_poly};

use crate::meter::{measure, measure_ok};

/// Seven days in years, in solmath's format.
const WEEK: u128 = SCALE * 604_800 / 31_536_000;
/// Rows of the default grid.
const ROWS: usize = 33;

/// solmath's N(x), at the argument of `normal_cdf`.
pub fn solmath_normal_cdf() {
    let x = black_box(-745_058_059_692 * SCALE_I / 1_000_000_000_000);
    measure_ok(|| norm_cdf_poly(x));
}

/// Call and put of solmath for the inputs of `black76_greeks`: Black-Scholes at rate 0 is Black-76 without discount.
pub fn solmath_price() {
    let (forward, strike, vol) = black_box((100 * SCALE, 104 * SCALE, SCALE * 6 / 10));
    let time = black_box(WEEK);
    measure_ok(|| black_scholes_price(forward, strike, 0, vol, time));
}

/// As [`solmath_price`], with greeks.
pub fn solmath_greeks() {
    let (forward, strike, vol) = black_box((100 * SCALE, 104 * SCALE, SCALE * 6 / 10));
    let time = black_box(WEEK);
    measure_ok(|| bs_full(forward, strike, 0, vol, time));
}

/// One leg on 33 rows in I80F48: sum += P&L × lots.
pub fn fixed_rows() {
    let mut sums = Box::new([I80F48::ZERO; ROWS]);
    let pnl = Box::new(core::array::from_fn::<_, ROWS, _>(|row| I80F48::from_bits((row as i128 - 16) << 47)));
    let (sums, pnl, lots) = black_box((&mut sums, &pnl, I80F48::from_num(-7)));
    measure(|| {
        for (sum, pnl) in sums.iter_mut().zip(pnl.iter()) {
            *sum += *pnl * lots;
        }
    });
    black_box(sums);
}

/// A multiplication in I80F48, and a division.
pub fn fixed_multiply_divide() {
    let (x, y, z) = black_box((I80F48::from_num(104.25), I80F48::from_num(0.6), I80F48::from_num(1.75)));
    measure(|| x * y / z);
}
