//! The scenario grid as data (METHODOLOGY §4).

use core::fmt;

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;
use crate::units::{NANO, Ratio, index, mul_div_ceil, mul_div_floor};

/// The most rows a grid can have.
pub const MAX_ROWS: usize = 40;
/// Rows of the house's own grid: 27 core and 6 tails.
pub const DEFAULT_ROWS: usize = 33;
/// Rows of the house's own grid before the tails.
pub const CORE_ROWS: usize = 27;

/// One row of a grid as governance writes it. 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Row {
    /// The move: a multiple of the range R, or an absolute relative move of the forward, see `unit`.
    pub k: i64,
    /// Weight of the row's P&L in nanos, at most 1; 0 stands for R ÷ |move|, never above 1.
    pub weight: u32,
    /// [`UNIT_RANGE`] or [`UNIT_ABSOLUTE`].
    pub unit: u8,
    /// [`VOL_UP`], [`VOL_FLAT`] or [`VOL_DOWN`].
    pub vol: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

/// `Row::k` is a multiple of the range R.
pub const UNIT_RANGE: u8 = 0;
/// `Row::k` is itself the relative move.
pub const UNIT_ABSOLUTE: u8 = 1;
/// Volatility rises.
pub const VOL_UP: u8 = 0;
/// Volatility stays.
pub const VOL_FLAT: u8 = 1;
/// Volatility falls.
pub const VOL_DOWN: u8 = 2;

/// A grid as governance writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Grid {
    /// Rows in use, from the first.
    pub len: u64,
    /// The rows; those past `len` are zero.
    pub rows: [Row; MAX_ROWS],
}

/// One row with the range worked in: what arrays are computed for and margins are summed over. 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Shock {
    /// Relative move of the forward in nanos, above −1.
    pub k: Ratio,
    /// Weight of the P&L in nanos, 0 to 1.
    pub weight: u32,
    /// [`VOL_UP`], [`VOL_FLAT`] or [`VOL_DOWN`].
    pub vol: u8,
    /// One more than the number of the row with the same move and volatility flat; 0 for a row that has none and for
    /// flat rows.
    pub flat: u8,
    /// 1 in every row of a grid of [`CORE_ROWS`] to [`DEFAULT_ROWS`] rows whose first [`CORE_ROWS`] are triples of one move
    /// with volatility up, flat and down, and whose others have no row with volatility flat; sums are quicker then.
    pub triples: u8,
    /// Zero.
    pub reserved: u8,
}

/// A grid resolved for one range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Shocks {
    /// Rows in use, from the first.
    pub len: u64,
    /// The rows; those past `len` are zero.
    pub rows: [Shock; MAX_ROWS],
}

/// Moves are at least −99 %.
pub const MIN_MOVE: Ratio = Ratio(-NANO * 99 / 100);
/// Moves are at most +800 %.
pub const MAX_MOVE: Ratio = Ratio(8 * NANO);

/// Moves of the default grid's core, as multiples of R.
const CORE_MOVES: [i64; 9] = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
/// Moves of the default grid's tails, in percent.
const TAIL_MOVES: [i64; 6] = [-66, -33, 50, 100, 200, 400];

impl Grid {
    /// The house's own 33 rows: the core ascending by move, each move with volatility up, flat and down; then the
    /// tails ascending by move, weighted by R ÷ |move|.
    pub const fn default_grid() -> Self {
        let empty = Row { k: 0, weight: 0, unit: 0, vol: 0, reserved: [0; 2] };
        let mut rows = [empty; MAX_ROWS];
        let mut row = 0;
        while row < 27 {
            // `row` % 3 is 0, 1 or 2: VOL_UP, VOL_FLAT, VOL_DOWN
            let vol = [VOL_UP, VOL_FLAT, VOL_DOWN][row % 3];
            let k = CORE_MOVES[row / 3] * (NANO / 4);
            rows[row] = Row { k, weight: 1_000_000_000, unit: UNIT_RANGE, vol, ..empty };
            row += 1;
        }
        while row < DEFAULT_ROWS {
            let k = TAIL_MOVES[row - 27] * (NANO / 100);
            rows[row] = Row { k, weight: 0, unit: UNIT_ABSOLUTE, vol: VOL_UP, ..empty };
            row += 1;
        }
        Self { len: 33, rows }
    }

