//! Brings a collateral's price up to date.

use anchor_lang::prelude::*;
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

use crate::error::ClearingError;
use crate::events::CollateralRefreshed;
use crate::loaders::read_price;
use crate::seeds;
use crate::state::Collateral;

/// Accounts of `refresh_collateral`.
#[derive(Accounts)]
pub struct RefreshCollateral<'info> {
    /// The collateral.
    #[account(
        mut,
        seeds = [seeds::COLLATERAL, collateral.load()?.mint.as_ref()],
        bump = collateral.load()?.bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// Pyth's price update.
    pub price_update: Account<'info, PriceUpdateV2>,
}

/// Stores the price of an update. Anyone may call it.
pub fn refresh_collateral(ctx: Context<RefreshCollateral>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut collateral = ctx.accounts.collateral.load_mut()?;
    // the quote token, and a staked token that only its pool prices, are bound to no feed
    require!(collateral.has_feed(), ClearingError::WrongFeed);
    let next = read_price(&ctx.accounts.price_update, &collateral.oracle, now)?;
    collateral.price.advance(next)?;
    collateral.invariant()?;
    emit!(CollateralRefreshed {
        mint: collateral.mint,
        price: next.price,
        ema: next.ema,
        publish_time: next.publish_time
    });
    Ok(())
}
