//! A cross-margined account: cash, collateral and legs under one owner.

use anchor_lang::prelude::*;
use novate_risk::instrument::{Leg, LegKey};
use novate_risk::trade;
use novate_risk::units::{Lots, Quote};
use static_assertions::const_assert_eq;

use super::LAYOUT_VERSION;
use super::tail::{DISCRIMINATOR, split, split_mut};
use crate::error::{ClearingError, from_risk};

/// The most legs that an account can be grown to.
pub const MAX_LEGS: usize = 128;
/// The most books (perpetuals included) that an account's legs may lie in.
pub const MAX_BOOKS: usize = 24;
/// Kinds of collateral beside cash that an account can hold.
pub const MAX_HOLDINGS: usize = 8;
/// Legs that a new account has room for.
pub const INITIAL_LEGS: usize = 8;

/// Collateral of one kind. An unused slot has amount 0.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CollateralSlot {
    /// Index of the collateral.
    pub index: u16,
    /// Zero.
    pub padding: [u8; 6],
    /// Atoms held.
    pub amount: u64,
}

/// When a breach of maintenance margin was first seen; zero while there is none.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BreachClock {
    /// Unix seconds.
    pub since: i64,
    /// Slot.
    pub slot: u64,
}

/// Seeds: `["margin", owner, id]`. Rows of [`Leg`] follow the header, `leg_count` of them in use, ascending by key.
#[account(zero_copy)]
#[derive(Debug)]
pub struct MarginAccount {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Number of the account among its owner's.
    pub id: u16,
    /// Legs in use.
    pub leg_count: u16,
    /// Zero.
    pub padding: [u8; 2],
    /// Who may deposit, withdraw, grant and close.
    pub owner: Pubkey,
    /// Cash in quote atoms; may be negative against other collateral.
    pub cash: i64,
    /// Other collateral.
    pub holdings: [CollateralSlot; MAX_HOLDINGS],
    /// First observed breach.
    pub breach: BreachClock,
    /// Trades cleared.
    pub trades: u64,
    /// Liquidations suffered.
    pub liquidations: u64,
    /// Zero.
    pub reserved: [u64; 24],
}

const_assert_eq!(size_of::<MarginAccount>(), 8 + 32 + 8 + 128 + 16 + 16 + 192);

impl MarginAccount {
    /// Bytes of an account with room for this many legs.
    pub const fn space(legs: usize) -> usize {
        DISCRIMINATOR + size_of::<Self>() + legs * size_of::<Leg>()
    }

    /// Starts a new account.
    pub fn initialise(&mut self, owner: Pubkey, id: u16, bump: u8) {
        self.version = LAYOUT_VERSION;
        self.bump = bump;
        self.id = id;
        self.owner = owner;
    }

    /// Atoms held of a collateral.
    pub fn holding(&self, index: u16) -> u64 {
        self.holdings.iter().find(|slot| slot.amount > 0 && slot.index == index).map_or(0, |slot| slot.amount)
    }

    /// Whether there is nothing that a margin would have to cover: no legs and no debt.
    pub fn is_unencumbered(&self) -> bool {
        self.leg_count == 0 && self.cash >= 0
    }

    /// Whether nothing at all is left.
    pub fn is_empty(&self) -> bool {
        self.leg_count == 0 && self.cash == 0 && self.holdings.iter().all(|slot| slot.amount == 0)
    }

    /// Adds (or, if negative, takes) cash.
    pub fn change_cash(&mut self, change: i64) -> Result<()> {
        self.cash = self.cash.checked_add(change).ok_or(ClearingError::Overflow)?;
        Ok(())
    }

    /// Adds collateral.
    pub fn add_holding(&mut self, index: u16, amount: u64) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        let same = self.holdings.iter().position(|slot| slot.amount > 0 && slot.index == index);
        let slot = same.or_else(|| self.holdings.iter().position(|slot| slot.amount == 0));
        let slot = &mut self.holdings[slot.ok_or(ClearingError::TooManyHoldings)?];
        slot.amount = slot.amount.checked_add(amount).ok_or(ClearingError::Overflow)?;
        slot.index = index;
        Ok(())
    }

    /// Takes collateral; a slot that is empty afterwards is free for another kind.
    pub fn take_holding(&mut self, index: u16, amount: u64) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        let slot = self.holdings.iter_mut().find(|slot| slot.amount > 0 && slot.index == index);
        let slot = slot.ok_or(ClearingError::InsufficientCollateral)?;
        slot.amount = slot.amount.checked_sub(amount).ok_or(ClearingError::InsufficientCollateral)?;
        if slot.amount == 0 {
            *slot = CollateralSlot::default();
        }
        Ok(())
    }

    /// Notes a breach unless one is already noted, and returns for how many seconds it has been known.
    pub fn observe_breach(&mut self, now: i64, slot: u64) -> i64 {
        if self.breach.since == 0 {
            self.breach = BreachClock { since: now, slot };
        }
        now.saturating_sub(self.breach.since).max(0)
    }

    /// Forgets a breach that is over.
    pub fn clear_breach(&mut self) {
        self.breach = BreachClock::default();
    }
}

