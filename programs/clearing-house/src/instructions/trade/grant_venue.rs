//! An owner lets a venue submit trades for one margin account.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::VenueGranted;
use crate::seeds;
use crate::state::{Gate, House, LAYOUT_VERSION, MarginAccount, Venue, VenueGrant};

/// Accounts of `grant_venue`.
#[derive(Accounts)]
pub struct GrantVenue<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The owner.
    #[account(constraint = owner.key() == margin_account.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The margin account.
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The venue.
    pub venue: AccountLoader<'info, Venue>,
    /// The grant. To change an existing one, revoke it first; both fit one transaction.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<VenueGrant>(),
        seeds = [seeds::GRANT, margin_account.key().as_ref(), venue.key().as_ref()],
        bump
    )]
    pub grant: AccountLoader<'info, VenueGrant>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// Arguments of `grant_venue`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct GrantVenueArgs {
    /// Unix seconds at which the grant ends.
    pub expires_at: i64,
    /// Most lots that one trade may have.
    pub max_lots: u64,
}

impl GrantVenue<'_> {
    fn validate(&self, args: &GrantVenueArgs, now: i64) -> Result<()> {
        self.house.load()?.require_open(Gate::GrantVenue)?;
        self.venue.load()?.require_active()?;
        require!(args.expires_at > now && args.max_lots > 0, ClearingError::BadGrant);
        Ok(())
    }

    fn store(&self, args: &GrantVenueArgs, bump: u8) -> Result<()> {
        let mut grant = self.grant.load_init()?;
        grant.version = LAYOUT_VERSION;
        grant.bump = bump;
        grant.account = self.margin_account.key();
        grant.venue = self.venue.key();
        grant.expires_at = args.expires_at;
        grant.max_lots = args.max_lots;
        grant.invariant()
    }
}

/// Grants until a time, for trades up to a size. The owner may revoke it at once.
pub fn grant_venue(ctx: Context<GrantVenue>, args: GrantVenueArgs) -> Result<()> {
    ctx.accounts.validate(&args, Clock::get()?.unix_timestamp)?;
    ctx.accounts.store(&args, ctx.bumps.grant)?;
    emit!(VenueGranted {
        account: ctx.accounts.margin_account.key(),
        venue: ctx.accounts.venue.key(),
        expires_at: args.expires_at,
        max_lots: args.max_lots,
    });
    Ok(())
}
