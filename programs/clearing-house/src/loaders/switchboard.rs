//! Reads a feed of Switchboard On-Demand, the fallback of a market or collateral.
//!
//! Security assumptions
//! - The account belongs to Switchboard's program on main net and has the discriminator of a pull feed. That program
//!   writes a response only after it has checked the oracle's signature and that the oracle is in the feed's queue.
//! - Account, queue and hash of the jobs are bound at listing. Whoever controls the feed can change its jobs, close it
//!   and open it anew in a queue of his own, or let himself write values: such a feed is refused.
//! - The account's summary (`result`, `last_update_timestamp`) is not used: its time is that of the last write to the
//!   account, which one new response sets although the summary may rest on old ones. Every response's own time is used,
//!   in seconds, and the price is made of the responses that are young enough by it; its publish time is that of the
//!   oldest. Slots serve for one check more, never alone: a response that landed long after it was signed does not count,
//!   because a response's time may be that of its landing. What remains: a value that was signed within
//!   [`MAX_LANDING_SLOTS`] before a halt of the cluster can land after it.
//! - Median, number of different oracles and range are bounded by the binding; a minority of wrong oracles can make the
//!   feed unusable by the range, but not move the price beyond it.
//! - What an attacker can choose: when to let oracles answer, and which of their answers land, within `max_age`. When
//!   the feed counts at all is up to [`PriceCell::fall_back`](crate::state::PriceCell::fall_back).

use core::mem::offset_of;

use anchor_lang::prelude::*;
use novate_risk::fallback::consensus;
use novate_risk::units::NANO;
use switchboard_on_demand::{ON_DEMAND_MAINNET_PID, OracleSubmission, PullFeedAccountData};

use super::price_update::MAX_PRICE;
use crate::error::ClearingError;
use crate::state::price::MAX_CLOCK_LEAD;
use crate::state::{FallbackBinding, FallbackPrice};

/// The most slots between the signature of a response and its landing: 30 s at 200 ms, a minute at 400 ms.
pub const MAX_LANDING_SLOTS: u64 = 150;
/// Discriminator of a pull feed.
const PULL_FEED: [u8; 8] = [196, 27, 108, 196, 10, 215, 219, 40];
/// Responses that a feed holds.
const RESPONSES: usize = 32;
/// Nanos of quote are the 18 decimals of a response over this.
const DECIMALS_BELOW_NANO: i128 = 1_000_000_000;

/// Checks a feed against a binding at `now` and reads its price in nanos of quote per unit, rounded down.
pub fn read_fallback(account: &AccountInfo, binding: &FallbackBinding, now: i64) -> Result<FallbackPrice> {
    require!(binding.is_bound(), ClearingError::NoFallback);
    require_keys_eq!(*account.key, binding.feed, ClearingError::WrongFallbackFeed);
    require!(account.owner.to_bytes() == ON_DEMAND_MAINNET_PID.to_bytes(), ClearingError::WrongFallbackFeed);
    let data = account.try_borrow_data()?;
    let feed = Feed::parse(&data)?;
    feed.require_config(binding)?;

    let (mut oracles, mut values) = ([[0_u8; 32]; RESPONSES], [0_i64; RESPONSES]);
    let (mut count, mut oldest) = (0, i64::MAX);
    for index in 0..RESPONSES {
        let (response, time) = feed.response(index)?;
        let oracle = response.oracle.to_bytes();
        let in_time = time <= now.saturating_add(MAX_CLOCK_LEAD) && now.saturating_sub(time) <= binding.max_age;
        let signed_recently = response.slot > 0
            && response.landed_at.checked_sub(response.slot).is_some_and(|slots| slots <= MAX_LANDING_SLOTS);
        if !in_time || !signed_recently || oracles[..count].contains(&oracle) {
            continue;
        }
        require!(response.value > 0, ClearingError::NonPositivePrice);
        let nanos = response.value / DECIMALS_BELOW_NANO;
        require!((1..=MAX_PRICE).contains(&nanos), ClearingError::PriceOutOfRange);
        values[count] = i64::try_from(nanos).map_err(|_| ClearingError::PriceOutOfRange)?;
        oracles[count] = oracle;
        oldest = oldest.min(time);
        count += 1;
    }
    require!(count as u64 >= binding.min_responses, ClearingError::TooFewResponses);
    let found = consensus(&mut values[..count]).ok_or(ClearingError::TooFewResponses)?;
    let wide =
        i128::from(found.range.0) * i128::from(NANO) > i128::from(found.median.0) * i128::from(binding.max_spread);
    require!(!wide, ClearingError::WideConfidence);
    Ok(FallbackPrice { price: found.median.0, confidence: found.range.0, publish_time: oldest })
}

/// A pull feed's data behind the discriminator. Fields are copied out by the offsets of the vendor's layout, because it
/// contains 128-bit integers, for which account data need not be aligned.
struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    fn parse(data: &'a [u8]) -> Result<Self> {
        let body = data.strip_prefix(&PULL_FEED).ok_or(ClearingError::WrongFallbackFeed)?;
        require!(body.len() >= size_of::<PullFeedAccountData>(), ClearingError::WrongFallbackFeed);
        Ok(Self(body))
    }

    fn read<T: bytemuck::AnyBitPattern>(&self, offset: usize) -> Result<T> {
        let bytes = self.0.get(offset..offset + size_of::<T>()).ok_or(ClearingError::WrongFallbackFeed)?;
        bytemuck::try_pod_read_unaligned(bytes).map_err(|_| ClearingError::WrongFallbackFeed.into())
    }

    /// Queue and jobs are the bound ones, and nobody may write values but oracles.
    fn require_config(&self, binding: &FallbackBinding) -> Result<()> {
        let queue: [u8; 32] = self.read(offset_of!(PullFeedAccountData, queue))?;
        let feed_hash: [u8; 32] = self.read(offset_of!(PullFeedAccountData, feed_hash))?;
        let by_authority: u8 = self.read(offset_of!(PullFeedAccountData, permit_write_by_authority))?;
        require!(queue == binding.queue.to_bytes(), ClearingError::WrongFallbackFeed);
        require!(feed_hash == binding.feed_hash, ClearingError::WrongFallbackFeed);
        require!(by_authority == 0, ClearingError::WrongFallbackFeed);
        Ok(())
    }

    /// A response and its time, Unix seconds.
    fn response(&self, index: usize) -> Result<(OracleSubmission, i64)> {
        let response = offset_of!(PullFeedAccountData, submissions) + index * size_of::<OracleSubmission>();
        let time = offset_of!(PullFeedAccountData, submission_timestamps) + index * size_of::<i64>();
        Ok((self.read(response)?, self.read(time)?))
    }
}
