//! Brings a collateral's price up to date from its second feed.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::CollateralFellBack;
use crate::loaders::read_fallback;
use crate::seeds;
use crate::state::Collateral;

/// Accounts of `refresh_collateral_fallback`.
#[derive(Accounts)]
pub struct RefreshCollateralFallback<'info> {
    /// The collateral.
    #[account(
        mut,
        seeds = [seeds::COLLATERAL, collateral.load()?.mint.as_ref()],
        bump = collateral.load()?.bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// Switchboard's feed.
    /// CHECK: address, owner, discriminator and configuration are checked by `loaders::switchboard`.
    #[account(address = collateral.load()?.fallback.feed @ ClearingError::WrongFallbackFeed)]
    pub feed: UncheckedAccount<'info>,
}

/// Stores the second feed's price while the first one is silent. Anyone may call it.
pub fn refresh_collateral_fallback(ctx: Context<RefreshCollateralFallback>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut collateral = ctx.accounts.collateral.load_mut()?;
    let terms = collateral.fallback;
    let next = read_fallback(&ctx.accounts.feed.to_account_info(), &terms, now)?;
    collateral.price.fall_back(next, &terms, now)?;
    collateral.invariant()?;
    let price = collateral.price;
    emit!(CollateralFellBack {
        mint: collateral.mint,
        price: price.price,
        ema: price.ema,
        publish_time: price.publish_time,
        primary_time: price.primary_time,
    });
    Ok(())
}
