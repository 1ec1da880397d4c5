//! Opens a margin account.

use anchor_lang::prelude::*;

use crate::events::AccountOpened;
use crate::seeds;
use crate::state::margin_account::INITIAL_LEGS;
use crate::state::{Gate, House, MarginAccount};

/// Accounts of `open_account`.
#[derive(Accounts)]
#[instruction(id: u16)]
pub struct OpenAccount<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Who will own it.
    pub owner: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The margin account.
    #[account(
        init,
        payer = payer,
        space = MarginAccount::space(INITIAL_LEGS),
        seeds = [seeds::MARGIN, owner.key().as_ref(), id.to_le_bytes().as_ref()],
        bump
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// Opens a margin account with room for 8 legs.
pub fn open_account(ctx: Context<OpenAccount>, id: u16) -> Result<()> {
    ctx.accounts.house.load()?.require_open(Gate::OpenAccount)?;
    let owner = ctx.accounts.owner.key();
    ctx.accounts.margin_account.load_init()?.initialise(owner, id, ctx.bumps.margin_account);
    emit!(AccountOpened { owner, id });
    Ok(())
}
