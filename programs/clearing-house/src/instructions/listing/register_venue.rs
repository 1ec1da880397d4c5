//! Registers a venue.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::VenueRegistered;
use crate::seeds;
use crate::state::{House, LAYOUT_VERSION, Venue};

/// Accounts of `register_venue`.
#[derive(Accounts)]
#[instruction(id: u16)]
pub struct RegisterVenue<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The venue.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Venue>(),
        seeds = [seeds::VENUE, id.to_le_bytes().as_ref()],
        bump
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl RegisterVenue<'_> {
    fn validate(&self) -> Result<()> {
        require_keys_eq!(self.listing.key(), self.house.load()?.roles.listing, ClearingError::WrongRole);
        Ok(())
    }
}

/// Registers a venue whose trades `authority` signs.
pub fn register_venue(ctx: Context<RegisterVenue>, id: u16, authority: Pubkey) -> Result<()> {
    ctx.accounts.validate()?;
    let mut venue = ctx.accounts.venue.load_init()?;
    venue.version = LAYOUT_VERSION;
    venue.bump = ctx.bumps.venue;
    venue.id = id;
    venue.authority = authority;
    venue.invariant()?;
    emit!(VenueRegistered { id, authority });
    Ok(())
}
