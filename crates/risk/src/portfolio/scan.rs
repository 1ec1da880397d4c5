//! Scenario P&L of one market and the worst of it (METHODOLOGY §6).

use super::offset::JointRows;
use crate::error::RiskError;
use crate::scenario::{DEFAULT_ROWS, MAX_MOVE, MAX_ROWS, Shock};
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
pub(super) trait Losses {
    /// Adds `lots` of a call.
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64);

    /// The next call belongs to another book: closes the sums of this one.
    fn end_book(&mut self, shocks: &[Shock]);

    /// The worst rows.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`] for a row whose move or weight is out of bounds, [`RiskError::ScenarioOutOfRange`] for a
    /// row that does not exist, [`RiskError::Overflow`] for a loss that does not fit.
    fn worst(&self, terms: &Terms) -> Result<Worst, RiskError>;

    /// Adds every row's loss, gains negative, to those of the markets that this one is margined with.
    ///
    /// # Errors
    /// As [`Losses::worst`]; [`RiskError::BadGrid`] for a grid of another length.
    fn join(&self, terms: &Terms, joint: &mut JointRows) -> Result<(), RiskError>;
}

/// All rows of the grid.
#[derive(Clone, Debug)]
pub(super) struct FullGrid {
    /// Sums of the books that are closed; of all of them where gains from volatility count in full.
    pnl: [i64; MAX_ROWS],
    /// Sums of the open book.
    book: [i64; MAX_ROWS],
    /// Σ over books of what the book gains in the row against the row with volatility flat.
    gains: [u64; MAX_ROWS],
    rows: usize,
    by_book: bool,
}

impl FullGrid {
    /// No positions, for a grid of `rows` rows. `by_book` keeps gains from volatility apart by book.
    pub(super) const fn new(rows: usize, by_book: bool) -> Self {
        Self { pnl: [0; MAX_ROWS], book: [0; MAX_ROWS], gains: [0; MAX_ROWS], rows, by_book }
    }
}

impl Losses for FullGrid {
    // not inlined: unrolled it is long, and used in three places
    #[inline(never)]
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        let sums = if self.by_book { &mut self.book } else { &mut self.pnl };
        // fixed lengths let the compiler unroll without bounds checks; rows past the grid hold 0
        if self.rows <= DEFAULT_ROWS
            && let (Some(sums), Some(pnl)) = (sums.first_chunk_mut::<DEFAULT_ROWS>(), pnl.first_chunk::<DEFAULT_ROWS>())
        {
            add_rows(sums, pnl, lots);
        } else {
            add_rows(sums, pnl, lots);
        }
    }

    fn end_book(&mut self, shocks: &[Shock]) {
        if !self.by_book {
            return;
        }
        let book = core::mem::replace(&mut self.book, [0; MAX_ROWS]);
        for (((pnl, gain), now), shock) in self.pnl.iter_mut().zip(&mut self.gains).zip(&book).zip(shocks) {
            *pnl = pnl.wrapping_add(*now);
            if let Some(flat) = flat_row(shock)
                && let Some(flat) = book.get(flat)
            {
                *gain = gain.wrapping_add(gain_over(*now, *flat));
            }
        }
    }

    fn worst(&self, terms: &Terms) -> Result<Worst, RiskError> {
        let linear = Linear::new(terms.exposure);
        let mut worst = Worst { row: 0, scan: 0, charged: 0 };
        let mut row = 0_u8;
        for ((pnl, gain), shock) in self.pnl.iter().zip(&self.gains).zip(terms.shocks) {
            let pnl = pnl.wrapping_add(linear.moved(shock.k)?);
            let scan = weighted_loss(pnl, 0, shock)?;
            worst.scan = worst.scan.max(scan);
            let charged = if *gain == 0 { scan } else { weighted_loss(pnl, charge(*gain, terms.vega_charge), shock)? };
            if charged > worst.charged {
                (worst.row, worst.charged) = (row, charged);
            }
            row = row.wrapping_add(1);
        }
        Ok(worst)
    }

    #[inline(never)]
    fn join(&self, terms: &Terms, joint: &mut JointRows) -> Result<(), RiskError> {
        let linear = Linear::new(terms.exposure);
        let mut rows = joint.rows(terms.shocks.len())?;
        for ((pnl, gain), shock) in self.pnl.iter().zip(&self.gains).zip(terms.shocks) {
            let pnl = pnl.wrapping_add(linear.moved(shock.k)?);
            rows.add(signed_loss(pnl, charge(*gain, terms.vega_charge), shock)?)?;
        }
        Ok(())
    }
}

#[inline(always)]
fn add_rows<const N: usize>(sums: &mut [i64; N], pnl: &[LotValue; N], lots: i64) {
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
}

#[derive(Clone, Copy, Debug)]
struct NamedRow {
    row: usize,
    /// The row with the same move and volatility flat.
    flat: Option<usize>,
    pnl: i64,
    gain: u64,
    book: i64,
    book_flat: i64,
}

impl NamedRows {
    /// No positions, for the rows with these numbers.
    ///
    /// # Errors
    /// [`RiskError::ScenarioOutOfRange`] for a row that the grid does not have.
    pub(super) fn new(own: u8, joint: Option<u8>, shocks: &[Shock]) -> Result<Self, RiskError> {
        let joint = joint.map(|row| NamedRow::new(row, shocks)).transpose()?;
        Ok(Self { own: NamedRow::new(own, shocks)?, joint })
    }
}

