//! Why the engine refuses an input.

use core::fmt;

/// A refused input. The engine never panics and never wraps: what it cannot represent ends in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskError {
    /// A quantity left the range of its type: the position or price is too large to margin.
    Overflow,
    /// A leg names a market that the portfolio was not given.
    UnknownMarket,
    /// A leg names a book that the portfolio was not given.
    UnknownBook,
    /// A leg names a strike that its book does not list.
    UnknownStrike,
    /// A leg's key has no valid kind.
    UnknownKind,
    /// Legs, books or markets are not in strictly ascending order.
    Unordered,
    /// A witness names a scenario that the grid does not have, or too few scenarios.
    ScenarioOutOfRange,
    /// A grid has no rows, more than [`crate::scenario::MAX_ROWS`], or a row outside its bounds.
    BadGrid,
    /// A risk parameter is outside its bounds.
    BadParameter,
    /// A surface is not a valid SVI slice.
    BadSurface,
    /// A price, strike, volatility or time is outside the range that pricing supports.
    OutOfDomain,
    /// A parameter of the volatility forecast is outside its bounds.
    BadForecast,
    /// A price is not later than the last sample by the least interval.
    TooEarly,
}

impl fmt::Display for RiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "a position or price is too large to margin",
            Self::UnknownMarket => "a leg's market is missing from the portfolio",
            Self::UnknownBook => "a leg's book is missing from the portfolio",
            Self::UnknownStrike => "a leg's strike is not listed in its book",
            Self::UnknownKind => "a leg's kind is not call, put, future or perpetual",
            Self::Unordered => "legs, books and markets must be in ascending order without repeats",
            Self::ScenarioOutOfRange => "a witness must name one existing scenario for each market held",
            Self::BadGrid => "a scenario grid has 1 to 40 rows with moves above -100 % and weights from 0 to 1",
            Self::BadParameter => "a risk parameter is outside its bounds",
            Self::BadSurface => "a volatility surface breaks the no-arbitrage bounds of SVI",
            Self::OutOfDomain => "a price, strike, volatility or time is outside what pricing supports",
            Self::BadForecast => "a parameter of the volatility forecast is outside its bounds",
            Self::TooEarly => "a sample must be later than the last one by at least the minimum interval",
        })
    }
}

impl core::error::Error for RiskError {}
