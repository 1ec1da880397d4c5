//! Markets that are margined together (METHODOLOGY §6): the joint scan of a group and what it takes off the margin.

use super::position::quote_ceil;
use super::{Margin, MarketMargin, MarketView};
use crate::error::RiskError;
use crate::params::MAX_GROUPS;
use crate::scenario::MAX_ROWS;
use crate::units::{NANO, Quote, Ratio, scale_small_floor_unsigned};

const GROUPS: usize = MAX_GROUPS as usize;

/// Losses of several markets, row by row, gains negative, in nanos.
#[derive(Clone, Debug)]
pub(super) struct JointRows {
    rows: [i64; MAX_ROWS],
    /// Rows in use; 0 before the first market.
    len: usize,
}

/// A place in the rows, to add to one after another.
pub(super) struct Rows<'a>(core::slice::IterMut<'a, i64>);

impl JointRows {
    /// The rows for a market whose grid has `len`.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`] when the grids of the group differ in length.
    pub(super) fn rows(&mut self, len: usize) -> Result<Rows<'_>, RiskError> {
        if self.len != 0 && self.len != len {
            return Err(RiskError::BadGrid);
        }
        self.len = len;
        Ok(Rows(self.rows.iter_mut()))
    }

    /// The row with the largest loss and that loss, at least 0.
    fn worst(&self) -> (u8, u64) {
        let (mut worst_row, mut worst) = (0, 0);
        for (row, loss) in (0_u8..).zip(self.rows) {
            if loss > worst {
                (worst_row, worst) = (row, loss);
            }
        }
        (worst_row, worst.unsigned_abs())
    }
}

impl Rows<'_> {
    /// Adds to the next row.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when the sum does not fit, [`RiskError::BadGrid`] past the last row.
    #[inline(always)]
    pub(super) fn add(&mut self, loss: i64) -> Result<(), RiskError> {
        let row = self.0.next().ok_or(RiskError::BadGrid)?;
        *row = row.checked_add(loss).ok_or(RiskError::Overflow)?;
        Ok(())
    }
}

/// One group as far as the portfolio touches it.
#[derive(Clone, Debug)]
struct Group {
    /// Number (0 for a place that is not in use), λ and mm_factor: markets that differ in one do not belong together.
    key: (u64, Ratio, Ratio),
    markets: u32,
    /// Σ scan + vega.
    scans: Quote,
    joint: JointRows,
}

/// The groups that a portfolio touches, in the order of their first markets.
#[derive(Clone, Debug)]
pub(super) struct Groups([Group; GROUPS]);

impl Groups {
    /// None yet.
    pub(super) const NONE: Self = Self(
        [const {
            Group {
                key: (0, Ratio::ZERO, Ratio::ZERO),
                markets: 0,
                scans: Quote::ZERO,
                joint: JointRows { rows: [0; MAX_ROWS], len: 0 },
            }
        }; GROUPS],
    );

    /// The place of a market's group among those touched, `None` for a market that stands alone: one without a group, or
    /// of one more group than a portfolio can have offsets in.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] for an offset outside 0 to 80 %.
    pub(super) fn place(&mut self, market: &MarketView) -> Result<Option<usize>, RiskError> {
        let key = (market.params.offset_group, market.params.offset, market.params.mm_factor);
        if key.0 == 0 || key.1 == Ratio::ZERO {
            return Ok(None);
        }
        if !(0..=NANO * 8 / 10).contains(&key.1.0) {
            return Err(RiskError::BadParameter);
        }
        let found = self.0.iter_mut().enumerate().find(|(_, group)| group.key.0 == 0 || group.key == key);
        Ok(found.map(|(place, group)| {
            group.key = key;
            place
        }))
    }

    /// The rows of the group at a place.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] for a place that no group has.
    pub(super) fn joint(&mut self, place: usize) -> Result<&mut JointRows, RiskError> {
        self.0.get_mut(place).map(|group| &mut group.joint).ok_or(RiskError::BadParameter)
    }

    /// Counts a market, whose losses are in the rows, into its group.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when a sum does not fit.
    pub(super) fn count(&mut self, place: usize, margin: &MarketMargin) -> Result<(), RiskError> {
        let group = self.0.get_mut(place).ok_or(RiskError::BadParameter)?;
        let scans = group.scans.checked_add(margin.scan).and_then(|sum| sum.checked_add(margin.vega));
        group.scans = scans.ok_or(RiskError::Overflow)?;
        group.markets = group.markets.saturating_add(1);
        Ok(())
    }

    /// Takes the offsets of all groups with two or more markets off the margin and notes the rows that decide them.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when an amount does not fit.
    pub(super) fn settle(&self, total: &mut Margin) -> Result<(), RiskError> {
        for (group, row) in self.0.iter().filter(|group| group.markets > 0).zip(&mut total.joint_rows) {
            let (worst_row, worst) = group.joint.worst();
            *row = worst_row;
            total.groups = total.groups.wrapping_add(1);
            if group.markets == 1 {
                continue;
            }
            let (_, offset, mm_factor) = group.key;
            // roundings may leave the joint scan an atom above the sum
            let saved = group.scans.checked_sub(quote_ceil(worst)?).ok_or(RiskError::Overflow)?;
            // both factors are at most 1
            let part = |amount: Quote, factor: Ratio| {
                let part = scale_small_floor_unsigned(amount.0.max(0).unsigned_abs(), factor.0.unsigned_abs());
                Quote(part.cast_signed())
            };
            let im = part(saved, offset);
            let mm = part(im, mm_factor);
            total.offset_im = total.offset_im.checked_add(im).ok_or(RiskError::Overflow)?;
            total.offset_mm = total.offset_mm.checked_add(mm).ok_or(RiskError::Overflow)?;
        }
        total.im = total.im.checked_sub(total.offset_im).ok_or(RiskError::Overflow)?;
        total.mm = total.mm.checked_sub(total.offset_mm).ok_or(RiskError::Overflow)?;
        Ok(())
    }
}
