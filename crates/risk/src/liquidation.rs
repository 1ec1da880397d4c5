//! Arithmetic of a liquidation (METHODOLOGY §9): how much is taken, and what the liquidator earns.
//!
//! A liquidator takes a fraction f of every leg and of every holding, at mark, and pays for it in cash less an
//! incentive. Margin is homogeneous in size, so what stays needs (1 − f) of the margin; equity stays but for the
//! haircuts that leave with the holdings, which it gains, and the incentive, which it loses.

use crate::error::RiskError;
use crate::instrument::Leg;
use crate::units::{Lots, NANO, Quote, Ratio, mul_div_ceil, mul_div_floor};

/// What an account looks like before a slice is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SliceInputs {
    /// Equity with initial haircuts.
    pub equity_im: Quote,
    /// Initial margin, or any lower bound of it such as a witness gives: then less is taken.
    pub im: Quote,
    /// Maintenance margin, the base of the incentive.
    pub mm: Quote,
    /// What the account is restored to beyond its initial margin, as a share of that.
    pub buffer: Ratio,
    /// Share of `mm` that the liquidator earns on a whole account.
    pub incentive_rate: Ratio,
    /// Σ over holdings of the value at mark less the value with initial haircut: what equity gains when all are sold.
    pub haircut_release: Quote,
}

/// Initial margin with the buffer on top, rounded down: the target that a slice must not take the account past.
///
/// # Errors
/// [`RiskError::BadParameter`] for a buffer outside 0 to 1, [`RiskError::Overflow`] when the target does not fit.
pub fn target(im: Quote, buffer: Ratio) -> Result<Quote, RiskError> {
    if !(0..=NANO).contains(&buffer.0) {
        return Err(RiskError::BadParameter);
    }
    mul_div_floor(im.0, NANO + buffer.0, NANO).map(Quote).ok_or(RiskError::Overflow)
}

/// The largest fraction that does not take the account past its target, rounded down, 0 to 1: the f with
/// equity + f·(release − rate·MM) = (1 − f)·target.
///
/// # Errors
/// [`RiskError::BadParameter`] for a buffer or rate outside 0 to 1 or a negative margin or release;
/// [`RiskError::Overflow`] when the target does not fit.
pub fn target_fraction(inputs: &SliceInputs) -> Result<Ratio, RiskError> {
    let SliceInputs { equity_im, im, mm, buffer, incentive_rate, haircut_release } = *inputs;
    let rate_ok = (0..=NANO).contains(&incentive_rate.0);
    if !rate_ok || im.0 < 0 || mm.0 < 0 || haircut_release.0 < 0 {
        return Err(RiskError::BadParameter);
    }
    let target = i128::from(target(im, buffer)?.0);
    let missing = target - i128::from(equity_im.0);
    if missing <= 0 {
        return Ok(Ratio::ZERO);
    }
    let incentive = i128::from(mul_div_floor(mm.0, incentive_rate.0, NANO).ok_or(RiskError::Overflow)?);
    let restored = target + i128::from(haircut_release.0) - incentive;
    // a whole account does not restore what is missing (or the incentive eats it up): all of it goes
    if restored <= missing {
        return Ok(Ratio::ONE);
    }
    Ok(Ratio(i64::try_from(missing * i128::from(NANO) / restored).unwrap_or(NANO).min(NANO)))
}

/// All of the account when what `fraction` leaves of `size` (its margin, or its gross value) is below `dust`.
pub fn or_whole(fraction: Ratio, size: Quote, dust: Quote) -> Ratio {
    let left = mul_div_floor(size.0, NANO.saturating_sub(fraction.0), NANO);
    if left.is_none_or(|left| left >= dust.0) { fraction } else { Ratio::ONE }
}

/// The incentive's rate `elapsed` seconds after the breach was first seen: from `start` in a straight line to `max`
/// over `ramp` seconds, rounded down.
///
/// # Errors
/// [`RiskError::BadParameter`] unless 0 ≤ `start` ≤ `max` ≤ 1 and `ramp` ≥ 0.
pub fn incentive_rate(start: Ratio, max: Ratio, ramp: i64, elapsed: i64) -> Result<Ratio, RiskError> {
    if !(0 <= start.0 && start.0 <= max.0 && max.0 <= NANO && ramp >= 0) {
        return Err(RiskError::BadParameter);
    }
    if elapsed >= ramp {
        return Ok(max);
    }
    let risen = mul_div_floor(max.0 - start.0, elapsed.max(0), ramp).unwrap_or(0);
    Ok(Ratio(start.0 + risen))
}

