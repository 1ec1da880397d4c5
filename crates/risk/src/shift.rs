//! How far volatility moves in a scenario (METHODOLOGY §4).

use crate::params::RiskParams;
use crate::pricing::deviation::MAX_VOL;
use crate::pricing::exp::power;
use crate::pricing::tenor::Tenor;
use crate::units::{NANO, Ratio, Vol, scale_small_floor, scale_small_floor_unsigned};

const DAY_SECONDS: u64 = 86_400;
const HOUR_SECONDS: i128 = 3_600;
/// The widest u, given or grown with age.
pub const MAX_VOL_UP: Ratio = Ratio(2 * NANO);
/// The tenor for which the parameters u and d are quoted.
const QUOTED_SECONDS: u64 = 30 * DAY_SECONDS;
/// A vol-up row multiplies volatility by at most this.
const MAX_FACTOR: i64 = 9 * NANO;

/// The shocks of volatility for one expiry, by direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolShift {
    /// 1 + u·m in nanos.
    pub up: i64,
    /// max(0, 1 − d·m) in nanos.
    pub down: i64,
    /// σ_min.
    pub floor: Vol,
}

/// u for a surface that has been stale for `stale_seconds`: it grows by `per_hour` each hour, up to [`MAX_VOL_UP`].
/// Rounded up; never below `vol_up`.
pub fn stale_vol_up(vol_up: Ratio, per_hour: Ratio, stale_seconds: i64) -> Ratio {
    let product = i128::from(per_hour.0.max(0)).saturating_mul(i128::from(stale_seconds.max(0)));
    let growth = product.saturating_add(HOUR_SECONDS - 1) / HOUR_SECONDS;
    let grown = i128::from(vol_up.0).saturating_add(growth).min(i128::from(MAX_VOL_UP.0));
    i64::try_from(grown).map_or(vol_up, Ratio).max(vol_up)
}

impl VolShift {
    /// The shocks of an expiry: m = (30 d / max(T, 1 d))^p, with p for short or for long tenors.
    pub fn new(params: &RiskParams, tenor: &Tenor) -> Self {
        let seconds = tenor.seconds();
        let p = if seconds <= QUOTED_SECONDS { params.vol_power_short } else { params.vol_power_long };
        let m = power(QUOTED_SECONDS, seconds.max(DAY_SECONDS), p.0);
        Self {
            up: NANO.saturating_add(scale_small_floor(m, params.vol_up.0)).clamp(NANO, MAX_FACTOR),
            down: NANO.saturating_sub(scale_small_floor(m, params.vol_down.0)).clamp(0, NANO),
            floor: params.vol_floor,
        }
    }

    /// The volatility in a vol-up, a vol-flat and a vol-down row, in the order of a row's `vol`.
    pub fn apply(&self, vol: Vol) -> [Vol; 3] {
        let times = |factor: i64| {
            let product = scale_small_floor_unsigned(vol.0.max(0).cast_unsigned(), factor.max(0).cast_unsigned());
            Vol(product.cast_signed())
        };
        [times(self.up).max(self.floor).max(vol).min(MAX_VOL), vol, times(self.down)]
    }
}
