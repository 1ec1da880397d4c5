//! A token that counts as collateral: its vault, its price and its haircuts.

use anchor_lang::prelude::*;
use novate_risk::collateral::{MAX_DECIMALS, ramp};
use novate_risk::units::{NANO, Ratio};
use static_assertions::const_assert_eq;

use super::{LAYOUT_VERSION, OracleBinding, PriceCell};
use crate::error::ClearingError;

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
    /// Where its price comes from; zero for the quote token.
    pub oracle: OracleBinding,
    /// The last accepted price.
    pub price: PriceCell,
    /// Haircuts; zero for the quote token.
    pub haircut: Haircut,
    /// Atoms that margin accounts have deposited and not withdrawn; not kept for the quote token, whose deposits
    /// become cash.
    pub deposited: u64,
    /// Most atoms that the vault may hold after a deposit.
    pub cap: u64,
    /// Zero.
    pub reserved: [u64; 16],
}

const_assert_eq!(size_of::<Collateral>(), 8 + 64 + 48 + 32 + 48 + 16 + 128);

impl Collateral {
    /// Whether this is the quote token.
    pub fn is_quote(&self) -> bool {
        self.is_quote == 1
    }

    /// The market whose grid holdings enter, if any.
    pub fn market(&self) -> Option<u16> {
        (self.market != NO_MARKET).then_some(self.market)
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
            self.oracle.validate()?;
        }
        self.haircut.validate()
    }
}
