//! Brings a staked token's price up to date: its market's price × its pool's rate.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::StakedCollateralRefreshed;
use crate::loaders::read_rate;
use crate::seeds;
use crate::state::{Collateral, Market};

/// Accounts of `refresh_staked_collateral`.
#[derive(Accounts)]
pub struct RefreshStakedCollateral<'info> {
    /// The collateral.
    #[account(
        mut,
        seeds = [seeds::COLLATERAL, collateral.load()?.mint.as_ref()],
        bump = collateral.load()?.bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// The market of its underlying.
    #[account(seeds = [seeds::MARKET, collateral.load()?.market.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
    /// The stake pool that issues it.
    /// CHECK: address, owner, type, mint and age are checked by `loaders::stake_pool`.
    #[account(address = collateral.load()?.pool.pool @ ClearingError::WrongStakePool)]
    pub stake_pool: UncheckedAccount<'info>,
}

/// Stores underlying × rate. Anyone may call it. The market's price must be fresh: refresh that first.
pub fn refresh_staked_collateral(ctx: Context<RefreshStakedCollateral>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let market = ctx.accounts.market.load()?;
    market.price.require_fresh(&market.oracle, now)?;
    let mut collateral = ctx.accounts.collateral.load_mut()?;
    let pool = ctx.accounts.stake_pool.to_account_info();
    let fresh = read_rate(&pool, &collateral.pool, &collateral.mint, clock.epoch)?;
    collateral.advance_pool(&market.price, fresh, now)?;
    collateral.invariant()?;
    let price = collateral.pool_price;
    emit!(StakedCollateralRefreshed {
        mint: collateral.mint,
        pool_rate: fresh.0,
        rate: collateral.pool_rate.rate,
        price: price.price,
        ema: price.ema,
        publish_time: price.publish_time,
    });
    Ok(())
}
