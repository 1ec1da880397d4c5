//! Lets a market's price-shock range follow the volatility of its price.

use anchor_lang::prelude::*;

use crate::events::VolatilitySampled;
use crate::seeds;
use crate::state::Market;

/// Accounts of `sample_volatility`.
#[derive(Accounts)]
pub struct SampleVolatility<'info> {
    /// The market.
    #[account(mut, seeds = [seeds::MARKET, market.load()?.id.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
}

/// Takes the stored price as a sample of volatility. Anyone may call it, once in `forecast.min_interval`.
///
/// A range that changes makes the risk arrays stale until `refresh_risk`, at most once in that time. Nothing about it is
/// the caller's: the price is the feed's, its time is when the feed published it, and prices stored since the last sample
/// count by their extremes.
pub fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut market = ctx.accounts.market.load_mut()?;
    market.price.require_fresh(&market.oracle, now)?;
    let forecast = market.sample_volatility()?;
    market.invariant()?;
    emit!(VolatilitySampled {
        market: market.id,
        sigma: forecast.sigma.0,
        range: market.risk.params.range,
        price: market.price.price,
        time: market.price.publish_time,
    });
    Ok(())
}