/// What the liquidator earns for a fraction: fraction × rate × `mm`, rounded down, and never more than the account's
/// `equity` (its value at mark, without haircuts), so that an incentive alone makes no account bankrupt.
///
/// # Errors
/// [`RiskError::BadParameter`] for a fraction or rate outside 0 to 1 or a negative margin.
pub fn incentive(fraction: Ratio, rate: Ratio, mm: Quote, equity: Quote) -> Result<Quote, RiskError> {
    let in_range = |ratio: Ratio| (0..=NANO).contains(&ratio.0);
    if !in_range(fraction) || !in_range(rate) || mm.0 < 0 {
        return Err(RiskError::BadParameter);
    }
    let whole = mul_div_floor(mm.0, rate.0, NANO).ok_or(RiskError::Overflow)?;
    let part = mul_div_floor(whole, fraction.0, NANO).ok_or(RiskError::Overflow)?;
    Ok(Quote(part.min(equity.0.max(0))))
}

/// The lots of a position that a fraction takes, rounded away from 0, so that positions of one lot can be taken too: at
/// most one lot more than the fraction says, and all of them for a fraction of 1.
///
/// # Errors
/// [`RiskError::BadParameter`] for a fraction outside 0 to 1.
pub fn slice_lots(size: Lots, fraction: Ratio) -> Result<Lots, RiskError> {
    if !(0..=NANO).contains(&fraction.0) {
        return Err(RiskError::BadParameter);
    }
    if fraction == Ratio::ONE {
        return Ok(size);
    }
    // most products fit 64 bits, which costs a tenth on chain
    if let Some(product) = size.0.unsigned_abs().checked_mul(fraction.0.unsigned_abs()) {
        let lots = product.div_ceil(NANO.unsigned_abs()).cast_signed();
        return Ok(Lots(if size.0 < 0 { lots.wrapping_neg() } else { lots }));
    }
    let lots =
        if size.0 < 0 { mul_div_floor(size.0, fraction.0, NANO) } else { mul_div_ceil(size.0, fraction.0, NANO) };
    lots.map(Lots).ok_or(RiskError::Overflow)
}

/// The atoms of a holding that a fraction takes, rounded down.
///
/// # Errors
/// [`RiskError::BadParameter`] for a fraction outside 0 to 1.
pub fn slice_amount(amount: u64, fraction: Ratio) -> Result<u64, RiskError> {
    match u64::try_from(fraction.0) {
        Ok(nanos) if fraction.0 <= NANO => {
            let taken = u128::from(amount) * u128::from(nanos) / u128::from(NANO.unsigned_abs());
            u64::try_from(taken).map_err(|_| RiskError::Overflow)
        }
        _ => Err(RiskError::BadParameter),
    }
}

/// The cost that goes with `lots` of a leg: pro rata, rounded down, all of it with all lots. What is taken and what
/// stays add up to the leg's cost exactly.
///
/// # Errors
/// [`RiskError::BadParameter`] unless `lots` is between 0 and the leg's size.
pub fn slice_cost(leg: &Leg, lots: Lots) -> Result<Quote, RiskError> {
    let same_side = lots == Lots::ZERO || (lots.0 < 0) == (leg.size.0 < 0);
    if !same_side || lots.0.unsigned_abs() > leg.size.0.unsigned_abs() {
        return Err(RiskError::BadParameter);
    }
    if lots == Lots::ZERO {
        return Ok(Quote::ZERO);
    }
    // an option has no cost, and the whole leg takes it along
    if lots == leg.size || leg.cost == Quote::ZERO {
        return Ok(leg.cost);
    }
    let (part, whole) = (i128::from(lots.0), i128::from(leg.size.0));
    let cost = (i128::from(leg.cost.0) * part.abs()).div_euclid(whole.abs());
    i64::try_from(cost).map(Quote).map_err(|_| RiskError::Overflow)
}
