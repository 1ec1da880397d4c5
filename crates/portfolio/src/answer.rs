//! The margin of a file and what it is made of.

use std::collections::BTreeMap;

use novate_risk::RiskError;
use novate_risk::array::StrikeRisk;
use novate_risk::instrument::Kind;
use novate_risk::model::entries;
use novate_risk::portfolio::{Margin, MarketMargin, Portfolio, StaticMargin, margin, static_margin};
use novate_risk::scenario::Shock;
use novate_risk::units::{NANO, Quote};

use crate::decimal::Fine;
use crate::form;
use crate::greeks::Greeks;
use crate::preview::Preview;
use crate::refusal::Refusal;
use crate::world::{Placed, TOO_LARGE, Views, World};

/// The answer to a file.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of each market of the file.
    pub markets: Vec<MarketAnswer>,
    /// Of each leg of the file.
    pub legs: Vec<LegAnswer>,
    /// Margin and equity.
    pub margin: Margin,
    /// Margin without netting.
    pub static_margin: StaticMargin,
    /// What the candidate would do, if the file has one.
    pub preview: Option<Preview>,
}

/// What a market contributes.
#[derive(Clone, Debug)]
pub struct MarketAnswer {
    /// Sums over its legs, and collateral that enters its grid as delta.
    pub greeks: Greeks,
    /// P&L in each row of its grid, not weighted, in nanos of quote.
    pub scenarios: Vec<i128>,
    /// The row of the scan: the first with the largest weighted loss, 0 when no row loses.
    pub worst_row: usize,
    /// The engine's word on it; empty for a market without positions.
    pub margin: MarketMargin,
}

/// What a leg is worth and does, for its size.
#[derive(Clone, Debug)]
pub struct LegAnswer {
    /// Size × price now, in nanos of quote.
    pub mark: i128,
    /// Sensitivities.
    pub greeks: Greeks,
    /// P&L in each row of its market's grid, not weighted, in nanos of quote.
    pub scenarios: Vec<i128>,
}

impl Answer {
    /// Margins a file.
    ///
    /// # Errors
    /// Positions that are too large to margin.
    pub fn new(portfolio: &form::Portfolio, world: &World) -> Result<Self, Refusal> {
        let views = world.views(portfolio);
        let engine = Portfolio {
            cash: portfolio.cash,
            holdings: &world.holdings,
            legs: &world.ordered,
            markets: &views.markets,
            books: &views.books,
        };
        let mut margins = vec![MarketMargin::default(); portfolio.markets.len()];
        let total = margin(&engine, |market| {
            if let Some(place) = margins.get_mut(usize::from(market.market)) {
                *place = *market;
            }
        });
        let margined = total.and_then(|margin| Ok((margin, static_margin(&engine)?)));
        let (margin, static_margin) = margined.map_err(|error| refuse(error, portfolio, world, &views))?;
        let legs =
            portfolio.legs.iter().zip(&world.legs).map(|(leg, placed)| LegAnswer::new(leg, placed, portfolio, world));
        let legs: Vec<_> = legs.collect();
        let markets = margins.into_iter().enumerate();
        let markets = markets.map(|(place, margin)| MarketAnswer::new(place, margin, &legs, portfolio, world));
        let markets = markets.collect::<Result<Vec<_>, _>>()?;
        let preview = Preview::new(portfolio, world, &engine)?;
        Ok(Self { markets, legs, margin, static_margin, preview })
    }

    /// Static over portfolio initial margin in millionths, rounded down; none when nothing is asked for.
    pub fn efficiency(&self) -> Option<i128> {
        let (fixed, portfolio) = (i128::from(self.static_margin.im.0), i128::from(self.margin.im.0));
        (portfolio > 0).then(|| fixed * 1_000_000 / portfolio)
    }
}

/// Equity less margin, in quote atoms.
pub fn free(equity: Quote, margin: Quote) -> i128 {
    i128::from(equity.0) - i128::from(margin.0)
}

impl LegAnswer {
    fn new(leg: &form::Leg, placed: &Placed, portfolio: &form::Portfolio, world: &World) -> Self {
        let (form, market) = (&portfolio.markets[leg.market], &world.markets[leg.market]);
        let lots = i128::from(placed.leg.size.0);
        let shocks = form.shocks.in_use().iter();
        let option = if leg.kind.is_option() { world.book(placed).zip(world.strike(placed)) } else { None };
        let (mark, scenarios) = match option {
            Some((book, strike)) => {
                let forward = book.forward.scaled(book.discount).unwrap_or_default();
                let (value, exposure) = match leg.kind {
                    // by parity
                    Kind::Put => (strike.mark.0 - forward.0 + strike.strike_value.0, -i128::from(forward.0) * lots),
                    _ => (strike.mark.0, 0),
                };
                let mut pnl: Vec<_> = shocks.map(|row| moved(exposure, row)).collect();
                add_option(&mut pnl, form, strike, lots);
                (i128::from(value) * lots, pnl)
            }
            None => {
                let exposure = i128::from(market.linear_value(leg.book).0) * lots;
                (exposure, shocks.map(|row| moved(exposure, row)).collect())
            }
        };
        Self { mark, greeks: Greeks::of_leg(leg, placed, world, form), scenarios }
    }
}

