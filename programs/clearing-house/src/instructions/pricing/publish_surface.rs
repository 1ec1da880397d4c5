//! Takes a volatility surface from an allow-listed publisher. It is a trusted feed within the market's limits.

use anchor_lang::prelude::*;
use novate_risk::surface::Svi;
use novate_risk::units::Vol;

use crate::error::{ClearingError, from_risk};
use crate::events::SurfacePublished;
use crate::seeds;
use crate::state::price::MAX_CLOCK_LEAD;
use crate::state::{Book, Gate, House, Market, SurfaceParams};

/// Accounts of `publish_surface`.
#[derive(Accounts)]
pub struct PublishSurface<'info> {
    /// An allow-listed publisher.
    pub publisher: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The market.
    #[account(seeds = [seeds::MARKET, book.load()?.market.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
    /// The book.
    #[account(
        mut,
        seeds = [
            seeds::BOOK,
            book.load()?.market.to_le_bytes().as_ref(),
            book.load()?.expiry_hour.to_le_bytes().as_ref()
        ],
        bump = book.load()?.bump
    )]
    pub book: AccountLoader<'info, Book>,
}

/// Arguments of `publish_surface`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct PublishSurfaceArgs {
    /// The surface and the carry.
    pub surface: SurfaceParams,
    /// When it was made, Unix seconds.
    pub time: i64,
    /// Until when it may land, Unix seconds: a transaction that was held back is worth nothing.
    pub deadline: i64,
}

impl PublishSurface<'_> {
    fn validate(&self, args: &PublishSurfaceArgs, now: i64) -> Result<()> {
        let house = self.house.load()?;
        house.require_open(Gate::PublishSurface)?;
        require!(house.is_publisher(&self.publisher.key()), ClearingError::NotAPublisher);
        require!(args.time <= now.saturating_add(MAX_CLOCK_LEAD), ClearingError::FutureSurface);
        require!(now <= args.deadline, ClearingError::SurfaceTooLate);
        self.book.load()?.require_live(now)
    }
}

/// Stores a surface. It takes effect with the next `refresh_risk`.
pub fn publish_surface(ctx: Context<PublishSurface>, args: PublishSurfaceArgs) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    ctx.accounts.validate(&args, now)?;
    let market = ctx.accounts.market.load()?;
    let mut book = ctx.accounts.book.load_mut()?;
    let vol = at_the_money(&args.surface, book.expires_at().saturating_sub(args.time))?;
    book.advance_surface(args.surface, vol.0, args.time, &market.limits)?;
    emit!(SurfacePublished {
        market: book.market,
        expiry_hour: book.expiry_hour,
        publisher: ctx.accounts.publisher.key(),
        vol: vol.0,
        time: args.time,
    });
    Ok(())
}

/// Checks the surface against arbitrage and reads its volatility at the forward, over the tenor it was made for.
fn at_the_money(surface: &SurfaceParams, tenor_seconds: i64) -> Result<Vol> {
    let svi = Svi::from(surface);
    svi.validate(tenor_seconds).map_err(from_risk)?;
    svi.vol_at_the_money(tenor_seconds).map_err(|error| from_risk(error).into())
}
