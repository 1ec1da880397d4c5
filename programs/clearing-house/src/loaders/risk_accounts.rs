//! Reads the remaining accounts of a margin check: collaterals, markets, books and, for a liquidation, open interest.
//!
//! Security assumptions
//! - The accounts are chosen by the caller. Each must belong to this program and carry the discriminator of one of the
//!   four types; those accounts are only ever created at their own addresses, so that their contents are the house's.
//! - Nothing can be left out: every leg and holding is looked up, and what is missing ends in an error.
//! - Nothing can be doubled: accounts must come in strictly ascending order.
//! - Prices and arrays must be fresh, also those that no leg uses. Surfaces must be fresh where risk may rise
//!   ([`Purpose::TakeRisk`]); a liquidation and a trade that reduces on both sides go on with the last surface, so that
//!   silent publishers cannot stop them.

use core::cell::Ref;

use anchor_lang::Discriminator;
use anchor_lang::prelude::*;
use novate_risk::array::StrikeRisk;
use novate_risk::collateral;
use novate_risk::portfolio::{BookView, Holding, Margin, MarketView, Portfolio, margin};
use novate_risk::units::{LotValue, Quote, Ratio, Vol};

use crate::error::{ClearingError, from_risk};
use crate::state::margin_account::AccountRef;
use crate::state::tail::{DISCRIMINATOR, split};
use crate::state::{Book, Collateral, LAYOUT_VERSION, Market, OpenInterest};

/// The borrowed data of the remaining accounts; keeps them readable while a [`Snapshot`] points into them.
pub struct BorrowedAccounts<'a> {
    data: Vec<Ref<'a, &'a mut [u8]>>,
}

/// Remaining accounts sorted out by type.
pub struct RiskAccounts<'a> {
    /// Collaterals, markets and books, to read.
    pub readable: BorrowedAccounts<'a>,
    /// Open interest accounts, to write.
    pub interest: &'a [AccountInfo<'a>],
}

impl<'a> RiskAccounts<'a> {
    /// Borrows the remaining accounts up to the first open interest account.
    pub fn borrow(accounts: &'a [AccountInfo<'a>]) -> Result<Self> {
        let mut data = Vec::with_capacity(accounts.len());
        for (index, account) in accounts.iter().enumerate() {
            require_keys_eq!(*account.owner, crate::ID, ClearingError::ForeignAccount);
            let bytes = account.try_borrow_data()?;
            if bytes.starts_with(OpenInterest::DISCRIMINATOR) {
                return Ok(Self { readable: BorrowedAccounts { data }, interest: &accounts[index..] });
            }
            data.push(bytes);
        }
        Ok(Self { readable: BorrowedAccounts { data }, interest: &[] })
    }
}

/// What a margin is computed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To let an account trade or withdraw: everything must be fresh.
    TakeRisk,
    /// To liquidate, to reduce or to report: the last surfaces serve, however old.
    Assess,
}

/// What the engine needs of the world at one moment.
pub struct Snapshot<'a> {
    now: i64,
    collaterals: Vec<&'a Collateral>,
    markets: Vec<MarketView<'a>>,
    books: Vec<BookView<'a>>,
    headers: Vec<&'a Book>,
    has_stale_surface: bool,
}

impl BorrowedAccounts<'_> {
    /// Checks order and freshness and turns the accounts into the engine's views.
    pub fn snapshot(&self, now: i64, purpose: Purpose) -> Result<Snapshot<'_>> {
        let mut snapshot = Snapshot {
            now,
            collaterals: Vec::new(),
            markets: Vec::new(),
            books: Vec::with_capacity(self.data.len()),
            headers: Vec::with_capacity(self.data.len()),
            has_stale_surface: false,
        };
        let mut markets: Vec<&Market> = Vec::new();
        let mut last = None;
        for data in &self.data {
            let kind = data.get(..DISCRIMINATOR).ok_or(ClearingError::UnexpectedAccount)?;
            let position = if kind == Collateral::DISCRIMINATOR {
                let collateral = header::<Collateral>(data)?;
                require!(collateral.version == LAYOUT_VERSION, ClearingError::WrongVersion);
                snapshot.collaterals.push(collateral);
                (0, u64::from(collateral.index))
            } else if kind == Market::DISCRIMINATOR {
                let market = header::<Market>(data)?;
                require!(market.version == LAYOUT_VERSION, ClearingError::WrongVersion);
                market.price.require_fresh(&market.oracle, now)?;
                snapshot.markets.push(market_view(market)?);
                markets.push(market);
                (1, u64::from(market.id))
            } else if kind == Book::DISCRIMINATOR {
                let (book, strikes) = split::<Book, StrikeRisk>(data)?;
                require!(book.version == LAYOUT_VERSION, ClearingError::WrongVersion);
                let market = markets.iter().find(|market| market.id == book.market);
                let market = market.ok_or(ClearingError::MissingMarket)?;
                book.require_fresh(market, now)?;
                let is_stale = book.stale_seconds(market, now) > 0;
                require!(!is_stale || purpose != Purpose::TakeRisk, ClearingError::StaleSurface);
                snapshot.has_stale_surface |= is_stale;
                snapshot.books.push(book_view(book, strikes, market, now)?);
                snapshot.headers.push(book);
                (2, u64::from(book.market) << 32 | u64::from(book.expiry_hour))
            } else {
                return err!(ClearingError::UnexpectedAccount);
            };
            if let Some(last) = last {
                require!(position != last, ClearingError::DuplicateAccount);
                require!(position > last, ClearingError::AccountOrder);
            }
            last = Some(position);
        }
        Ok(snapshot)
    }
}

