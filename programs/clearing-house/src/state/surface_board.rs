//! What each publisher last said of an expiry, until enough of them agree.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::consensus::{Opinion, POINTS, Rule, Smile, Verdict, combine};
use novate_risk::surface::Svi;
use novate_risk::units::{Ratio, Vol};
use static_assertions::const_assert_eq;

use super::house::MAX_PUBLISHERS;
use super::{House, LAYOUT_VERSION, MarketLimits, SurfaceParams};
use crate::error::{ClearingError, from_risk};

const_assert_eq!(MAX_PUBLISHERS, novate_risk::consensus::MAX_PUBLISHERS);

/// One publisher's last set.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SurfaceSlot {
    /// Who published it; the default key in an empty slot.
    pub publisher: Pubkey,
    /// The surface and the carry.
    pub surface: SurfaceParams,
    /// Its volatilities at the points of [`novate_risk::consensus::MONEYNESS`].
    pub smile: [i64; POINTS],
    /// When it was made, Unix seconds.
    pub time: i64,
    /// When it landed, Unix seconds.
    pub published_at: i64,
}

impl SurfaceSlot {
    /// Checks a surface against arbitrage and reads its smile, over the tenor it was made for.
    pub fn new(publisher: Pubkey, surface: SurfaceParams, time: i64, expires_at: i64, now: i64) -> Result<Self> {
        let tenor_seconds = expires_at.saturating_sub(time);
        let svi = Svi::from(&surface);
        svi.validate(tenor_seconds).map_err(from_risk)?;
        let smile = Smile::of(&svi, tenor_seconds).map_err(from_risk)?;
        Ok(Self { publisher, surface, smile: smile.0.map(|vol| vol.0), time, published_at: now })
    }

    /// Volatility at the forward.
    pub fn vol(&self) -> i64 {
        Smile(self.smile.map(Vol)).at_the_money().0
    }

    /// Refuses what lies outside the market's bounds on any surface.
    pub fn require_within(&self, limits: &MarketLimits) -> Result<()> {
        let SurfaceParams { basis, rate, .. } = self.surface;
        require!((limits.vol_min..=limits.vol_max).contains(&self.vol()), ClearingError::SurfaceOutOfBounds);
        require!((-limits.basis_max..=limits.basis_max).contains(&basis), ClearingError::BasisOutOfBounds);
        require!((-limits.rate_max..=limits.rate_max).contains(&rate), ClearingError::RateOutOfBounds);
        Ok(())
    }

    fn opinion(&self) -> Opinion {
        Opinion {
            svi: Svi::from(&self.surface),
            smile: Smile(self.smile.map(Vol)),
            basis: Ratio(self.surface.basis),
            rate: Ratio(self.surface.rate),
            time: self.time,
        }
    }
}

/// Seeds: `["board", market id, expiry hour]`. A slot for each publisher; one whose publisher is no longer on the list
/// counts for nothing and is free for another.
#[account(zero_copy)]
#[derive(Debug)]
pub struct SurfaceBoard {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// The market's number.
    pub market: u16,
    /// Hours since 1970 at which the book expires.
    pub expiry_hour: u32,
    /// Last sets, in no order.
    pub slots: [SurfaceSlot; MAX_PUBLISHERS],
    /// Zero.
    pub reserved: [u64; 8],
}

const_assert_eq!(size_of::<SurfaceSlot>(), 32 + 56 + 8 * POINTS + 16);
const_assert_eq!(size_of::<SurfaceBoard>(), 8 + 8 * size_of::<SurfaceSlot>() + 64);

impl SurfaceBoard {
    /// Takes a publisher's next set. It must be newer than the publisher's last one and land at least
    /// `publish_interval` seconds after it.
    pub fn publish(&mut self, next: SurfaceSlot, house: &House, limits: &MarketLimits) -> Result<()> {
        let own = self.slots.iter().position(|slot| slot.publisher == next.publisher);
        if let Some(last) = own.map(|index| &self.slots[index]) {
            require!(next.time > last.time, ClearingError::SurfaceOlderThanStored);
            let since = next.published_at.saturating_sub(last.published_at);
            require!(since >= limits.publish_interval, ClearingError::SurfaceTooSoon);
        }
        // there is always one: no more publishers are listed than there are slots
        let free = || self.slots.iter().position(|slot| !house.is_publisher(&slot.publisher));
        let index = own.or_else(free).ok_or(ClearingError::BadPublishers)?;
        self.slots[index] = next;
        Ok(())
    }

    /// Combines the sets of the publishers on the house's list.
    pub fn combine(&self, house: &House, limits: &MarketLimits, now: i64) -> Result<Verdict> {
        let mut opinions = [Opinion::default(); MAX_PUBLISHERS];
        let mut count = 0;
        for slot in self.slots.iter().filter(|slot| house.is_publisher(&slot.publisher)) {
            opinions[count] = slot.opinion();
            count += 1;
        }
        let rule = Rule {
            quorum: usize::from(house.publisher_quorum),
            window: limits.quorum_window,
            max_age: limits.surface_max_age,
            dispersion_max: Vol(limits.dispersion_max),
        };
        combine(&opinions[..count], now, &rule).map_err(|error| from_risk(error).into())
    }

    /// What must hold after every instruction that changes a board.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        Ok(())
    }
}
