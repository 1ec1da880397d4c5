//! Takes a volatility surface from an allow-listed publisher. It is a trusted feed: what a quorum of publishers agrees on,
//! within the market's limits, is what accounts are margined with.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::SurfacePublished;
use crate::seeds;
use crate::state::price::MAX_CLOCK_LEAD;
use crate::state::{Book, Gate, House, Market, MarketLimits, SurfaceBoard, SurfaceParams, SurfaceSlot};

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
    /// What publishers say of the book.
    #[account(
        mut,
        seeds = [
            seeds::BOARD,
            book.load()?.market.to_le_bytes().as_ref(),
            book.load()?.expiry_hour.to_le_bytes().as_ref()
        ],
        bump = board.load()?.bump
    )]
    pub board: AccountLoader<'info, SurfaceBoard>,
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
    fn validate(&self, args: &PublishSurfaceArgs, limits: &MarketLimits, now: i64) -> Result<()> {
        let house = self.house.load()?;
        house.require_open(Gate::PublishSurface)?;
        require!(house.is_publisher(&self.publisher.key()), ClearingError::NotAPublisher);
        require!(args.time <= now.saturating_add(MAX_CLOCK_LEAD), ClearingError::FutureSurface);
        require!(now.saturating_sub(args.time) <= limits.surface_max_age, ClearingError::StaleSurface);
        require!(now <= args.deadline, ClearingError::SurfaceTooLate);
        self.book.load()?.require_live(now)
    }
}

/// Stores the publisher's surface. If enough publishers agree, the book takes the surface that they agree on; it takes
/// effect with the next `refresh_risk`. If not, the book's surface stays, and the event says why.
pub fn publish_surface(ctx: Context<PublishSurface>, args: PublishSurfaceArgs) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let limits = ctx.accounts.market.load()?.limits;
    ctx.accounts.validate(&args, &limits, now)?;
    let house = ctx.accounts.house.load()?;
    let mut book = ctx.accounts.book.load_mut()?;
    let mut board = ctx.accounts.board.load_mut()?;

    let slot = SurfaceSlot::new(ctx.accounts.publisher.key(), args.surface, args.time, book.expires_at(), now)?;
    slot.require_within(&limits)?;
    book.require_near(slot.vol(), slot.time, &limits)?;
    board.publish(slot, &house, &limits)?;
    let verdict = board.combine(&house, &limits, now)?;
    let outcome = book.advance_surface(&verdict, house.publisher_quorum, &limits);

    board.invariant()?;
    emit!(SurfacePublished {
        market: book.market,
        expiry_hour: book.expiry_hour,
        publisher: slot.publisher,
        vol: slot.vol(),
        time: slot.time,
        fresh: u8::try_from(verdict.fresh).unwrap_or(u8::MAX),
        dispersion: verdict.dispersion.0,
        outcome,
        book_vol: book.surface_vol,
        book_time: book.surface_time,
    });
    Ok(())
}
