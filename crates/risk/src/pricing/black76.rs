//! Value and greeks of a European call on a forward (Black 1976), on amounts that are already discounted.

use super::deviation::{Deviation, Standardised};
use super::log::ln;
use super::normal::{BIAS, ONE, cdf_and_density_biased, cdf_biased};
use super::tenor::Tenor;
use crate::error::RiskError;
use crate::units::{LotValue, NANO, Ratio, Vol, scale_small_floor_unsigned};

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

    /// What discounting adds to a value per day that passes.
    #[inline(always)]
    fn per_day(&self, value: i64) -> i64 {
        if self.rate_per_day == 0 { 0 } else { fraction_of(value, self.rate_per_day) }
    }

    /// D·N(d₁) in nanos.
    #[inline(always)]
    const fn delta(&self, n_d1: i64) -> Ratio {
        Ratio((n_d1 >> 7).wrapping_mul(self.discount.0) >> 29)
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
    let log = ln(forward.0.cast_unsigned()).wrapping_sub(ln(strike.0.cast_unsigned()));
    let deviation = &Deviation::new(vol, tenor);
    let (forward, strike) = (Amount::new(forward.0), Amount::new(strike.0));
    let moneyness = &Standardised::new(log, deviation);
    Ok(greeks(&CallInputs { forward, strike, vol, deviation, moneyness, tenor, carry }))
}

/// Refuses a forward that the kernel's ranges do not cover.
pub(crate) fn check_forward(forward: LotValue) -> Result<(), RiskError> {
    if (MIN_FORWARD..=MAX_FORWARD).contains(&forward.0) { Ok(()) } else { Err(RiskError::OutOfDomain) }
}

/// Refuses a strike too far from a forward that has been checked.
#[inline]
pub(crate) fn check_strike(forward: LotValue, strike: LotValue) -> Result<(), RiskError> {
    // a strike of up to 100 forwards times 100 is in range; at least forward ÷ 100, rounded down
    let most = forward.0.wrapping_mul(MAX_MONEYNESS);
    if !(1..=most).contains(&strike.0) || strike.0.wrapping_add(1).wrapping_mul(MAX_MONEYNESS) <= forward.0 {
        return Err(RiskError::OutOfDomain);
    }
    Ok(())
}

/// An amount below 2⁴⁹, split so that its products with Q36 fractions fit an `i64`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    whole: i64,
    high: i64,
    low: i64,
}

impl Amount {
    /// Nothing.
    pub(crate) const ZERO: Self = Self { whole: 0, high: 0, low: 0 };

    pub(crate) const fn new(amount: i64) -> Self {
        Self { whole: amount, high: amount >> LOW_BITS, low: amount & LOW_MASK }
    }

    pub(crate) const fn whole(&self) -> i64 {
        self.whole
    }

    /// The amount as multiples of 2²⁰ and the rest.
    pub(crate) const fn split(&self) -> (i64, i64) {
        (self.high, self.low)
    }
}

/// The call at one forward and one strike, for many volatilities.
///
/// Ranges: the forward below 2⁴⁶ (a checked forward moved by at most +800 %), the strike below 2⁴⁹. K·N(d₂) never
/// exceeds F·N(d₁), so no product leaves 2⁶² with 20 bits split off.
pub(crate) struct Call<'a> {
    forward: &'a Amount,
    strike: &'a Amount,
    intrinsic: i64,
}

impl<'a> Call<'a> {
    #[inline(always)]
    pub(crate) fn new(forward: &'a Amount, strike: &'a Amount) -> Self {
        Self { forward, strike, intrinsic: forward.whole.wrapping_sub(strike.whole).max(0) }
    }

    /// F·N(d₁) − K·N(d₂), ln F having moved by `log_move` (Q40) to this forward. The result is within intrinsic value
    /// and forward, because probabilities are within 0 and 1.
    #[inline(always)]
    pub(crate) fn value(&self, log_move: i64, moneyness: &Standardised) -> i64 {
        match moneyness.moved(log_move) {
            Some((d1, d2)) => difference(self.forward, self.strike, n_of_d1(d1), n_of_d2(d2)).max(self.intrinsic),
            None => self.intrinsic,
        }
    }
}

/// N(d₁) of a biased d₁, which can only leave the table upwards.
#[inline(always)]
fn n_of_d1(d1: u64) -> i64 {
    cdf_biased(d1).unwrap_or(ONE)
}

