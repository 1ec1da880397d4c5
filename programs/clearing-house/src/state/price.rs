//! Where a price comes from and the last one that was accepted.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::collateral::collateral_price;
use novate_risk::units::{NANO, Price, Ratio, share_ceil};

use crate::error::ClearingError;

/// Seconds that a publish time may lie ahead of the clock: validators' clocks are only roughly in step.
pub const MAX_CLOCK_LEAD: i64 = 10;
/// The longest age that governance may allow a price, in seconds.
pub const MAX_PRICE_AGE: i64 = 600;
/// The widest confidence that governance may allow, as a share of the price, in nanos.
pub const MAX_CONFIDENCE: i64 = NANO / 10;

/// Which feed a market or collateral follows, and how good its prices have to be.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Pod, Zeroable, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct OracleBinding {
    /// Pyth feed id.
    pub feed_id: [u8; 32],
    /// Oldest usable publish time, in seconds before now.
    pub max_age: i64,
    /// Widest usable confidence, as a share of the price in nanos.
    pub max_confidence: i64,
}

impl OracleBinding {
    /// Checks the bounds that hold for every binding.
    pub fn validate(&self) -> Result<()> {
        require!(self.feed_id != [0; 32], ClearingError::BadOracleBinding);
        require!((1..=MAX_PRICE_AGE).contains(&self.max_age), ClearingError::BadOracleBinding);
        require!((1..=MAX_CONFIDENCE).contains(&self.max_confidence), ClearingError::BadOracleBinding);
        Ok(())
    }
}

/// The last accepted price, in nanos of quote per unit. All zero until the first.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PriceCell {
    /// Price.
    pub price: i64,
    /// Half-width of the confidence interval.
    pub confidence: i64,
    /// Exponential moving average.
    pub ema: i64,
    /// When the feed published it, Unix seconds.
    pub publish_time: i64,
}

impl PriceCell {
    /// Takes a newer price. Refuses one published before the stored one, so that nobody can choose among old prices.
    pub fn advance(&mut self, next: PriceCell) -> Result<()> {
        require!(next.publish_time >= self.publish_time, ClearingError::PriceOlderThanStored);
        *self = next;
        Ok(())
    }

    /// Refuses a price that was never set or is older than the binding allows at `now`.
    pub fn require_fresh(&self, oracle: &OracleBinding, now: i64) -> Result<()> {
        require!(self.price > 0, ClearingError::StalePrice);
        require!(now.saturating_sub(self.publish_time) <= oracle.max_age, ClearingError::StalePrice);
        Ok(())
    }

    /// The confidence as a share of the price, rounded up.
    pub fn relative_confidence(&self) -> Result<Ratio> {
        share_ceil(self.confidence, self.price).map(Ratio).ok_or(ClearingError::Overflow.into())
    }

    /// The price that counts for collateral.
    pub fn as_collateral(&self) -> Price {
        collateral_price(Price(self.price), Price(self.confidence), Price(self.ema))
    }
}
