//! Computes the risk arrays of a book.

use anchor_lang::prelude::*;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::params::RiskParams;
use novate_risk::shift::stale_vol_up;
use novate_risk::surface::{Svi, discount};
use novate_risk::units::{LotSize, Price, Ratio};

use crate::error::{ClearingError, from_risk};
use crate::events::RiskRefreshed;
use crate::seeds;
use crate::state::tail::split_mut;
use crate::state::{Book, Market};

/// Accounts of `refresh_risk`.
#[derive(Accounts)]
pub struct RefreshRisk<'info> {
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

/// Computes marks, greeks and scenario vectors of every strike at the market's price. Anyone may call it.
///
/// The last surface serves, however old, with a vol-up shock that widens with the hours that it has been stale: what may
/// be done with such arrays is up to the loader. After the expiry
/// the arrays hold intrinsic values. So positions can always be margined and liquidated.
pub fn refresh_risk(ctx: Context<RefreshRisk>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let market = ctx.accounts.market.load()?;
    market.price.require_fresh(&market.oracle, now)?;
    let account = ctx.accounts.book.to_account_info();
    let mut data = account.try_borrow_mut_data()?;
    let (book, strikes) = split_mut::<Book, StrikeRisk>(&mut data)?;
    require!(book.surface_time > 0, ClearingError::StaleSurface);

    let tau_seconds = (book.expires_at() - now).max(0);
    let discount = discount(book.surface.rate, tau_seconds).map_err(from_risk)?;
    let shocks = market.risk.resolved();
    let svi = Svi::from(&book.surface);
    let base = market.risk.engine_params();
    let per_hour = Ratio(market.limits.stale_vol_up_per_hour);
    let params = RiskParams { vol_up: stale_vol_up(base.vol_up, per_hour, book.stale_seconds(&market, now)), ..*base };
    let inputs = BookInputs {
        forward: book.forward_price(&market)?,
        lot_size: LotSize(market.lot_size),
        tau_seconds,
        discount,
        svi: &svi,
        svi_tau_seconds: book.expires_at() - book.surface_made,
        params: &params,
        shocks: &shocks,
    };
    // on the heap: a stack frame has 4 KiB
    let mut prepared = Box::new(PreparedBook::EMPTY);
    prepared.prepare(&inputs).map_err(from_risk)?;
    for row in strikes.iter_mut() {
        prepared.strike_risk(Price(row.strike.0), row).map_err(from_risk)?;
    }

    book.risk_version = market.risk_version;
    book.refreshed_at = now;
    book.reference_price = market.price.price;
    book.reference = book.forward(&market)?.0;
    book.discount = discount.0;
    emit!(RiskRefreshed { market: book.market, expiry_hour: book.expiry_hour, price: market.price.price });
    Ok(())
}
