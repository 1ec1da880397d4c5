//! Integer square root.

/// Bits needed to write `x`: 0 for 0. The target has no instruction for it, and the compiler's substitute is slower.
#[inline]
pub const fn bit_length(x: u64) -> u64 {
    /// Lengths of 0 to 15, four bits each.
    const LENGTHS: u64 = 0x4444_4444_3333_2210;
    let (mut rest, mut bits) = (x, 0_u64);
    if rest >> 32 != 0 {
        rest >>= 32;
        bits = 32;
    }
    if rest >> 16 != 0 {
        rest >>= 16;
        bits |= 16;
    }
    if rest >> 8 != 0 {
        rest >>= 8;
        bits |= 8;
    }
    if rest >> 4 != 0 {
        rest >>= 4;
        bits |= 4;
    }
    bits.wrapping_add(shift_right(LENGTHS, rest << 2) & 15)
}

/// `x` >> `bits`, for fewer than 64 bits.
#[inline(always)]
pub(super) const fn shift_right(x: u64, bits: u64) -> u64 {
    x.wrapping_shr((bits & 63) as u32)
}

/// `x` << `bits`, for fewer than 64 bits.
#[inline(always)]
pub(super) const fn shift_left(x: u64, bits: u64) -> u64 {
    x.wrapping_shl((bits & 63) as u32)
}

/// ⌊√x⌋, by Newton's method from above.
#[inline]
pub fn isqrt(x: u64) -> u64 {
    if x < 2 {
        return x;
    }
    // within half of the root; each step squares the relative error and halves it, so that four bring it below 2⁻³⁶
    let bits = bit_length(x);
    let mut root = shift_left(2 | (bits & 1), bits >> 1) >> 1;
    let mut step = 0;
    while step < 4 {
        root = root.wrapping_add(x.checked_div(root).unwrap_or(0)) >> 1;
        step += 1;
    }
    // the steps end at the root or one above it
    if x.checked_div(root).unwrap_or(0) < root { root.wrapping_sub(1) } else { root }
}
