//! Makes room for more legs.

use anchor_lang::prelude::*;
use anchor_lang::system_program::{Transfer, transfer};
use novate_risk::instrument::Leg;

use crate::error::ClearingError;
use crate::seeds;
use crate::state::MarginAccount;
use crate::state::margin_account::{AccountMut, MAX_LEGS};

/// Accounts of `grow_account`.
#[derive(Accounts)]
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
        bump = margin_account.load()?.bump
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Pays the rent.
    pub system_program: Program<'info, System>,
}

impl GrowAccount<'_> {
    // not Anchor's `realloc`, which would resize the account before this looks at its length
    fn validate(&self, legs: usize) -> Result<()> {
        let length = self.margin_account.to_account_info().data_len();
        let capacity = length.saturating_sub(MarginAccount::space(0)) / size_of::<Leg>();
        require!(capacity < legs && legs <= MAX_LEGS, ClearingError::BadLegCapacity);
        Ok(())
    }

    fn resize(&self, length: usize) -> Result<()> {
        let account = self.margin_account.to_account_info();
        let missing = Rent::get()?.minimum_balance(length).saturating_sub(account.lamports());
        let accounts = Transfer { from: self.payer.to_account_info(), to: account.clone() };
        transfer(CpiContext::new(self.system_program.key(), accounts), missing)?;
        account.resize(length)?;
        Ok(())
    }
}

/// Gives the account room for `legs` legs, at most 128.
pub fn grow_account(ctx: Context<GrowAccount>, legs: u16) -> Result<()> {
    let legs = usize::from(legs);
    ctx.accounts.validate(legs)?;
    ctx.accounts.resize(MarginAccount::space(legs))?;
    let account = ctx.accounts.margin_account.to_account_info();
    let mut data = account.try_borrow_mut_data()?;
    AccountMut::load(&mut data)?.invariant()
}