/// N(d₂) of a biased d₂, which can only leave the table downwards.
#[inline(always)]
fn n_of_d2(d2: u64) -> i64 {
    cdf_biased(d2).unwrap_or(0)
}

/// forward × `n_d1` − strike × `n_d2`, rounded down.
#[inline(always)]
fn difference(forward: &Amount, strike: &Amount, n_d1: i64, n_d2: i64) -> i64 {
    let high = forward.high.wrapping_mul(n_d1).wrapping_sub(strike.high.wrapping_mul(n_d2));
    let low = forward.low.wrapping_mul(n_d1).wrapping_sub(strike.low.wrapping_mul(n_d2));
    high.wrapping_add(low >> LOW_BITS) >> (36 - LOW_BITS)
}

/// What the derivatives of a call are made of.
pub(crate) struct CallBase {
    /// N(d₁), Q36.
    pub(crate) n_d1: i64,
    /// φ(d₁), Q36.
    pub(crate) density: i64,
    /// d₁ and d₂, Q30; 0 where the density is 0.
    pub(crate) d1: i64,
    pub(crate) d2: i64,
}

impl CallBase {
    /// At ln(F/K) `log`, which `moneyness` has in deviations.
    pub(crate) fn new(log: i64, moneyness: &Standardised) -> Self {
        let Some((d1, d2)) = moneyness.moved(0) else {
            return Self { n_d1: if log > 0 { ONE } else { 0 }, density: 0, d1: 0, d2: 0 };
        };
        let (n_d1, density) = cdf_and_density_biased(d1).unwrap_or((ONE, 0));
        let centred = |d: u64| d.wrapping_sub(BIAS).cast_signed();
        Self { n_d1, density, d1: centred(d1), d2: centred(d2) }
    }
}

/// What [`greeks`] depends on.
pub(crate) struct CallInputs<'a> {
    pub(crate) forward: Amount,
    pub(crate) strike: Amount,
    pub(crate) vol: Vol,
    /// σ√τ of the volatility and the tenor.
    pub(crate) deviation: &'a Deviation,
    /// ln(F/K) in that deviation.
    pub(crate) moneyness: &'a Standardised,
    pub(crate) tenor: &'a Tenor,
    pub(crate) carry: &'a Carry,
}

/// Value and greeks of a call; as [`call_value`].
#[inline(always)]
pub(crate) fn greeks(inputs: &CallInputs) -> Quote76 {
    let CallInputs { forward, strike, vol, deviation, moneyness, tenor, carry } = *inputs;
    let intrinsic = forward.whole.wrapping_sub(strike.whole).max(0);
    let Some((d1, d2)) = moneyness.moved(0) else {
        let n_d1 = if intrinsic > 0 { ONE } else { 0 };
        let theta = LotValue(carry.per_day(intrinsic));
        return Quote76 { value: LotValue(intrinsic), delta: carry.delta(n_d1), theta, ..Quote76::default() };
    };
    let (n_d1, density) = cdf_and_density_biased(d1).unwrap_or((ONE, 0));
    let value = difference(&forward, &strike, n_d1, n_of_d2(d2)).max(intrinsic);
    let weighted = fraction_of(forward.whole, density); // F·φ(d₁)
    let vega = fraction_of(weighted, tenor.root());
    Quote76 {
        value: LotValue(value),
        delta: carry.delta(n_d1),
        gamma: LotValue(deviation.divide(weighted)),
        vega: LotValue(vega),
        theta: LotValue(carry.per_day(value).wrapping_sub(decay_per_day(vega, vol, tenor))),
    }
}

/// What the passing of a day takes off the value: vega × σ ÷ 2τ, τ in days.
#[inline(always)]
fn decay_per_day(vega: i64, vol: Vol, tenor: &Tenor) -> i64 {
    const HALF_DAY: u64 = 43_200;
    let amount = scale_small_floor_unsigned(vega.cast_unsigned(), vol.0.cast_unsigned());
    amount.wrapping_mul(HALF_DAY).checked_div(tenor.seconds()).unwrap_or(0).cast_signed()
}

/// `amount` (below 2⁴⁶) × `fraction` (Q36, below 2⁴⁰), rounded down.
#[inline]
pub(crate) fn fraction_of(amount: i64, fraction: i64) -> i64 {
    let Amount { high, low, .. } = Amount::new(amount);
    high.wrapping_mul(fraction).wrapping_add(low.wrapping_mul(fraction) >> LOW_BITS) >> (36 - LOW_BITS)
}
