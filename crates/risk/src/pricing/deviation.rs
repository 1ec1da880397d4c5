//! σ√τ, prepared for dividing many log-moneynesses by it.

use core::num::NonZeroU64;

use super::sqrt::{shift_left, shift_right};
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
    shift: u64,
    /// 8 deviations in Q40.
    limit: u64,
    /// s/2 in Q30.
    half: u64,
}

impl Deviation {
    /// No uncertainty: options are worth their intrinsic value.
    pub const NONE: Self = Self { divisor: NonZeroU64::MIN, shift: 0, limit: 0, half: 0 };

    /// The deviation over a tenor; a volatility outside 0 to [`MAX_VOL`] is held to it.
    #[inline(always)]
    pub fn new(vol: Vol, tenor: &Tenor) -> Self {
        let vol = vol.0.clamp(0, MAX_VOL.0).cast_unsigned();
        // nanos to Q30: 2³⁰/10⁹ = 2²¹/5⁹
        let vol = (vol << 21).wrapping_add(976_562) / 1_953_125;
        // 30 + exponent fraction bits, below 2³⁵
        let s = vol.wrapping_mul(tenor.mantissa).wrapping_add(1 << 27) >> 28;
        // the limit is of the divisor's deviation, so that it divides to 8 exactly
        let (divisor, shift, limit) = if s < 1 << 30 {
            (s, tenor.exponent.wrapping_add(20), s.wrapping_mul(tenor.eight))
        } else {
            (s >> 5, tenor.exponent.wrapping_add(15), (s & !31).wrapping_mul(tenor.eight))
        };
        let Some(divisor) = NonZeroU64::new(divisor) else {
            return Self::NONE;
        };
        Self { divisor, shift, limit, half: s.wrapping_mul(tenor.eight) >> 14 }
    }

    /// `amount` (0 to 2⁴²) ÷ s, held to the type: gamma has no bound near expiry.
    #[inline(always)]
    pub(super) fn divide(&self, amount: i64) -> i64 {
        // amount · 2^(shift + 10) ÷ divisor, in two steps of long division
        const FIRST: u64 = 21;
        let scaled = amount.max(0).cast_unsigned() << FIRST;
        let (quotient, rest) = (scaled / self.divisor, scaled % self.divisor);
        let bits = self.shift.wrapping_sub(FIRST - 10); // 4 to 22
        if shift_right(quotient, 63_u64.wrapping_sub(bits)) != 0 {
            return i64::MAX;
        }
        let rest = shift_left(rest, bits) / self.divisor;
        shift_left(quotient, bits).wrapping_add(rest).cast_signed()
    }
}

/// A log-moneyness in deviations, ready to be moved: d₁ and d₂ of many forwards for one division each.
///
/// Everything is biased by 8 deviations, the end of the normal table, so that it is positive: no signs on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standardised {
    /// ln(F/K) plus 8 deviations, Q40.
    start: u64,
    /// 16 deviations, Q40.
    span: u64,
    /// Q40 × this ÷ `divisor` is in deviations, Q30.
    factor: u64,
    divisor: NonZeroU64,
    /// s/2 in Q30.
    half: u64,
}

impl Standardised {
    /// No uncertainty.
    pub(crate) const NONE: Self = Self { start: 0, span: 0, factor: 0, divisor: NonZeroU64::MIN, half: 0 };

    /// ln(F/K) in Q40, in deviations.
    #[inline(always)]
    pub(crate) fn new(log: i64, deviation: &Deviation) -> Self {
        Self {
            start: deviation.limit.wrapping_add(log.cast_unsigned()),
            span: deviation.limit << 1,
            factor: shift_left(1, deviation.shift),
            divisor: deviation.divisor,
            half: deviation.half,
        }
    }

    /// s/2 in Q30, rounded down.
    pub(crate) const fn half(&self) -> u64 {
        self.half
    }

    /// d₁ and d₂ in Q30, plus [`BIAS`](super::normal::BIAS), after ln F has moved by `log_move` (Q40); `None` when the
    /// forward is 8 deviations or more from the strike. The first is never below 0; the second wraps when it is.
    #[inline(always)]
    pub(super) fn moved(&self, log_move: i64) -> Option<(u64, u64)> {
        let position = self.start.wrapping_add(log_move.cast_unsigned());
        if position >= self.span {
            return None;
        }
        // below 16 deviations, that is below 2³⁴ × divisor
        let middle = position.wrapping_mul(self.factor) / self.divisor;
        Some((middle.wrapping_add(self.half), middle.wrapping_sub(self.half)))
    }
}
