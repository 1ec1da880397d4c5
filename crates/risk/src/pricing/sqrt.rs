//! Integer square root.

/// Bits needed to write `x`: 0 for 0. The target has no instruction for it, and the compiler's substitute is slower.
#[inline]
pub fn bit_length(x: u64) -> u32 {
    let (mut rest, mut bits) = (x, 0_u32);
    let mut step = 32_u32;
    while step > 0 {
        if rest.wrapping_shr(step) != 0 {
            rest = rest.wrapping_shr(step);
            bits = bits.wrapping_add(step);
        }
        step >>= 1;
    }
    if rest == 0 { 0 } else { bits.wrapping_add(1) }
}

/// ⌊√x⌋, by Newton's method from above.
pub fn isqrt(x: u64) -> u64 {
    if x < 2 {
        return x;
    }
    // 2^⌈bits/2⌉ is above the root by less than a factor of two
    let mut root = 1_u64.wrapping_shl(bit_length(x).div_ceil(2));
    loop {
        let next = (root.wrapping_add(x.checked_div(root).unwrap_or(0))) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}
