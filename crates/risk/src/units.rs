//! Quantities with types, so that units which differ cannot be added.

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;

/// Billionths in one: the scale of every fraction in this crate.
pub const NANO: i64 = 1_000_000_000;
/// Nanos of quote in one quote atom (a quote atom is a millionth of a USDC).
pub const NANOS_PER_ATOM: i64 = 1_000;
/// Seconds in the year of 365 days that volatilities and rates are quoted for.
pub const YEAR_SECONDS: i64 = 31_536_000;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
        #[repr(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// No amount of it.
            pub const ZERO: Self = Self(0);

            /// The raw fixed-point integer.
            pub const fn raw(self) -> $inner {
                self.0
            }

            /// Sum, or `None` outside the type.
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// Difference, or `None` outside the type.
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Some(Self(difference)),
                    None => None,
                }
            }
        }
    };
}

quantity!(
    /// Money in atoms of the quote token (1e-6 USDC), signed.
    Quote(i64)
);
quantity!(
    /// Price of one unit of underlying, or a strike: nanos of quote per unit.
    Price(i64)
);
quantity!(
    /// Value of one lot: nanos of quote per lot.
    LotValue(i64)
);
quantity!(
    /// Money with three more digits than [`Quote`]: nanos of quote. Sums of size × [`LotValue`].
    Nanos(i64)
);
quantity!(
    /// Signed number of whole lots; positive is long.
    Lots(i64)
);
quantity!(
    /// Units of underlying in one lot, in nanos of a unit.
    LotSize(i64)
);
quantity!(
    /// Annualised volatility in nanos: 0.60 is 600,000,000.
    Vol(i64)
);
quantity!(
    /// Annualised variance in nanos: the square of 0.60 is 360,000,000.
    Variance(i64)
);
quantity!(
    /// A pure fraction in nanos: 16 % is 160,000,000.
    Ratio(i64)
);

impl Ratio {
    /// 100 %.
    pub const ONE: Self = Self(NANO);
}

impl LotValue {
    /// Value of a lot of `lot` units at `price` per unit, rounded down.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when the value does not fit.
    pub fn of(price: Price, lot: LotSize) -> Result<Self, RiskError> {
        if price.0 < 0 || lot.0 < 0 {
            return mul_div_floor(price.0, lot.0, NANO).map(Self).ok_or(RiskError::Overflow);
        }
        // as (p·10⁹ + q)(l·10⁹ + m)/10⁹, exactly, without the 128-bit division, which would cost as much as a price
        const ONE: u64 = NANO.unsigned_abs();
        let (p, q) = (price.0.cast_unsigned() / ONE, price.0.cast_unsigned() % ONE);
        let (l, m) = (lot.0.cast_unsigned() / ONE, lot.0.cast_unsigned() % ONE);
        if let Some(most) = (NANO.cast_unsigned() * 18).checked_div(p)
            && l > most
        {
            return Err(RiskError::Overflow);
        }
        let value = p.wrapping_mul(l).wrapping_mul(ONE).checked_add(p.wrapping_mul(m));
        let value = value.and_then(|value| value.checked_add(q.wrapping_mul(l)));
        let value = value.and_then(|value| value.checked_add(q.wrapping_mul(m) / ONE));
        value.and_then(|value| i64::try_from(value).ok()).map(Self).ok_or(RiskError::Overflow)
    }

    /// As [`LotValue::of`], rounded up.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when the value does not fit.
    pub fn of_ceil(price: Price, lot: LotSize) -> Result<Self, RiskError> {
        mul_div_ceil(price.0, lot.0, NANO).map(Self).ok_or(RiskError::Overflow)
    }

    /// This value times `ratio`, rounded down.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when the product does not fit.
    pub fn scaled(self, ratio: Ratio) -> Result<Self, RiskError> {
        if ratio.0 == NANO {
            return Ok(self);
        }
        mul_div_floor(self.0, ratio.0, NANO).map(Self).ok_or(RiskError::Overflow)
    }

    /// Value of `lots` lots, signed like them.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when the product does not fit.
    pub fn times(self, lots: Lots) -> Result<Nanos, RiskError> {
        self.0.checked_mul(lots.0).map(Nanos).ok_or(RiskError::Overflow)
    }
}

impl Nanos {
    /// Whole quote atoms, rounded down: for what an account has.
    pub const fn to_quote_floor(self) -> Quote {
        Quote(self.0.div_euclid(NANOS_PER_ATOM))
    }

    /// Whole quote atoms, rounded up: for what an account owes.
    pub const fn to_quote_ceil(self) -> Quote {
        Quote(self.0.div_euclid(NANOS_PER_ATOM) + (self.0.rem_euclid(NANOS_PER_ATOM) != 0) as i64)
    }
}

impl Quote {
    /// The same amount in nanos.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] beyond some nine billion USDC.
    pub fn to_nanos(self) -> Result<Nanos, RiskError> {
        self.0.checked_mul(NANOS_PER_ATOM).map(Nanos).ok_or(RiskError::Overflow)
    }
}

/// `a` × `b` ÷ `divisor`, rounded down (towards minus infinity); `None` when the quotient does not fit or the divisor
/// is not positive.
pub fn mul_div_floor(a: i64, b: i64, divisor: i64) -> Option<i64> {
    if divisor <= 0 {
        return None;
    }
    i64::try_from((i128::from(a) * i128::from(b)).div_euclid(i128::from(divisor))).ok()
}

