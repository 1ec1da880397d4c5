//! Brings a market's price up to date from its second feed.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::PriceFellBack;
use crate::loaders::read_fallback;
use crate::seeds;
use crate::state::Market;

/// Accounts of `refresh_price_fallback`.
#[derive(Accounts)]
pub struct RefreshPriceFallback<'info> {
    /// The market.
    #[account(mut, seeds = [seeds::MARKET, market.load()?.id.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
    /// Switchboard's feed.
    /// CHECK: address, owner, discriminator and configuration are checked by `loaders::switchboard`.
    #[account(address = market.load()?.fallback.feed @ ClearingError::WrongFallbackFeed)]
    pub feed: UncheckedAccount<'info>,
}

/// Stores the second feed's price while the first one is silent. Anyone may call it.
pub fn refresh_price_fallback(ctx: Context<RefreshPriceFallback>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut market = ctx.accounts.market.load_mut()?;
    let terms = market.fallback;
    let next = read_fallback(&ctx.accounts.feed.to_account_info(), &terms, now)?;
    market.price.fall_back(next, &terms, now)?;
    let price = market.price;
    market.variance.observe(price.price);
    market.invariant()?;
    emit!(PriceFellBack {
        market: market.id,
        price: price.price,
        ema: price.ema,
        publish_time: price.publish_time,
        primary_time: price.primary_time,
    });
    Ok(())
}
