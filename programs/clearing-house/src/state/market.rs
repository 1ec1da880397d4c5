//! An underlying: its price, its risk parameters and the bounds of what publishers may say about it.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::shift::MAX_VOL_UP;
use novate_risk::units::{LotSize, LotValue, NANO, Price, Ratio};
use novate_risk::volatility::Forecast;
use static_assertions::const_assert_eq;

use super::{FallbackBinding, LAYOUT_VERSION, MarketForecast, MarketRisk, MarketVariance, OracleBinding, PriceCell};
use crate::error::{ClearingError, from_risk};

/// How fresh arrays and surfaces have to be, and what a surface may say. Times in seconds, the rest in nanos.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarketLimits {
    /// Oldest usable risk arrays, in seconds since their refresh.
    pub array_max_age: i64,
    /// Furthest the price may be from the one the arrays were computed at, as a share of that.
    pub array_max_drift: i64,
    /// Oldest surface that risk may be taken on, in seconds; liquidations go on with the last one.
    pub surface_max_age: i64,
    /// Lowest at-the-money volatility that a surface may have.
    pub vol_min: i64,
    /// Highest at-the-money volatility that a surface may have.
    pub vol_max: i64,
    /// Furthest that at-the-money volatility may move in a minute between two surfaces.
    pub vol_move_per_minute: i64,
    /// Largest |basis| of a forward against the price.
    pub basis_max: i64,
    /// Largest |rate| that discounts from an expiry.
    pub rate_max: i64,
    /// A publisher's set counts if it is at most so many seconds older than the newest.
    pub quorum_window: i64,
    /// Fewest seconds between two sets of one publisher for one book.
    pub publish_interval: i64,
    /// Distance from the median within which publishers agree, in volatility at the forward.
    pub dispersion_max: i64,
    /// How much `vol_up` grows with each hour beyond `surface_max_age` that the surface is old.
    pub stale_vol_up_per_hour: i64,
}

impl MarketLimits {
    /// Checks the hard bounds.
    pub fn validate(&self) -> Result<()> {
        let ok = (1..=3_600).contains(&self.array_max_age)
            && (1..=NANO / 10).contains(&self.array_max_drift)
            && (60..=7 * 86_400).contains(&self.surface_max_age)
            && NANO / 100 <= self.vol_min
            && self.vol_min < self.vol_max
            && self.vol_max <= 5 * NANO
            && (1..=NANO).contains(&self.vol_move_per_minute)
            && (0..=NANO / 2).contains(&self.basis_max)
            && (0..=NANO).contains(&self.rate_max)
            && (10..=self.surface_max_age).contains(&self.quorum_window)
            && (0..=self.quorum_window).contains(&self.publish_interval)
            && (1..=NANO).contains(&self.dispersion_max)
            && (0..=MAX_VOL_UP.0).contains(&self.stale_vol_up_per_hour);
        require!(ok, ClearingError::BadMarketLimits);
        Ok(())
    }
}

/// Seeds: `["market", id]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Market {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// The market's number.
    pub id: u16,
    /// Goes up whenever parameters or grid change: arrays of an older version are stale.
    pub risk_version: u32,
    /// Units of underlying in one lot, in nanos.
    pub lot_size: i64,
    /// Where its price comes from.
    pub oracle: OracleBinding,
    /// Where it comes from while that feed is silent.
    pub fallback: FallbackBinding,
    /// The last accepted price.
    pub price: PriceCell,
    /// Freshness and bounds of published values.
    pub limits: MarketLimits,
    /// Parameters and grid.
    pub risk: MarketRisk,
    /// How the range follows the price's volatility.
    pub forecast: MarketForecast,
    /// Realised variance of the price.
    pub variance: MarketVariance,
    /// Zero.
    pub reserved: [u64; 32],
}

const_assert_eq!(size_of::<Market>(), 8 + 8 + 48 + 136 + 48 + 96 + size_of::<MarketRisk>() + 96 + 88 + 256);

impl Market {
    /// Size of a lot as the engine's type.
    pub fn lot(&self) -> LotSize {
        LotSize(self.lot_size)
    }

    /// Value of one lot at the stored price.
    pub fn spot(&self) -> Result<LotValue> {
        LotValue::of(Price(self.price.price), self.lot()).map_err(|error| from_risk(error).into())
    }

    /// Takes the stored price as a sample of volatility, and the range that follows into use.
    pub fn sample_volatility(&mut self) -> Result<Forecast> {
        let forecast = self.variance.sample(self.price.price, self.price.publish_time, &self.forecast)?;
        if self.forecast.engine().replaces(Ratio(self.risk.params.range), forecast.range) {
            self.risk.set_range(forecast.range)?;
            self.risk_version = self.risk_version.checked_add(1).ok_or(ClearingError::Overflow)?;
        }
        Ok(forecast)
    }

    /// What must hold after every instruction that changes a market.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require!((1..=1_000_000 * NANO).contains(&self.lot_size), ClearingError::BadLotSize);
        self.oracle.validate()?;
        self.fallback.validate(&self.oracle)?;
        self.forecast.validate(self.risk.params.range)?;
        self.limits.validate()
    }
}
