//! The normal distribution by table: 64 intervals to the unit, each with the Taylor expansion around its middle, written
//! as a polynomial of the distance from its lower end, which is never negative.

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

/// N from the lower end of each interval: value in Q36, the coefficients of u, u² and u³ in Q40, and for the density
/// four times that of the fourth power of the distance from the middle.
static TABLE: [[i64; 5]; NODES] = table();

/// N(x) in Q36 for `x` in Q30, within 1.1·10⁻¹⁰ and never outside 0 to 1; 0 from −8 down and 1 from 8 up.
#[inline]
pub fn cdf(x: i64) -> i64 {
    if x < -BIAS.cast_signed() {
        return 0;
    }
    cdf_biased(BIAS.wrapping_add(x.cast_unsigned())).unwrap_or(ONE)
}

/// φ(x) in Q36 for `x` in Q30, within 10⁻⁹; 0 from ±8 on.
#[inline]
pub fn density(x: i64) -> i64 {
    if x < -BIAS.cast_signed() {
        return 0;
    }
    lookup(BIAS.wrapping_add(x.cast_unsigned())).map_or(0, |expansion| expansion.density())
}

/// N(x) in Q36 for `biased` = x + [`BIAS`]; `None` outside the table.
#[inline(always)]
pub(super) fn cdf_biased(biased: u64) -> Option<i64> {
    lookup(biased).map(|expansion| expansion.cdf())
}

/// N(x) and φ(x) in Q36 for `biased` = x + [`BIAS`]; `None` outside the table.
#[inline(always)]
pub(super) fn cdf_and_density_biased(biased: u64) -> Option<(i64, i64)> {
    lookup(biased).map(|expansion| (expansion.cdf(), expansion.density()))
}

/// An interval of the table and the distance from its lower end, Q30.
struct Expansion(&'static [i64; 5], i64);

#[inline(always)]
fn lookup(biased: u64) -> Option<Expansion> {
    if biased >= 2 * BIAS {
        return None;
    }
    // in range already; the mask lets the compiler see it
    let interval = &TABLE[crate::units::index(biased >> STEP_BITS) & (NODES - 1)];
    Some(Expansion(interval, (biased & STEP_MASK).cast_signed()))
}

impl Expansion {
    /// The expansion's error is He₃(x)φ(x)h⁴/24 with |h| ≤ 1/128.
    #[inline(always)]
    fn cdf(&self) -> i64 {
        let Self([value, first, second, third, _], u) = *self;
        let slope = (u.wrapping_mul(*third) >> ARGUMENT_BITS).wrapping_add(*second);
        let slope = (u.wrapping_mul(slope) >> ARGUMENT_BITS).wrapping_add(*first);
        value.wrapping_add(u.wrapping_mul(slope) >> (ARGUMENT_BITS + 4))
    }

    /// The derivative of [`Self::cdf`]'s polynomial and the term that follows.
    #[inline(always)]
    fn density(&self) -> i64 {
        let Self([_, first, second, third, fourth], u) = *self;
        let slope = (u.wrapping_mul(third.wrapping_mul(3)) >> ARGUMENT_BITS).wrapping_add(second.wrapping_mul(2));
        let cubic = (u.wrapping_mul(slope) >> ARGUMENT_BITS).wrapping_add(*first);
        let h = u.wrapping_sub(1 << (STEP_BITS - 1));
        let square = h.wrapping_mul(h) >> ARGUMENT_BITS;
        let quartic = (square.wrapping_mul(h) >> ARGUMENT_BITS).wrapping_mul(*fourth) >> ARGUMENT_BITS;
        (cubic.wrapping_add(quartic) >> 4).max(0)
    }
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
        // around the middle: φ, φ′/2, φ″/6, φ‴/6
        let (first, second) = (phi, phi * x / (2 * UNIT));
        let third = phi * (x * x - UNIT * UNIT) / (6 * UNIT * UNIT);
        let fourth = phi * x / UNIT * (x * x - 3 * UNIT * UNIT) / (6 * UNIT * UNIT);
        table[NODES / 2 + node] = from_lower_end([(1 << WIDE) - tail, first, -second, third, -fourth]);
        table[NODES / 2 - 1 - node] = from_lower_end([tail, first, second, third, fourth]);
    }
    table
}

/// An expansion around the middle of an interval as one from its lower end.
const fn from_lower_end([value, first, second, third, fourth]: [i128; 5]) -> [i64; 5] {
    /// Half an interval is one over this.
    const HALVES: i128 = 128;
    let value = value - first / HALVES + second / (HALVES * HALVES) - third / (HALVES * HALVES * HALVES);
    let first = first - 2 * second / HALVES + 3 * third / (HALVES * HALVES);
    let second = second - 3 * third / HALVES;
    // strictly inside, so that rounding down never makes a probability negative or more than one
    let nearest = round(value, WIDE - 36);
    let inside = if nearest < 1 {
        1
    } else if nearest > ONE - 1 {
        ONE - 1
    } else {
        nearest
    };
    [inside, round(first, WIDE - 40), round(second, WIDE - 40), round(third, WIDE - 40), round(fourth, WIDE - 40)]
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
