//! The margin of a file and what it is made of.

use novate_risk::RiskError;
use novate_risk::instrument::Kind;
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
        let preview = Preview::new(portfolio, world, &engine, &markets)?;
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
    pub(crate) fn new(leg: &form::Leg, placed: &Placed, portfolio: &form::Portfolio, world: &World) -> Self {
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
                let pnl = shocks.zip(&strike.pnl).map(|(row, pnl)| i128::from(pnl.0) * lots + moved(exposure, row));
                (i128::from(value) * lots, pnl.collect())
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
        // arrays and the linear exposure apart: that is rounded once for the market, as the engine does
        let (mut arrays, mut exposure) = (vec![0_i128; shocks.len()], 0_i128);
        let placed = portfolio.legs.iter().zip(&world.legs).zip(legs).filter(|((leg, _), _)| leg.market == place);
        for ((leg, placed), answer) in placed {
            let sum = greeks.checked_add(answer.greeks);
            greeks = sum.ok_or_else(|| Refusal::new(format!("{}.size", leg.path), TOO_LARGE))?;
            let lots = i128::from(placed.leg.size.0);
            match world.strike(placed).filter(|_| leg.kind.is_option()) {
                Some(strike) => {
                    arrays.iter_mut().zip(&strike.pnl).for_each(|(sum, pnl)| *sum += i128::from(pnl.0) * lots);
                    if let (Kind::Put, Some(book)) = (leg.kind, world.book(placed)) {
                        exposure -= i128::from(book.forward.scaled(book.discount).unwrap_or_default().0) * lots;
                    }
                }
                None => exposure += i128::from(world.markets[place].linear_value(leg.book).0) * lots,
            }
        }
        for (collateral, holding) in portfolio.collateral.iter().zip(&world.holdings) {
            if collateral.market == Some(place) {
                let value = i128::from(holding.exposure.0);
                exposure += value;
                let delta = Greeks { delta: Fine::ratio(value, market.spot.0.into()), ..Greeks::default() };
                let sum = greeks.checked_add(delta);
                greeks = sum.ok_or_else(|| Refusal::new(format!("{}.amount", collateral.path), TOO_LARGE))?;
            }
        }
        let scenarios = arrays.iter().zip(shocks).map(|(sum, row)| sum + moved(exposure, row));
        let scenarios: Vec<_> = scenarios.collect();
        let worst_row = worst_row(&scenarios, shocks);
        Ok(Self { greeks, scenarios, worst_row, margin })
    }
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
