//! Governed risk parameters of a market.

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;
use crate::units::{NANO, Quote, Ratio, Vol};

/// Risk parameters of one market. Names are METHODOLOGY's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct RiskParams {
    /// R: the price move that the core of the grid spans.
    pub range: Ratio,
    /// u: how far volatility rises in a vol-up row, for an expiry of 30 days.
    pub vol_up: Ratio,
    /// d: how far volatility falls in a vol-down row, for an expiry of 30 days.
    pub vol_down: Ratio,
    /// σ_min: volatility in a vol-up row is never below it.
    pub vol_floor: Vol,
    /// p for expiries up to 30 days.
    pub vol_power_short: Ratio,
    /// p for expiries beyond 30 days.
    pub vol_power_long: Ratio,
    /// Share of the scan that maintenance margin asks for.
    pub mm_factor: Ratio,
    /// Short option minimum as a share of the underlying's value, maintenance.
    pub short_option_mm: Ratio,
    /// What initial margin asks on top of `short_option_mm`.
    pub short_option_im: Ratio,
    /// Positive unrealised P&L of futures and perpetuals that initial equity may count, per account and market.
    pub unrealised_cap: Quote,
    /// Charge on each expiry's own delta, as a share of the underlying's value, for a tenor of a quarter of a year.
    pub roll_rate: Ratio,
    /// Share of what one expiry gains from volatility that does not pay for another's loss.
    pub vega_charge: Ratio,
    /// Gross notional that can be unwound in a day; 0 for no limit.
    pub liquidity_depth: Quote,
    /// Multiplier of the price's confidence.
    pub oracle_confidence: Ratio,
    /// Multiplier of the publishers' dispersion.
    pub oracle_dispersion: Ratio,
    /// Markets with the same group, `offset` and `mm_factor` are margined together; 0 for none.
    pub offset_group: u64,
    /// λ: share of the difference between the scans' sum and the joint scan that a group's margin is lower by.
    pub offset: Ratio,
    /// [`MODEL_FULL_REVALUATION`] or [`MODEL_DELTA_GAMMA_VEGA`].
    pub model: u64,
}

/// Risk arrays by Black-76 at every row of the grid.
pub const MODEL_FULL_REVALUATION: u64 = 0;
/// Risk arrays by the expansion in delta, gamma and vega, bounded and charged for what it may miss.
pub const MODEL_DELTA_GAMMA_VEGA: u64 = 1;
/// Markets can be in one of so many groups, numbered from 1; a portfolio has offsets in at most as many.
pub const MAX_GROUPS: u64 = 4;

/// Bounds of the range R: 1 % to 90 %.
pub const RANGE_BOUNDS: (Ratio, Ratio) = (Ratio(NANO / 100), Ratio(NANO * 9 / 10));

impl RiskParams {
    /// METHODOLOGY's defaults (§4, §6), with R for BTC and ETH and a cap of one million USDC.
    pub const DEFAULT: Self = Self {
        range: Ratio(160_000_000),
        vol_up: Ratio(500_000_000),
        vol_down: Ratio(250_000_000),
        vol_floor: Vol(500_000_000),
        vol_power_short: Ratio(300_000_000),
        vol_power_long: Ratio(130_000_000),
        mm_factor: Ratio(800_000_000),
        short_option_mm: Ratio(3_000_000),
        short_option_im: Ratio(2_000_000),
        unrealised_cap: Quote(1_000_000_000_000),
        roll_rate: Ratio(1_000_000),
        vega_charge: Ratio(200_000_000),
        liquidity_depth: Quote(0),
        oracle_confidence: Ratio::ONE,
        oracle_dispersion: Ratio::ONE,
        offset_group: 0,
        offset: Ratio(0),
        model: MODEL_FULL_REVALUATION,
    };

    /// Checks the hard bounds of every field: R 1 % to 90 %, u 0 to 2, d 0 to 1, σ_min 1 % to 500 %, p 0 to 0.6,
    /// mm_factor 10 % to 100 %, short option rates and roll 0 to 10 %, vega charge 0 to 1, multipliers of oracle errors 0
    /// to 10, offset 0 to 80 %, amounts not negative, at most [`MAX_GROUPS`] groups, a known model.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] when a field is outside its bounds.
    pub fn validate(&self) -> Result<(), RiskError> {
        let within = |value: Ratio, low: i64, high: i64| (low..=high).contains(&value.0);
        let power = NANO * 6 / 10;
        let ok = (RANGE_BOUNDS.0..=RANGE_BOUNDS.1).contains(&self.range)
            && within(self.vol_up, 0, 2 * NANO)
            && within(self.vol_down, 0, NANO)
            && (crate::surface::MIN_VOL..=crate::surface::MAX_SURFACE_VOL).contains(&self.vol_floor)
            && within(self.vol_power_short, 0, power)
            && within(self.vol_power_long, 0, power)
            && within(self.mm_factor, NANO / 10, NANO)
            && within(self.short_option_mm, 0, NANO / 10)
            && within(self.short_option_im, 0, NANO / 10)
            && self.unrealised_cap.0 >= 0
            && within(self.roll_rate, 0, NANO / 10)
            && within(self.vega_charge, 0, NANO)
            && self.liquidity_depth.0 >= 0
            && within(self.oracle_confidence, 0, 10 * NANO)
            && within(self.oracle_dispersion, 0, 10 * NANO)
            && self.offset_group <= MAX_GROUPS
            && within(self.offset, 0, NANO * 8 / 10)
            && self.model <= MODEL_DELTA_GAMMA_VEGA;
        if ok { Ok(()) } else { Err(RiskError::BadParameter) }
    }
}
