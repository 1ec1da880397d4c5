//! Reads the remaining accounts of a margin check: collaterals, markets, books and, for a liquidation, open interest.
//!
//! Security assumptions
//! - The accounts are chosen by the caller. Each must belong to this program and carry the discriminator of one of the
//!   four types; those accounts are only ever created at their own addresses, so that their contents are the house's.
//! - Nothing can be left out: every leg and holding is looked up, and what is missing ends in an error.
//! - Nothing can be doubled: accounts must come in strictly ascending order.
//! - Prices and arrays must be fresh, but for a market that an account has no leg in: its price is then not used, and a
//!   silent feed of such a market, which a collateral is bound to, cannot stop a liquidation. Surfaces must be fresh where
//!   risk may rise ([`Purpose::TakeRisk`]); a liquidation and a trade that reduces on both sides go on with the last
//!   surface, so that silent publishers cannot stop them.
//! - A collateral whose sources have all been silent for its `give_up_after` fades, backs no initial margin, and counts
//!   nothing where risk may rise. Nobody gains by not refreshing: anyone can, while a source speaks.

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
    /// To let an account withdraw, or to say what it may trade: everything must be fresh.
    TakeRisk,
    /// To let an account trade: as [`Self::TakeRisk`], but a stale surface is noted ([`Snapshot::has_stale_surface`]) and
    /// it is the caller's to let risk only fall.
    Trade,
    /// To liquidate or to report: the last surfaces serve, however old.
    Assess,
}

/// What the engine needs of the world at one moment.
pub struct Snapshot<'a> {
    now: i64,
    purpose: Purpose,
    collaterals: Vec<&'a Collateral>,
    markets: Vec<MarketView<'a>>,
    /// Markets whose price is stale: no leg may be in them.
    stale: Vec<u16>,
    books: Vec<BookView<'a>>,
    headers: Vec<&'a Book>,
    has_stale_surface: bool,
}

impl BorrowedAccounts<'_> {
    /// Checks order and freshness and turns the accounts into the engine's views.
    pub fn snapshot(&self, now: i64, purpose: Purpose) -> Result<Snapshot<'_>> {
        let mut snapshot = Snapshot {
            now,
            purpose,
            collaterals: Vec::new(),
            markets: Vec::new(),
            stale: Vec::new(),
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
                if !market.price.is_fresh(market.oracle.max_age, now) {
                    require!(market.price.price > 0, ClearingError::StalePrice);
                    snapshot.stale.push(market.id);
                }
                snapshot.markets.push(market_view(market)?);
                markets.push(market);
                (1, u64::from(market.id))
            } else if kind == Book::DISCRIMINATOR {
                let (book, strikes) = split::<Book, StrikeRisk>(data)?;
                require!(book.version == LAYOUT_VERSION, ClearingError::WrongVersion);
                let market = markets.iter().find(|market| market.id == book.market);
                let market = market.ok_or(ClearingError::MissingMarket)?;
                // of a stale market no book can be used: see `require_priced`
                if !snapshot.stale.contains(&market.id) {
                    book.require_fresh(market, now)?;
                    let is_stale = book.stale_seconds(market, now) > 0;
                    require!(!is_stale || purpose != Purpose::TakeRisk, ClearingError::StaleSurface);
                    snapshot.has_stale_surface |= is_stale;
                }
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
        require!(!self.stale.contains(&id), ClearingError::StalePrice);
        self.markets.iter().find(|view| view.id == id).ok_or(ClearingError::MissingMarket.into())
    }

    /// The header and view of a book, if it was passed.
    pub fn book(&self, market: u16, expiry_hour: u32) -> Result<(&'a Book, &BookView<'a>)> {
        let index = self.books.iter().position(|view| view.market == market && view.expiry_hour == expiry_hour);
        let index = index.ok_or(ClearingError::MissingBook)?;
        Ok((self.headers[index], &self.books[index]))
    }

    /// Values an account's collateral. Every margin starts here: it also refuses legs in markets whose price is stale.
    pub fn holdings(&self, account: AccountRef) -> Result<Vec<Holding>> {
        self.valued(account, self.takes_risk())
    }

    /// Whether what the accounts were read for may raise their risk.
    fn takes_risk(&self) -> bool {
        self.purpose != Purpose::Assess
    }

    /// `takes_risk`: whether this account's risk may rise.
    fn valued(&self, account: AccountRef, takes_risk: bool) -> Result<Vec<Holding>> {
        self.require_priced(account)?;
        let mut holdings = Vec::new();
        for slot in account.header.holdings.iter().filter(|slot| slot.amount > 0) {
            let collateral = self.collaterals.iter().find(|collateral| collateral.index == slot.index);
            let collateral = collateral.ok_or(ClearingError::MissingCollateral)?;
            holdings.push(self.value(collateral, slot.amount, takes_risk)?);
        }
        Ok(holdings)
    }

    fn require_priced(&self, account: AccountRef) -> Result<()> {
        if self.stale.is_empty() {
            return Ok(());
        }
        let stale = account.legs.iter().any(|leg| self.stale.contains(&leg.key.market()));
        require!(!stale, ClearingError::StalePrice);
        Ok(())
    }

    /// Values one holding. A token with a source that was given up backs no initial margin, and where risk may rise
    /// counts nothing.
    fn value(&self, collateral: &Collateral, amount: u64, takes_risk: bool) -> Result<Holding> {
        let counted = collateral.counted(self.now)?;
        if takes_risk && !counted.live {
            return Ok(Holding::default());
        }
        let market = collateral.market();
        // the grid of a market without a price hedges nothing
        let stale = market.is_some_and(|id| self.stale.contains(&id));
        require!(!(self.takes_risk() && stale), ClearingError::StalePrice);
        let (mm, im) = self.haircuts(collateral)?;
        let decimals = collateral.decimals;
        let scale = if counted.live {
            let start = collateral.scale_start();
            collateral::deposit_scale(collateral.deposited, decimals, counted.price, start).map_err(from_risk)?
        } else {
            Ratio::ZERO
        };
        let value = collateral::value(amount, decimals, counted.price, mm, im, scale).map_err(from_risk)?;
        Ok(Holding { value_mm: value.mm, value_im: value.im, market, exposure: value.full })
    }

    /// The maintenance and the initial haircut in force.
    fn haircuts(&self, collateral: &Collateral) -> Result<(Ratio, Ratio)> {
        let (mm, im) = collateral.haircut.at(self.now);
        let share = Ratio(collateral.terms.haircut_vol_share);
        let (Some(id), true) = (collateral.market(), share.0 > 0) else { return Ok((mm, im)) };
        let view = self.markets.iter().find(|view| view.id == id).ok_or(ClearingError::MissingMarket)?;
        Ok(collateral::haircuts_in_force(mm, im, share, view.params.range))
    }

    /// Margin of an account on the full grid.
    pub fn margin(&self, account: AccountRef) -> Result<Margin> {
        let holdings = self.holdings(account)?;
        margin(&self.portfolio(account, &holdings), |_| ()).map_err(|error| from_risk(error).into())
    }

    /// Margin of an account that takes positions over, as [`Self::margin`] but for tokens that nobody can price: they
    /// count nothing, and hedge nothing of what is taken over.
    pub fn margin_of_taker(&self, account: AccountRef) -> Result<Margin> {
        let holdings = self.valued(account, true)?;
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
