//! Venues, which match trades and bring them here, and what owners let them do.

use anchor_lang::prelude::*;
use static_assertions::const_assert_eq;

use super::LAYOUT_VERSION;
use crate::error::ClearingError;

/// Seeds: `["venue", id]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Venue {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// The venue's number.
    pub id: u16,
    /// 1 once the venue may no longer submit trades.
    pub is_retired: u32,
    /// Key that signs its trades.
    pub authority: Pubkey,
    /// Zero.
    pub reserved: [u64; 8],
}

const_assert_eq!(size_of::<Venue>(), 8 + 32 + 64);

impl Venue {
    /// Refuses a retired venue.
    pub fn require_active(&self) -> Result<()> {
        require!(self.is_retired == 0, ClearingError::VenueRetired);
        Ok(())
    }

    /// What must hold after every instruction that changes a venue.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require_keys_neq!(self.authority, Pubkey::default(), ClearingError::WrongVenueAuthority);
        Ok(())
    }
}

/// Seeds: `["grant", margin account, venue]`. An owner lets a venue submit trades for one margin account.
#[account(zero_copy)]
#[derive(Debug)]
pub struct VenueGrant {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 6],
    /// The margin account that may be traded for.
    pub account: Pubkey,
    /// The venue that may.
    pub venue: Pubkey,
    /// Unix seconds at which the grant ends.
    pub expires_at: i64,
    /// Most lots that one trade may have.
    pub max_lots: u64,
    /// Zero.
    pub reserved: [u64; 8],
}

const_assert_eq!(size_of::<VenueGrant>(), 8 + 64 + 16 + 64);

impl VenueGrant {
    /// Refuses a trade of `lots` at `now` that the owner did not allow.
    pub fn require_allows(&self, lots: u64, now: i64) -> Result<()> {
        require!(now < self.expires_at, ClearingError::GrantExpired);
        require!(lots <= self.max_lots, ClearingError::GrantLotsExceeded);
        Ok(())
    }

    /// What must hold after every instruction that changes a grant.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        Ok(())
    }
}
