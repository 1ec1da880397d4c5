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
}

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
    };

    /// Checks the hard bounds of every field: R 1 % to 90 %, u 0 to 2, d 0 to 1, σ_min 1 % to 500 %, p 0 to 0.6,
    /// mm_factor 10 % to 100 %, short option rates 0 to 10 %, the cap not negative.
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
            && self.unrealised_cap.0 >= 0;
        if ok { Ok(()) } else { Err(RiskError::BadParameter) }
    }
}
