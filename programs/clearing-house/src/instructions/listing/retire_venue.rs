//! Retires a venue at once and for good.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::VenueRetired;
use crate::seeds;
use crate::state::{House, Venue};

/// Accounts of `retire_venue`.
#[derive(Accounts)]
pub struct RetireVenue<'info> {
    /// The listing role or the guardian.
    pub signer: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The venue.
    #[account(mut, seeds = [seeds::VENUE, venue.load()?.id.to_le_bytes().as_ref()], bump = venue.load()?.bump)]
    pub venue: AccountLoader<'info, Venue>,
}

impl RetireVenue<'_> {
    fn validate(&self) -> Result<()> {
        let roles = self.house.load()?.roles;
        let signer = self.signer.key();
        require!(signer == roles.listing || signer == roles.guardian, ClearingError::WrongRole);
        Ok(())
    }
}

/// Retires a venue. A retired venue's number is not used again.
pub fn retire_venue(ctx: Context<RetireVenue>) -> Result<()> {
    ctx.accounts.validate()?;
    let mut venue = ctx.accounts.venue.load_mut()?;
    venue.is_retired = 1;
    venue.invariant()?;
    emit!(VenueRetired { id: venue.id });
    Ok(())
}
