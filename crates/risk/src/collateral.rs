//! What collateral is worth (METHODOLOGY §7).

use crate::error::RiskError;
use crate::units::{NANO, NANOS_PER_ATOM, Nanos, Price, Quote, Ratio, scale_small_floor_unsigned};

/// The most decimals that a collateral's mint may have.
pub const MAX_DECIMALS: u8 = 18;

/// Value of collateral, in full and after each haircut; all rounded down, for the house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Valuation {
    /// Value without haircut.
    pub full: Nanos,
    /// Value less the maintenance haircut.
    pub mm: Quote,
    /// Value less the initial haircut.
    pub im: Quote,
}

/// The price that collateral counts at: the lower of the price less its confidence and the moving average, so that a
/// spike of the spot price cannot be borrowed against.
pub fn collateral_price(price: Price, confidence: Price, ema: Price) -> Price {
    Price(price.0.saturating_sub(confidence.0).min(ema.0).max(0))
}

/// Values `amount` atoms of a token with `decimals` at `price` per token. `scale` is the share of the value after the
/// initial haircut that counts, see [`deposit_scale`]. The maintenance value has no such share: a stranger's deposit must
/// not make an account liquidatable.
///
/// # Errors
/// [`RiskError::BadParameter`] for haircuts or a scale outside 0 to 1, an initial haircut below the maintenance one or
/// too many decimals; [`RiskError::Overflow`] when the value does not fit.
pub fn value(
    amount: u64,
    decimals: u8,
    price: Price,
    haircut_mm: Ratio,
    haircut_im: Ratio,
    scale: Ratio,
) -> Result<Valuation, RiskError> {
    let ordered = 0 <= haircut_mm.0 && haircut_mm.0 <= haircut_im.0 && haircut_im.0 <= NANO;
    if !ordered || decimals > MAX_DECIMALS || price.0 < 0 || !(0..=NANO).contains(&scale.0) {
        return Err(RiskError::BadParameter);
    }
    let unit = u128::from(10_u64.pow(u32::from(decimals)));
    let full = u128::from(amount) * u128::from(price.0.unsigned_abs()) / unit;
    let full = i64::try_from(full).map_err(|_| RiskError::Overflow)?;
    // shares of at most 1, so that 64 bits do
    let after = |haircut: Ratio, scale: Ratio| {
        let nanos = scale_small_floor_unsigned(full.unsigned_abs(), (NANO - haircut.0).unsigned_abs());
        let nanos = scale_small_floor_unsigned(nanos, scale.0.unsigned_abs());
        Quote((nanos / NANOS_PER_ATOM.unsigned_abs()).cast_signed())
    };
    Ok(Valuation { full: Nanos(full), mm: after(haircut_mm, Ratio::ONE), im: after(haircut_im, scale) })
}

/// The haircuts in force: the governed ones, or `vol_share` of `range`, the price move that the market's grid spans, if
/// that is more; rounded up, at most 1.
pub fn haircuts_in_force(mm: Ratio, im: Ratio, vol_share: Ratio, range: Ratio) -> (Ratio, Ratio) {
    let of_range = i128::from(vol_share.0.max(0)) * i128::from(range.0.max(0));
    let of_range = (of_range + i128::from(NANO) - 1) / i128::from(NANO);
    let least = Ratio(i64::try_from(of_range).unwrap_or(NANO).min(NANO));
    (mm.max(least), im.max(least))
}

/// The share of its value that a token counts at when `deposited` atoms of it are in the house at `price`: all of it up
/// to `start` quote, `start` ÷ value beyond, so that the house never counts more than `start` of one token. Rounded
/// down. A `start` of 0 switches it off.
///
/// # Errors
/// [`RiskError::BadParameter`] for a negative start or price or too many decimals.
pub fn deposit_scale(deposited: u64, decimals: u8, price: Price, start: Quote) -> Result<Ratio, RiskError> {
    if start.0 < 0 || price.0 < 0 || decimals > MAX_DECIMALS {
        return Err(RiskError::BadParameter);
    }
    if start.0 == 0 {
        return Ok(Ratio::ONE);
    }
    let start = u128::from(start.0.unsigned_abs()) * u128::from(NANOS_PER_ATOM.unsigned_abs());
    let unit = 10_u128.pow(u32::from(decimals));
    // rounded up: what is there, is there
    let total = (u128::from(deposited) * u128::from(price.0.unsigned_abs())).div_ceil(unit);
    if total <= start {
        return Ok(Ratio::ONE);
    }
    let scale = start * u128::from(NANO.unsigned_abs()) / total;
    Ok(Ratio(i64::try_from(scale).unwrap_or(0)))
}

/// A ratio that moves in a straight line from `from` at `starts_at` to `to` at `ends_at`, rounded up (a haircut rounds
/// for the house). Times are Unix seconds.
pub fn ramp(from: Ratio, to: Ratio, starts_at: i64, ends_at: i64, now: i64) -> Ratio {
    if now >= ends_at {
        return to;
    }
    if now <= starts_at {
        return from;
    }
    let span = i128::from(ends_at) - i128::from(starts_at);
    let elapsed = i128::from(now) - i128::from(starts_at);
    let moved = (i128::from(to.0) - i128::from(from.0)) * elapsed;
    // div_euclid floors; the negation turns that into a ceiling
    let moved = -(-moved).div_euclid(span);
    Ratio(i64::try_from(i128::from(from.0) + moved).unwrap_or(to.0))
}
