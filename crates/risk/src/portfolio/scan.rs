//! Scenario P&L of one market and the worst of it (METHODOLOGY §6): what [`FullGrid`](super::full_grid::FullGrid) and
//! [`NamedRows`](super::named_rows::NamedRows) share.

use super::offset::JointRows;
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::scenario::{MAX_MOVE, Shock};
use crate::units::{NANO, Ratio, index, scale_small_ceil, scale_small_floor_unsigned, split};

/// What the rows of a market are weighed with.
pub(super) struct Terms<'a> {
    /// Value that moves one to one with the price, nanos; at most an eighth of the budget.
    pub(super) exposure: i64,
    /// The market's grid.
    pub(super) shocks: &'a [Shock],
    /// Share of an expiry's gain from volatility that does not count, nanos, at most 1.
    pub(super) vega_charge: u64,
}

/// The worst rows of a market. Losses are weighted, in nanos, rounded up, 0 when no row loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worst {
    /// The row with the largest loss after the charge.
    pub(super) row: u8,
    /// Largest loss before the charge.
    pub(super) scan: u64,
    /// Largest loss after the charge.
    pub(super) charged: u64,
}

/// Sums P&L over the positions of a market. The caller has charged every product to a
/// [`Budget`](super::bounds::Budget): no sum overflows.
pub(super) trait Losses<'a> {
    /// Adds `lots` of a call.
    fn add(&mut self, strike: &'a StrikeRisk, lots: i64);

    /// The next call belongs to another book: closes the sums of this one.
    fn end_book(&mut self, shocks: &[Shock]);

    /// The worst rows, after the last book was closed. Adds every row's loss, gains negative, to `joint`, those of the
    /// markets that this one is margined with.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`] for a row whose move or weight is out of bounds or a grid that is not as long as the
    /// joint one, [`RiskError::ScenarioOutOfRange`] for a row that does not exist, [`RiskError::Overflow`] for a loss
    /// that does not fit.
    fn worst(&self, terms: &Terms, joint: Option<&mut JointRows>) -> Result<Worst, RiskError>;
}

/// Number of the row with the same move and volatility flat.
#[inline(always)]
pub(super) fn flat_row(shock: &Shock) -> Option<usize> {
    index(u64::from(shock.flat)).checked_sub(1)
}

/// The part of a gain that does not count, rounded up.
#[inline(always)]
pub(super) const fn charge(gain: i64, share: u64) -> i64 {
    if gain == 0 || share == 0 { 0 } else { scale_small_ceil(gain.cast_unsigned(), share).cast_signed() }
}

/// A linear exposure, to be multiplied by the moves of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    whole: i64,
    rest: u64,
}

impl Linear {
    pub(super) fn new(exposure: i64) -> Self {
        let (whole, rest) = split(exposure);
        Self { whole, rest }
    }

    /// Exposure × `k`, rounded down.
    #[inline(always)]
    pub(super) fn moved(&self, k: Ratio) -> Result<i64, RiskError> {
        const MOST: u64 = (NANO + MAX_MOVE.0).cast_unsigned();
        if self.whole == 0 && self.rest == 0 {
            return Ok(0);
        }
        // 1 + k is positive, so that the division is unsigned; it stays below 10⁹ × 9·10⁹
        let factor = NANO.wrapping_add(k.0).cast_unsigned();
        if factor > MOST {
            return Err(RiskError::BadGrid);
        }
        let rest = self.rest.wrapping_mul(factor) / NANO.unsigned_abs();
        Ok(self.whole.wrapping_mul(k.0).wrapping_add(rest.wrapping_sub(self.rest).cast_signed()))
    }
}

/// The loss in one row, weighted, rounded up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    /// Before the charge; 0 for a gain.
    pub(super) before: u64,
    /// After the charge; negative for a gain.
    pub(super) charged: i64,
}

impl Loss {
    /// Of a P&L within the budget and a charge of at most twice that: no difference leaves its type.
    #[inline(always)]
    pub(super) fn of(pnl: i64, charge: i64, shock: &Shock) -> Result<Self, RiskError> {
        const ONE: u64 = NANO.unsigned_abs();
        let (before, charged) = (pnl.wrapping_neg(), charge.wrapping_sub(pnl));
        let weight = u64::from(shock.weight);
        match weight {
            ONE => Ok(Self { before: before.max(0).cast_unsigned(), charged }),
            0..ONE => {
                let before = scale_small_ceil(before.max(0).cast_unsigned(), weight);
                let loss = scale_small_ceil(charged.max(0).cast_unsigned(), weight).cast_signed();
                let gain = scale_small_floor_unsigned(charged.min(0).unsigned_abs(), weight).cast_signed();
                Ok(Self { before, charged: loss.wrapping_sub(gain) })
            }
            _ => Err(RiskError::BadGrid),
        }
    }
}
