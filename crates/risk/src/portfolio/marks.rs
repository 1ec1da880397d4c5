//! What options are worth now (METHODOLOGY §5): the mark of the last refresh, moved with the forward.

use super::BookView;
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::units::{LotValue, NANO, mul_div_floor, scale_small_floor};

/// A book's forward now against the one its arrays were computed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForwardNow {
    /// Discounted forward now, per lot.
    pub(super) now: i64,
    /// Discounted forward when the arrays were computed.
    pub(super) reference: i64,
    /// Move of the undiscounted forward, in whole billions and the rest, to multiply by deltas.
    moved: (i64, i64),
    /// ½dk² in nanos, dk the relative move, held to ±1.
    half_square: i64,
}

impl ForwardNow {
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a forward or reference that is not positive, [`RiskError::Overflow`] when a
    /// discounted forward does not fit.
    pub(super) fn new(book: &BookView) -> Result<Self, RiskError> {
        if book.forward.0 <= 0 || book.reference.0 <= 0 || book.discount.0 <= 0 {
            return Err(RiskError::OutOfDomain);
        }
        let now = book.forward.scaled(book.discount)?.0;
        if book.forward == book.reference {
            return Ok(Self { now, reference: now, moved: (0, 0), half_square: 0 });
        }
        let reference = book.reference.scaled(book.discount)?.0;
        let moved = book.forward.0.wrapping_sub(book.reference.0);
        let relative = mul_div_floor(moved, NANO, book.reference.0).unwrap_or(NANO).min(NANO);
        Ok(Self {
            now,
            reference,
            moved: (moved.div_euclid(NANO), moved.rem_euclid(NANO)),
            half_square: relative.wrapping_mul(relative) / (2 * NANO),
        })
    }

    /// Value of the call now: mark + Δ·dF + ½Γ·dF², and between the bounds that hold without a model: intrinsic value
    /// and forward; and a call moves the way of its forward, at most as far.
    #[inline(always)]
    pub(super) fn call(&self, strike: &StrikeRisk) -> i64 {
        let mark = strike.mark.0;
        if self.now == self.reference {
            return mark;
        }
        let (whole, rest) = self.moved;
        let delta = strike.delta.0.wrapping_mul(whole).wrapping_add(strike.delta.0.wrapping_mul(rest) / NANO);
        let moved = mark.wrapping_add(delta).saturating_add(scale_small_floor(strike.gamma.0, self.half_square));
        let difference = self.now.wrapping_sub(self.reference);
        let (fallen, risen) = (mark.wrapping_add(difference.min(0)), mark.wrapping_add(difference.max(0)));
        let intrinsic = self.now.wrapping_sub(strike.strike_value.0).max(0);
        moved.min(risen).min(self.now).max(fallen).max(intrinsic)
    }

    /// Value of the put at the strike whose call is worth `call`: by parity, never negative.
    #[inline(always)]
    pub(super) fn put(&self, call: i64, strike_value: LotValue) -> i64 {
        call.wrapping_sub(self.now).wrapping_add(strike_value.0)
    }
}
