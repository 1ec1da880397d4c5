//! The walk over a portfolio: matches legs with their market and book, and calls with the puts of the same strike.

use super::marks::ForwardNow;
use super::{BookView, MarketView, Portfolio};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::instrument::{Kind, Leg};
use crate::units::LotValue;

/// What to do with the positions of a market.
pub(super) trait Visitor {
    /// The call and the put of one strike, in lots; either may be 0.
    fn options(&mut self, forward: &ForwardNow, strike: &StrikeRisk, call: i64, put: i64) -> Result<(), RiskError>;

    /// A future or perpetual, at this value per lot.
    fn linear(&mut self, value: LotValue, leg: &Leg) -> Result<(), RiskError>;
}

/// Where the walk is: the legs and books that are still to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'a> {
    legs: &'a [Leg],
    books: &'a [BookView<'a>],
    last_key: Option<u64>,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(portfolio: &Portfolio<'a>) -> Self {
        Self { legs: portfolio.legs, books: portfolio.books, last_key: None }
    }

    /// Whether the next leg belongs to the market.
    #[inline]
    pub(super) fn has_legs_of(&self, market: u16) -> bool {
        self.legs.first().is_some_and(|leg| leg.key.market() == market)
    }

    /// Refuses legs that no market took.
    pub(super) fn finish(&self) -> Result<(), RiskError> {
        if self.legs.is_empty() { Ok(()) } else { Err(RiskError::UnknownMarket) }
    }

    /// Visits all legs of a market.
    ///
    /// # Errors
    /// [`RiskError::Unordered`], [`RiskError::UnknownBook`], [`RiskError::UnknownStrike`] and
    /// [`RiskError::UnknownKind`] as they say; [`RiskError::OutOfDomain`] for a book without forward; the visitor's.
    #[inline]
    pub(super) fn market(&mut self, market: &MarketView, visitor: &mut impl Visitor) -> Result<(), RiskError> {
        let mut book: Option<(&BookView, ForwardNow)> = None;
        let mut book_key = 0;
        while let Some((leg, rest)) = self.legs.split_first() {
            if leg.key.market() != market.id {
                break;
            }
            self.advance_key(leg)?;
            self.legs = rest;
            let kind = leg.key.kind().ok_or(RiskError::UnknownKind)?;
            if kind == Kind::Perpetual {
                visitor.linear(market.spot, leg)?;
                continue;
            }
            if book.is_none() || book_key != leg.key.book() {
                book_key = leg.key.book();
                let view = self.find_book(book_key)?;
                book = Some((view, ForwardNow::new(view)?));
            }
            let Some((view, forward)) = &book else { return Err(RiskError::UnknownBook) };
            if kind == Kind::Future {
                visitor.linear(view.forward, leg)?;
                continue;
            }
            let strike = view.strikes.get(usize::from(leg.key.strike())).ok_or(RiskError::UnknownStrike)?;
            if kind == Kind::Put {
                visitor.options(forward, strike, 0, leg.size.0)?;
                continue;
            }
            // the put of the same strike has the very next key
            let put = match self.legs.split_first() {
                Some((next, rest)) if next.key.0 == leg.key.0.wrapping_add(1) => {
                    self.last_key = Some(next.key.0);
                    self.legs = rest;
                    next.size.0
                }
                _ => 0,
            };
            visitor.options(forward, strike, leg.size.0, put)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn advance_key(&mut self, leg: &Leg) -> Result<(), RiskError> {
        if self.last_key.is_some_and(|last| last >= leg.key.0) {
            return Err(RiskError::Unordered);
        }
        self.last_key = Some(leg.key.0);
        Ok(())
    }

    /// Moves on to the book with this key (market and expiry).
    fn find_book(&mut self, key: u64) -> Result<&'a BookView<'a>, RiskError> {
        let mut last = None;
        while let Some((book, rest)) = self.books.split_first() {
            let found = u64::from(book.market) << 24 | u64::from(book.expiry_hour);
            if last.is_some_and(|last| last >= found) {
                return Err(RiskError::Unordered);
            }
            if found > key {
                break;
            }
            // the book stays the first: another market could not need it, but its order is checked against it
            if found == key {
                return Ok(book);
            }
            last = Some(found);
            self.books = rest;
        }
        Err(RiskError::UnknownBook)
    }
}
