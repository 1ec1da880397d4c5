//! A liquidation as one decision: how much is taken, what it costs, and whether it helped (METHODOLOGY §9).

use crate::error::RiskError;
use crate::liquidation::{SliceInputs, incentive, or_whole, target_fraction};
use crate::portfolio::{Holding, Margin};
use crate::units::{NANO, Quote, Ratio};

/// Terms of a liquidation at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Largest fraction that the liquidator wants, above 0 and at most 1.
    pub max_fraction: Ratio,
    /// How far above initial margin the account may be lifted, as a share of it.
    pub buffer: Ratio,
    /// A remainder with less maintenance margin than this goes whole, if the liquidator wants all.
    pub dust: Quote,
    /// Incentive as a share of the maintenance margin taken over.
    pub incentive_rate: Ratio,
}

/// What is taken and earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Share of every leg and holding.
    pub fraction: Ratio,
    /// What the liquidator keeps of the price.
    pub incentive: Quote,
}

impl Takeover {
    /// Decides for an account with margin `before`, which may be a witness's lower bound.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] for terms outside their ranges, [`RiskError::Overflow`] when a sum does not fit.
    pub fn decide(before: &Margin, cash: Quote, holdings: &[Holding], terms: &Terms) -> Result<Self, RiskError> {
        if !(1..=NANO).contains(&terms.max_fraction.0) {
            return Err(RiskError::BadParameter);
        }
        let released = release(holdings, |holding| holding.value_im)?;
        let wanted = target_fraction(&SliceInputs {
            equity_im: before.equity_im,
            im: before.im,
            mm: before.mm,
            buffer: terms.buffer,
            incentive_rate: terms.incentive_rate,
            haircut_release: released,
        })?;
        let fraction = if terms.max_fraction == Ratio::ONE {
            or_whole(wanted, before.mm, terms.dust)
        } else {
            wanted.min(terms.max_fraction)
        };
        let worth = value_at_mark(before, cash, holdings)?.checked_add(cash).ok_or(RiskError::Overflow)?;
        let incentive = incentive(fraction, terms.incentive_rate, before.mm, worth)?;
        Ok(Self { fraction, incentive })
    }

    /// Cash that the liquidator pays to the account (the account to the liquidator, if negative) when the value at mark
    /// of what the account holds goes from `before` to `after`.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when it does not fit.
    pub fn payment(&self, before: Quote, after: Quote) -> Result<Quote, RiskError> {
        before.checked_sub(after).and_then(|value| value.checked_sub(self.incentive)).ok_or(RiskError::Overflow)
    }
}

/// Value at mark of legs and holdings, without haircuts and without cash.
///
/// # Errors
/// [`RiskError::Overflow`] when it does not fit.
pub fn value_at_mark(margin: &Margin, cash: Quote, holdings: &[Holding]) -> Result<Quote, RiskError> {
    let released = release(holdings, |holding| holding.value_mm)?;
    margin.equity_mm.checked_sub(cash).and_then(|value| value.checked_add(released)).ok_or(RiskError::Overflow)
}

/// Whether maintenance margin is missed by less than before.
pub fn improves(equity_before: Quote, mm_before: Quote, equity_after: Quote, mm_after: Quote) -> bool {
    let missing = |equity: Quote, mm: Quote| i128::from(mm.0) - i128::from(equity.0);
    missing(equity_after, mm_after) < missing(equity_before, mm_before)
}

/// Σ over holdings of the value at mark less the value after a haircut.
fn release(holdings: &[Holding], haircut: impl Fn(&Holding) -> Quote) -> Result<Quote, RiskError> {
    holdings.iter().try_fold(Quote::ZERO, |sum, holding| {
        let gap = holding.exposure.to_quote_floor().0.checked_sub(haircut(holding).0);
        gap.and_then(|gap| sum.checked_add(Quote(gap.max(0)))).ok_or(RiskError::Overflow)
    })
}