impl MarketAnswer {
    fn new(
        place: usize,
        margin: MarketMargin,
        legs: &[LegAnswer],
        portfolio: &form::Portfolio,
        world: &World,
    ) -> Result<Self, Refusal> {
        let market = &portfolio.markets[place];
        let shocks = market.shocks.in_use();
        let mut greeks = Greeks::default();
        for (leg, answer) in portfolio.legs.iter().zip(legs).filter(|(leg, _)| leg.market == place) {
            let sum = greeks.checked_add(answer.greeks);
            greeks = sum.ok_or_else(|| Refusal::new(format!("{}.size", leg.path), TOO_LARGE))?;
        }
        for (collateral, holding) in portfolio.collateral.iter().zip(&world.holdings) {
            if collateral.market == Some(place) {
                let delta = Fine::ratio(holding.exposure.0.into(), market.spot.0.into());
                let sum = greeks.checked_add(Greeks { delta, ..Greeks::default() });
                greeks = sum.ok_or_else(|| Refusal::new(format!("{}.amount", collateral.path), TOO_LARGE))?;
            }
        }
        let scenarios = scenarios(place, world.legs.iter(), portfolio, world);
        let worst_row = worst_row(&scenarios, shocks);
        Ok(Self { greeks, scenarios, worst_row, margin })
    }
}

/// P&L of a market in each row, not weighted, in nanos of quote: of these legs and of the collateral in its grid.
///
/// As the engine does, positions of one strike are netted before its array is read, because a model may have other
/// entries for short positions than for long ones, and all that is linear in the price is rounded once.
pub(crate) fn scenarios<'a>(
    place: usize,
    legs: impl Iterator<Item = &'a Placed>,
    portfolio: &form::Portfolio,
    world: &World,
) -> Vec<i128> {
    let (form, market) = (&portfolio.markets[place], &world.markets[place]);
    let collateral = portfolio.collateral.iter().zip(&world.holdings).filter(|(of, _)| of.market == Some(place));
    let mut exposure: i128 = collateral.map(|(_, holding)| i128::from(holding.exposure.0)).sum();
    let mut strikes = BTreeMap::new();
    for placed in legs.filter(|placed| placed.market == place) {
        let lots = i128::from(placed.leg.size.0);
        let option = placed.leg.key.kind().filter(|kind| kind.is_option());
        match option.and_then(|kind| world.book(placed).zip(world.strike(placed)).zip(Some(kind))) {
            Some(((book, strike), kind)) => {
                strikes.entry(placed.leg.key.series()).or_insert((strike, 0)).1 += lots;
                if kind == Kind::Put {
                    exposure -= i128::from(book.forward.scaled(book.discount).unwrap_or_default().0) * lots;
                }
            }
            None => exposure += i128::from(market.linear_value(placed.book).0) * lots,
        }
    }
    let shocks = form.shocks.in_use();
    let mut sums: Vec<_> = shocks.iter().map(|row| moved(exposure, row)).collect();
    for (strike, lots) in strikes.into_values() {
        add_option(&mut sums, form, strike, lots);
    }
    sums
}

/// Adds the P&L of `lots` of the call at a strike.
fn add_option(sums: &mut [i128], market: &form::Market, strike: &StrikeRisk, lots: i128) {
    let sign = if lots < 0 { -1 } else { 1 };
    let entries = entries(market.settings.params.model, strike, sign);
    sums.iter_mut().zip(entries).for_each(|(sum, pnl)| *sum += i128::from(pnl.0) * lots);
}

/// The first row with the largest weighted loss; 0 when no row loses.
pub(crate) fn worst_row(scenarios: &[i128], shocks: &[Shock]) -> usize {
    let (mut worst_row, mut worst) = (0, 0);
    for (row, (pnl, shock)) in scenarios.iter().zip(shocks).enumerate() {
        let loss = -pnl * i128::from(shock.weight);
        if loss > worst {
            (worst_row, worst) = (row, loss);
        }
    }
    worst_row
}

/// What an exposure gains in a row, rounded down.
fn moved(exposure: i128, row: &Shock) -> i128 {
    (exposure * i128::from(row.k.0)).div_euclid(i128::from(NANO))
}

/// What the engine refuses after the form was read: positions that are too large. Names the first leg that is too large
/// alone, if one is.
fn refuse(error: RiskError, portfolio: &form::Portfolio, world: &World, views: &Views) -> Refusal {
    let reason = match error {
        RiskError::Overflow => TOO_LARGE.to_owned(),
        error => error.to_string(),
    };
    for (leg, placed) in portfolio.legs.iter().zip(&world.legs) {
        let alone = Portfolio {
            cash: Quote::ZERO,
            holdings: &[],
            legs: std::slice::from_ref(&placed.leg),
            markets: &views.markets,
            books: &views.books,
        };
        if margin(&alone, |_| ()).is_err() {
            return Refusal::new(format!("{}.size", leg.path), reason);
        }
    }
    Refusal::new("legs", reason)
}
