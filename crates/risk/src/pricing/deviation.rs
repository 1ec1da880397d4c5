//! σ√τ, prepared for dividing many log-moneynesses by it.

use core::num::NonZeroU64;

use super::tenor::Tenor;
use crate::units::Vol;

/// The highest volatility that pricing supports: 1,600 %. Shocked volatilities are held to it.
pub const MAX_VOL: Vol = Vol(16_000_000_000);

/// A standard deviation s = σ√τ of the log forward.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// s with 30 + `Tenor::exponent` fraction bits, less the bits dropped to stay below 2³⁰.
    divisor: NonZeroU64,
    /// What a distance (Q40) is shifted left by before the division to give Q30.
    shift: u32,
    /// Distances (Q40) from here on are over 8 deviations: such options have no time value.
    limit: u64,
    /// s/2 in Q30.
    half: u64,
    /// s in Q36.
    pub(super) full: i64,
}

impl Deviation {
    /// No uncertainty: options are worth their intrinsic value.
    pub const NONE: Self = Self { divisor: NonZeroU64::MIN, shift: 0, limit: 0, half: 0, full: 0 };

    /// The deviation over a tenor; a volatility outside 0 to [`MAX_VOL`] is held to it.
    #[inline]
    pub fn new(vol: Vol, tenor: &Tenor) -> Self {
        let vol = vol.0.clamp(0, MAX_VOL.0).cast_unsigned();
        // nanos to Q30: 2³⁰/10⁹ = 2²¹/5⁹
        let vol = vol.wrapping_shl(21).wrapping_add(976_562) / 1_953_125;
        let exponent = tenor.exponent;
        // 30 + exponent fraction bits, below 2³⁵
        let s = vol.wrapping_mul(tenor.mantissa).wrapping_add(1 << 27) >> 28;
        let dropped = if s >> 30 == 0 { 0 } else { 5 };
        let Some(divisor) = NonZeroU64::new(s >> dropped) else {
            return Self::NONE;
        };
        Self {
            divisor,
            shift: exponent.wrapping_add(20).wrapping_sub(dropped),
            limit: s.wrapping_shl(13_u32.wrapping_sub(exponent)),
            half: s.wrapping_add(1_u64.wrapping_shl(exponent)).wrapping_shr(exponent.wrapping_add(1)),
            full: (s << 6).wrapping_shr(exponent).cast_signed(),
        }
    }

    /// m + s/2 and m − s/2 in Q30, m the distance |ln(F/K)| (Q40) in deviations; `None` beyond 8 deviations.
    #[inline(always)]
    pub(super) fn standardise(&self, distance: u64) -> Option<(u64, i64)> {
        if distance >= self.limit {
            return None;
        }
        let m = distance.wrapping_shl(self.shift) / self.divisor;
        Some((m.wrapping_add(self.half), m.wrapping_sub(self.half).cast_signed()))
    }

    /// `amount` (0 to 2⁴²) ÷ s, held to the type: gamma has no bound near expiry.
    pub(super) fn divide(&self, amount: i64) -> i64 {
        // amount/s = amount · 2^(shift + 10) / divisor; 20 of the bits come before the division, the others after it
        let quotient = (amount.max(0).cast_unsigned() << 20) / self.divisor;
        let rest = self.shift.wrapping_sub(10);
        if quotient > i64::MAX.cast_unsigned().wrapping_shr(rest) {
            return i64::MAX;
        }
        quotient.wrapping_shl(rest).cast_signed()
    }
}
