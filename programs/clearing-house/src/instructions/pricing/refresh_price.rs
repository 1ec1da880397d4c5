//! Brings a market's price up to date.

use anchor_lang::prelude::*;
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

use crate::events::PriceRefreshed;
use crate::loaders::read_price;
use crate::seeds;
use crate::state::Market;

/// Accounts of `refresh_price`.
#[derive(Accounts)]
pub struct RefreshPrice<'info> {
    /// The market.
    #[account(mut, seeds = [seeds::MARKET, market.load()?.id.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
    /// Pyth's price update.
    pub price_update: Account<'info, PriceUpdateV2>,
}

/// Stores the price of an update. Anyone may call it.
pub fn refresh_price(ctx: Context<RefreshPrice>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut market = ctx.accounts.market.load_mut()?;
    let next = read_price(&ctx.accounts.price_update, &market.oracle, now)?;
    market.price.advance(next)?;
    market.variance.observe(next.price);
    market.invariant()?;
    emit!(PriceRefreshed { market: market.id, price: next.price, ema: next.ema, publish_time: next.publish_time });
    Ok(())
}
