//! Lists more strikes of an expiry.

use anchor_lang::prelude::*;
use novate_risk::array::StrikeRisk;

use crate::error::ClearingError;
use crate::events::StrikesListed;
use crate::seeds;
use crate::state::book::{MAX_ADDED, append_strikes};
use crate::state::tail::{split, split_mut};
use crate::state::{Book, House};

/// Accounts of `add_strikes`.
#[derive(Accounts)]
#[instruction(strikes: Vec<i64>)]
pub struct AddStrikes<'info> {
    /// Pays for the room.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The book.
    #[account(
        mut,
        seeds = [
            seeds::BOOK,
            book.load()?.market.to_le_bytes().as_ref(),
            book.load()?.expiry_hour.to_le_bytes().as_ref()
        ],
        bump = book.load()?.bump,
        realloc = grown(&book, strikes.len())?,
        realloc::payer = payer,
        realloc::zero = true
    )]
    pub book: AccountLoader<'info, Book>,
    /// Pays the rent.
    pub system_program: Program<'info, System>,
}

/// The new length. A function of its own, so that the book is no longer borrowed when it is resized.
fn grown(book: &AccountLoader<Book>, more: usize) -> Result<usize> {
    require!(more <= MAX_ADDED, ClearingError::TooManyStrikes);
    Ok(Book::space(book.load()?.strike_count as usize + more))
}

impl AddStrikes<'_> {
    fn validate(&self, now: i64) -> Result<()> {
        require_keys_eq!(self.listing.key(), self.house.load()?.roles.listing, ClearingError::WrongRole);
        self.book.load()?.require_live(now)
    }
}

/// Appends at most 25 strikes; listed ones keep their index. The arrays are stale until the next refresh.
pub fn add_strikes(ctx: Context<AddStrikes>, strikes: Vec<i64>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
    let account = ctx.accounts.book.to_account_info();
    let mut data = account.try_borrow_mut_data()?;
    let (book, rows) = split_mut::<Book, StrikeRisk>(&mut data)?;
    let listed = book.strike_count as usize;
    append_strikes(rows, listed, &strikes)?;
    book.strike_count = u32::try_from(rows.len()).map_err(|_| ClearingError::TooManyStrikes)?;
    book.refreshed_at = 0;
    let (market, expiry_hour) = (book.market, book.expiry_hour);
    let (book, _) = split::<Book, StrikeRisk>(&data)?;
    book.invariant(&data)?;
    emit!(StrikesListed { market, expiry_hour, strikes });
    Ok(())
}
