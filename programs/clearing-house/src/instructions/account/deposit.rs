//! Brings money in.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface, TransferChecked, transfer_checked};

use crate::error::ClearingError;
use crate::events::Deposited;
use crate::loaders::mint::require_plain;
use crate::seeds;
use crate::state::{Collateral, Gate, House, MarginAccount};

/// Accounts of `deposit`.
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Whose tokens they are. Anybody may deposit the quote token into an account, other collateral only its owner.
    pub depositor: Signer<'info>,
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
    /// The depositor's token account.
    #[account(mut)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> Deposit<'info> {
    fn validate(&self, amount: u64, now: i64) -> Result<()> {
        require!(amount > 0, ClearingError::ZeroAmount);
        self.require_priced(now)?;
        require_plain(&self.mint.to_account_info())?;
        // topping up what is at risk stays possible whatever is shut
        if self.margin_account.load()?.is_unencumbered() {
            self.house.load()?.require_open(Gate::Deposit)?;
        }
        Ok(())
    }

    /// An account cannot be margined or liquidated while the price of something it holds is stale. So nobody can put
    /// collateral into the account of another, and nobody can put in what has lost its feed.
    fn require_priced(&self, now: i64) -> Result<()> {
        let collateral = self.collateral.load()?;
        if collateral.is_quote() {
            return Ok(());
        }
        let owner = self.margin_account.load()?.owner;
        require_keys_eq!(self.depositor.key(), owner, ClearingError::NotAccountOwner);
        collateral.require_fresh(now)
    }

    /// Transfers and returns by how much the vault really grew.
    fn transfer(&mut self, amount: u64) -> Result<u64> {
        let before = self.vault.amount;
        let accounts = TransferChecked {
            from: self.source.to_account_info(),
            mint: self.mint.to_account_info(),
            to: self.vault.to_account_info(),
            authority: self.depositor.to_account_info(),
        };
        transfer_checked(CpiContext::new(self.token_program.key(), accounts), amount, self.mint.decimals)?;
        self.vault.reload()?;
        self.vault.amount.checked_sub(before).ok_or(ClearingError::Overflow.into())
    }
}

/// Transfers `amount` atoms into the vault and credits what arrived: as cash for the quote token, as collateral
/// otherwise.
pub fn deposit(ctx: Context<Deposit>, amount: u64) -> Result<()> {
    ctx.accounts.validate(amount, Clock::get()?.unix_timestamp)?;
    let arrived = ctx.accounts.transfer(amount)?;
    let mut collateral = ctx.accounts.collateral.load_mut()?;
    let mut account = ctx.accounts.margin_account.load_mut()?;
    collateral.record_deposit(arrived, ctx.accounts.vault.amount)?;
    if collateral.is_quote() {
        account.change_cash(i64::try_from(arrived).map_err(|_| ClearingError::Overflow)?)?;
    } else {
        account.add_holding(collateral.index, arrived)?;
    }
    collateral.invariant()?;
    emit!(Deposited { account: ctx.accounts.margin_account.key(), mint: collateral.mint, amount: arrived });
    Ok(())
}
