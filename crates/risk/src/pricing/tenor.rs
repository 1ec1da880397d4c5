//! Time to expiry and its square root.

use super::sqrt::{bit_length, isqrt, shift_left, shift_right};
use crate::error::RiskError;
use crate::units::YEAR_SECONDS;

/// The longest time to expiry that pricing supports: two years of 366 days.
pub const MAX_TENOR_SECONDS: i64 = 2 * 366 * 86_400;

/// A time to expiry, with √τ (τ in years) as a binary floating-point number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tenor {
    seconds: u64,
    /// √τ = `mantissa` · 2^−(28 + `exponent`), the mantissa in 2²⁸..2²⁹; 0 when expired.
    pub(super) mantissa: u64,
    /// 0 to 13; see `mantissa`.
    pub(super) exponent: u64,
    /// 2^(13 − `exponent`): brings a deviation with 30 + `exponent` fraction bits to eight of them in Q40.
    pub(super) eight: u64,
}

/// ⌊2⁴⁴/√`YEAR_SECONDS`⌉.
const INVERSE_ROOT_YEAR: u64 = 3_132_683_400;

impl Tenor {
    /// An expiry that has passed: options are worth their intrinsic value.
    pub const EXPIRED: Self = Self { seconds: 0, mantissa: 0, exponent: 0, eight: 0 };

    /// The tenor of an expiry `seconds` away; an expiry in the past counts as now.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] beyond [`MAX_TENOR_SECONDS`].
    pub fn new(seconds: i64) -> Result<Self, RiskError> {
        if seconds > MAX_TENOR_SECONDS {
            return Err(RiskError::OutOfDomain);
        }
        let Ok(seconds @ 1..) = u64::try_from(seconds) else {
            return Ok(Self::EXPIRED);
        };
        // r = √seconds · 2^half in 2³¹..2³²
        let half = 64_u64.wrapping_sub(bit_length(seconds)) >> 1;
        let root = isqrt(shift_left(seconds, half << 1));
        // √τ · 2^(44 + half)
        let product = root.wrapping_mul(INVERSE_ROOT_YEAR);
        let excess = bit_length(product).wrapping_sub(29);
        let mantissa = shift_right(product, excess);
        // √τ = mantissa · 2^(excess − 44 − half), at least 2⁻¹³ (one second) and below 2 (two years)
        let exponent = half.wrapping_add(16).wrapping_sub(excess);
        Ok(Self { seconds, mantissa, exponent, eight: shift_right(1 << 13, exponent) })
    }

    /// Seconds to expiry.
    pub const fn seconds(&self) -> u64 {
        self.seconds
    }

    /// √τ in Q36.
    pub(super) fn root(&self) -> i64 {
        shift_right(self.mantissa << 8, self.exponent).cast_signed()
    }
}

const _: () = assert!(YEAR_SECONDS == 31_536_000);
