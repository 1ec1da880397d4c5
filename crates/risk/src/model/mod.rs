//! The models that a risk array can come from (METHODOLOGY §5), chosen per market by
//! [`RiskParams::model`](crate::params::RiskParams::model).
//!
//! What a margin needs from an array is, for a position of some sign, the P&L per lot in a row that the position can
//! count on: [`entry`], or [`entries`] for all rows. With a lower bound of the full revaluation for long positions and
//! an upper bound for short ones in its place, the P&L of every book falls in every row, and every part of the margin
//! rises or stays: none of them falls when the P&L of a book falls.

mod delta_gamma_vega;
mod full_revaluation;

pub use delta_gamma_vega::{DeltaGammaVega, residual};
pub use full_revaluation::FullRevaluation;

use crate::array::StrikeRisk;
use crate::params::MODEL_DELTA_GAMMA_VEGA;
use crate::pricing::black76::Amount;
use crate::pricing::deviation::Standardised;
use crate::scenario::MAX_ROWS;
use crate::units::LotValue;

/// A model of the P&L of a call in the rows of a grid.
pub trait ArrayModel {
    /// Writes the array of `out`, whose mark and greeks are written already, and the bound of its entries.
    fn fill(&self, scenarios: &Scenarios, out: &mut StrikeRisk);

    /// P&L of one long call lot in a row, 0 past the last, as a position of this many lots counts it: at most the full
    /// revaluation if `lots` is positive, at least that if it is negative.
    fn entry(&self, strike: &StrikeRisk, row: usize, lots: i64) -> LotValue;
}

/// One row of a grid, with all that does not depend on the strike worked in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScenarioRow {
    /// Discounted forward of the row.
    pub(crate) forward: Amount,
    /// ln(1 + k) in Q40.
    pub(crate) log_move: i64,
    /// Index of the volatility: the row's `vol`.
    pub(crate) vol: usize,
}

/// A strike and the scenarios that its array is made of.
#[derive(Clone, Copy, Debug)]
pub struct Scenarios<'a> {
    /// The rows of the grid.
    pub(crate) rows: &'a [ScenarioRow],
    /// Leading groups of three rows with one move and volatility up, flat and down.
    pub(crate) triples: usize,
    /// The discounted forward.
    pub(crate) forward: i64,
    /// The highest discounted forward of a row, or the forward itself.
    pub(crate) highest: i64,
    /// The discounted strike.
    pub(crate) strike: &'a Amount,
    /// ln(F/K) in Q40.
    pub(crate) log: i64,
    /// ln(F/K) in the deviations of volatility up, flat and down, and without any.
    pub(crate) moneyness: &'a [Standardised; 4],
}

impl Scenarios<'_> {
    /// A bound of the size of P&L: no scenario makes a call with this mark worth less than nothing or more than the
    /// highest forward.
    pub(crate) fn peak(&self, mark: LotValue) -> LotValue {
        LotValue(self.highest.wrapping_sub(mark.0).max(mark.0))
    }
}

/// [`ArrayModel::entry`] of the model with this number.
#[inline]
pub fn entry(model: u64, strike: &StrikeRisk, row: usize, lots: i64) -> LotValue {
    if model == MODEL_DELTA_GAMMA_VEGA {
        DeltaGammaVega.entry(strike, row, lots)
    } else {
        FullRevaluation.entry(strike, row, lots)
    }
}

/// [`entry`] of all rows.
pub fn entries(model: u64, strike: &StrikeRisk, lots: i64) -> [LotValue; MAX_ROWS] {
    if model == MODEL_DELTA_GAMMA_VEGA { DeltaGammaVega::entries(strike, lots) } else { strike.pnl }
}
