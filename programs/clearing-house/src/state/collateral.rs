//! A token that counts as collateral: its vault, its price and its haircuts.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::collateral::{MAX_DECIMALS, ramp};
use novate_risk::exchange_rate::{token_confidence, token_price};
use novate_risk::silence::{Counted, Patience, Source, counted};
use novate_risk::units::{NANO, Price, Quote, Ratio};
use static_assertions::const_assert_eq;

use super::pool::POOL_DECIMALS;
use super::{FallbackBinding, LAYOUT_VERSION, OracleBinding, PoolBinding, PoolRate, PriceCell};
use crate::error::{ClearingError, from_risk};

/// `Collateral::market` when the token enters no market's grid.
pub const NO_MARKET: u16 = u16::MAX;

/// A pair of haircuts that moves in a straight line from one value to the other, in nanos and Unix seconds.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Haircut {
    /// Maintenance haircut before the ramp.
    pub from_mm: i64,
    /// Initial haircut before the ramp.
    pub from_im: i64,
    /// Maintenance haircut after the ramp.
    pub to_mm: i64,
    /// Initial haircut after the ramp.
    pub to_im: i64,
    /// When the ramp starts.
    pub starts_at: i64,
    /// When it ends.
    pub ends_at: i64,
}

impl Haircut {
    /// A haircut without a ramp.
    pub fn fixed(mm: i64, im: i64) -> Self {
        Self { from_mm: mm, from_im: im, to_mm: mm, to_im: im, starts_at: 0, ends_at: 0 }
    }

    /// The maintenance and the initial haircut at `now`.
    pub fn at(&self, now: i64) -> (Ratio, Ratio) {
        let at = |from, to| ramp(Ratio(from), Ratio(to), self.starts_at, self.ends_at, now);
        (at(self.from_mm, self.to_mm), at(self.from_im, self.to_im))
    }

    /// The haircut that a governed change turns this one into. A change that lowers either part waits for the notice
    /// before it starts; one that only raises starts at once. Either moves linearly over `ramp_seconds`.
    pub fn change(&self, mm: i64, im: i64, ramp_seconds: i64, notice_seconds: i64, now: i64) -> Result<Self> {
        require!(ramp_seconds >= notice_seconds, ClearingError::RampTooShort);
        let (from_mm, from_im) = self.at(now);
        let loosens = mm < from_mm.0 || im < from_im.0;
        let starts_at = if loosens { now.checked_add(notice_seconds) } else { Some(now) };
        let starts_at = starts_at.ok_or(ClearingError::BadNotice)?;
        let ends_at = starts_at.checked_add(ramp_seconds).ok_or(ClearingError::BadNotice)?;
        let next = Self { from_mm: from_mm.0, from_im: from_im.0, to_mm: mm, to_im: im, starts_at, ends_at };
        next.validate()?;
        Ok(next)
    }

    fn validate(&self) -> Result<()> {
        for (mm, im) in [(self.from_mm, self.from_im), (self.to_mm, self.to_im)] {
            require!(0 <= mm && mm <= im && im <= NANO, ClearingError::BadHaircut);
        }
        require!(self.starts_at <= self.ends_at, ClearingError::BadHaircut);
        Ok(())
    }
}

/// How a token's value depends on volatility, on how much of it there is, and on silence. Zero for the quote token.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct CollateralTerms {
    /// The haircuts are at least this share, in nanos, of the range R of the market that the token is bound to; 0 for
    /// not. Above 1 where the token moves more than the market's underlying.
    pub haircut_vol_share: i64,
    /// Value of all deposits of the token, in quote atoms, from which its initial value scales down as this ÷ that; 0
    /// for not.
    pub scale_start: i64,
    /// Seconds of silence after which a source of the price is given up.
    pub give_up_after: i64,
    /// Seconds from then on in which the price falls to 0 while all sources are silent.
    pub fade_seconds: i64,
}

impl CollateralTerms {
    fn validate(&self) -> Result<()> {
        let ok = (0..=5 * NANO).contains(&self.haircut_vol_share)
            && self.scale_start >= 0
            && (3_600..=48 * 3_600).contains(&self.give_up_after)
            && (3_600..=7 * 86_400).contains(&self.fade_seconds);
        require!(ok, ClearingError::BadCollateralTerms);
        Ok(())
    }
}

/// Seeds: `["collateral", mint]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Collateral {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address, which signs for the vault.
    pub bump: u8,
    /// Number of the collateral, by which margin accounts name it.
    pub index: u16,
    /// Market whose grid holdings enter with their value as delta, or [`NO_MARKET`].
    pub market: u16,
    /// Decimals of the mint.
    pub decimals: u8,
    /// 1 for the quote token, which is held as cash and needs no price.
    pub is_quote: u8,
    /// The token's mint.
    pub mint: Pubkey,
    /// The token account that holds all of it.
    pub vault: Pubkey,
    /// The token's own feed; zero for the quote token, and for a staked token without one.
    pub oracle: OracleBinding,
    /// Where the token's own price comes from while that feed is silent.
    pub fallback: FallbackBinding,
    /// The last accepted price of the token's own feed.
    pub price: PriceCell,
    /// The stake pool that issues the token.
    pub pool: PoolBinding,
    /// The rate read from it.
    pub pool_rate: PoolRate,
    /// The market's price × rate, when it was last computed.
    pub pool_price: PriceCell,
    /// Haircuts; zero for the quote token.
    pub haircut: Haircut,
    /// Volatility, deposits and silence; zero for the quote token.
    pub terms: CollateralTerms,
    /// Atoms that margin accounts have deposited and not withdrawn; not kept for the quote token, whose deposits
    /// become cash.
    pub deposited: u64,
    /// Most atoms that the vault may hold after a deposit.
    pub cap: u64,
    /// Zero.
    pub reserved: [u64; 16],
}

