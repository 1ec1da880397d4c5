//! Closes an empty margin account and returns its rent.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::AccountClosed;
use crate::seeds;
use crate::state::MarginAccount;

/// Accounts of `close_account`.
#[derive(Accounts)]
pub struct CloseAccount<'info> {
    /// The owner.
    #[account(constraint = owner.key() == margin_account.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// Gets the rent.
    /// CHECK: any account that the owner names
    #[account(mut)]
    pub rent_to: UncheckedAccount<'info>,
    /// The margin account.
    #[account(
        mut,
        close = rent_to,
        seeds = [
            seeds::MARGIN,
            margin_account.load()?.owner.as_ref(),
            margin_account.load()?.id.to_le_bytes().as_ref()
        ],
        bump = margin_account.load()?.bump
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// Closes the account. Refuses while anything is left in it.
pub fn close_account(ctx: Context<CloseAccount>) -> Result<()> {
    let account = ctx.accounts.margin_account.load()?;
    require!(account.is_empty(), ClearingError::AccountNotEmpty);
    emit!(AccountClosed { owner: account.owner, id: account.id });
    Ok(())
}
