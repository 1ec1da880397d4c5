//! Lists an expiry of a market with its strikes.

use anchor_lang::prelude::*;
use novate_risk::array::StrikeRisk;

use crate::error::ClearingError;
use crate::events::StrikesListed;
use crate::seeds;
use crate::state::book::{HOUR_SECONDS, MAX_ADDED, append_strikes};
use crate::state::tail::split_mut;
use crate::state::{Book, House, LAYOUT_VERSION, Market, OpenInterest, SurfaceBoard};

/// The nearest expiry that can be listed, in seconds from now.
const MIN_LIFE: i64 = HOUR_SECONDS;
/// The furthest: two years.
const MAX_LIFE: i64 = 2 * 365 * 86_400;

/// Accounts of `list_book`.
#[derive(Accounts)]
#[instruction(args: ListBookArgs)]
pub struct ListBook<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The market.
    #[account(seeds = [seeds::MARKET, market.load()?.id.to_le_bytes().as_ref()], bump = market.load()?.bump)]
    pub market: AccountLoader<'info, Market>,
    /// The book.
    #[account(
        init,
        payer = payer,
        space = new_space(&args)?,
        seeds = [
            seeds::BOOK,
            market.load()?.id.to_le_bytes().as_ref(),
            args.expiry_hour.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub book: AccountLoader<'info, Book>,
    /// What publishers say of it.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<SurfaceBoard>(),
        seeds = [
            seeds::BOARD,
            market.load()?.id.to_le_bytes().as_ref(),
            args.expiry_hour.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub board: AccountLoader<'info, SurfaceBoard>,
    /// Its open interest.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<OpenInterest>(),
        seeds = [
            seeds::INTEREST,
            market.load()?.id.to_le_bytes().as_ref(),
            args.expiry_hour.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub interest: AccountLoader<'info, OpenInterest>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// Arguments of `list_book`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct ListBookArgs {
    /// Hours since 1970 at which it expires.
    pub expiry_hour: u32,
    /// Strikes in nanos of quote per unit. An account can be created with 25 strikes at most; `add_strikes` lists more.
    pub strikes: Vec<i64>,
}

/// The length of a new book. Checked before Anchor creates the account, whose own errors say less.
fn new_space(args: &ListBookArgs) -> Result<usize> {
    require!(args.expiry_hour > 0, ClearingError::BadExpiry);
    require!((1..=MAX_ADDED).contains(&args.strikes.len()), ClearingError::TooManyStrikes);
    Ok(Book::space(args.strikes.len()))
}

impl ListBook<'_> {
    fn validate(&self, args: &ListBookArgs, now: i64) -> Result<()> {
        require_keys_eq!(self.listing.key(), self.house.load()?.roles.listing, ClearingError::WrongRole);
        let life = i64::from(args.expiry_hour) * HOUR_SECONDS - now;
        require!((MIN_LIFE..=MAX_LIFE).contains(&life), ClearingError::BadExpiry);
        Ok(())
    }
}

/// Lists an expiry. Its options and future can be traded once a surface is published and the arrays are refreshed.
pub fn list_book(ctx: Context<ListBook>, args: ListBookArgs) -> Result<()> {
    ctx.accounts.validate(&args, Clock::get()?.unix_timestamp)?;
    let id = ctx.accounts.market.load()?.id;
    {
        let mut book = ctx.accounts.book.load_init()?;
        book.version = LAYOUT_VERSION;
        book.bump = ctx.bumps.book;
        book.market = id;
        book.expiry_hour = args.expiry_hour;
        book.strike_count = u32::try_from(args.strikes.len()).map_err(|_| ClearingError::TooManyStrikes)?;
    }
    let account = ctx.accounts.book.to_account_info();
    let mut data = account.try_borrow_mut_data()?;
    let (_, rows) = split_mut::<Book, StrikeRisk>(&mut data)?;
    append_strikes(rows, 0, &args.strikes)?;
    let (book, _) = crate::state::tail::split::<Book, StrikeRisk>(&data)?;
    book.invariant(&data)?;
    let mut board = ctx.accounts.board.load_init()?;
    board.version = LAYOUT_VERSION;
    board.bump = ctx.bumps.board;
    board.market = id;
    board.expiry_hour = args.expiry_hour;
    board.invariant()?;
    let mut interest = ctx.accounts.interest.load_init()?;
    interest.version = LAYOUT_VERSION;
    interest.bump = ctx.bumps.interest;
    interest.market = id;
    interest.expiry_hour = args.expiry_hour;
    interest.invariant()?;
    emit!(StrikesListed { market: id, expiry_hour: args.expiry_hour, strikes: args.strikes });
    Ok(())
}
