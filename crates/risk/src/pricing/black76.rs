//! Value and greeks of a European call on a forward (Black 1976), on amounts that are already discounted.

use super::deviation::Deviation;
use super::log::ln;
use super::normal::{ONE, density, upper_tail};
use super::tenor::Tenor;
use crate::error::RiskError;
use crate::units::{LotValue, NANO, Ratio, Vol};

/// Least value of a lot of the forward that pricing supports: 0.001 quote.
pub const MIN_FORWARD: i64 = 1_000_000;
/// Greatest value of a lot of the forward that pricing supports: some 4,398 quote.
pub const MAX_FORWARD: i64 = 1 << 42;
/// Strikes are supported from this fraction of the forward to this multiple of it.
pub const MAX_MONEYNESS: i64 = 100;

/// Bits of an amount that are multiplied apart, so that products with a Q36 fraction fit.
const LOW_BITS: u32 = 20;
const LOW_MASK: i64 = (1 << LOW_BITS) - 1;

/// Value and greeks of a call, per lot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote76 {
    /// Value of the call.
    pub value: LotValue,
    /// ∂V/∂F of the undiscounted forward, 0 to the discount.
    pub delta: Ratio,
    /// Γ·F².
    pub gamma: LotValue,
    /// ∂V/∂σ for a change of 1.00.
    pub vega: LotValue,
    /// Change of value per day that passes, the forward and the volatility staying.
    pub theta: LotValue,
}

/// What discounting does to delta and theta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carry {
    /// D.
    pub discount: Ratio,
    /// −ln D per day of the tenor, in Q36.
    pub rate_per_day: i64,
}

impl Carry {
    /// No discounting.
    pub const NONE: Self = Self { discount: Ratio::ONE, rate_per_day: 0 };

    /// The carry of a discount factor over a tenor.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a discount factor outside 0.1 to 10.
    pub fn new(discount: Ratio, tenor: &Tenor) -> Result<Self, RiskError> {
        if !(NANO / 10..=10 * NANO).contains(&discount.0) {
            return Err(RiskError::OutOfDomain);
        }
        let Ok(seconds @ 1..) = i64::try_from(tenor.seconds()) else {
            return Ok(Self { discount, rate_per_day: 0 });
        };
        if discount == Ratio::ONE {
            return Ok(Self::NONE);
        }
        let log = ln(NANO.cast_unsigned()).wrapping_sub(ln(discount.0.cast_unsigned())); // Q40
        // held to 100 % a day, far beyond any rate, so that theta stays in range however short the tenor
        let per_day = ((log >> 4).wrapping_mul(86_400) / seconds).clamp(-ONE, ONE);
        Ok(Self { discount, rate_per_day: per_day })
    }
}

/// Value and greeks of the call with discounted forward `forward` and discounted strike `strike`, per lot.
///
/// Absolute error of the value: 10⁻⁸ of the forward plus 2 nanos. Continuous into τ = 0 and σ = 0, where the value is
/// intrinsic. The value is always within max(F − K, 0) and F.
///
/// # Errors
/// [`RiskError::OutOfDomain`] for a forward outside [`MIN_FORWARD`] to [`MAX_FORWARD`], a strike outside 1/100 to 100
/// times the forward, or a volatility outside 0 to [`super::deviation::MAX_VOL`].
pub fn price_call(
    forward: LotValue,
    strike: LotValue,
    vol: Vol,
    tenor: &Tenor,
    carry: &Carry,
) -> Result<Quote76, RiskError> {
    check_forward(forward)?;
    check_strike(forward, strike)?;
    if !(0..=super::deviation::MAX_VOL.0).contains(&vol.0) {
        return Err(RiskError::OutOfDomain);
    }
    let distance = ln(forward.0.cast_unsigned()).wrapping_sub(ln(strike.0.cast_unsigned()));
    let deviation = Deviation::new(vol, tenor);
    Ok(greeks(forward.0, strike.0, distance, &deviation, tenor, carry))
}

/// Refuses a forward that the kernel's ranges do not cover.
pub(crate) fn check_forward(forward: LotValue) -> Result<(), RiskError> {
    if (MIN_FORWARD..=MAX_FORWARD).contains(&forward.0) { Ok(()) } else { Err(RiskError::OutOfDomain) }
}