impl<'a> Snapshot<'a> {
    /// Whether the surface of a book that was passed is too old to take risk on.
    pub fn has_stale_surface(&self) -> bool {
        self.has_stale_surface
    }

    /// The view of a market, if it was passed.
    pub fn market(&self, id: u16) -> Result<&MarketView<'a>> {
        self.markets.iter().find(|view| view.id == id).ok_or(ClearingError::MissingMarket.into())
    }

    /// The header and view of a book, if it was passed.
    pub fn book(&self, market: u16, expiry_hour: u32) -> Result<(&'a Book, &BookView<'a>)> {
        let index = self.books.iter().position(|view| view.market == market && view.expiry_hour == expiry_hour);
        let index = index.ok_or(ClearingError::MissingBook)?;
        Ok((self.headers[index], &self.books[index]))
    }

    /// Values an account's collateral.
    pub fn holdings(&self, account: AccountRef) -> Result<Vec<Holding>> {
        let mut holdings = Vec::new();
        for slot in account.header.holdings.iter().filter(|slot| slot.amount > 0) {
            let collateral = self.collaterals.iter().find(|collateral| collateral.index == slot.index);
            holdings.push(value(collateral.ok_or(ClearingError::MissingCollateral)?, slot.amount, self.now)?);
        }
        Ok(holdings)
    }

    /// Margin of an account on the full grid.
    pub fn margin(&self, account: AccountRef) -> Result<Margin> {
        let holdings = self.holdings(account)?;
        margin(&self.portfolio(account, &holdings), |_| ()).map_err(|error| from_risk(error).into())
    }

    /// The portfolio that the engine margins.
    pub fn portfolio<'b>(&'b self, account: AccountRef<'b>, holdings: &'b [Holding]) -> Portfolio<'b> {
        Portfolio {
            cash: Quote(account.header.cash),
            holdings,
            legs: account.legs,
            markets: &self.markets,
            books: &self.books,
        }
    }
}

fn header<T: bytemuck::Pod>(data: &[u8]) -> Result<&T> {
    split::<T, u8>(data).map(|(header, _)| header)
}

fn market_view(market: &Market) -> Result<MarketView<'_>> {
    Ok(MarketView {
        id: market.id,
        spot: market.spot()?,
        params: market.risk.engine_params(),
        confidence: market.price.relative_confidence()?,
        shocks: market.risk.engine_shocks(),
    })
}

fn book_view<'a>(book: &Book, strikes: &'a [StrikeRisk], market: &Market, now: i64) -> Result<BookView<'a>> {
    Ok(BookView {
        market: book.market,
        expiry_hour: book.expiry_hour,
        forward: book.forward(market)?,
        reference: LotValue(book.reference),
        discount: Ratio(book.discount),
        tau_seconds: book.expires_at().saturating_sub(now).max(0),
        dispersion: Vol(book.dispersion),
        strikes,
    })
}

fn value(collateral: &Collateral, amount: u64, now: i64) -> Result<Holding> {
    collateral.price.require_fresh(&collateral.oracle, now)?;
    let (mm, im) = collateral.haircut.at(now);
    let value =
        collateral::value(amount, collateral.decimals, collateral.price.as_collateral(), mm, im).map_err(from_risk)?;
    Ok(Holding { value_mm: value.mm, value_im: value.im, market: collateral.market(), exposure: value.full })
}