    /// Checks that the grid has 1 to [`MAX_ROWS`] rows of known units and volatility directions, weights of at most 1,
    /// moves inside bounds whatever the range, and zeros in every unused place.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`].
    pub fn validate(&self) -> Result<(), RiskError> {
        let len = index(self.len);
        if !(1..=MAX_ROWS).contains(&len) {
            return Err(RiskError::BadGrid);
        }
        let (used, unused) = self.rows.split_at(len);
        let valid = |row: &Row| {
            let widest = crate::params::RANGE_BOUNDS.1;
            row.weight.cast_signed() >= 0
                && i64::from(row.weight) <= NANO
                && row.vol <= VOL_DOWN
                && row.reserved == [0; 2]
                && row.resolve(widest).is_ok()
        };
        let ok = used.iter().all(valid) && unused.iter().all(|row| *row == Row::default());
        if ok { Ok(()) } else { Err(RiskError::BadGrid) }
    }

    /// Works a range into the grid.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] for a range outside its bounds, [`RiskError::BadGrid`] as [`Grid::validate`].
    pub fn resolve(&self, range: Ratio) -> Result<Shocks, RiskError> {
        let (low, high) = crate::params::RANGE_BOUNDS;
        if !(low..=high).contains(&range) {
            return Err(RiskError::BadParameter);
        }
        self.validate()?;
        let mut shocks = Shocks { len: self.len, rows: [Shock::default(); MAX_ROWS] };
        for (row, shock) in self.rows.iter().zip(shocks.rows.iter_mut()).take(index(self.len)) {
            *shock = row.resolve(range)?;
        }
        shocks.pair();
        Ok(shocks)
    }
}

impl Row {
    /// The row for one range. A derived weight rounds up, for the house.
    fn resolve(&self, range: Ratio) -> Result<Shock, RiskError> {
        let k = match self.unit {
            UNIT_RANGE => mul_div_floor(self.k, range.0, NANO).ok_or(RiskError::BadGrid)?,
            UNIT_ABSOLUTE => self.k,
            _ => return Err(RiskError::BadGrid),
        };
        if !(MIN_MOVE.0..=MAX_MOVE.0).contains(&k) {
            return Err(RiskError::BadGrid);
        }
        let weight = match (self.weight, k) {
            (0, 0) => NANO,
            (0, _) => mul_div_ceil(range.0, NANO, k.abs()).ok_or(RiskError::BadGrid)?.min(NANO),
            (weight, _) => i64::from(weight),
        };
        let weight = u32::try_from(weight).map_err(|_| RiskError::BadGrid)?;
        Ok(Shock { k: Ratio(k), weight, vol: self.vol, flat: 0, triples: 0, reserved: 0 })
    }
}

impl Shocks {
    /// Fills in [`Shock::flat`] and [`Shock::triples`].
    fn pair(&mut self) {
        let used = index(self.len).min(MAX_ROWS);
        let rows = self.rows;
        let mut triples = (CORE_ROWS..=DEFAULT_ROWS).contains(&used);
        for (place, shock) in self.rows.iter_mut().take(used).enumerate() {
            if shock.vol != VOL_FLAT {
                let flat = rows.iter().take(used).position(|row| row.vol == VOL_FLAT && row.k == shock.k);
                shock.flat = flat.and_then(|flat| u8::try_from(flat.wrapping_add(1)).ok()).unwrap_or(0);
            }
            // counted from one, the flat row is the second of three
            let in_triple = match place.checked_rem(3) {
                _ if place >= CORE_ROWS => 0,
                Some(0) => place.wrapping_add(2),
                Some(2) => place,
                _ => 0,
            };
            triples &= usize::from(shock.flat) == in_triple;
        }
        for shock in self.rows.iter_mut().take(used) {
            shock.triples = u8::from(triples);
        }
    }

    /// The rows in use.
    pub fn in_use(&self) -> &[Shock] {
        self.rows.get(..index(self.len)).unwrap_or(&self.rows)
    }
}

/// `k -33.0 % vol up`: the form of reports.
impl fmt::Display for Shock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.k.0.abs() / (NANO / 1_000);
        let sign = if self.k.0 < 0 { '-' } else { '+' };
        let vol = match self.vol {
            VOL_UP => "up",
            VOL_FLAT => "flat",
            VOL_DOWN => "down",
            _ => "unknown",
        };
        write!(f, "k {sign}{}.{} % vol {vol}", tenths / 10, tenths % 10)
    }
}
