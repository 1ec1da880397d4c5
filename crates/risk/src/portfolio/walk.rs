//! The walk over a portfolio: matches legs with their market and book, and calls with the puts of the same strike.

use super::marks::ForwardNow;
use super::{BookView, MarketView, Portfolio};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::instrument::{Kind, Leg};
use crate::units::LotValue;

/// What to do with the positions of a market.
pub(super) trait Visitor<'a> {
    /// A call.
    fn call(&mut self, forward: &ForwardNow, strike: &'a StrikeRisk, lots: i64) -> Result<(), RiskError>;

    /// A put.
    fn put(&mut self, forward: &ForwardNow, strike: &'a StrikeRisk, lots: i64) -> Result<(), RiskError>;

    /// The call and the put of one strike.
    fn pair(&mut self, forward: &ForwardNow, strike: &'a StrikeRisk, call: i64, put: i64) -> Result<(), RiskError>;

    /// A future, at this value per lot.
    fn future(&mut self, value: LotValue, leg: &Leg) -> Result<(), RiskError>;

    /// A perpetual.
    fn perpetual(&mut self, leg: &Leg) -> Result<(), RiskError>;

    /// The legs of a book were visited.
    fn end_book(&mut self, book: &BookView) -> Result<(), RiskError>;
}

/// Where the walk is: the legs and books that are still to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'a> {
    legs: &'a [Leg],
    books: &'a [BookView<'a>],
    /// Key of the last leg; 0, the key of no valid leg, before the first.
    last: u64,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(portfolio: &Portfolio<'a>) -> Self {
        Self { legs: portfolio.legs, books: portfolio.books, last: 0 }
    }

    /// Whether the next leg belongs to the market.
    #[inline]
    pub(super) fn has_legs_of(&self, market: u16) -> bool {
        self.legs.first().is_some_and(|leg| leg.key.market() == market)
    }

    /// Refuses legs that no market took.
    pub(super) fn finish(&self) -> Result<(), RiskError> {
        match self.legs.first() {
            None => Ok(()),
            Some(leg) if leg.key.0 <= self.last => Err(RiskError::Unordered),
            Some(_) => Err(RiskError::UnknownMarket),
        }
    }

    /// Visits all legs of a market.
    ///
    /// # Errors
    /// [`RiskError::Unordered`], [`RiskError::UnknownBook`], [`RiskError::UnknownStrike`] and
    /// [`RiskError::UnknownKind`] as they say; [`RiskError::OutOfDomain`] for a book without forward; the visitor's.
    #[inline]
    pub(super) fn market(&mut self, market: &MarketView, visitor: &mut impl Visitor<'a>) -> Result<(), RiskError> {
        while let Some(leg) = self.legs.first()
            && leg.key.market() == market.id
        {
            if leg.key.0 <= self.last {
                return Err(RiskError::Unordered);
            }
            if leg.key.expiry_hour() == 0 {
                self.perpetual(leg, visitor)?;
            } else {
                self.book(leg.key.book(), visitor)?;
            }
        }
        Ok(())
    }

    fn perpetual(&mut self, leg: &Leg, visitor: &mut impl Visitor<'a>) -> Result<(), RiskError> {
        if leg.key.kind() != Some(Kind::Perpetual) {
            return Err(RiskError::UnknownKind);
        }
        self.take(leg)?;
        visitor.perpetual(leg)
    }

    /// Visits the legs of one book, of which there is at least one.
    #[inline]
    fn book(&mut self, key: u64, visitor: &mut impl Visitor<'a>) -> Result<(), RiskError> {
        let book = self.find_book(key)?;
        let forward = ForwardNow::new(book)?;
        while let Some(leg) = self.legs.first()
            && leg.key.book() == key
        {
            self.take(leg)?;
            let kind = leg.key.kind();
            if kind == Some(Kind::Future) {
                visitor.future(book.forward, leg)?;
                continue;
            }
            let strike = book.strikes.get(usize::from(leg.key.strike())).ok_or(RiskError::UnknownStrike)?;
            match kind {
                Some(Kind::Put) => visitor.put(&forward, strike, leg.size.0)?,
                Some(Kind::Call) => match self.legs.first() {
                    // the put of the same strike has the very next key
                    Some(put) if put.key.0 == leg.key.0 | Kind::Put as u64 => {
                        self.take(put)?;
                        visitor.pair(&forward, strike, leg.size.0, put.size.0)?;
                    }
                    _ => visitor.call(&forward, strike, leg.size.0)?,
                },
                _ => return Err(RiskError::UnknownKind),
            }
        }
        visitor.end_book(book)
    }

    /// Moves past the first leg, which is this one.
    #[inline(always)]
    fn take(&mut self, leg: &Leg) -> Result<(), RiskError> {
        if leg.key.0 <= self.last {
            return Err(RiskError::Unordered);
        }
        self.last = leg.key.0;
        if let Some((_, rest)) = self.legs.split_first() {
            self.legs = rest;
        }
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
            // a book that is found stays the first, so that the order of the next one is checked against it
            if found == key {
                return Ok(book);
            }
            last = Some(found);
            self.books = rest;
        }
        Err(RiskError::UnknownBook)
    }
}
