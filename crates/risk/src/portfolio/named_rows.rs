//! Losses in the rows that a witness names.

use super::offset::JointRows;
use super::scan::{Linear, Loss, Losses, Terms, Worst, charge, flat_row};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::model;
use crate::scenario::Shock;

/// Named rows, one for the market and one for its group: lower bounds of [`FullGrid`](super::full_grid::FullGrid)'s losses, and equal to them when
/// the rows are the worst ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedRows {
    own: NamedRow,
    joint: Option<NamedRow>,
    model: u64,
}

#[derive(Clone, Copy, Debug)]
struct NamedRow {
    row: usize,
    /// The row with the same move and volatility flat.
    flat: Option<usize>,
    pnl: i64,
    gain: i64,
    book: i64,
    book_flat: i64,
}

impl NamedRows {
    /// No positions, for the rows with these numbers.
    ///
    /// # Errors
    /// [`RiskError::ScenarioOutOfRange`] for a row that the grid does not have.
    pub(super) fn new(own: u8, joint: Option<u8>, shocks: &[Shock], model: u64) -> Result<Self, RiskError> {
        let joint = joint.map(|row| NamedRow::new(row, shocks)).transpose()?;
        Ok(Self { own: NamedRow::new(own, shocks)?, joint, model })
    }
}

impl NamedRow {
    fn new(row: u8, shocks: &[Shock]) -> Result<Self, RiskError> {
        let row = usize::from(row);
        let shock = shocks.get(row).ok_or(RiskError::ScenarioOutOfRange)?;
        Ok(Self { row, flat: flat_row(shock), pnl: 0, gain: 0, book: 0, book_flat: 0 })
    }

    #[inline(always)]
    fn add(&mut self, strike: &StrikeRisk, lots: i64, model: u64) {
        let entry = |row: usize| model::entry(model, strike, row, lots).0.wrapping_mul(lots);
        self.book = self.book.wrapping_add(entry(self.row));
        if let Some(flat) = self.flat {
            self.book_flat = self.book_flat.wrapping_add(entry(flat));
        }
    }

    #[inline(always)]
    fn end_book(&mut self) {
        self.pnl = self.pnl.wrapping_add(self.book);
        if self.flat.is_some() {
            self.gain = self.gain.wrapping_add(self.book.wrapping_sub(self.book_flat).max(0));
        }
        (self.book, self.book_flat) = (0, 0);
    }

    fn loss(&self, terms: &Terms) -> Result<Loss, RiskError> {
        let shock = terms.shocks.get(self.row).ok_or(RiskError::ScenarioOutOfRange)?;
        let pnl = self.pnl.wrapping_add(Linear::new(terms.exposure).moved(shock.k)?);
        Loss::of(pnl, charge(self.gain, terms.vega_charge), shock)
    }
}

impl<'a> Losses<'a> for NamedRows {
    #[inline(always)]
    fn add(&mut self, strike: &'a StrikeRisk, lots: i64) {
        self.own.add(strike, lots, self.model);
        if let Some(joint) = &mut self.joint {
            joint.add(strike, lots, self.model);
        }
    }

    fn end_book(&mut self, _: &[Shock]) {
        self.own.end_book();
        if let Some(joint) = &mut self.joint {
            joint.end_book();
        }
    }

    fn worst(&self, terms: &Terms, joint: Option<&mut JointRows>) -> Result<Worst, RiskError> {
        if let Some(joint) = joint {
            let named = self.joint.as_ref().ok_or(RiskError::ScenarioOutOfRange)?;
            let mut rows = joint.rows(terms.shocks.len())?;
            // one place for the one row that all markets of the group name
            rows.add(named.loss(terms)?.charged)?;
        }
        let loss = self.own.loss(terms)?;
        let row = u8::try_from(self.own.row).map_err(|_| RiskError::ScenarioOutOfRange)?;
        Ok(Worst { row, scan: loss.before, charged: loss.charged.max(0).unsigned_abs() })
    }
}
