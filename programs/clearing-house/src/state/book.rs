//! One expiry of a market: its surface, its forward and the risk arrays of its strikes.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::array::StrikeRisk;
use novate_risk::consensus::Verdict;
use novate_risk::instrument::MAX_EXPIRY_HOUR;
use novate_risk::surface::Svi;
use novate_risk::units::{LotSize, LotValue, NANO, Price};
use static_assertions::const_assert_eq;

use super::market::MarketLimits;
use super::tail::{DISCRIMINATOR, split};
use super::{LAYOUT_VERSION, Market};
use crate::error::{ClearingError, from_risk};
use crate::events::SurfaceOutcome;

/// The most strikes that a book can list.
pub const MAX_STRIKES: usize = 32;
/// The most strikes that fit the 10 KiB that an account can grow by in an instruction.
pub const MAX_ADDED: usize = 25;
/// Seconds in an hour.
pub const HOUR_SECONDS: i64 = 3_600;

/// SVI total variance w(x) = a + b(ρ(x−m) + √((x−m)² + σ²)) and the carry of one expiry, in nanos.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SurfaceParams {
    /// a
    pub a: i64,
    /// b
    pub b: i64,
    /// ρ
    pub rho: i64,
    /// m
    pub m: i64,
    /// σ
    pub sigma: i64,
    /// Forward = price × (1 + basis).
    pub basis: i64,
    /// Continuously compounded rate that discounts from the expiry.
    pub rate: i64,
}

impl From<&SurfaceParams> for Svi {
    fn from(surface: &SurfaceParams) -> Self {
        Self { a: surface.a, b: surface.b, rho: surface.rho, m: surface.m, sigma: surface.sigma }
    }
}

/// Seeds: `["book", market id, expiry hour]`. Rows of [`StrikeRisk`] follow the header, one a strike.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Book {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// The market's number.
    pub market: u16,
    /// Hours since 1970 at which it expires.
    pub expiry_hour: u32,
    /// Strikes listed.
    pub strike_count: u32,
    /// The market's `risk_version` that the arrays were computed with.
    pub risk_version: u32,
    /// The last surface that enough publishers agreed on; all zero until the first.
    pub surface: SurfaceParams,
    /// The latest time by which a quorum of the publishers that agree on it had spoken, Unix seconds: its freshness.
    pub surface_time: i64,
    /// Its at-the-money volatility, for the limit on moves.
    pub surface_vol: i64,
    /// When the arrays were computed, Unix seconds; 0 for never.
    pub refreshed_at: i64,
    /// The market's price that the arrays were computed at.
    pub reference_price: i64,
    /// Value of one lot of the forward then.
    pub reference: i64,
    /// Discount factor then.
    pub discount: i64,
    /// When the surface was made by the publisher whose it is, Unix seconds: its total variance belongs to the tenor from
    /// then.
    pub surface_made: i64,
    /// What more than half of the publishers differ by, in volatility at the forward.
    pub dispersion: i64,
    /// `surface_vol` of the last surface with an earlier `surface_time`: what moves are measured from within one second.
    pub previous_vol: i64,
    /// Its `surface_time`; 0 for none.
    pub previous_time: i64,
    /// Zero.
    pub reserved: [u64; 12],
}

const_assert_eq!(size_of::<Book>(), 16 + 56 + 48 + 32 + 96);

impl Book {
    /// Bytes of an account with this many strikes.
    pub const fn space(strikes: usize) -> usize {
        DISCRIMINATOR + size_of::<Self>() + strikes * size_of::<StrikeRisk>()
    }

    /// When it expires, Unix seconds.
    pub fn expires_at(&self) -> i64 {
        i64::from(self.expiry_hour) * HOUR_SECONDS
    }

    /// Refuses a book that has expired at `now`.
    pub fn require_live(&self, now: i64) -> Result<()> {
        require!(now < self.expires_at(), ClearingError::BookExpired);
        Ok(())
    }

    /// Value of one lot of the forward at the market's price now.
    pub fn forward(&self, market: &Market) -> Result<LotValue> {
        let forward = self.forward_price(market)?;
        LotValue::of(forward, LotSize(market.lot_size)).map_err(|error| from_risk(error).into())
    }

    /// The forward at the market's price now, rounded down.
    pub fn forward_price(&self, market: &Market) -> Result<Price> {
        let factor = NANO.checked_add(self.surface.basis).ok_or(ClearingError::Overflow)?;
        novate_risk::units::scale_floor(market.price.price, factor).map(Price).map_err(|error| from_risk(error).into())
    }

