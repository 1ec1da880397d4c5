//! Staked tokens: units of underlying that a pool pays for one of its tokens (METHODOLOGY, Equity and collateral).

use crate::error::RiskError;
use crate::units::{NANO, Price, Ratio, mul_div_ceil, mul_div_floor};

/// Length of the window in which a rate may use one window's growth.
pub const WINDOW_SECONDS: i64 = 86_400;
/// The most windows whose growth may be made up for after a silence.
pub const MAX_WINDOWS: i64 = 10;
/// The highest rate that is accepted: a token worth more underlying than this has a broken pool.
pub const MAX_RATE: Ratio = Ratio(100 * NANO);

/// Underlying per token, rounded down.
///
/// # Errors
/// [`RiskError::OutOfDomain`] for a pool without tokens or underlying, or a rate of 0 or above [`MAX_RATE`].
pub fn rate(underlying: u64, tokens: u64) -> Result<Ratio, RiskError> {
    if tokens == 0 {
        return Err(RiskError::OutOfDomain);
    }
    let rate = u128::from(underlying) * u128::from(NANO.unsigned_abs()) / u128::from(tokens);
    match i64::try_from(rate) {
        Ok(rate) if (1..=MAX_RATE.0).contains(&rate) => Ok(Ratio(rate)),
        _ => Err(RiskError::OutOfDomain),
    }
}

/// A rate whose growth is bounded: what counts, and what it is measured from. All zero until the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundedRate {
    /// The rate that counts.
    pub rate: Ratio,
    /// The rate at the start of the window.
    pub anchor: Ratio,
    /// Start of the window, Unix seconds.
    pub anchored_at: i64,
}

impl BoundedRate {
    /// Takes the pool's rate of `now`. The first counts as it is. A lower one counts at once; a higher one counts up to
    /// `growth` over the rate at the start of the window of a day, and once more for each whole day since, at most
    /// [`MAX_WINDOWS`]. The bound does not depend on how often it is asked.
    ///
    /// # Errors
    /// [`RiskError::BadParameter`] for a negative growth, [`RiskError::Overflow`] when the bound does not fit.
    pub fn advance(&self, fresh: Ratio, growth: Ratio, now: i64) -> Result<Self, RiskError> {
        if growth.0 < 0 {
            return Err(RiskError::BadParameter);
        }
        if self.anchor.0 <= 0 || fresh <= self.anchor {
            return Ok(Self { rate: fresh, anchor: fresh, anchored_at: now });
        }
        let elapsed = now.saturating_sub(self.anchored_at).max(0);
        let windows = (elapsed / WINDOW_SECONDS).saturating_add(1).min(MAX_WINDOWS);
        let gain = growth.0.checked_mul(windows).and_then(|gain| mul_div_floor(self.anchor.0, gain, NANO));
        let bound = gain.and_then(|gain| self.anchor.0.checked_add(gain)).ok_or(RiskError::Overflow)?;
        let rate = Ratio(fresh.0.min(bound));
        if elapsed >= WINDOW_SECONDS {
            return Ok(Self { rate, anchor: rate, anchored_at: now });
        }
        Ok(Self { rate, ..*self })
    }
}

/// Price of a token, rounded down, for an underlying at `price`.
///
/// # Errors
/// [`RiskError::Overflow`] when it does not fit.
pub fn token_price(price: Price, rate: Ratio) -> Result<Price, RiskError> {
    mul_div_floor(price.0, rate.0, NANO).map(Price).ok_or(RiskError::Overflow)
}

/// Confidence of a token's price, rounded up, for an underlying's of `confidence`.
///
/// # Errors
/// [`RiskError::Overflow`] when it does not fit.
pub fn token_confidence(confidence: Price, rate: Ratio) -> Result<Price, RiskError> {
    mul_div_ceil(confidence.0, rate.0, NANO).map(Price).ok_or(RiskError::Overflow)
}
