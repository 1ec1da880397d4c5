//! Makes room for more legs.

use anchor_lang::prelude::*;
use novate_risk::instrument::Leg;

use crate::error::ClearingError;
use crate::seeds;
use crate::state::MarginAccount;
use crate::state::margin_account::{AccountMut, MAX_LEGS};

/// Accounts of `grow_account`.
#[derive(Accounts)]
#[instruction(legs: u16)]
pub struct GrowAccount<'info> {
    /// Pays for the room.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The owner, who alone decides how large the account may be.
    #[account(constraint = owner.key() == margin_account.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(
        mut,
        seeds = [
            seeds::MARGIN,
            margin_account.load()?.owner.as_ref(),
            margin_account.load()?.id.to_le_bytes().as_ref()
        ],
        bump = margin_account.load()?.bump,
        constraint = usize::from(legs) <= MAX_LEGS @ ClearingError::BadLegCapacity,
        constraint = usize::from(legs) > capacity(&margin_account.to_account_info()) @ ClearingError::BadLegCapacity,
        realloc = MarginAccount::space(usize::from(legs)),
        realloc::payer = payer,
        realloc::zero = true
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Pays the rent.
    pub system_program: Program<'info, System>,
}

fn capacity(account: &AccountInfo) -> usize {
    account.data_len().saturating_sub(MarginAccount::space(0)) / size_of::<Leg>()
}

/// Gives the account room for `legs` legs, at most 128.
pub fn grow_account(ctx: Context<GrowAccount>, _legs: u16) -> Result<()> {
    let account = ctx.accounts.margin_account.to_account_info();
    let mut data = account.try_borrow_mut_data()?;
    AccountMut::load(&mut data)?.invariant()
}