    /// Refuses arrays that do not describe the market as it is at `now`.
    pub fn require_fresh(&self, market: &Market, now: i64) -> Result<()> {
        let limits = &market.limits;
        require!(self.refreshed_at > 0, ClearingError::StaleArrays);
        require!(self.risk_version == market.risk_version, ClearingError::StaleArrays);
        require!(now.saturating_sub(self.refreshed_at) <= limits.array_max_age, ClearingError::StaleArrays);
        let drift = (i128::from(market.price.price) - i128::from(self.reference_price)).abs() * i128::from(NANO);
        let bound = i128::from(self.reference_price) * i128::from(limits.array_max_drift);
        require!(drift <= bound, ClearingError::StaleArrays);
        Ok(())
    }

    /// For how many seconds the surface has been too old to take risk on at `now`; 0 if it is fresh. After the expiry
    /// there is nothing left for it to say.
    pub fn stale_seconds(&self, market: &Market, now: i64) -> i64 {
        let last_needed = now.min(self.expires_at());
        let age = last_needed.saturating_sub(self.surface_time);
        age.saturating_sub(market.limits.surface_max_age).max(0)
    }

    /// Whether volatility at the forward may be `vol` at `time`, `slack` apart: measured from the book's last surface of an
    /// earlier time, so that surfaces of one second replace each other. Anything may follow nothing.
    fn may_move(&self, vol: i64, time: i64, slack: i64, limits: &MarketLimits) -> bool {
        let is_later = time > self.surface_time;
        let (from_vol, from_time) =
            if is_later { (self.surface_vol, self.surface_time) } else { (self.previous_vol, self.previous_time) };
        let elapsed = (i128::from(time) - i128::from(from_time)).max(0);
        let allowed = i128::from(limits.vol_move_per_minute) * elapsed / 60 + i128::from(slack);
        from_time == 0 || (i128::from(vol) - i128::from(from_vol)).abs() <= allowed
    }

    /// Refuses one publisher's volatility that is further from the book's surface than volatility may have moved by the
    /// time it was made, `dispersion_max` apart: so far publishers may differ without anything having moved.
    pub fn require_near(&self, vol: i64, time: i64, limits: &MarketLimits) -> Result<()> {
        let is_near = self.may_move(vol, time, limits.dispersion_max, limits);
        require!(is_near, ClearingError::SurfaceMovesTooFast);
        Ok(())
    }

    /// Takes the surface that publishers agree on, unless it is older than the last or moves too fast.
    pub fn advance_surface(&mut self, verdict: &Verdict, quorum: u16, limits: &MarketLimits) -> SurfaceOutcome {
        let Some(next) = &verdict.agreed else {
            let enough = verdict.fresh >= usize::from(quorum);
            return if enough { SurfaceOutcome::Disagreement } else { SurfaceOutcome::NoQuorum };
        };
        if next.time < self.surface_time {
            return SurfaceOutcome::Older;
        }
        if !self.may_move(next.vol.0, next.time, 0, limits) {
            return SurfaceOutcome::MovesTooFast;
        }
        if next.time > self.surface_time {
            (self.previous_vol, self.previous_time) = (self.surface_vol, self.surface_time);
        }
        let Svi { a, b, rho, m, sigma } = next.svi;
        self.surface = SurfaceParams { a, b, rho, m, sigma, basis: next.basis.0, rate: next.rate.0 };
        self.surface_vol = next.vol.0;
        self.surface_time = next.time;
        self.surface_made = next.made;
        self.dispersion = verdict.dispersion.0;
        SurfaceOutcome::Advanced
    }

    /// What must hold after every instruction that changes a book of this length in bytes.
    pub fn invariant(&self, data: &[u8]) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require!((1..=MAX_EXPIRY_HOUR).contains(&self.expiry_hour), ClearingError::BadExpiry);
        let (_, rows) = split::<Self, StrikeRisk>(data)?;
        require!(self.strike_count as usize == rows.len(), ClearingError::AccountTooSmall);
        require!(rows.len() <= MAX_STRIKES, ClearingError::TooManyStrikes);
        Ok(())
    }
}

/// Writes newly listed strikes behind the `listed` first rows. Strikes are positive, at most [`MAX_STRIKES`] and each
/// stands once.
pub fn append_strikes(rows: &mut [StrikeRisk], listed: usize, strikes: &[i64]) -> Result<()> {
    require!(!strikes.is_empty() && rows.len() <= MAX_STRIKES, ClearingError::TooManyStrikes);
    require!(rows.len() == listed + strikes.len(), ClearingError::AccountTooSmall);
    for (offset, strike) in strikes.iter().enumerate() {
        let index = listed + offset;
        require!((1..=MAX_STRIKE_PRICE).contains(strike), ClearingError::BadStrike);
        require!(rows[..index].iter().all(|row| row.strike.0 != *strike), ClearingError::DuplicateStrike);
        rows[index].strike = Price(*strike);
    }
    Ok(())
}

/// The highest strike: 1e8 quote per unit.
pub const MAX_STRIKE_PRICE: i64 = 100_000_000 * NANO;
