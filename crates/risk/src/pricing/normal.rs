//! The normal distribution by table: nodes 64 to the unit, each with the Taylor expansion to third order.

/// Nodes to the unit.
const PER_UNIT: i128 = 64;
/// The table ends at 8, beyond which the tail is below the resolution.
const NODES: usize = 8 * 64 + 1;
/// Bits of an argument (Q30) below those that select a node.
const STEP_BITS: u32 = 24;
/// One in the format of probabilities, Q36.
pub const ONE: i64 = 1 << 36;

/// Expansion of the upper tail around a node: value in Q36, then the coefficients of h, h² and h³ in Q40.
static TAIL: [[i64; 4]; NODES] = table();

/// Q(x) = 1 − N(x) in Q36 for `x` ≥ 0 in Q30, within 10⁻¹⁰; 0 from 8 on.
///
/// The expansion's error is He₃(x)φ(x)h⁴/24 with |h| ≤ 1/128.
#[inline(always)]
pub fn upper_tail(x: u64) -> i64 {
    let node = x.wrapping_add(1 << (STEP_BITS - 1)) >> STEP_BITS;
    let Some(&[value, first, second, third]) = TAIL.get(crate::units::index(node)) else {
        return 0;
    };
    let h = x.wrapping_sub(node << STEP_BITS).cast_signed();
    let slope = (h.wrapping_mul(third) >> 30).wrapping_add(second);
    let slope = (h.wrapping_mul(slope) >> 30).wrapping_add(first);
    value.wrapping_add(h.wrapping_mul(slope) >> 34)
}

/// N(x) in Q36 for `x` in Q30.
pub fn cdf(x: i64) -> i64 {
    let tail = upper_tail(x.unsigned_abs());
    if x < 0 { tail } else { ONE.wrapping_sub(tail) }
}

/// φ(x) in Q36 for `x` ≥ 0 in Q30, within 10⁻⁹; 0 from 8 on.
#[inline]
pub fn density(x: u64) -> i64 {
    let node = x.wrapping_add(1 << (STEP_BITS - 1)) >> STEP_BITS;
    let Some(&[_, first, second, third]) = TAIL.get(crate::units::index(node)) else {
        return 0;
    };
    let h = x.wrapping_sub(node << STEP_BITS).cast_signed();
    let node = node.cast_signed();
    // φ‴ = −He₃·φ = (3x − x³)·φ; a sixth of it in Q40, from the node (Q6) and −φ = `first`
    let cubic = node.wrapping_mul(3 * 64 * 64).wrapping_sub(node.wrapping_mul(node).wrapping_mul(node)) / 6; // Q18
    let fourth = cubic.wrapping_mul(first.wrapping_neg() >> 12) >> 6;
    // −dQ/dh = −(first + 2·second·h + 3·third·h²) + fourth·h³
    let sum = (h.wrapping_mul(fourth) >> 30).wrapping_sub(third.wrapping_mul(3));
    let sum = (h.wrapping_mul(sum) >> 30).wrapping_sub(second.wrapping_mul(2));
    ((h.wrapping_mul(sum) >> 30).wrapping_sub(first) >> 4).max(0)
}

/// Fraction bits of the numbers that the table is computed in.
const WIDE: u32 = 60;

const fn table() -> [[i64; 4]; NODES] {
    let mut table = [[0; 4]; NODES];
    // from the far end inwards, where the tail is known to be (next to) nothing: Q(8) = 6.2e-16
    let mut tail: i128 = 717; // Q(8) in 2^-60
    let mut node = NODES - 1;
    loop {
        let x = node as i128;
        let phi = density_of_node(x);
        table[node] = [
            round(tail, WIDE - 36),
            -round(phi, WIDE - 40),
            round(phi * x / (2 * PER_UNIT), WIDE - 40),
            round(phi * (PER_UNIT * PER_UNIT - x * x) / (6 * PER_UNIT * PER_UNIT), WIDE - 40),
        ];
        if node == 0 {
            return table;
        }
        tail += boole(x);
        node -= 1;
    }
}

/// The integral of φ from node `x` − 1 to node `x` by Boole's rule: error below 10⁻¹⁵.
const fn boole(x: i128) -> i128 {
    let fine = 4 * PER_UNIT;
    let ends = 7 * (density_of(4 * x, fine) + density_of(4 * x - 4, fine));
    let odd = 32 * (density_of(4 * x - 1, fine) + density_of(4 * x - 3, fine));
    let middle = 12 * density_of(4 * x - 2, fine);
    // 2h/45 with h = 1/(4·64)
    (ends + odd + middle) * 2 / (45 * fine)
}

const fn density_of_node(x: i128) -> i128 {
    density_of(x, PER_UNIT)
}

/// φ(x/unit) with [`WIDE`] fraction bits: e^(−t) as (e^(−t/64))^64, t = x²/2.
const fn density_of(x: i128, unit: i128) -> i128 {
    let t = ((x * x) << WIDE) / (2 * unit * unit * 64);
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
    /// 1/√(2π) in 2^-60.
    const SCALE: i128 = 459_949_134_171_706_403;
    (sum * SCALE) >> WIDE
}

const fn round(value: i128, bits: u32) -> i64 {
    ((value + (1 << (bits - 1))) >> bits) as i64
}
