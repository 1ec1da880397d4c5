//! Greeks of a position, for its size; units as docs/PORTFOLIO_JSON.md says them.

use novate_risk::instrument::Kind;
use novate_risk::units::NANO;

use crate::decimal::Fine;
use crate::form;
use crate::world::{Placed, World};

/// Sensitivities of a position. All rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greeks {
    /// Units of underlying: change of value per quote that the forward (of a perpetual, the price) moves.
    pub delta: Fine,
    /// Change of delta per quote that the forward moves.
    pub gamma: Fine,
    /// Nanos of quote for a change of volatility by 1.00.
    pub vega: i128,
    /// Nanos of quote for a day that passes, forward and volatility staying.
    pub theta: i128,
}

const DAYS: i128 = 365;

impl Greeks {
    /// Greeks of a leg that the engine has margined: its sizes times prices fit an `i64`, and nothing here overflows.
    pub fn of_leg(leg: &form::Leg, placed: &Placed, world: &World, market: &form::Market) -> Self {
        let one = i128::from(NANO);
        let parts = world.book(placed).zip(world.strike(placed)).zip(leg.book.and_then(|book| market.books.get(book)));
        let (true, Some(((book, strike), form))) = (leg.kind.is_option(), parts) else {
            return Self { delta: Fine::of_parts(leg.size * one), ..Self::default() };
        };
        let lots = i128::from(placed.leg.size.0);
        let mut delta = i128::from(strike.delta.0);
        let mut theta = i128::from(strike.theta.0) * lots;
        if leg.kind == Kind::Put {
            // put = call − (F − K)·D, and D grows by the rate
            delta -= i128::from(book.discount.0);
            let forward = book.forward.scaled(book.discount).unwrap_or_default();
            let parity = i128::from(forward.0) - i128::from(strike.strike_value.0);
            theta -= (parity * lots * i128::from(form.rate)).div_euclid(one * DAYS);
        }
        let price = i128::from(form.forward.0);
        Self {
            delta: Fine::of_parts(delta * leg.size),
            // Γ·F² of the engine over F², which counts 10⁻¹⁸
            gamma: Fine::ratio(i128::from(strike.gamma.0) * lots * one, price * price),
            vega: i128::from(strike.vega.0) * lots,
            theta,
        }
    }

    /// The sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            delta: self.delta.checked_add(other.delta)?,
            gamma: self.gamma.checked_add(other.gamma)?,
            vega: self.vega.checked_add(other.vega)?,
            theta: self.theta.checked_add(other.theta)?,
        })
    }
}