/// Refuses a strike too far from a forward that has been checked.
#[inline]
pub(crate) fn check_strike(forward: LotValue, strike: LotValue) -> Result<(), RiskError> {
    let most = forward.0.wrapping_mul(MAX_MONEYNESS);
    if strike.0 < forward.0.div_euclid(MAX_MONEYNESS) || strike.0 > most || strike.0 <= 0 {
        return Err(RiskError::OutOfDomain);
    }
    Ok(())
}

/// Value of a call; `log` is ln(`forward`/`strike`) in Q40.
///
/// Ranges: `forward` below 2⁴⁶ (a checked forward moved by at most +800 %), `strike` below 2⁴⁹.
#[inline(always)]
pub(crate) fn call_value(forward: i64, strike: i64, log: i64, deviation: &Deviation) -> i64 {
    let (intrinsic, low, high) =
        if forward > strike { (forward.wrapping_sub(strike), strike, forward) } else { (0, forward, strike) };
    time_value(low, high, log.unsigned_abs(), deviation).wrapping_add(intrinsic)
}

/// Value of the option that is out of the money: low·N(s/2 − m) − high·N(−s/2 − m), with low and high the smaller and
/// the larger of forward and strike and m = |ln(low/high)|/s. Both calls and puts have this form, and every term of it
/// is at most `low`, which keeps the products in range and the result within [0, `low`].
#[inline(always)]
fn time_value(low: i64, high: i64, distance: u64, deviation: &Deviation) -> i64 {
    let Some((far, near)) = deviation.standardise(distance) else {
        return 0;
    };
    let high_weight = upper_tail(far);
    let low_weight = if near >= 0 {
        upper_tail(near.cast_unsigned())
    } else {
        ONE.wrapping_sub(upper_tail(near.unsigned_abs()))
    };
    let top = (low >> LOW_BITS).wrapping_mul(low_weight).wrapping_sub((high >> LOW_BITS).wrapping_mul(high_weight));
    let rest = (low & LOW_MASK).wrapping_mul(low_weight).wrapping_sub((high & LOW_MASK).wrapping_mul(high_weight));
    (top.wrapping_add(rest >> LOW_BITS) >> (36 - LOW_BITS)).max(0).min(low)
}

/// Value and greeks of a call; as [`call_value`].
pub(crate) fn greeks(
    forward: i64,
    strike: i64,
    log: i64,
    deviation: &Deviation,
    tenor: &Tenor,
    carry: &Carry,
) -> Quote76 {
    let value = call_value(forward, strike, log, deviation);
    let in_the_money = forward > strike;
    let (n_d1, density) = match deviation.standardise(log.unsigned_abs()) {
        None => (if in_the_money { ONE } else { 0 }, 0),
        // in the money d1 is m + s/2, otherwise s/2 − m
        Some((far, _)) if in_the_money => (ONE.wrapping_sub(upper_tail(far)), density(far)),
        Some((_, near)) => (super::normal::cdf(near.wrapping_neg()), density(near.unsigned_abs())),
    };
    let weighted = fraction_of(forward, density); // F·φ(d1)
    let carried = fraction_of(value, carry.rate_per_day);
    Quote76 {
        value: LotValue(value),
        delta: Ratio((n_d1 >> 7).wrapping_mul(carry.discount.0) >> 29),
        gamma: LotValue(if density == 0 { 0 } else { deviation.divide(weighted) }),
        vega: LotValue(fraction_of(weighted, tenor.root())),
        theta: LotValue(carried.wrapping_sub(decay_per_day(fraction_of(weighted, deviation.full), tenor))),
    }
}

/// F·φ(d1)·s spread over the tenor: half of it in days.
fn decay_per_day(amount: i64, tenor: &Tenor) -> i64 {
    match i64::try_from(tenor.seconds()) {
        Ok(seconds @ 1..) => amount.wrapping_mul(43_200) / seconds,
        _ => 0,
    }
}

/// `amount` (below 2⁴⁶) × `fraction` (Q36, below 2⁴⁰), rounded down.
#[inline]
fn fraction_of(amount: i64, fraction: i64) -> i64 {
    let top = (amount >> LOW_BITS).wrapping_mul(fraction);
    let rest = (amount & LOW_MASK).wrapping_mul(fraction);
    top.wrapping_add(rest >> LOW_BITS) >> (36 - LOW_BITS)
}
