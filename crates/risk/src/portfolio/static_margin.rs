//! Margin without netting, for comparison (METHODOLOGY §8).

use core::slice::from_ref;

use super::total::margin;
use super::{Holding, Portfolio};
use crate::error::RiskError;
use crate::instrument::Leg;
use crate::units::Quote;

/// What the positions of a portfolio need one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StaticMargin {
    /// Maintenance margin.
    pub mm: Quote,
    /// Initial margin.
    pub im: Quote,
}

/// The sum of the margins that every leg and every holding with a market would have alone: never below the
/// portfolio's [`margin`]. Costs a margin computation per leg: meant for reports.
///
/// # Errors
/// As [`margin`].
pub fn static_margin(portfolio: &Portfolio) -> Result<StaticMargin, RiskError> {
    let mut total = StaticMargin::default();
    let mut add = |holdings: &[Holding], legs: &[Leg]| -> Result<(), RiskError> {
        let alone = margin(&Portfolio { cash: Quote::ZERO, holdings, legs, ..*portfolio }, |_| ())?;
        total.mm = total.mm.checked_add(alone.mm).ok_or(RiskError::Overflow)?;
        total.im = total.im.checked_add(alone.im).ok_or(RiskError::Overflow)?;
        Ok(())
    };
    for leg in portfolio.legs {
        add(&[], from_ref(leg))?;
    }
    for holding in portfolio.holdings.iter().filter(|holding| holding.market.is_some()) {
        add(from_ref(holding), &[])?;
    }
    Ok(total)
}
