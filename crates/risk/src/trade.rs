//! What a fill does to one side of a trade.
//!
//! Each side gets the same lots and the same notional with opposite signs, and for each side
//! cash change − cost change = −notional exactly. So the cash and the open cost of both sides together change by
//! nothing, whatever they held before and however the realised part is rounded.

use crate::error::RiskError;
use crate::instrument::Leg;
use crate::units::{LotValue, Lots, NANOS_PER_ATOM, Quote};

/// Value of `lots` at `price` per lot, signed like the lots, rounded towards 0: computed once for both sides.
///
/// # Errors
/// [`RiskError::OutOfDomain`] for a negative price, [`RiskError::Overflow`] when the value does not fit.
pub fn notional(lots: Lots, price: LotValue) -> Result<Quote, RiskError> {
    if price.0 < 0 {
        return Err(RiskError::OutOfDomain);
    }
    let nanos = i128::from(lots.0) * i128::from(price.0);
    i64::try_from(nanos / i128::from(NANOS_PER_ATOM)).map(Quote).map_err(|_| RiskError::Overflow)
}

/// The leg after a fill, and the change of cash. `lots` and `notional` are positive for the buyer and negative for the
/// seller; `before` has size and cost 0 when there was no position.
///
/// An option's premium moves in cash, its cost stays 0. A future's or perpetual's notional is added to its cost; what
/// the fill closes is realised: the share of the old cost that goes with the closed lots, rounded against the account,
/// leaves the cost for cash. At size 0 nothing is left of the cost. A fill through 0 closes all of the old position
/// and opens the rest at the fill's price.
///
/// # Errors
/// [`RiskError::UnknownKind`] for a key without kind; [`RiskError::BadParameter`] for no lots, a notional of the other
/// sign, or a cost without a position; [`RiskError::Overflow`] when a result does not fit.
pub fn fill(before: Leg, lots: Lots, notional: Quote) -> Result<(Leg, Quote), RiskError> {
    let kind = before.key.kind().ok_or(RiskError::UnknownKind)?;
    let opposite = notional.0 != 0 && (notional.0 < 0) != (lots.0 < 0);
    if lots == Lots::ZERO || opposite || (before.size == Lots::ZERO && before.cost != Quote::ZERO) {
        return Err(RiskError::BadParameter);
    }
    let size = before.size.checked_add(lots).ok_or(RiskError::Overflow)?;
    if kind.is_option() {
        let cash = Quote::ZERO.checked_sub(notional).ok_or(RiskError::Overflow)?;
        return Ok((Leg { size, ..before }, cash));
    }
    let cost = remaining_cost(before, lots, size, notional)?;
    // cash change = cost change − notional
    let cash = i128::from(cost.0) - i128::from(before.cost.0) - i128::from(notional.0);
    let cash = i64::try_from(cash).map_err(|_| RiskError::Overflow)?;
    Ok((Leg { size, cost, ..before }, Quote(cash)))
}

/// Whether a trade only takes risk off an account: it needs no more margin than before, and its equity above that
/// margin, or below it, has not become worse.
pub fn only_reduces(equity: Quote, margin: Quote, equity_after: Quote, margin_after: Quote) -> bool {
    let excess = |equity: Quote, margin: Quote| i128::from(equity.0) - i128::from(margin.0);
    margin_after <= margin && excess(equity_after, margin_after) >= excess(equity, margin)
}

/// The cost of the position after a fill. Cash rises with it, so it is rounded down.
fn remaining_cost(before: Leg, lots: Lots, size: Lots, notional: Quote) -> Result<Quote, RiskError> {
    let grows = before.size == Lots::ZERO || (before.size.0 < 0) == (lots.0 < 0);
    if grows {
        return before.cost.checked_add(notional).ok_or(RiskError::Overflow);
    }
    if size == Lots::ZERO {
        return Ok(Quote::ZERO);
    }
    let crosses = (size.0 < 0) != (before.size.0 < 0);
    let (amount, whole) = if crosses { (notional, lots) } else { (before.cost, before.size) };
    // size and whole have the same sign: the share is between 0 and 1
    let share = i128::from(amount.0) * i128::from(size.0.unsigned_abs());
    let cost = share.div_euclid(i128::from(whole.0.unsigned_abs()));
    i64::try_from(cost).map(Quote).map_err(|_| RiskError::Overflow)
}