impl NamedRow {
    fn new(row: u8, shocks: &[Shock]) -> Result<Self, RiskError> {
        let row = usize::from(row);
        let shock = shocks.get(row).ok_or(RiskError::ScenarioOutOfRange)?;
        Ok(Self { row, flat: flat_row(shock), pnl: 0, gain: 0, book: 0, book_flat: 0 })
    }

    #[inline(always)]
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        let entry = |row: usize| pnl.get(row).copied().unwrap_or_default().0.wrapping_mul(lots);
        self.book = self.book.wrapping_add(entry(self.row));
        if let Some(flat) = self.flat {
            self.book_flat = self.book_flat.wrapping_add(entry(flat));
        }
    }

    #[inline(always)]
    fn end_book(&mut self) {
        self.pnl = self.pnl.wrapping_add(self.book);
        if self.flat.is_some() {
            self.gain = self.gain.wrapping_add(gain_over(self.book, self.book_flat));
        }
        (self.book, self.book_flat) = (0, 0);
    }

    /// P&L with the linear part, what of the gains does not count, and the row.
    fn at<'a>(&self, terms: &Terms<'a>) -> Result<(i64, u64, &'a Shock), RiskError> {
        let shock = terms.shocks.get(self.row).ok_or(RiskError::ScenarioOutOfRange)?;
        let pnl = self.pnl.wrapping_add(Linear::new(terms.exposure).moved(shock.k)?);
        Ok((pnl, charge(self.gain, terms.vega_charge), shock))
    }
}

impl Losses for NamedRows {
    #[inline(always)]
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        self.own.add(pnl, lots);
        if let Some(joint) = &mut self.joint {
            joint.add(pnl, lots);
        }
    }

    fn end_book(&mut self, _: &[Shock]) {
        self.own.end_book();
        if let Some(joint) = &mut self.joint {
            joint.end_book();
        }
    }

    fn worst(&self, terms: &Terms) -> Result<Worst, RiskError> {
        let (pnl, charge, shock) = self.own.at(terms)?;
        let row = u8::try_from(self.own.row).map_err(|_| RiskError::ScenarioOutOfRange)?;
        let scan = weighted_loss(pnl, 0, shock)?;
        Ok(Worst { row, scan, charged: weighted_loss(pnl, charge, shock)? })
    }

    fn join(&self, terms: &Terms, joint: &mut JointRows) -> Result<(), RiskError> {
        let named = self.joint.as_ref().ok_or(RiskError::ScenarioOutOfRange)?;
        let (pnl, charge, shock) = named.at(terms)?;
        let mut rows = joint.rows(terms.shocks.len())?;
        rows.skip(named.row);
        rows.add(signed_loss(pnl, charge, shock)?)
    }
}

/// Number of the row with the same move and volatility flat.
#[inline(always)]
fn flat_row(shock: &Shock) -> Option<usize> {
    index(u64::from(shock.flat)).checked_sub(1)
}

/// What a book gains in a row over the one with volatility flat: at most twice the budget, which a `u64` holds.
#[inline(always)]
const fn gain_over(pnl: i64, flat: i64) -> u64 {
    if pnl > flat { pnl.cast_unsigned().wrapping_sub(flat.cast_unsigned()) } else { 0 }
}

/// The part of a gain that does not count, rounded up.
#[inline(always)]
fn charge(gain: u64, share: u64) -> u64 {
    if gain == 0 || share == 0 { 0 } else { scale_small_ceil(gain, share) }
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

/// The loss in one row with `charge` on top, weighted, rounded up; 0 for a gain.
#[inline(always)]
fn weighted_loss(pnl: i64, charge: u64, shock: &Shock) -> Result<u64, RiskError> {
    const ONE: u64 = NANO.unsigned_abs();
    let loss = if pnl < 0 {
        pnl.unsigned_abs().checked_add(charge).ok_or(RiskError::Overflow)?
    } else {
        charge.saturating_sub(pnl.cast_unsigned())
    };
    if loss == 0 {
        return Ok(0);
    }
    match u64::from(shock.weight) {
        ONE => Ok(loss),
        weight @ 0..ONE => Ok(scale_small_ceil(loss, weight)),
        _ => Err(RiskError::BadGrid),
    }
}

/// The loss in one row with `charge` on top, weighted, rounded up; negative for a gain.
fn signed_loss(pnl: i64, charge: u64, shock: &Shock) -> Result<i64, RiskError> {
    let gain = if pnl > 0 { pnl.cast_unsigned().saturating_sub(charge) } else { 0 };
    if gain == 0 {
        return weighted_loss(pnl, charge, shock)?.try_into().map_err(|_| RiskError::Overflow);
    }
    let weight = u64::from(shock.weight);
    if weight > NANO.unsigned_abs() {
        return Err(RiskError::BadGrid);
    }
    let gain = scale_small_floor_unsigned(gain, weight);
    i64::try_from(gain).map(i64::wrapping_neg).map_err(|_| RiskError::Overflow)
}
