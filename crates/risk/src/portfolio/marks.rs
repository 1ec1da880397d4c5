//! What options are worth now (METHODOLOGY §5): the mark of the last refresh, moved with the forward.

use super::BookView;
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::units::{LotValue, NANO, mul_div_floor, scale_small_floor_unsigned, split};

/// A book's forward now against the one its arrays were computed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForwardNow {
    /// Discounted forward now, per lot.
    pub(super) now: i64,
    /// Discounted forward when the arrays were computed.
    pub(super) reference: i64,
    /// D in nanos.
    pub(super) discount: i64,
    /// The most that a lot's part that does not depend on the strike adds to any sum.
    size: u64,
    /// Move of the undiscounted forward, in whole billions and the rest, to multiply by deltas.
    moved: (i64, u64),
    /// ½dk² in nanos, dk the relative move, held to ±1.
    half_square: u64,
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
        let discount = book.discount.0;
        if book.forward == book.reference {
            let size = size(now, now, discount);
            return Ok(Self { now, reference: now, discount, size, moved: (0, 0), half_square: 0 });
        }
        let reference = book.reference.scaled(book.discount)?.0;
        let moved = book.forward.0.wrapping_sub(book.reference.0);
        let relative = mul_div_floor(moved, NANO, book.reference.0).unwrap_or(NANO).min(NANO).unsigned_abs();
        let half_square = relative.wrapping_mul(relative) / (2 * NANO.unsigned_abs());
        let size = size(now, reference, discount);
        Ok(Self { now, reference, discount, size, moved: split(moved), half_square })
    }

    /// The most that a lot adds to any sum, but for its strike: forward, or delta in nanos.
    #[inline(always)]
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Value of the call now: mark + Δ·dF + ½Γ·dF², and between the bounds that hold without a model: intrinsic value
    /// and forward; and a call moves the way of its forward, at most as far.
    #[inline(always)]
    pub(super) fn call(&self, strike: &StrikeRisk) -> i64 {
        if self.now == self.reference {
            return strike.mark.0;
        }
        self.moved_call(strike)
    }

    fn moved_call(&self, strike: &StrikeRisk) -> i64 {
        const ONE: u64 = NANO.unsigned_abs();
        let (mark, delta) = (strike.mark.0, strike.delta.0);
        let (whole, rest) = self.moved;
        // deltas and gammas of calls are not negative
        let linear = delta.wrapping_mul(whole).cast_unsigned();
        let linear = linear.wrapping_add(delta.cast_unsigned().wrapping_mul(rest) / ONE).cast_signed();
        // a gamma beyond the forward times 2²⁰ moves any call to its bound
        let gamma = strike.gamma.0.min(self.now.wrapping_shl(20)).cast_unsigned();
        let curved = scale_small_floor_unsigned(gamma, self.half_square).cast_signed();
        let moved = mark.wrapping_add(linear).wrapping_add(curved);
        let difference = self.now.wrapping_sub(self.reference);
        let (least, most) = if difference < 0 {
            (mark.wrapping_add(difference), mark.min(self.now))
        } else {
            (mark, mark.wrapping_add(difference).min(self.now))
        };
        let intrinsic = self.now.wrapping_sub(strike.strike_value.0).max(0);
        moved.min(most).max(least).max(intrinsic)
    }

    /// Value of the put at the strike whose call is worth `call`: by parity, never negative.
    #[inline(always)]
    pub(super) fn put(&self, call: i64, strike_value: LotValue) -> i64 {
        call.wrapping_sub(self.now).wrapping_add(strike_value.0)
    }
}

fn size(now: i64, reference: i64, discount: i64) -> u64 {
    now.wrapping_add(reference).max(discount).max(NANO).cast_unsigned()
}
