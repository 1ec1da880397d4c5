//! What a trade would do to an account: asked by wallets before they sign, by keepers before they liquidate and by the
//! program itself.

use crate::error::RiskError;
use crate::instrument::{Leg, LegKey};
use crate::portfolio::{Margin, MarketMargin, Portfolio, margin};
use crate::trade::{fill, notional};
use crate::units::{LotValue, Lots};

/// A trade that has not happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The instrument.
    pub key: LegKey,
    /// Lots bought (positive) or sold (negative), not 0.
    pub lots: Lots,
    /// Price of one lot: an option's premium, a future's or perpetual's price.
    pub price: LotValue,
}

/// Margin and equity after a candidate, booked as [`fill`] books it: the account may trade iff `equity_im` is not below
/// `im`. `each` is told what every market contributes. `scratch` holds the legs meanwhile: one more than the portfolio
/// has always suffices.
///
/// # Errors
/// As [`margin`] and [`fill`]; [`RiskError::OutOfDomain`] for a negative price; [`RiskError::Overflow`] for a scratch
/// that is too short.
pub fn preview(
    portfolio: &Portfolio,
    candidate: &Candidate,
    scratch: &mut [Leg],
    each: impl FnMut(&MarketMargin),
) -> Result<Margin, RiskError> {
    let Candidate { key, lots, price } = *candidate;
    let found = portfolio.legs.binary_search_by_key(&key, |leg| leg.key);
    let before = found.ok().and_then(|place| portfolio.legs.get(place)).copied();
    let before = before.unwrap_or(Leg { key, ..Leg::default() });
    let (after, cash) = fill(before, lots, notional(lots, price)?)?;
    let cash = portfolio.cash.checked_add(cash).ok_or(RiskError::Overflow)?;
    let legs = replaced(portfolio.legs, found, after, scratch).ok_or(RiskError::Overflow)?;
    margin(&Portfolio { cash, legs, ..*portfolio }, each)
}

/// The most lots, up to `limit` and on the side of its sign, that can trade at `price` with initial margin met
/// afterwards; 0 if none can. This many meet it and one lot more does not (or is past the limit).
///
/// What is free after a trade is concave in its lots, but for roundings of a few atoms, because margin is convex and
/// equity is linear or capped. So the sizes that meet initial margin are one interval; for an account that does not
/// meet it now, the size that frees most is searched first.
///
/// # Errors
/// As [`preview`] for a trade of one lot; [`RiskError::BadParameter`] for a limit of 0.
pub fn largest_size(
    portfolio: &Portfolio,
    key: LegKey,
    limit: Lots,
    price: LotValue,
    scratch: &mut [Leg],
) -> Result<Lots, RiskError> {
    let side = limit.0.signum();
    let most = limit.0.unsigned_abs().min(i64::MAX.unsigned_abs()).cast_signed();
    let mut free = |lots: i64| -> Result<i128, RiskError> {
        let candidate = Candidate { key, lots: Lots(lots.wrapping_mul(side)), price };
        let after = preview(portfolio, &candidate, scratch, |_| ())?;
        Ok(i128::from(after.equity_im.0) - i128::from(after.im.0))
    };
    // sizes that cannot be represented cannot be traded either
    let one = free(1)?;
    let mut free = |lots: i64| free(lots).unwrap_or(i128::MIN);
    if free(most) >= 0 {
        return Ok(limit);
    }
    let meets = if one >= 0 { 1 } else { freest(most, &mut free) };
    if free(meets) < 0 {
        return Ok(Lots::ZERO);
    }
    let (mut meets, mut fails) = (meets, most);
    while fails.saturating_sub(meets) > 1 {
        let middle = meets.midpoint(fails);
        if free(middle) >= 0 { meets = middle } else { fails = middle }
    }
    Ok(Lots(meets.wrapping_mul(side)))
}

/// The size from 1 to `most` that frees most, by ternary search; stops early at one that frees anything.
fn freest(most: i64, free: &mut impl FnMut(i64) -> i128) -> i64 {
    let (mut low, mut high) = (1, most);
    while high.saturating_sub(low) > 2 {
        let third = high.saturating_sub(low) / 3;
        let (left, right) = (low.saturating_add(third), high.saturating_sub(third));
        let (at_left, at_right) = (free(left), free(right));
        if at_left >= 0 || at_right >= 0 {
            return if at_right >= 0 { right } else { left };
        }
        // both may be out of range: then the answer is below
        if at_left < at_right { low = left } else { high = right }
    }
    (low..=high).max_by_key(|lots| free(*lots)).unwrap_or(low)
}

/// `legs` with one leg replaced, inserted or, at size 0, left out.
fn replaced<'a>(legs: &[Leg], found: Result<usize, usize>, leg: Leg, scratch: &'a mut [Leg]) -> Option<&'a [Leg]> {
    let place = found.unwrap_or_else(|place| place);
    let kept = usize::from(leg.size != Lots::ZERO);
    let (before, rest) = legs.split_at_checked(place)?;
    let after = rest.get(usize::from(found.is_ok())..)?;
    let count = before.len().checked_add(kept)?.checked_add(after.len())?;
    let scratch = scratch.get_mut(..count)?;
    let (head, tail) = scratch.split_at_mut_checked(before.len())?;
    head.copy_from_slice(before);
    let (middle, tail) = tail.split_at_mut_checked(kept)?;
    middle.fill(leg);
    tail.copy_from_slice(after);
    Some(scratch)
}
