//! The rows that a liquidator names, by the markets that they are for.
//!
//! A liquidation may leave the account without positions in a market; the rows of the others must still be found.

use anchor_lang::prelude::*;
use novate_risk::portfolio::Portfolio;

use crate::error::ClearingError;

/// A row of the grid for each market.
pub struct Witness {
    rows: Vec<(u16, u8)>,
}

impl Witness {
    /// Takes rows in the order of the markets that the portfolio touches.
    pub fn of(portfolio: &Portfolio, rows: &[u8]) -> Result<Self> {
        let markets = touched(portfolio);
        require!(markets.len() == rows.len(), ClearingError::BadWitness);
        Ok(Self { rows: markets.into_iter().zip(rows.iter().copied()).collect() })
    }

    /// The rows of the markets that the portfolio still touches.
    pub fn rows(&self, portfolio: &Portfolio) -> Vec<u8> {
        let markets = touched(portfolio);
        self.rows.iter().filter(|(market, _)| markets.contains(market)).map(|(_, row)| *row).collect()
    }

    /// The row of the first market.
    pub fn first(&self) -> u8 {
        self.rows.first().map_or(0, |(_, row)| *row)
    }
}

/// Markets of legs and holdings, ascending.
fn touched(portfolio: &Portfolio) -> Vec<u16> {
    let mut markets: Vec<u16> = portfolio.holdings.iter().filter_map(|holding| holding.market).collect();
    for leg in portfolio.legs {
        // legs ascend by market, so that its last leg is mostly the last market
        let market = leg.key.market();
        if markets.last() != Some(&market) && !markets.contains(&market) {
            markets.push(market);
        }
    }
    markets.sort_unstable();
    markets.dedup();
    markets
}
