//! Black-76 at every row of the grid.

use super::{ArrayModel, Scenarios};
use crate::array::StrikeRisk;
use crate::pricing::black76::Call;
use crate::scenario::MAX_ROWS;
use crate::units::LotValue;

/// The default model: the P&L of a row is the value there less the mark, for either sign.
#[derive(Clone, Copy, Debug, Default)]
pub struct FullRevaluation;

impl ArrayModel for FullRevaluation {
    #[inline(always)]
    fn fill(&self, scenarios: &Scenarios, out: &mut StrikeRisk) {
        let Scenarios { rows, triples, strike, moneyness, .. } = *scenarios;
        out.peak = scenarios.peak(out.mark);
        let mark = out.mark.0;
        let (used, unused) = out.pnl.split_at_mut(rows.len().min(MAX_ROWS));
        unused.fill(LotValue::ZERO);
        let rows = rows.get(..used.len()).unwrap_or_default();
        let in_triples = triples.saturating_mul(3).min(used.len());
        let ((triples, rows), (of_triples, used)) = (rows.split_at(in_triples), used.split_at_mut(in_triples));
        // one forward for three volatilities in fixed places: what they share is loaded once
        let [up, flat, down, _] = moneyness;
        for (rows, pnl) in triples.chunks_exact(3).zip(of_triples.chunks_exact_mut(3)) {
            let call = &Call::new(&rows[0].forward, strike);
            let log_move = rows[0].log_move;
            pnl[0] = LotValue(call.value(log_move, up).wrapping_sub(mark));
            pnl[1] = LotValue(call.value(log_move, flat).wrapping_sub(mark));
            pnl[2] = LotValue(call.value(log_move, down).wrapping_sub(mark));
        }
        for (row, pnl) in rows.iter().zip(used) {
            // four of them, so that the mask rules an index out of bounds out
            let value = Call::new(&row.forward, strike).value(row.log_move, &moneyness[row.vol & 3]);
            *pnl = LotValue(value.wrapping_sub(mark));
        }
    }

    #[inline(always)]
    fn entry(&self, strike: &StrikeRisk, row: usize, _: i64) -> LotValue {
        strike.pnl.get(row).copied().unwrap_or_default()
    }
}
