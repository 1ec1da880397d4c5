//! The stake pool that issues a token, and the exchange rate that was read from it.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::exchange_rate::BoundedRate;
use novate_risk::units::{NANO, Ratio};
use static_assertions::const_assert_eq;

use super::price::MAX_PRICE_AGE;
use crate::error::{ClearingError, from_risk};

/// The fastest growth of a rate that governance may allow, per day in nanos: 1 %.
pub const MAX_GROWTH_PER_DAY: i64 = NANO / 100;
/// Decimals that a pool's token has, as the underlying's atoms do: the rate is then the same in tokens as in atoms.
pub const POOL_DECIMALS: u8 = 9;

/// The stake pool that issues a token. All zero: there is none.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Pod, Zeroable, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PoolBinding {
    /// The stake-pool program that owns the pool: that of SPL or another deployment of it.
    pub program: Pubkey,
    /// The pool's account.
    pub pool: Pubkey,
    /// How much the rate may grow in a day, as a share of itself in nanos.
    pub max_growth_per_day: i64,
    /// Oldest usable price, in seconds before now, of underlying × rate.
    pub max_age: i64,
}

const_assert_eq!(size_of::<PoolBinding>(), 80);

impl PoolBinding {
    /// Whether there is one.
    pub fn is_bound(&self) -> bool {
        self.pool != Pubkey::default()
    }

    /// Checks the bounds that hold for every binding.
    pub fn validate(&self) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let ok = self.is_bound()
            && self.program != Pubkey::default()
            && (0..=MAX_GROWTH_PER_DAY).contains(&self.max_growth_per_day)
            && (1..=MAX_PRICE_AGE).contains(&self.max_age);
        require!(ok, ClearingError::BadPoolBinding);
        Ok(())
    }
}

/// Underlying per token in nanos, held to its pace. All zero until the first reading.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PoolRate {
    /// The rate that counts.
    pub rate: i64,
    /// The rate at the start of the window in which growth is measured.
    pub anchor: i64,
    /// Start of that window, Unix seconds.
    pub anchored_at: i64,
}

impl PoolRate {
    /// Takes the pool's rate: a fall at once, a rise at its pace.
    pub fn advance(&mut self, fresh: Ratio, binding: &PoolBinding, now: i64) -> Result<()> {
        let held = BoundedRate { rate: Ratio(self.rate), anchor: Ratio(self.anchor), anchored_at: self.anchored_at };
        let next = held.advance(fresh, Ratio(binding.max_growth_per_day), now).map_err(from_risk)?;
        *self = Self { rate: next.rate.0, anchor: next.anchor.0, anchored_at: next.anchored_at };
        Ok(())
    }
}
