//! Natural logarithm of positive integers.

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
    let exponent = super::sqrt::bit_length(x).wrapping_sub(1);
    let mantissa = if exponent <= 40 { x.wrapping_shl(40 - exponent) } else { x.wrapping_shr(exponent - 40) };
    let fraction = mantissa.cast_signed().wrapping_sub(Q40);
    let node = fraction >> 34;
    let centre = node.wrapping_mul(2).wrapping_add(129); // Q7
    let offset = fraction.wrapping_sub(centre.wrapping_sub(128) << 33);
    let r = (offset << 7).wrapping_div(centre); // Q40
    let square = (r >> 3).wrapping_mul(r >> 3) >> 34;
    // 1/2 − r/3 + r²/4; the next term is below 6e-12
    let inner = (Q40 >> 1).wrapping_sub(r / 3).wrapping_add(square >> 2);
    let series = r.wrapping_sub(square.wrapping_mul(inner >> 8) >> 32);
    let base = TABLE.get(crate::units::index(node.cast_unsigned())).copied().unwrap_or(0);
    i64::from(exponent).wrapping_mul(LN_2).wrapping_add(base).wrapping_add(series)
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
