//! Margin and equity of a portfolio: its markets one after another (METHODOLOGY §§6–7).

use super::full_grid::FullGrid;
use super::named_rows::NamedRows;
use super::offset::Groups;
use super::position::Position;
use super::scan::Losses;
use super::walk::Walk;
use super::{Margin, MarketMargin, MarketView, Portfolio};
use crate::error::RiskError;

/// Margin and equity on the full grid. `each` is told what every market contributes, ascending by market.
///
/// Merging two portfolios never raises the sum of their margins; a long option never needs more margin than it is worth
/// (but for what its mark has lost since the refresh).
///
/// # Errors
/// [`RiskError::UnknownMarket`], [`RiskError::UnknownBook`], [`RiskError::UnknownStrike`] and
/// [`RiskError::UnknownKind`] for a leg or holding that names what was not given; [`RiskError::Unordered`];
/// [`RiskError::BadGrid`] for a market without resolved rows; [`RiskError::OutOfDomain`] for a value that is not
/// positive; [`RiskError::Overflow`] for more than a third of an `i64` of nanos (some three billion USDC, each position at
/// its largest move) in one market.
pub fn margin(portfolio: &Portfolio, mut each: impl FnMut(&MarketMargin)) -> Result<Margin, RiskError> {
    full_margin(portfolio, &mut each)
}

/// One copy of the code however many callers listen.
#[inline(never)]
fn full_margin(portfolio: &Portfolio, each: &mut dyn FnMut(&MarketMargin)) -> Result<Margin, RiskError> {
    let full = |_: usize, _: Option<usize>, market: &MarketView| Ok(FullGrid::new(market.shocks, market.params.model));
    compute(portfolio, full, each).map(|(margin, _)| margin)
}

/// Rows that a witness names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WitnessRows<'a> {
    /// One row for each market that has a leg or a holding with [`super::Holding::market`], ascending by market.
    pub markets: &'a [u8],
    /// One row for each of the first [`crate::params::MAX_GROUPS`] groups (markets with equal `offset_group`, `offset` and
    /// `mm_factor`, none of them 0) that these markets are in, in the order of the groups' first markets.
    pub groups: &'a [u8],
}

/// As [`margin`], but with the losses in named rows instead of the worst ones: a lower bound of the margin, equal to it
/// for the worst rows, for an entry or two of an array per leg. Shows that some scenario breaches; equity and all
/// other parts of the margin are exact.
///
/// # Errors
/// As [`margin`]; [`RiskError::ScenarioOutOfRange`] for a row that the grid does not have, or too few or many rows.
pub fn witness_margin(portfolio: &Portfolio, rows: &WitnessRows) -> Result<Margin, RiskError> {
    let named = |place: usize, group: Option<usize>, market: &MarketView| {
        let row = rows.markets.get(place).ok_or(RiskError::ScenarioOutOfRange)?;
        let joint = group.map(|group| rows.groups.get(group).copied().ok_or(RiskError::ScenarioOutOfRange));
        NamedRows::new(*row, joint.transpose()?, market.shocks, market.params.model)
    };
    let (margin, touched) = compute(portfolio, named, &mut |_| ())?;
    let all_used = touched == (Touched { markets: rows.markets.len(), groups: rows.groups.len() });
    if all_used { Ok(margin) } else { Err(RiskError::ScenarioOutOfRange) }
}

/// How many markets and groups a portfolio touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Touched {
    markets: usize,
    groups: usize,
}

/// The margin, and what the portfolio touches. `losses` starts the sums of the market at that place among those
/// touched, whose group has that place among its like.
fn compute<'a, L: Losses<'a>>(
    portfolio: &Portfolio<'a>,
    losses: impl Fn(usize, Option<usize>, &MarketView) -> Result<L, RiskError>,
    each: &mut dyn FnMut(&MarketMargin),
) -> Result<(Margin, Touched), RiskError> {
    let mut total = Margin::default();
    let mut linked = add_own_equity(portfolio, &mut total)?;
    let mut walk = Walk::new(portfolio);
    let mut groups = Groups::NONE;
    let mut last_market = None;
    let mut touched = Touched::default();
    for market in portfolio.markets {
        if last_market.is_some_and(|last| last >= market.id) {
            return Err(RiskError::Unordered);
        }
        last_market = Some(market.id);
        let collateral = Collateral::of(portfolio, market.id)?;
        if collateral.holdings == 0 && !walk.has_legs_of(market.id) {
            continue;
        }
        linked = linked.wrapping_sub(collateral.holdings);
        let group = groups.place(market)?;
        let start = || losses(touched.markets, group, market);
        let margin = market_margin(market, collateral.exposure, start, &mut walk, group, &mut groups, &mut total)?;
        each(&margin);
        touched.markets = touched.markets.wrapping_add(1);
        touched.groups = touched.groups.max(group.map_or(0, |group| group.wrapping_add(1)));
    }
    if linked != 0 {
        return Err(RiskError::UnknownMarket);
    }
    walk.finish()?;
    groups.settle(&mut total)?;
    Ok((total, touched))
}

/// Margins the legs of one market. A frame of its own, since the target's are 4 KiB.
#[inline(never)]
fn market_margin<'a, L: Losses<'a>>(
    market: &MarketView,
    collateral: i64,
    losses: impl Fn() -> Result<L, RiskError>,
    walk: &mut Walk<'a>,
    group: Option<usize>,
    groups: &mut Groups,
    total: &mut Margin,
) -> Result<MarketMargin, RiskError> {
    let mut position = Position::new(market, losses()?, collateral)?;
    walk.market(market, &mut position)?;
    position.settle(total, group, groups)
}

/// Adds cash and collateral to the equities; returns how many holdings are linked to a market.
fn add_own_equity(portfolio: &Portfolio, total: &mut Margin) -> Result<usize, RiskError> {
    let (mut mm, mut im) = (portfolio.cash, portfolio.cash);
    let mut linked = 0_usize;
    for holding in portfolio.holdings {
        mm = mm.checked_add(holding.value_mm).ok_or(RiskError::Overflow)?;
        im = im.checked_add(holding.value_im.min(holding.value_mm)).ok_or(RiskError::Overflow)?;
        linked = linked.wrapping_add(usize::from(holding.market.is_some()));
    }
    total.equity_mm = mm;
    total.equity_im = im;
    total.equity_withdraw = im;
    Ok(linked)
}

/// The collateral that enters a market's grid.
struct Collateral {
    holdings: usize,
    exposure: i64,
}

impl Collateral {
    fn of(portfolio: &Portfolio, market: u16) -> Result<Self, RiskError> {
        let mut linked = Self { holdings: 0, exposure: 0 };
        for holding in portfolio.holdings {
            if holding.market == Some(market) {
                linked.holdings = linked.holdings.wrapping_add(1);
                linked.exposure = linked.exposure.checked_add(holding.exposure.0).ok_or(RiskError::Overflow)?;
            }
        }
        Ok(linked)
    }
}