/// A margin account with its legs, to read.
#[derive(Clone, Copy)]
pub struct AccountRef<'a> {
    /// The fixed part.
    pub header: &'a MarginAccount,
    /// The legs in use, ascending by key.
    pub legs: &'a [Leg],
}

impl<'a> AccountRef<'a> {
    /// Reads an account's data, whose owner and discriminator have been checked.
    pub fn load(data: &'a [u8]) -> Result<Self> {
        let (header, rows) = split::<MarginAccount, Leg>(data)?;
        require!(header.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        let legs = rows.get(..usize::from(header.leg_count)).ok_or(ClearingError::AccountTooSmall)?;
        Ok(Self { header, legs })
    }
}

/// A margin account with its legs, to change.
pub struct AccountMut<'a> {
    /// The fixed part.
    pub header: &'a mut MarginAccount,
    rows: &'a mut [Leg],
}

/// What a fill did to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillEffect {
    /// Change in the lots the account holds long.
    pub long_change: i64,
    /// Whether the position only shrank.
    pub reduces: bool,
}

impl<'a> AccountMut<'a> {
    /// As [`AccountRef::load`], to change.
    pub fn load(data: &'a mut [u8]) -> Result<Self> {
        let (header, rows) = split_mut::<MarginAccount, Leg>(data)?;
        require!(header.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require!(usize::from(header.leg_count) <= rows.len(), ClearingError::AccountTooSmall);
        Ok(Self { header, rows })
    }

    /// The legs in use, ascending by key.
    pub fn legs(&self) -> &[Leg] {
        &self.rows[..usize::from(self.header.leg_count)]
    }

    /// To read it while it is borrowed for changing.
    pub fn as_ref(&self) -> AccountRef<'_> {
        AccountRef { header: self.header, legs: self.legs() }
    }

    /// Books one side of a trade: `lots` and `notional` are positive for the buyer and negative for the seller.
    pub fn fill(&mut self, key: LegKey, lots: Lots, notional: Quote) -> Result<FillEffect> {
        let found = self.legs().binary_search_by_key(&key, |leg| leg.key);
        let before = match found {
            Ok(index) => self.rows[index],
            Err(_) => Leg { key, ..Leg::default() },
        };
        let (after, cash) = trade::fill(before, lots, notional).map_err(from_risk)?;
        self.header.change_cash(cash.0)?;
        self.store(found, after)?;
        Ok(effect(before.size, after.size))
    }

    /// Moves `lots` of the leg at `index` and the cost that goes with them out of the account.
    pub fn take_from_leg(&mut self, index: usize, lots: Lots, cost: Quote) -> Result<FillEffect> {
        let before = self.legs()[index];
        let size = before.size.checked_sub(lots).ok_or(ClearingError::Overflow)?;
        let rest = before.cost.checked_sub(cost).ok_or(ClearingError::Overflow)?;
        self.store(Ok(index), Leg { key: before.key, size, cost: rest })?;
        Ok(effect(before.size, size))
    }

    /// Writes a leg where the search for its key ended: replaces, inserts or removes it.
    fn store(&mut self, found: core::result::Result<usize, usize>, leg: Leg) -> Result<()> {
        let count = usize::from(self.header.leg_count);
        match found {
            Ok(index) if leg.size == Lots::ZERO => {
                require!(leg.cost == Quote::ZERO, ClearingError::Overflow);
                self.rows.copy_within(index + 1..count, index);
                self.rows[count - 1] = Leg::default();
                self.header.leg_count -= 1;
            }
            Ok(index) => self.rows[index] = leg,
            Err(_) if leg.size == Lots::ZERO => {}
            Err(index) => {
                require!(count < self.rows.len(), ClearingError::LegCapacity);
                self.rows.copy_within(index..count, index + 1);
                self.rows[index] = leg;
                self.header.leg_count += 1;
            }
        }
        Ok(())
    }

    /// What must hold after every instruction that changes a margin account: legs ascend without repeats or empty
    /// ones, and lie in at most [`MAX_BOOKS`] books.
    pub fn invariant(&self) -> Result<()> {
        let mut books = 0;
        let mut last: Option<LegKey> = None;
        for leg in self.legs() {
            require!(leg.size != Lots::ZERO, ClearingError::BrokenLegs);
            if let Some(last) = last {
                require!(last < leg.key, ClearingError::BrokenLegs);
            }
            if last.is_none_or(|last| last.book() != leg.key.book()) {
                books += 1;
            }
            last = Some(leg.key);
        }
        require!(books <= MAX_BOOKS, ClearingError::TooManyBooks);
        Ok(())
    }
}

fn effect(before: Lots, after: Lots) -> FillEffect {
    let same_side = before.0.signum() * after.0.signum() >= 0;
    FillEffect {
        long_change: after.0.max(0) - before.0.max(0),
        reduces: same_side && after.0.unsigned_abs() <= before.0.unsigned_abs(),
    }
}