/// `a` × `b` ÷ `divisor`, rounded up (towards plus infinity); `None` when the quotient does not fit or the divisor is
/// not positive.
pub fn mul_div_ceil(a: i64, b: i64, divisor: i64) -> Option<i64> {
    if divisor <= 0 {
        return None;
    }
    // the negated product cannot leave i128: both factors have 64 bits
    i64::try_from(-(-(i128::from(a) * i128::from(b))).div_euclid(i128::from(divisor))).ok()
}

/// `value` × `ratio` nanos, rounded down.
///
/// # Errors
/// [`RiskError::Overflow`] when the product does not fit.
pub fn scale_floor(value: i64, ratio: i64) -> Result<i64, RiskError> {
    mul_div_floor(value, ratio, NANO).ok_or(RiskError::Overflow)
}

/// Whole billions of `value`, rounded down, and the rest.
#[inline(always)]
pub(crate) const fn split(value: i64) -> (i64, u64) {
    const ONE: u64 = NANO.unsigned_abs();
    // unsigned: the target has no signed division
    if value >= 0 {
        let value = value.cast_unsigned();
        return ((value / ONE).cast_signed(), value % ONE);
    }
    let whole = value.unsigned_abs().wrapping_add(ONE - 1) / ONE;
    (whole.cast_signed().wrapping_neg(), whole.wrapping_mul(ONE).wrapping_add(value.cast_unsigned()))
}

/// [`scale_floor`] in 64-bit steps only: an order of magnitude cheaper on chain. Exact when −1 ≤ `ratio` ≤ 8 and the
/// product fits an `i64`; the caller sees to both.
#[inline(always)]
pub(crate) const fn scale_small_floor(value: i64, ratio: i64) -> i64 {
    let (whole, rest) = split(value);
    // rest × (1 + ratio) − rest, so that the division is unsigned
    let part = rest.wrapping_mul(NANO.wrapping_add(ratio).cast_unsigned()) / NANO.unsigned_abs();
    whole.wrapping_mul(ratio).wrapping_add(part.wrapping_sub(rest).cast_signed())
}

/// [`scale_floor`] for amounts, in 64-bit steps only. Exact when `ratio` ≤ 18 and the product fits a `u64`; the caller
/// sees to both.
#[inline(always)]
pub(crate) const fn scale_small_floor_unsigned(value: u64, ratio: u64) -> u64 {
    const ONE: u64 = NANO.unsigned_abs();
    let (whole, rest) = (value / ONE, value % ONE);
    whole.wrapping_mul(ratio).wrapping_add(rest.wrapping_mul(ratio) / ONE)
}

/// `value` × `ratio` nanos for amounts, rounded up, in 64-bit steps only. Exact when `ratio` ≤ 18 and the product fits
/// a `u64`; the caller sees to both.
#[inline(always)]
pub(crate) const fn scale_small_ceil(value: u64, ratio: u64) -> u64 {
    const ONE: u64 = NANO.unsigned_abs();
    let (whole, rest) = (value / ONE, value % ONE);
    whole.wrapping_mul(ratio).wrapping_add(rest.wrapping_mul(ratio).div_ceil(ONE))
}

/// `a` × `b` for amounts.
///
/// # Errors
/// [`RiskError::Overflow`] when the product does not fit.
#[inline(always)]
pub(crate) const fn product(a: u64, b: u64) -> Result<u64, RiskError> {
    // one division, where the target's checked multiplication goes through 128 bits
    if let Some(most) = u64::MAX.checked_div(b)
        && a > most
    {
        return Err(RiskError::Overflow);
    }
    Ok(a.wrapping_mul(b))
}

/// `value` × `factor` nanos for amounts of any size, rounded up, in 64-bit steps.
///
/// # Errors
/// [`RiskError::Overflow`] when the product does not fit.
pub(crate) fn scale_ceil(value: u64, factor: u64) -> Result<u64, RiskError> {
    const ONE: u64 = NANO.unsigned_abs();
    let (whole, rest) = (value / ONE, value % ONE);
    let (factor_whole, factor_rest) = (factor / ONE, factor % ONE);
    // the last product is below 10¹⁸
    let rest = product(rest, factor_whole)?.checked_add(rest.wrapping_mul(factor_rest).div_ceil(ONE));
    let sum = match rest {
        Some(rest) => product(whole, factor)?.checked_add(rest),
        None => None,
    };
    sum.ok_or(RiskError::Overflow)
}

/// `part` ÷ `whole` in nanos, rounded up, within 2⁻³¹ of it, in 64-bit steps; `None` unless both are positive or `part`
/// is 0.
pub const fn share_ceil(part: i64, whole: i64) -> Option<i64> {
    const MOST: u64 = 1 << 33;
    if part < 0 || whole <= 0 {
        return None;
    }
    let (mut part, mut whole) = (part.cast_unsigned(), whole.cast_unsigned());
    while part > MOST {
        part = (part >> 1).wrapping_add(part & 1);
        whole >>= 1;
    }
    if whole == 0 {
        return None;
    }
    // below 2³³ × 10⁹
    Some(part.wrapping_mul(NANO.unsigned_abs()).div_ceil(whole).cast_signed())
}

/// A `u64` as an index; what no index can hold lies past the end of every slice.
#[inline(always)]
pub(crate) fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
