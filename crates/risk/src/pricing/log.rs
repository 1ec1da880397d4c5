//! Natural logarithm of positive integers.

use super::sqrt::{bit_length, shift_left, shift_right};

/// Nodes per unit of the table: it holds ln at the middle of each 64th of [1, 2).
const NODES: usize = 64;
/// ln 2 in Q40.
pub const LN_2: i64 = 762_123_384_786;
const Q40: i64 = 1 << 40;

static TABLE: [i64; NODES] = table();

/// ln `x` in Q40, within 2·10⁻¹¹; 0 for `x` = 0, which callers exclude.
///
/// With x = 2ᵉ·m and c the middle of m's 64th: ln x = e·ln 2 + ln c + ln(1 + r), r = (m − c)/c, |r| ≤ 2⁻⁷.
pub fn ln(x: u64) -> i64 {
    if x == 0 {
        return 0;
    }
    let exponent = bit_length(x).wrapping_sub(1);
    let mantissa = if exponent <= 40 { shift_left(x, 40 - exponent) } else { shift_right(x, exponent - 40) };
    let fraction = mantissa.wrapping_sub(1 << 40);
    let node = fraction >> 34;
    let centre = node.wrapping_mul(2).wrapping_add(129); // Q7
    // (m − c)/c in Q40 as two unsigned quotients: from the lower end of the 64th, less half a 64th
    let from_end = (fraction & ((1 << 34) - 1)) << 7;
    let r = from_end.wrapping_div(centre).cast_signed().wrapping_sub((1_u64 << 40).wrapping_div(centre).cast_signed());
    let square = (r >> 3).wrapping_mul(r >> 3) >> 34;
    // 1/2 − r/3 + r²/4; the next term is below 6e-12
    let third = r.wrapping_mul(5_592_405) >> 24;
    let inner = (Q40 >> 1).wrapping_sub(third).wrapping_add(square >> 2);
    let series = r.wrapping_sub(square.wrapping_mul(inner >> 8) >> 32);
    let base = TABLE[crate::units::index(node) & (NODES - 1)];
    exponent.cast_signed().wrapping_mul(LN_2).wrapping_add(base).wrapping_add(series)
}

const fn table() -> [i64; NODES] {
    let mut table = [0; NODES];
    let mut node = 0;
    while node < NODES {
        table[node] = ln_of_node(129 + 2 * node as i128);
        node += 1;
    }
    table
}

/// ln(c/128) in Q40 for c in 129..256, by 2·artanh((c − 128)/(c + 128)) in Q80.
const fn ln_of_node(c: i128) -> i64 {
    let z = ((c - 128) << 80) / (c + 128);
    let square = ((z >> 20) * (z >> 20)) >> 40;
    let (mut power, mut sum, mut n) = (z, 0_i128, 1);
    while n < 60 {
        sum += power / n;
        power = ((power >> 20) * (square >> 20)) >> 40;
        n += 2;
    }
    ((sum + (1 << 38)) >> 39) as i64
}
