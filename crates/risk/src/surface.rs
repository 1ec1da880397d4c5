//! Volatility surfaces: one SVI slice per expiry (METHODOLOGY §2; Gatheral & Jacquier 2014, raw parametrisation).

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;
use crate::pricing::exp::exp;
use crate::pricing::sqrt::isqrt;
use crate::pricing::tenor::MAX_TENOR_SECONDS;
use crate::units::{NANO, Ratio, Vol, YEAR_SECONDS, scale_small_floor};

/// Volatilities read off a surface are at least 1 %.
pub const MIN_VOL: Vol = Vol(10_000_000);
/// Volatilities read off a surface are at most 500 %.
pub const MAX_SURFACE_VOL: Vol = Vol(5_000_000_000);

/// Bound of |a| in nanos: the total variance of 500 % over two years.
const MAX_A: i64 = 50 * NANO;
/// Bound of |m| and σ in nanos.
const MAX_SHAPE: i64 = 4 * NANO;
/// Lee's moment formula lets no wing of the total variance rise faster than 2; the looser bound is METHODOLOGY's.
const MAX_WING: i64 = 4 * NANO;
/// Thousandths of a nano, the digits that total variance has beyond nanos while it is computed.
const PICO: u64 = 1_000;
const ONE: u64 = NANO.unsigned_abs();
/// Log-moneyness is held to ± this.
const MAX_LOG_MONEYNESS: i64 = 4 * NANO + NANO * 7 / 10;

/// Total variance w(x) = a + b(ρ(x−m) + √((x−m)² + σ²)) over a tenor, x = ln(K/F); all in nanos.
///
/// The tenor is the time to expiry *at which the surface was made*: variance per time is what stays when time passes,
/// so every reader passes that same tenor, not today's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Svi {
    /// a: level, in total variance.
    pub a: i64,
    /// b: slope of the wings, in total variance per unit of x.
    pub b: i64,
    /// ρ: tilt, inside ±1.
    pub rho: i64,
    /// m: shift of the minimum along x.
    pub m: i64,
    /// σ: rounding of the vertex.
    pub sigma: i64,
}

impl Svi {
    /// The surface that has the same volatility at every strike.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a volatility or tenor outside what pricing supports.
    pub fn flat(vol: Vol, tenor_seconds: i64) -> Result<Self, RiskError> {
        if !(MIN_VOL..=MAX_SURFACE_VOL).contains(&vol) {
            return Err(RiskError::OutOfDomain);
        }
        check_tenor(tenor_seconds)?;
        let variance = i128::from(vol.0) * i128::from(vol.0) * i128::from(tenor_seconds);
        let scale = i128::from(NANO) * i128::from(YEAR_SECONDS);
        let a = i64::try_from((variance + scale / 2) / scale).map_err(|_| RiskError::Overflow)?;
        Ok(Self { a, b: 0, rho: 0, m: 0, sigma: NANO / 10 })
    }

    /// Checks that the parameters are a slice without butterfly arbitrage as far as METHODOLOGY §2 asks: |ρ| < 1,
    /// σ > 0, b ≥ 0, the minimum a + bσ√(1−ρ²) ≥ 0, b(1+|ρ|) ≤ 4 in total variance (4/τ in annual variance).
    ///
    /// # Errors
    /// [`RiskError::BadSurface`] when one does not hold; [`RiskError::OutOfDomain`] for a tenor outside one second to
    /// two years.
    pub fn validate(&self, tenor_seconds: i64) -> Result<(), RiskError> {
        check_tenor(tenor_seconds)?;
        let Self { a, b, rho, m, sigma } = *self;
        let shape = (-MAX_A..=MAX_A).contains(&a)
            && (0..=MAX_WING).contains(&b)
            && (1 - NANO..NANO).contains(&rho)
            && (-MAX_SHAPE..=MAX_SHAPE).contains(&m)
            && (1..=MAX_SHAPE).contains(&sigma);
        if !shape {
            return Err(RiskError::BadSurface);
        }
        // with the bounds above no product leaves its type
        let wing = i128::from(b) * i128::from(NANO + rho.abs());
        let root = isqrt((NANO * NANO - rho * rho).unsigned_abs()); // √(1−ρ²), rounded down
        let lift = i128::from(b) * i128::from(sigma) * i128::from(root);
        let scale = i128::from(NANO) * i128::from(NANO);
        if wing > i128::from(MAX_WING) * i128::from(NANO) || i128::from(a) * scale + lift < 0 {
            return Err(RiskError::BadSurface);
        }
        Ok(())
    }

