//! Scenario P&L of one market and the worst of it (METHODOLOGY §6).

use crate::error::RiskError;
use crate::scenario::{DEFAULT_ROWS, MAX_MOVE, MAX_ROWS, Shock};
use crate::units::{LotValue, NANO, Ratio, scale_small_ceil, split};

/// Sums P&L over the positions of a market. The caller has charged every product to a
/// [`Budget`](super::bounds::Budget): no sum overflows.
pub(super) trait Losses {
    /// Adds `lots` of a call.
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64);

    /// The row with the largest weighted loss and that loss in nanos, rounded up, 0 when no row loses; `exposure` is
    /// the market's linear exposure, of at most an eighth of the budget.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`] for a row whose move or weight is out of bounds, [`RiskError::ScenarioOutOfRange`] for a
    /// row that does not exist.
    fn worst(&self, exposure: i64, shocks: &[Shock]) -> Result<(u8, u64), RiskError>;
}

/// All rows of the grid.
#[derive(Clone, Debug)]
pub(super) struct FullGrid {
    pnl: [i64; MAX_ROWS],
    rows: usize,
}

impl FullGrid {
    /// No positions, for a grid of `rows` rows.
    pub(super) const fn new(rows: usize) -> Self {
        Self { pnl: [0; MAX_ROWS], rows }
    }
}

impl Losses for FullGrid {
    // not inlined: unrolled it is long, and used in three places
    #[inline(never)]
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        // fixed lengths let the compiler unroll without bounds checks; rows past the grid hold 0
        if self.rows <= DEFAULT_ROWS
            && let (Some(sums), Some(pnl)) =
                (self.pnl.first_chunk_mut::<DEFAULT_ROWS>(), pnl.first_chunk::<DEFAULT_ROWS>())
        {
            add_rows(sums, pnl, lots);
        } else {
            add_rows(&mut self.pnl, pnl, lots);
        }
    }

    fn worst(&self, exposure: i64, shocks: &[Shock]) -> Result<(u8, u64), RiskError> {
        let linear = Linear::new(exposure);
        let (mut worst_row, mut worst) = (0_u8, 0_u64);
        let mut row = 0_u8;
        for (pnl, shock) in self.pnl.iter().zip(shocks) {
            let loss = weighted_loss(*pnl, &linear, shock)?;
            if loss > worst {
                (worst_row, worst) = (row, loss);
            }
            row = row.wrapping_add(1);
        }
        Ok((worst_row, worst))
    }
}

#[inline(always)]
fn add_rows<const N: usize>(sums: &mut [i64; N], pnl: &[LotValue; N], lots: i64) {
    for (sum, pnl) in sums.iter_mut().zip(pnl) {
        *sum = sum.wrapping_add(pnl.0.wrapping_mul(lots));
    }
}

/// One named row: a lower bound of [`FullGrid`]'s loss, and equal to it when the row is the worst one.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedRow {
    row: u8,
    pnl: i64,
}

impl NamedRow {
    /// No positions, for the row numbered `row`.
    pub(super) const fn new(row: u8) -> Self {
        Self { row, pnl: 0 }
    }
}

impl Losses for NamedRow {
    #[inline(always)]
    fn add(&mut self, pnl: &[LotValue; MAX_ROWS], lots: i64) {
        let pnl = pnl.get(usize::from(self.row)).copied().unwrap_or_default();
        self.pnl = self.pnl.wrapping_add(pnl.0.wrapping_mul(lots));
    }

    fn worst(&self, exposure: i64, shocks: &[Shock]) -> Result<(u8, u64), RiskError> {
        let shock = shocks.get(usize::from(self.row)).ok_or(RiskError::ScenarioOutOfRange)?;
        Ok((self.row, weighted_loss(self.pnl, &Linear::new(exposure), shock)?))
    }
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

/// The loss in one row, weighted, rounded up; 0 for a gain.
#[inline(always)]
fn weighted_loss(pnl: i64, linear: &Linear, shock: &Shock) -> Result<u64, RiskError> {
    const ONE: u64 = NANO.unsigned_abs();
    let pnl = pnl.wrapping_add(linear.moved(shock.k)?);
    if pnl >= 0 {
        return Ok(0);
    }
    let (loss, weight) = (pnl.unsigned_abs(), u64::from(shock.weight));
    match weight {
        ONE => Ok(loss),
        0..ONE => Ok(scale_small_ceil(loss, weight)),
        _ => Err(RiskError::BadGrid),
    }
}
