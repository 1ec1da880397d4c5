//! What the candidate of a file would do.

use novate_risk::instrument::Leg;
use novate_risk::portfolio::{Margin, MarketMargin, Portfolio};
use novate_risk::preview::{Candidate, largest_size, preview};
use novate_risk::units::Lots;

use crate::answer::{scenarios, worst_row};
use crate::form;
use crate::refusal::Refusal;
use crate::world::{TOO_LARGE, World};

/// The account after the candidate.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Margin and equity.
    pub margin: Margin,
    /// Of each market of the file, its worst row and what the engine says of it.
    pub markets: Vec<(usize, MarketMargin)>,
    /// The largest size on the candidate's side that still meets initial margin, in nanos of a unit, signed; none when
    /// every size that can be margined does.
    pub largest_size: Option<i128>,
}

impl Preview {
    /// Previews the candidate, if the file has one.
    ///
    /// # Errors
    /// A candidate that is too large to margin.
    pub fn new(portfolio: &form::Portfolio, world: &World, engine: &Portfolio) -> Result<Option<Self>, Refusal> {
        let (Some(of), Some(trade)) = (&portfolio.candidate, &world.candidate) else { return Ok(None) };
        let too_large = |_| Refusal::new(format!("{}.size", of.leg.path), TOO_LARGE);
        let Leg { key, size, .. } = trade.placed.leg;
        let mut scratch = vec![Leg::default(); engine.legs.len() + 1];
        let mut margins = vec![MarketMargin::default(); portfolio.markets.len()];
        let candidate = |lots| Candidate { key, lots, price: trade.price };
        let margin = preview(engine, &candidate(size), &mut scratch, |market| {
            if let Some(place) = margins.get_mut(usize::from(market.market)) {
                *place = *market;
            }
        })
        .map_err(too_large)?;

        let markets = margins.into_iter().enumerate().map(|(place, margin)| {
            let legs = world.legs.iter().chain([&trade.placed]);
            let scenarios = scenarios(place, legs, portfolio, world);
            (worst_row(&scenarios, portfolio.markets[place].shocks.in_use()), margin)
        });

        let side = size.0.signum();
        let limit = Lots(i64::MAX * side);
        let largest = largest_size(engine, key, limit, trade.price, &mut scratch).map_err(too_large)?;
        let next = candidate(Lots(largest.0.saturating_add(side)));
        let bounded = largest != limit && preview(engine, &next, &mut scratch, |_| ()).is_ok();
        let units = i128::from(largest.0) * i128::from(world.markets[of.leg.market].lot.0);
        Ok(Some(Self { margin, markets: markets.collect(), largest_size: bounded.then_some(units) }))
    }
}
