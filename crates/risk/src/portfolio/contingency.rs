//! What a margin asks for beside the scan (METHODOLOGY §6): roll, oracle and liquidity.
//!
//! Each is one-sided: a short option counts where it loses, a long one only where it takes a loss off. So a long option
//! never costs more than it is worth, and merging two portfolios never raises the sum.

use super::{BookView, MarketView};
use crate::error::RiskError;
use crate::pricing::sqrt::isqrt;
use crate::units::{NANO, NANOS_PER_ATOM, Quote, YEAR_SECONDS, mul_div_ceil, product, scale_ceil};

/// Sums of lots × delta, in nanos of a lot. The caller has charged every product to a
/// [`Budget`](super::bounds::Budget).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deltas {
    /// Perpetuals and futures.
    pub(super) linear: i64,
    /// Calls: 0 to D each.
    pub(super) calls: i64,
    /// Puts: −D to 0 each.
    pub(super) puts: i64,
}

/// Lots × delta and lots × vega of one book.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BookSums {
    pub(super) deltas: Deltas,
    /// Nanos of quote for a change of 1.00 in volatility.
    pub(super) vega: i64,
}

/// Sums of one market.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Contingencies {
    deltas: Deltas,
    /// Σ lots × (0.5 + 2τ) that roll, in nanos of a lot.
    rolling: u64,
    /// Σ vega × dispersion, nanos, before the multiplier.
    dispersion: u64,
}

impl Deltas {
    /// Lots that lose when the price is higher: shorts, less the calls held.
    const fn short(&self) -> u64 {
        loss(self.linear.wrapping_add(self.calls).wrapping_neg())
    }

    /// Lots that lose when the price is lower: longs, less the puts held.
    const fn long(&self) -> u64 {
        loss(self.linear.wrapping_add(self.puts))
    }
}

impl Contingencies {
    /// Adds a perpetual.
    pub(super) const fn add_perpetual(&mut self, lots: i64) {
        self.deltas.linear = self.deltas.linear.wrapping_add(lots.wrapping_mul(NANO));
    }

    /// Adds what a book comes to.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] when an amount does not fit, [`RiskError::BadParameter`] for a parameter, time or
    /// dispersion below 0.
    pub(super) fn add_book(&mut self, book: &BookView, sums: &BookSums, market: &MarketView) -> Result<(), RiskError> {
        let BookSums { deltas, vega } = sums;
        let params = market.params;
        self.deltas.linear = self.deltas.linear.wrapping_add(deltas.linear);
        self.deltas.calls = self.deltas.calls.wrapping_add(deltas.calls);
        self.deltas.puts = self.deltas.puts.wrapping_add(deltas.puts);
        let open = deltas.short().max(deltas.long());
        if params.roll_rate.0 != 0 && open != 0 {
            let rolling = scale_ceil(open, roll_factor(amount(book.tau_seconds)?)?)?;
            self.rolling = self.rolling.checked_add(rolling).ok_or(RiskError::Overflow)?;
        }
        if book.dispersion.0 != 0 && params.oracle_dispersion.0 != 0 && *vega < 0 {
            let charge = scale_ceil(vega.unsigned_abs(), amount(book.dispersion.0)?)?;
            self.dispersion = self.dispersion.checked_add(charge).ok_or(RiskError::Overflow)?;
        }
        Ok(())
    }

    /// Roll, in nanos.
    ///
    /// # Errors
    /// As [`Contingencies::add_book`].
    pub(super) fn roll(&self, market: &MarketView) -> Result<u64, RiskError> {
        if self.rolling == 0 {
            return Ok(0);
        }
        scale_ceil(scale_ceil(self.rolling, amount(market.spot.0)?)?, amount(market.params.roll_rate.0)?)
    }

    /// Oracle errors, in nanos; `collateral` is the value that the market's collateral has.
    ///
    /// # Errors
    /// As [`Contingencies::add_book`].
    pub(super) fn oracle(&self, market: &MarketView, collateral: i64) -> Result<u64, RiskError> {
        let params = market.params;
        let mut total = scale_ceil(self.dispersion, amount(params.oracle_dispersion.0)?)?;
        if params.oracle_confidence.0 != 0 && market.confidence.0 != 0 {
            let spot = amount(market.spot.0)?;
            // collateral counts at the lower end of the interval already, so that it only hedges shorts
            let short = scale_ceil(self.deltas.short(), spot)?;
            let short = match collateral {
                0.. => short.saturating_sub(collateral.unsigned_abs()),
                _ => short.checked_add(collateral.unsigned_abs()).ok_or(RiskError::Overflow)?,
            };
            let open = short.max(scale_ceil(self.deltas.long(), spot)?);
            let rate = scale_ceil(amount(market.confidence.0)?, amount(params.oracle_confidence.0)?)?;
            total = total.checked_add(scale_ceil(open, rate)?).ok_or(RiskError::Overflow)?;
        }
        Ok(total)
    }
}

/// What a scan grows by when `gross` lots are more than can be unwound in a day: scan × (√(gross value ÷ depth) − 1).
/// Nanos.
///
/// # Errors
/// [`RiskError::Overflow`] when an amount does not fit, [`RiskError::BadParameter`] for a depth below 0.
pub(super) fn liquidity(scan: u64, gross: u64, market: &MarketView) -> Result<u64, RiskError> {
    let depth = market.params.liquidity_depth;
    if depth == Quote::ZERO || scan == 0 {
        return Ok(0);
    }
    if depth.0 < 0 {
        return Err(RiskError::BadParameter);
    }
    let value = product(gross, amount(market.spot.0)?)?.div_ceil(NANOS_PER_ATOM.unsigned_abs());
    let value = i64::try_from(value).map_err(|_| RiskError::Overflow)?;
    if value <= depth.0 {
        return Ok(0);
    }
    let days = mul_div_ceil(value, NANO, depth.0).ok_or(RiskError::Overflow)?;
    scale_ceil(scan, root_ceil(days.unsigned_abs()).saturating_sub(NANO.unsigned_abs()))
}

/// 0.5 + 2τ in nanos, rounded up.
fn roll_factor(tau_seconds: u64) -> Result<u64, RiskError> {
    const YEAR: u64 = YEAR_SECONDS.unsigned_abs();
    let halves = tau_seconds.checked_mul(4).and_then(|halves| halves.checked_add(YEAR)).ok_or(RiskError::Overflow)?;
    Ok(product(halves, NANO.unsigned_abs())?.div_ceil(2 * YEAR))
}

/// √x in nanos of `x` nanos, rounded up, within 2⁻³¹ of it.
fn root_ceil(x: u64) -> u64 {
    const ONE: u64 = NANO.unsigned_abs();
    let (mut x, mut halvings) = (x, 0_u32);
    while x > u64::MAX / ONE {
        x = (x >> 2).wrapping_add(1);
        halvings = halvings.wrapping_add(1);
    }
    let square = x.wrapping_mul(ONE);
    let root = isqrt(square);
    let root = if root.wrapping_mul(root) == square { root } else { root.wrapping_add(1) };
    root.wrapping_shl(halvings)
}

/// The positive part.
const fn loss(value: i64) -> u64 {
    if value > 0 { value.cast_unsigned() } else { 0 }
}

/// A parameter that cannot be negative.
fn amount(value: i64) -> Result<u64, RiskError> {
    u64::try_from(value).map_err(|_| RiskError::BadParameter)
}
