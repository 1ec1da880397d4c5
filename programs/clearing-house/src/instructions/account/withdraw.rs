//! Lets money out, as long as the account stays at initial margin.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface, TransferChecked, transfer_checked};

use crate::error::ClearingError;
use crate::events::Withdrawn;
use crate::loaders::{Purpose, RiskAccounts};
use crate::seeds;
use crate::state::margin_account::AccountRef;
use crate::state::{Collateral, Gate, House, MarginAccount};

/// Accounts of `withdraw`. Remaining accounts: collaterals, markets and books of the margin account, unless it has
/// neither positions nor debt afterwards.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The owner.
    #[account(constraint = owner.key() == margin_account.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
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
    /// The collateral.
    #[account(
        mut,
        seeds = [seeds::COLLATERAL, mint.key().as_ref()],
        bump = collateral.load()?.bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// Its mint.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Its vault.
    #[account(mut, address = collateral.load()?.vault)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The token account that is paid into.
    #[account(mut)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> Withdraw<'info> {
    fn validate(&self, amount: u64) -> Result<()> {
        require!(amount > 0, ClearingError::ZeroAmount);
        self.house.load()?.require_open(Gate::Withdraw)?;
        require!(amount <= self.vault.amount, ClearingError::VaultShort);
        Ok(())
    }

    /// Takes the amount out of the account.
    fn debit(&self, amount: u64) -> Result<()> {
        let mut collateral = self.collateral.load_mut()?;
        let mut account = self.margin_account.load_mut()?;
        collateral.record_withdrawal(amount)?;
        if collateral.is_quote() {
            let cash = i64::try_from(amount).map_err(|_| ClearingError::Overflow)?;
            return account.change_cash(-cash);
        }
        account.take_holding(collateral.index, amount)
    }

    /// Requires initial margin, not counting unrealised profit.
    fn require_margin(&self, remaining: &'info [AccountInfo<'info>]) -> Result<()> {
        if self.margin_account.load()?.is_unencumbered() {
            return Ok(());
        }
        let accounts = RiskAccounts::borrow(remaining)?;
        let snapshot = accounts.readable.snapshot(Clock::get()?.unix_timestamp, Purpose::TakeRisk)?;
        let info = self.margin_account.to_account_info();
        let data = info.try_borrow_data()?;
        let margin = snapshot.margin(AccountRef::load(&data)?)?;
        require!(margin.equity_withdraw >= margin.im, ClearingError::BelowInitialMargin);
        Ok(())
    }

    fn transfer(&self, amount: u64) -> Result<()> {
        let (mint, bump) = {
            let collateral = self.collateral.load()?;
            (collateral.mint, collateral.bump)
        };
        let seeds: &[&[u8]] = &[seeds::COLLATERAL, mint.as_ref(), &[bump]];
        let accounts = TransferChecked {
            from: self.vault.to_account_info(),
            mint: self.mint.to_account_info(),
            to: self.destination.to_account_info(),
            authority: self.collateral.to_account_info(),
        };
        let signers = &[seeds];
        let context = CpiContext::new_with_signer(self.token_program.key(), accounts, signers);
        transfer_checked(context, amount, self.mint.decimals)
    }
}

/// Pays `amount` atoms out of the vault: cash for the quote token, collateral otherwise.
pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
    ctx.accounts.validate(amount)?;
    ctx.accounts.debit(amount)?;
    ctx.accounts.require_margin(ctx.remaining_accounts)?;
    ctx.accounts.margin_account.load_mut()?.clear_breach();
    ctx.accounts.collateral.load()?.invariant()?;
    ctx.accounts.transfer(amount)?;
    emit!(Withdrawn { account: ctx.accounts.margin_account.key(), mint: ctx.accounts.mint.key(), amount });
    Ok(())
}
