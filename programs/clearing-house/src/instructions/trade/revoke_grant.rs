//! An owner takes a grant back, at once.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::GrantRevoked;
use crate::state::{MarginAccount, VenueGrant};

/// Accounts of `revoke_grant`.
#[derive(Accounts)]
pub struct RevokeGrant<'info> {
    /// The owner.
    #[account(constraint = owner.key() == margin_account.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// Gets the rent.
    /// CHECK: any account that the owner names
    #[account(mut)]
    pub rent_to: UncheckedAccount<'info>,
    /// The margin account.
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The grant.
    #[account(
        mut,
        close = rent_to,
        constraint = grant.load()?.account == margin_account.key() @ ClearingError::WrongGrant
    )]
    pub grant: AccountLoader<'info, VenueGrant>,
}

/// Closes the grant and returns its rent. There is no gate: what an owner allowed can always be taken back.
pub fn revoke_grant(ctx: Context<RevokeGrant>) -> Result<()> {
    let grant = ctx.accounts.grant.load()?;
    emit!(GrantRevoked { account: grant.account, venue: grant.venue });
    Ok(())
}
