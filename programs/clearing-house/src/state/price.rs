//! Where a price comes from and the last one that was accepted.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::average;
use novate_risk::collateral::collateral_price;
use novate_risk::fallback::within_jump;
use novate_risk::units::{NANO, Price, Ratio, share_ceil};
use static_assertions::const_assert_eq;

use crate::error::ClearingError;

/// Seconds that a publish time may lie ahead of the clock: validators' clocks are only roughly in step.
pub const MAX_CLOCK_LEAD: i64 = 10;
/// The longest age that governance may allow a price, in seconds.
pub const MAX_PRICE_AGE: i64 = 600;
/// The widest confidence that governance may allow, as a share of the price, in nanos.
pub const MAX_CONFIDENCE: i64 = NANO / 10;
/// The longest silence of the primary feed that governance may ask for before the fallback counts, in seconds.
pub const MAX_FALLBACK_AFTER: i64 = 86_400;
/// The fewest responses that governance may let a fallback price rest on: the median of fewer is one oracle's word.
pub const MIN_RESPONSES: u64 = 3;
/// The most responses that a feed of Switchboard holds.
pub const MAX_RESPONSES: u64 = 32;

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

/// A feed of Switchboard On-Demand that counts while the primary feed is silent. All zero: there is none.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Pod, Zeroable, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FallbackBinding {
    /// The feed's account.
    pub feed: Pubkey,
    /// The queue whose oracles may answer.
    pub queue: Pubkey,
    /// Hash of the jobs that the oracles run. The feed's authority can change them; then the feed no longer counts.
    pub feed_hash: [u8; 32],
    /// Oldest usable response, in seconds before now; at most the primary feed's `max_age`.
    pub max_age: i64,
    /// Fewest oracles that must have answered within that time.
    pub min_responses: u64,
    /// Widest usable range of their responses, as a share of the median in nanos.
    pub max_spread: i64,
    /// Seconds of the primary feed's silence after which this one is asked; at least the primary's `max_age`.
    pub fallback_after: i64,
    /// How far a price may be from the primary feed's last one after `fallback_after`, as a share of that in nanos. It
    /// grows in proportion to the silence.
    pub max_jump: i64,
}

const_assert_eq!(size_of::<FallbackBinding>(), 96 + 40);

impl FallbackBinding {
    /// Whether there is one.
    pub fn is_bound(&self) -> bool {
        self.feed != Pubkey::default()
    }

    /// Checks the bounds that hold for every binding beside a primary one.
    pub fn validate(&self, primary: &OracleBinding) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let ok = self.is_bound()
            && self.queue != Pubkey::default()
            && (1..=primary.max_age).contains(&self.max_age)
            && (MIN_RESPONSES..=MAX_RESPONSES).contains(&self.min_responses)
            && (1..=MAX_CONFIDENCE).contains(&self.max_spread)
            && (primary.max_age..=MAX_FALLBACK_AFTER).contains(&self.fallback_after)
            && (1..=NANO).contains(&self.max_jump);
        require!(ok, ClearingError::BadFallbackBinding);
        Ok(())
    }
}

/// What a fallback feed says, in nanos of quote per unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallbackPrice {
    /// Median of the responses.
    pub price: i64,
    /// Their range.
    pub confidence: i64,
    /// Time of the oldest of them, Unix seconds.
    pub publish_time: i64,
}

/// The last accepted price, in nanos of quote per unit. All zero until the first.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PriceCell {
    /// Price.
    pub price: i64,
    /// Half-width of the confidence interval; of a fallback price, the range of the responses.
    pub confidence: i64,
    /// Exponential moving average: the primary feed's own, carried on by elapsed time while the fallback counts.
    pub ema: i64,
    /// When the feed published it, Unix seconds.
    pub publish_time: i64,
    /// The primary feed's last price.
    pub primary_price: i64,
    /// When the primary feed published that, Unix seconds. Differs from `publish_time` while the fallback counts.
    pub primary_time: i64,
}

const_assert_eq!(size_of::<PriceCell>(), 48);

impl PriceCell {
    /// Takes a newer price of the primary feed. Refuses one published before that feed's last one, so that nobody can
    /// choose among old prices. A fallback price gives way even to one published before it: otherwise, whoever keeps the
    /// fallback fresh to the second could keep the primary feed out.
    pub fn advance(&mut self, next: PriceCell) -> Result<()> {
        require!(next.publish_time >= self.primary_time, ClearingError::PriceOlderThanStored);
        *self = next;
        Ok(())
    }

    /// Takes a price of the fallback feed, which counts only while the primary one is silent, and only as far from its
    /// last price as the silence allows. The average goes on from the stored one.
    pub fn fall_back(&mut self, next: FallbackPrice, terms: &FallbackBinding, now: i64) -> Result<()> {
        require!(self.primary_price > 0, ClearingError::FallbackNotDue);
        let silence = now.saturating_sub(self.primary_time);
        require!(silence > terms.fallback_after, ClearingError::FallbackNotDue);
        require!(next.publish_time >= self.publish_time, ClearingError::PriceOlderThanStored);
        let (last, price) = (Price(self.primary_price), Price(next.price));
        let near = within_jump(last, price, Ratio(terms.max_jump), silence, terms.fallback_after);
        require!(near, ClearingError::FallbackJump);
        let elapsed = next.publish_time.saturating_sub(self.publish_time);
        let ema = average::advance(Price(self.ema), Price(self.price), price, elapsed);
        *self = Self {
            price: next.price,
            confidence: next.confidence,
            ema: ema.0,
            publish_time: next.publish_time,
            ..*self
        };
        Ok(())
    }

    /// Whether the price can be used as it is at `now`.
    pub fn is_fresh(&self, max_age: i64, now: i64) -> bool {
        self.price > 0 && now.saturating_sub(self.publish_time) <= max_age
    }

    /// Refuses a price that was never set or is older than the binding allows at `now`.
    pub fn require_fresh(&self, oracle: &OracleBinding, now: i64) -> Result<()> {
        require!(self.is_fresh(oracle.max_age, now), ClearingError::StalePrice);
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
