//! Risk parameters and the scenario grid as a market's account holds them, in the engine's own layout.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::params::RiskParams;
use novate_risk::scenario::{Grid, MAX_ROWS, Row, Shock, Shocks};
use novate_risk::units::Ratio;
use static_assertions::const_assert_eq;

use crate::error::{ClearingError, from_risk};

/// [`RiskParams`] under the same names, in nanos unless it says otherwise; both have the same layout.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarketParams {
    /// R: the price move that the core of the grid spans.
    pub range: i64,
    /// u: how far volatility rises in a vol-up row, for an expiry of 30 days.
    pub vol_up: i64,
    /// d: how far volatility falls in a vol-down row, for an expiry of 30 days.
    pub vol_down: i64,
    /// σ_min: volatility in a vol-up row is never below it.
    pub vol_floor: i64,
    /// p for expiries up to 30 days.
    pub vol_power_short: i64,
    /// p for expiries beyond 30 days.
    pub vol_power_long: i64,
    /// Share of the scan that maintenance margin asks for.
    pub mm_factor: i64,
    /// Short option minimum as a share of the underlying's value, maintenance.
    pub short_option_mm: i64,
    /// What initial margin asks on top of `short_option_mm`.
    pub short_option_im: i64,
    /// Positive unrealised P&L that initial equity may count, per account, in quote atoms.
    pub unrealised_cap: i64,
    /// Charge on each expiry's own delta, as a share of the underlying's value, for a tenor of a quarter of a year.
    pub roll_rate: i64,
    /// Share of what one expiry gains from volatility that does not pay for another's loss.
    pub vega_charge: i64,
    /// Gross notional that can be unwound in a day, in quote atoms; 0 for no limit.
    pub liquidity_depth: i64,
    /// Multiplier of the price's confidence.
    pub oracle_confidence: i64,
    /// Multiplier of the publishers' dispersion.
    pub oracle_dispersion: i64,
    /// Markets with the same group, `offset` and `mm_factor` are margined together; 0 for none. Not in nanos.
    pub offset_group: u64,
    /// Share of the difference between the scans' sum and the joint scan that a group's margin is lower by.
    pub offset: i64,
    /// 0: full revaluation; 1: delta, gamma and vega. Not in nanos.
    pub model: u64,
}

const_assert_eq!(size_of::<MarketParams>(), size_of::<RiskParams>());

/// One row of a grid; the layout of [`Row`].
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct GridRow {
    /// The move in nanos: a multiple of the range R, or absolute, see `unit`.
    pub k: i64,
    /// Weight in nanos, at most 1; 0 stands for R ÷ |move|.
    pub weight: u32,
    /// 0: multiple of R; 1: absolute.
    pub unit: u8,
    /// 0: volatility up; 1: flat; 2: down.
    pub vol: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

const_assert_eq!(size_of::<GridRow>(), size_of::<Row>());

/// One row with the range worked in; the layout of [`Shock`].
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct GridShock {
    /// Relative move of the forward in nanos.
    pub k: i64,
    /// Weight in nanos.
    pub weight: u32,
    /// 0: volatility up; 1: flat; 2: down.
    pub vol: u8,
    /// One more than the number of the row with the same move and volatility flat; 0 for none.
    pub flat: u8,
    /// 1 in every row of a grid that is in triples of one move with volatility up, flat and down, but for its tails.
    pub triples: u8,
    /// Zero.
    pub reserved: u8,
}

const_assert_eq!(size_of::<GridShock>(), size_of::<Shock>());

/// Parameters, grid and resolved grid of a market.
#[zero_copy]
#[derive(Debug)]
pub struct MarketRisk {
    /// Governed parameters.
    pub params: MarketParams,
    /// Rows of `grid` in use.
    pub grid_len: u64,
    /// The grid as governed.
    pub grid: [GridRow; MAX_ROWS],
    /// Rows of `shocks` in use.
    pub shocks_len: u64,
    /// The grid with `params.range` worked in.
    pub shocks: [GridShock; MAX_ROWS],
}

const_assert_eq!(size_of::<MarketRisk>(), 144 + 8 + 16 * MAX_ROWS + 8 + 16 * MAX_ROWS);

impl MarketRisk {
    /// Sets parameters and grid (the house's own 33 rows for `None`) and resolves it.
    pub fn set(&mut self, params: MarketParams, grid: Option<Vec<GridRow>>) -> Result<()> {
        let engine: RiskParams = bytemuck::cast(params);
        engine.validate().map_err(from_risk)?;
        self.params = params;
        match grid {
            None => {
                let default = Grid::default_grid();
                self.grid_len = default.len;
                self.grid = bytemuck::cast(default.rows);
            }
            Some(rows) => {
                require!((1..=MAX_ROWS).contains(&rows.len()), ClearingError::BadGrid);
                self.grid = [GridRow::default(); MAX_ROWS];
                self.grid[..rows.len()].copy_from_slice(&rows);
                self.grid_len = rows.len() as u64;
            }
        }
        self.set_range(engine.range)
    }

    /// Works another range into the grid. Whoever calls it makes the arrays stale by the market's `risk_version`.
    pub fn set_range(&mut self, range: Ratio) -> Result<()> {
        let grid = Grid { len: self.grid_len, rows: bytemuck::cast(self.grid) };
        let shocks = grid.resolve(range).map_err(from_risk)?;
        self.params.range = range.0;
        self.shocks_len = shocks.len;
        self.shocks = bytemuck::cast(shocks.rows);
        Ok(())
    }

    /// The parameters as the engine's type.
    pub fn engine_params(&self) -> &RiskParams {
        bytemuck::cast_ref(&self.params)
    }

    /// The rows of the resolved grid that are in use.
    pub fn engine_shocks(&self) -> &[Shock] {
        let rows: &[Shock; MAX_ROWS] = bytemuck::cast_ref(&self.shocks);
        &rows[..(self.shocks_len as usize).min(MAX_ROWS)]
    }

    /// The resolved grid as the engine's type.
    pub fn resolved(&self) -> Shocks {
        Shocks { len: self.shocks_len, rows: bytemuck::cast(self.shocks) }
    }
}
