//! Open interest of one expiry: the only shared account that a trade writes.

use anchor_lang::prelude::*;
use novate_risk::instrument::{Kind, LegKey};
use static_assertions::const_assert_eq;

use super::LAYOUT_VERSION;
use crate::error::ClearingError;

/// Seeds: `["interest", market id, expiry hour]`; hour 0 is the perpetual.
#[account(zero_copy)]
#[derive(Debug)]
pub struct OpenInterest {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// The market's number.
    pub market: u16,
    /// Hours since 1970 at which the expiry is; 0 for the perpetual.
    pub expiry_hour: u32,
    /// Lots held long, which are as many as are held short, by [`Kind`].
    pub lots: [u64; 4],
    /// Lots ever traded, by [`Kind`].
    pub volume: [u64; 4],
    /// Zero.
    pub reserved: [u64; 8],
}

const_assert_eq!(size_of::<OpenInterest>(), 8 + 64 + 64);

impl OpenInterest {
    /// Whether it counts the instrument's expiry.
    pub fn covers(&self, key: LegKey) -> bool {
        self.market == key.market() && self.expiry_hour == key.expiry_hour()
    }

    /// Counts a change in the lots held long.
    pub fn apply(&mut self, kind: Kind, change: i64) -> Result<()> {
        let lots = &mut self.lots[kind as usize];
        *lots = lots.checked_add_signed(change).ok_or(ClearingError::OpenInterestMismatch)?;
        Ok(())
    }

    /// Counts traded lots.
    pub fn record_volume(&mut self, kind: Kind, lots: u64) -> Result<()> {
        let volume = &mut self.volume[kind as usize];
        *volume = volume.checked_add(lots).ok_or(ClearingError::Overflow)?;
        Ok(())
    }

    /// What must hold after every instruction that changes open interest.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        Ok(())
    }
}
