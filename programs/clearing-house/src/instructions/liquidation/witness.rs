//! The rows that a liquidator names, by the markets and groups that they are for.
//!
//! A liquidation may leave the account without positions in a market; the rows of the others must still be found.

use anchor_lang::prelude::*;
use novate_risk::params::MAX_GROUPS;
use novate_risk::portfolio::{Portfolio, WitnessRows};
use novate_risk::units::Ratio;

use crate::error::ClearingError;

/// What makes markets a group: number, offset and mm_factor.
type GroupKey = (u64, Ratio, Ratio);

/// A row of the grid for each market and one for each group of markets.
pub struct Witness {
    markets: Vec<(u16, u8)>,
    groups: Vec<(GroupKey, u8)>,
}

/// The rows for what a portfolio still touches.
pub struct NamedRows {
    markets: Vec<u8>,
    groups: Vec<u8>,
}

impl NamedRows {
    /// As the engine takes them.
    pub fn as_rows(&self) -> WitnessRows<'_> {
        WitnessRows { markets: &self.markets, groups: &self.groups }
    }
}

impl Witness {
    /// Takes rows for the markets that the portfolio touches, ascending, and then for the groups that these are in, in
    /// the order of their first markets.
    pub fn of(portfolio: &Portfolio, rows: &[u8]) -> Result<Self> {
        let markets = touched(portfolio);
        let groups = groups(portfolio, &markets);
        require!(rows.len() == markets.len() + groups.len(), ClearingError::BadWitness);
        let (of_markets, of_groups) = rows.split_at(markets.len());
        Ok(Self {
            markets: markets.into_iter().zip(of_markets.iter().copied()).collect(),
            groups: groups.into_iter().zip(of_groups.iter().copied()).collect(),
        })
    }

    /// The rows of what the portfolio still touches.
    pub fn rows(&self, portfolio: &Portfolio) -> NamedRows {
        let markets = touched(portfolio);
        let groups = groups(portfolio, &markets);
        let of_market = |market: &u16| self.markets.iter().find(|(named, _)| named == market).map(|(_, row)| *row);
        let of_group = |key: &GroupKey| self.groups.iter().find(|(named, _)| named == key).map(|(_, row)| *row);
        NamedRows {
            markets: markets.iter().filter_map(of_market).collect(),
            groups: groups.iter().filter_map(of_group).collect(),
        }
    }

    /// The row of the first market.
    pub fn first(&self) -> u8 {
        self.markets.first().map_or(0, |(_, row)| *row)
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

/// Groups of these markets, in the order of their first ones, as many as have offsets.
fn groups(portfolio: &Portfolio, markets: &[u16]) -> Vec<GroupKey> {
    let mut groups: Vec<GroupKey> = Vec::new();
    for market in portfolio.markets.iter().filter(|market| markets.contains(&market.id)) {
        let params = market.params;
        let key = (params.offset_group, params.offset, params.mm_factor);
        if key.0 != 0 && key.1 != Ratio::ZERO && !groups.contains(&key) {
            groups.push(key);
        }
    }
    groups.truncate(MAX_GROUPS as usize);
    groups
}