const_assert_eq!(size_of::<Collateral>(), 8 + 64 + 48 + 136 + 48 + 80 + 24 + 48 + 48 + 32 + 16 + 128);

impl Collateral {
    /// Whether this is the quote token.
    pub fn is_quote(&self) -> bool {
        self.is_quote == 1
    }

    /// The market whose grid holdings enter, if any.
    pub fn market(&self) -> Option<u16> {
        (self.market != NO_MARKET).then_some(self.market)
    }

    /// Whether the token has a feed of its own.
    pub fn has_feed(&self) -> bool {
        self.oracle != OracleBinding::default()
    }

    /// Recomputes underlying × rate from the market's price, which the caller has checked to be fresh.
    pub fn advance_pool(&mut self, underlying: &PriceCell, fresh: Ratio, now: i64) -> Result<()> {
        self.pool_rate.advance(fresh, &self.pool, now)?;
        let rate = Ratio(self.pool_rate.rate);
        let of = |price| token_price(Price(price), rate).map_err(from_risk);
        let confidence = token_confidence(Price(underlying.confidence), rate).map_err(from_risk)?;
        self.pool_price = PriceCell {
            price: of(underlying.price)?.0,
            confidence: confidence.0,
            ema: of(underlying.ema)?.0,
            publish_time: underlying.publish_time,
            primary_price: of(underlying.primary_price)?.0,
            primary_time: underlying.primary_time,
        };
        Ok(())
    }

    /// Refuses a token any of whose sources is stale at `now`.
    pub fn require_fresh(&self, now: i64) -> Result<()> {
        let feed = !self.has_feed() || self.price.is_fresh(self.oracle.max_age, now);
        let pool = !self.pool.is_bound() || self.pool_price.is_fresh(self.pool.max_age, now);
        require!(feed && pool, ClearingError::StalePrice);
        Ok(())
    }

    /// The price that the token counts at: the lowest of its sources, faded after a long silence. Refused while a
    /// source is stale but not given up yet.
    pub fn counted(&self, now: i64) -> Result<Counted> {
        let source = |cell: &PriceCell, max_age| Source {
            price: cell.as_collateral(),
            age: now.saturating_sub(cell.publish_time),
            max_age,
        };
        let feed = source(&self.price, self.oracle.max_age);
        let pool = source(&self.pool_price, self.pool.max_age);
        let both = [feed, pool];
        let sources = match (self.has_feed(), self.pool.is_bound()) {
            (true, true) => &both[..],
            (true, false) => &both[..1],
            (false, _) => &both[1..],
        };
        let patience = Patience { give_up_after: self.terms.give_up_after, fade_seconds: self.terms.fade_seconds };
        counted(sources, patience).ok_or(ClearingError::StalePrice.into())
    }

    /// From which value of all deposits on the token's initial value scales down.
    pub fn scale_start(&self) -> Quote {
        Quote(self.terms.scale_start)
    }

    /// Counts a deposit; `vault_balance` is what the vault holds with it.
    pub fn record_deposit(&mut self, amount: u64, vault_balance: u64) -> Result<()> {
        require!(vault_balance <= self.cap, ClearingError::DepositCapExceeded);
        if !self.is_quote() {
            self.deposited = self.deposited.checked_add(amount).ok_or(ClearingError::Overflow)?;
        }
        Ok(())
    }

    /// Counts a withdrawal.
    pub fn record_withdrawal(&mut self, amount: u64) -> Result<()> {
        if !self.is_quote() {
            self.deposited = self.deposited.checked_sub(amount).ok_or(ClearingError::Overflow)?;
        }
        Ok(())
    }

    /// What must hold after every instruction that changes a collateral.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require!(self.decimals <= MAX_DECIMALS, ClearingError::BadDecimals);
        if self.is_quote() {
            require!(self.market == NO_MARKET, ClearingError::BadOracleBinding);
        } else {
            self.validate_sources()?;
            self.terms.validate()?;
        }
        self.haircut.validate()
    }

    /// A token needs a feed of its own, or a pool whose underlying is a market, or both.
    fn validate_sources(&self) -> Result<()> {
        self.pool.validate()?;
        if self.has_feed() || !self.pool.is_bound() {
            self.oracle.validate()?;
        }
        self.fallback.validate(&self.oracle)?;
        if self.pool.is_bound() {
            require!(self.market != NO_MARKET, ClearingError::BadPoolBinding);
            require!(self.decimals == POOL_DECIMALS, ClearingError::BadPoolBinding);
        }
        Ok(())
    }
}
