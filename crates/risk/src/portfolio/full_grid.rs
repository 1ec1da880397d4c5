//! Losses in all rows of the grid.

use super::offset::JointRows;
use super::scan::{Linear, Loss, Losses, Terms, Worst, charge, flat_row};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::model;
use crate::params::MODEL_FULL_REVALUATION;
use crate::rows;
use crate::scenario::{MAX_ROWS, Shock};
use crate::units::LotValue;

/// All rows of the grid.
#[derive(Clone, Debug)]
pub(super) struct FullGrid<'a> {
    /// Sums of the books that are closed.
    pnl: [i64; MAX_ROWS],
    /// Σ over these books of what the book gains in the row against the row with volatility flat.
    gains: [i64; MAX_ROWS],
    /// Sums of the open book.
    book: [i64; MAX_ROWS],
    /// Calls that are not in any sum yet: three at a time cost less, since a sum is then loaded and stored once.
    waiting: [(&'a [LotValue; MAX_ROWS], i64); 2],
    waiting_count: u8,
    /// [`Shock::triples`].
    triples: bool,
    /// [`crate::params::RiskParams::model`].
    model: u64,
}

static NO_PNL: [LotValue; MAX_ROWS] = [LotValue::ZERO; MAX_ROWS];

impl<'a> FullGrid<'a> {
    /// No positions.
    pub(super) fn new(shocks: &[Shock], model: u64) -> Self {
        Self {
            pnl: [0; MAX_ROWS],
            gains: [0; MAX_ROWS],
            book: [0; MAX_ROWS],
            waiting: [(&NO_PNL, 0); 2],
            waiting_count: 0,
            triples: shocks.first().is_some_and(|shock| shock.triples == 1),
            model,
        }
    }

    /// Brings the waiting calls into the sums.
    #[inline(never)]
    fn flush(&mut self) {
        let [(first, one), (second, two)] = self.waiting;
        match self.waiting_count {
            0 => return,
            1 => self.add_one(first, one),
            _ => self.add_three(second, two, &NO_PNL, 0),
        }
        self.waiting_count = 0;
    }

    fn add_one(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        if self.triples
            && let (Some(sums), Some(pnl)) = (self.book.first_chunk_mut(), pnl.first_chunk())
        {
            rows::add_one(sums, pnl, lots);
        } else {
            add_any(&mut self.book, pnl, lots);
        }
    }

    /// The first that waits and two more.
    // not inlined: unrolled it is long
    #[inline(never)]
    fn add_three(&mut self, second: &[LotValue; MAX_ROWS], two: i64, third: &[LotValue; MAX_ROWS], three: i64) {
        let (first, one) = self.waiting[0];
        // rows past the grid hold 0
        if self.triples
            && let (Some(sums), Some(first), Some(second), Some(third)) =
                (self.book.first_chunk_mut(), first.first_chunk(), second.first_chunk(), third.first_chunk())
        {
            rows::add_three(sums, (first, one), (second, two), (third, three));
        } else {
            add_any(&mut self.book, first, one);
            add_any(&mut self.book, second, two);
            add_any(&mut self.book, third, three);
        }
    }

    /// A strike whose array holds bounds, see [`model`].
    #[inline(never)]
    fn add_bounds(&mut self, strike: &StrikeRisk, lots: i64) {
        add_any(&mut self.book, &model::entries(self.model, strike, lots), lots);
    }

    fn close_any(&mut self, shocks: &[Shock]) {
        for ((gain, now), shock) in self.gains.iter_mut().zip(&self.book).zip(shocks) {
            if let Some(flat) = flat_row(shock)
                && let Some(flat) = self.book.get(flat)
            {
                *gain = gain.wrapping_add(now.wrapping_sub(*flat).max(0));
            }
        }
        for (pnl, book) in self.pnl.iter_mut().zip(&mut self.book) {
            *pnl = pnl.wrapping_add(*book);
            *book = 0;
        }
    }

    /// As [`Self::close_any`] for a grid in triples; written out as [`rows`] are.
    fn close_triples(&mut self) {
        let Self { pnl, gains, book, .. } = self;
        macro_rules! close {
            ($($up:literal $flat:literal $down:literal,)*) => {$(
                let (up, flat, down) = (book[$up], book[$flat], book[$down]);
                if up > flat {
                    gains[$up] = gains[$up].wrapping_add(up.wrapping_sub(flat));
                }
                if down > flat {
                    gains[$down] = gains[$down].wrapping_add(down.wrapping_sub(flat));
                }
                pnl[$up] = pnl[$up].wrapping_add(up);
                pnl[$flat] = pnl[$flat].wrapping_add(flat);
                pnl[$down] = pnl[$down].wrapping_add(down);
            )*};
        }
        close!(0 1 2, 3 4 5, 6 7 8, 9 10 11, 12 13 14, 15 16 17, 18 19 20, 21 22 23, 24 25 26,);
        macro_rules! add {
            ($($row:literal)*) => {$( pnl[$row] = pnl[$row].wrapping_add(book[$row]); )*};
        }
        add!(27 28 29 30 31 32);
        book.fill(0);
    }
}

impl<'a> Losses<'a> for FullGrid<'a> {
    #[inline(always)]
    fn add(&mut self, strike: &'a StrikeRisk, lots: i64) {
        if self.model != MODEL_FULL_REVALUATION {
            return self.add_bounds(strike, lots);
        }
        match self.waiting_count {
            0 => {
                self.waiting[0] = (&strike.pnl, lots);
                self.waiting_count = 1;
            }
            1 => {
                self.waiting[1] = (&strike.pnl, lots);
                self.waiting_count = 2;
            }
            _ => {
                let (second, two) = self.waiting[1];
                self.add_three(second, two, &strike.pnl, lots);
                self.waiting_count = 0;
            }
        }
    }

    #[inline(never)]
    fn end_book(&mut self, shocks: &[Shock]) {
        self.flush();
        if self.triples {
            self.close_triples();
        } else {
            self.close_any(shocks);
        }
    }

    #[inline(never)]
    fn worst(&self, terms: &Terms, joint: Option<&mut JointRows>) -> Result<Worst, RiskError> {
        let linear = Linear::new(terms.exposure);
        let mut joint = joint.map(|joint| joint.rows(terms.shocks.len())).transpose()?;
        let (mut worst, mut least) = (Worst { row: 0, scan: 0, charged: 0 }, 0_i64);
        let mut row = 0_u8;
        for ((pnl, gain), shock) in self.pnl.iter().zip(&self.gains).zip(terms.shocks) {
            let pnl = pnl.wrapping_add(linear.moved(shock.k)?);
            let loss = Loss::of(pnl, charge(*gain, terms.vega_charge), shock)?;
            if loss.charged > least {
                (worst.row, least) = (row, loss.charged);
            }
            worst.scan = worst.scan.max(loss.before);
            if let Some(rows) = &mut joint {
                rows.add(loss.charged)?;
            }
            row = row.wrapping_add(1);
        }
        worst.charged = least.unsigned_abs();
        Ok(worst)
    }
}

/// For any grid.
fn add_any(sums: &mut [i64; MAX_ROWS], pnl: &[LotValue; MAX_ROWS], lots: i64) {
    for (sum, pnl) in sums.iter_mut().zip(pnl) {
        *sum = sum.wrapping_add(pnl.0.wrapping_mul(lots));
    }
}
