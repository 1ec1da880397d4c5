//! Scenario P&L of one market and the worst of it (METHODOLOGY §6).

use super::offset::JointRows;
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::model;
use crate::params::MODEL_FULL_REVALUATION;
use crate::rows;
use crate::scenario::{MAX_MOVE, MAX_ROWS, Shock};
use crate::units::{LotValue, NANO, Ratio, index, scale_small_ceil, scale_small_floor_unsigned, split};

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

/// Named rows, one for the market and one for its group: lower bounds of [`FullGrid`]'s losses, and equal to them when
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
            rows.skip(named.row);
            rows.add(named.loss(terms)?.charged)?;
        }
        let loss = self.own.loss(terms)?;
        let row = u8::try_from(self.own.row).map_err(|_| RiskError::ScenarioOutOfRange)?;
        Ok(Worst { row, scan: loss.before, charged: loss.charged.max(0).unsigned_abs() })
    }
}

/// Number of the row with the same move and volatility flat.
#[inline(always)]
fn flat_row(shock: &Shock) -> Option<usize> {
    index(u64::from(shock.flat)).checked_sub(1)
}

/// The part of a gain that does not count, rounded up.
#[inline(always)]
const fn charge(gain: i64, share: u64) -> i64 {
    if gain == 0 || share == 0 { 0 } else { scale_small_ceil(gain.cast_unsigned(), share).cast_signed() }
}

/// A linear exposure, to be multiplied by the moves of rows.
#[derive(Clone, Copy, Debug)]
struct Linear {
    whole: i64,
    rest: u64,
}

impl Linear {
    fn new(exposure: i64) -> Self {
        let (whole, rest) = split(exposure);
        Self { whole, rest }
    }

    /// Exposure × `k`, rounded down.
    #[inline(always)]
    fn moved(&self, k: Ratio) -> Result<i64, RiskError> {
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
struct Loss {
    /// Before the charge; 0 for a gain.
    before: u64,
    /// After the charge; negative for a gain.
    charged: i64,
}

impl Loss {
    /// Of a P&L within the budget and a charge of at most twice that: no difference leaves its type.
    #[inline(always)]
    fn of(pnl: i64, charge: i64, shock: &Shock) -> Result<Self, RiskError> {
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
