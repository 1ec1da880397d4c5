//! The normal distribution by table: 64 intervals to the unit, each with the Taylor expansion around its middle.

/// Intervals of the table, from −8 to 8; beyond, the tails are below the resolution.
const NODES: usize = 1024;
/// Fraction bits of an argument.
const ARGUMENT_BITS: u32 = 30;
/// Bits of an argument below those that select an interval.
const STEP_BITS: u32 = ARGUMENT_BITS - 6;
const STEP_MASK: u64 = (1 << STEP_BITS) - 1;
/// One in the format of probabilities, Q36.
pub const ONE: i64 = 1 << 36;
/// 8 in Q30: what is added to an argument to look it up.
pub const BIAS: u64 = 8 << ARGUMENT_BITS;

/// Expansion of N around the middles: value in Q36, then the coefficients of h, h² and h³ in Q40, and four times that of
/// h⁴, which only the density needs.
static TABLE: [[i64; 5]; NODES] = table();

/// N(x) in Q36 for `x` in Q30, within 1.1·10⁻¹⁰ and never outside 0 to 1; 0 from −8 down and 1 from 8 up.
#[inline]
pub fn cdf(x: i64) -> i64 {
    if x < -BIAS.cast_signed() {
        return 0;
    }
    cdf_biased(BIAS.wrapping_add(x.cast_unsigned())).unwrap_or(ONE)
}

/// N(x) in Q36 for `biased` = x + [`BIAS`]; `None` outside the table.
///
/// The expansion's error is He₃(x)φ(x)h⁴/24 with |h| ≤ 1/128.
#[inline(always)]
pub(super) fn cdf_biased(biased: u64) -> Option<i64> {
    if biased >= 2 * BIAS {
        return None;
    }
    // in range already; the mask lets the compiler see it
    let [value, first, second, third, _] = TABLE[crate::units::index(biased >> STEP_BITS) & (NODES - 1)];
    let h = (biased & STEP_MASK).cast_signed().wrapping_sub(1 << (STEP_BITS - 1));
    let slope = (h.wrapping_mul(third) >> ARGUMENT_BITS).wrapping_add(second);
    let slope = (h.wrapping_mul(slope) >> ARGUMENT_BITS).wrapping_add(first);
    Some(value.wrapping_add(h.wrapping_mul(slope) >> (ARGUMENT_BITS + 4)))
}

/// φ(x) in Q36 for `x` in Q30, within 10⁻⁹; 0 from ±8 on. The derivative of [`cdf`]'s expansion with one term more.
#[inline]
pub fn density(x: i64) -> i64 {
    let x = x.unsigned_abs();
    if x >= BIAS {
        return 0;
    }
    let node = x >> STEP_BITS;
    let [_, first, second, third, fourth] = TABLE[crate::units::index(node) & (NODES / 2 - 1) | NODES / 2];
    let h = (x & STEP_MASK).cast_signed().wrapping_sub(1 << (STEP_BITS - 1));
    let sum = (h.wrapping_mul(fourth) >> ARGUMENT_BITS).wrapping_add(third.wrapping_mul(3));
    let sum = (h.wrapping_mul(sum) >> ARGUMENT_BITS).wrapping_add(second.wrapping_mul(2));
    ((h.wrapping_mul(sum) >> ARGUMENT_BITS).wrapping_add(first) >> 4).max(0)
}

/// Fraction bits of the numbers that the table is computed in.
const WIDE: u32 = 60;
/// Points of the table are multiples of 1/512: the middles are at 8·node + 4.
const UNIT: i128 = 512;

const fn table() -> [[i64; 5]; NODES] {
    let mut table = [[0; 5]; NODES];
    // from the far end inwards: Q(8) = 6.22e-16 and the integral from there
    let mut tail: i128 = 717;
    let mut end = 8 * UNIT;
    let mut node = NODES / 2;
    while node > 0 {
        node -= 1;
        let x = 8 * node as i128 + 4;
        tail += integral(x, end);
        end = x;
        let phi = density_at(x);
        let first = round(phi, WIDE - 40);
        let second = round(phi * x / (2 * UNIT), WIDE - 40);
        let third = round(phi * (x * x - UNIT * UNIT) / (6 * UNIT * UNIT), WIDE - 40);
        // φ‴ = −(x³ − 3x)φ
        let fourth = round(phi * x / UNIT * (x * x - 3 * UNIT * UNIT) / (6 * UNIT * UNIT), WIDE - 40);
        // at least 1, so that rounding down never makes a probability negative or, mirrored, more than one
        let tail_value = round(tail, WIDE - 36);
        let value = if tail_value > 0 { tail_value } else { 1 };
        table[NODES / 2 + node] = [ONE - value, first, -second, third, -fourth];
        table[NODES / 2 - 1 - node] = [value, first, second, third, fourth];
    }
    table
}

/// The integral of φ between two points by Boole's rule: error below 10⁻¹⁵ for a step of the table.
const fn integral(from: i128, to: i128) -> i128 {
    let quarter = (to - from) / 4;
    let ends = 7 * (density_at(from) + density_at(to));
    let odd = 32 * (density_at(from + quarter) + density_at(to - quarter));
    let middle = 12 * density_at(from + 2 * quarter);
    (ends + odd + middle) * 2 * quarter / (45 * UNIT)
}

/// φ at x/512 with [`WIDE`] fraction bits: e^(−t) as (e^(−t/64))^64, t = x²/2.
const fn density_at(x: i128) -> i128 {
    /// 1/√(2π) in 2⁻⁶⁰.
    const SCALE: i128 = 459_949_134_171_706_403;
    let t = ((x * x) << WIDE) / (2 * UNIT * UNIT * 64);
    let (mut term, mut sum, mut n) = (1_i128 << WIDE, 1_i128 << WIDE, 1);
    while n < 24 {
        term = -((term * t) >> WIDE) / n;
        sum += term;
        n += 1;
    }
    let mut squared = 0;
    while squared < 6 {
        sum = (sum * sum) >> WIDE;
        squared += 1;
    }
    (sum * SCALE) >> WIDE
}

/// Drops bits, to the nearest; compile-time only, where an overflow would stop the build.
const fn round(value: i128, bits: u32) -> i64 {
    ((value + (1 << (bits - 1))) >> bits) as i64
}
