//! Decimals, exactly: text to whole numbers of 10⁻ⁿ and back, never through a binary fraction.

/// Why a number is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// It has more decimals than can be kept.
    TooPrecise,
    /// It is larger than anything that can be margined.
    TooLarge,
}

/// Numbers have at most so many digits before the point.
const MOST_DIGITS: usize = 28;

/// Reads a number in JSON's grammar (`-12.5e-3`) as a whole number of 10^−`decimals`; `decimals` is at most 9. An
/// exponent is fine as long as the value is exact, and so are trailing zeros; −0 is 0. `None` for text that is no
/// number.
///
/// # Errors
/// [`DecimalError`] when the number has more than `decimals` decimals or more than 28 digits before the point.
pub fn parse(text: &str, decimals: usize) -> Option<Result<i128, DecimalError>> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
        return None;
    }
    let exponent = match exponent {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits_only(digits) {
                return None;
            }
            // an exponent that leaves an i32 decides by its sign alone
            exponent.parse().unwrap_or(if exponent.starts_with('-') { i32::MIN } else { i32::MAX })
        }
        None => 0,
    };
    let digits = format!("{whole}{fraction}");
    Some(
        scaled(
            digits.trim_start_matches('0'),
            whole.len() as i64 - digits.len() as i64 + i64::from(exponent),
            decimals,
        )
        .map(|value| if negative { -value } else { value }),
    )
}

/// `digits` × 10^`exponent` as a whole number of 10^−`decimals`.
fn scaled(digits: &str, exponent: i64, decimals: usize) -> Result<i128, DecimalError> {
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let zeros = exponent + (digits.len() - significant.len()) as i64 + decimals as i64;
    if zeros < 0 {
        return Err(DecimalError::TooPrecise);
    }
    if significant.len() as i64 + zeros > (MOST_DIGITS + decimals) as i64 {
        return Err(DecimalError::TooLarge);
    }
    let zeros = "0".repeat(usize::try_from(zeros).map_err(|_| DecimalError::TooLarge)?);
    format!("{significant}{zeros}").parse().map_err(|_| DecimalError::TooLarge)
}

/// `value` of 10^−`decimals` as a plain decimal, without exponent and trailing zeros.
pub fn text(value: i128, decimals: u32) -> String {
    let one = 10_u128.pow(decimals);
    let size = value.unsigned_abs();
    text_of_parts(value < 0, size / one, size % one, decimals)
}

/// A sum that keeps 18 decimals whatever its size: greeks of tiny prices and of huge ones. Rounds down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fine {
    /// Whole units, rounded down.
    whole: i128,
    /// The rest in 10⁻¹⁸, not negative.
    rest: i128,
}

impl Fine {
    /// 10¹⁸.
    const ONE: i128 = 1_000_000_000_000_000_000;
    const DECIMALS: u32 = 18;

    /// `numerator` ÷ `divisor`, rounded down. The divisor is positive and below 10³⁷.
    pub fn ratio(numerator: i128, divisor: i128) -> Self {
        let whole = numerator.div_euclid(divisor);
        let mut left = numerator.rem_euclid(divisor);
        let mut rest = 0;
        for _ in 0..Self::DECIMALS {
            left *= 10;
            rest = rest * 10 + left / divisor;
            left %= divisor;
        }
        Self { whole, rest }
    }

    /// A whole number of 10⁻¹⁸.
    pub fn of_parts(parts: i128) -> Self {
        Self { whole: parts.div_euclid(Self::ONE), rest: parts.rem_euclid(Self::ONE) }
    }

    /// The sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let rest = self.rest + other.rest;
        let whole = self.whole.checked_add(other.whole)?.checked_add(rest / Self::ONE)?;
        Some(Self { whole, rest: rest % Self::ONE })
    }

    /// As a plain decimal, without exponent and trailing zeros.
    pub fn text(self) -> String {
        if self.whole >= 0 {
            return text_of_parts(false, self.whole.unsigned_abs(), self.rest.unsigned_abs(), Self::DECIMALS);
        }
        let borrowed = u128::from(self.rest != 0);
        let rest = if self.rest == 0 { 0 } else { Self::ONE - self.rest };
        text_of_parts(true, self.whole.unsigned_abs() - borrowed, rest.unsigned_abs(), Self::DECIMALS)
    }
}

fn text_of_parts(negative: bool, whole: u128, rest: u128, decimals: u32) -> String {
    let sign = if negative && (whole, rest) != (0, 0) { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:0width$}", width = decimals as usize);
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}