    /// Implied volatility at `log_moneyness` x = ln(K/F), held to [`MIN_VOL`]..=[`MAX_SURFACE_VOL`]. The parameters
    /// must have passed [`Svi::validate`] with the same tenor.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a tenor outside one second to two years.
    pub fn vol(&self, log_moneyness: Ratio, tenor_seconds: i64) -> Result<Vol, RiskError> {
        check_tenor(tenor_seconds)?;
        let x = log_moneyness.0.clamp(-MAX_LOG_MONEYNESS, MAX_LOG_MONEYNESS).wrapping_sub(self.m);
        // positive, because |ρ| < 1
        let wings = scale_small_floor(x, self.rho).wrapping_add(hypotenuse(x, self.sigma)).max(0).cast_unsigned();
        // total variance in 10⁻¹²: near expiry it is a few hundred nanos, and their rounding would show in the vol
        let slope = self.b.max(0).cast_unsigned();
        let whole = (wings / ONE).wrapping_mul(slope).wrapping_mul(PICO);
        let rest = (wings % ONE).wrapping_mul(slope) / (ONE / PICO);
        let wings = whole.wrapping_add(rest).cast_signed();
        let variance = self.a.wrapping_mul(PICO.cast_signed()).wrapping_add(wings).max(0).cast_unsigned();
        Ok(root_of_annual(variance, tenor_seconds.unsigned_abs()))
    }

    /// Implied volatility at the forward, as [`Svi::vol`].
    ///
    /// # Errors
    /// As [`Svi::vol`].
    pub fn vol_at_the_money(&self, tenor_seconds: i64) -> Result<Vol, RiskError> {
        self.vol(Ratio::ZERO, tenor_seconds)
    }
}

/// D = e^(−rτ) for a continuously compounded annual `rate` in nanos, within 10⁻⁸; an expiry in the past has D = 1.
///
/// # Errors
/// [`RiskError::OutOfDomain`] for a rate outside ±100 % or a tenor beyond two years.
pub fn discount(rate: i64, tenor_seconds: i64) -> Result<Ratio, RiskError> {
    if !(-NANO..=NANO).contains(&rate) || tenor_seconds > MAX_TENOR_SECONDS {
        return Err(RiskError::OutOfDomain);
    }
    if rate == 0 || tenor_seconds <= 0 {
        return Ok(Ratio::ONE);
    }
    let exponent = i128::from(rate) * i128::from(tenor_seconds) * (1 << 40);
    let exponent = exponent / (i128::from(NANO) * i128::from(YEAR_SECONDS));
    i64::try_from(-exponent).map(|exponent| Ratio(exp(exponent))).map_err(|_| RiskError::Overflow)
}

fn check_tenor(seconds: i64) -> Result<(), RiskError> {
    if (1..=MAX_TENOR_SECONDS).contains(&seconds) { Ok(()) } else { Err(RiskError::OutOfDomain) }
}

/// √(x² + y²), rounded down; both below 9·10⁹ in size.
fn hypotenuse(x: i64, y: i64) -> i64 {
    let (x, y) = (x.unsigned_abs(), y.unsigned_abs());
    let root = if x < 3 * ONE && y < 3 * ONE {
        isqrt(x.wrapping_mul(x).wrapping_add(y.wrapping_mul(y)))
    } else {
        let (x, y) = (x >> 2, y >> 2);
        isqrt(x.wrapping_mul(x).wrapping_add(y.wrapping_mul(y))) << 2
    };
    root.cast_signed()
}

/// √(variance per year) of a total variance in 10⁻¹², held to the bounds of volatility.
fn root_of_annual(variance: u64, tenor_seconds: u64) -> Vol {
    const YEAR: u64 = YEAR_SECONDS.unsigned_abs();
    /// 500 % squared in 10⁻¹².
    const MOST: u64 = 25 * ONE * PICO;
    // variance × year ÷ tenor; the whole part first, so that no product leaves 64 bits
    let Some(per_second) = variance.checked_div(tenor_seconds) else {
        return MAX_SURFACE_VOL;
    };
    if per_second > MOST / YEAR {
        return MAX_SURFACE_VOL;
    }
    let rest = variance.wrapping_sub(per_second.wrapping_mul(tenor_seconds)).wrapping_mul(YEAR);
    let annual = per_second.wrapping_mul(YEAR).wrapping_add(rest.checked_div(tenor_seconds).unwrap_or(0)).min(MOST);
    // in nanos σ² is annual × 10⁶, which leaves 64 bits at the upper end: there, the root of a quarter of it
    let root = if annual < 18 * ONE * PICO {
        isqrt(annual.wrapping_mul(1_000_000))
    } else {
        isqrt(annual.wrapping_mul(250_000)) << 1
    };
    Vol(root.cast_signed()).max(MIN_VOL).min(MAX_SURFACE_VOL)
}
