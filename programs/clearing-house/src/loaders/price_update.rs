//! Reads a Pyth price update.
//!
//! Security assumptions
//! - The account belongs to Pyth's receiver program and has its discriminator: Anchor checks both when it deserialises
//!   [`PriceUpdateV2`]. Only that program writes such accounts, after it has checked the guardians' signatures.
//! - Full verification (two thirds of the guardians) is required; partial verification is refused.
//! - The publisher of the account is irrelevant: anybody may post an update, nobody can alter one.
//! - An old update stays valid data for ever. Age is checked here against the clock, and the state refuses to go back.
//! - What an attacker can choose: which of the feed's updates since the stored one is taken, within `max_age`.
//! - The clock sysvar may be off by tens of seconds: publish times ahead of it are tolerated by [`MAX_CLOCK_LEAD`].

use anchor_lang::prelude::*;
use novate_risk::units::NANO;
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

use crate::error::ClearingError;
use crate::state::price::MAX_CLOCK_LEAD;
use crate::state::{OracleBinding, PriceCell};

/// Checks an update against a binding at `now` and converts it to nanos of quote per unit: price and average rounded
/// down, confidence up.
pub fn read_price(update: &PriceUpdateV2, oracle: &OracleBinding, now: i64) -> Result<PriceCell> {
    let message = &update.price_message;
    require!(update.verification_level == VerificationLevel::Full, ClearingError::NotFullyVerified);
    require!(message.feed_id == oracle.feed_id, ClearingError::WrongFeed);
    require!(message.publish_time <= now.saturating_add(MAX_CLOCK_LEAD), ClearingError::FuturePrice);
    require!(now.saturating_sub(message.publish_time) <= oracle.max_age, ClearingError::StalePrice);
    require!((-18..=0).contains(&message.exponent), ClearingError::BadExponent);
    require!(message.price > 0 && message.ema_price > 0, ClearingError::NonPositivePrice);
    let wide =
        i128::from(message.conf) * i128::from(NANO) > i128::from(message.price) * i128::from(oracle.max_confidence);
    require!(!wide, ClearingError::WideConfidence);
    let price = to_nanos(i128::from(message.price), message.exponent, Rounding::Down)?;
    let cell = PriceCell {
        price,
        confidence: to_nanos(i128::from(message.conf), message.exponent, Rounding::Up)?,
        ema: to_nanos(i128::from(message.ema_price), message.exponent, Rounding::Down)?,
        publish_time: message.publish_time,
        primary_price: price,
        primary_time: message.publish_time,
    };
    require!(cell.price > 0 && cell.ema > 0, ClearingError::PriceOutOfRange);
    Ok(cell)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Down,
    Up,
}

/// The highest price that is accepted: 1e8 quote per unit.
pub(super) const MAX_PRICE: i128 = 100_000_000 * NANO as i128;

/// `mantissa` × 10^`exponent`, in nanos; `mantissa` is not negative and fits 64 bits.
fn to_nanos(mantissa: i128, exponent: i32, rounding: Rounding) -> Result<i64> {
    let shift = exponent + 9;
    let scale = 10_i128.pow(shift.unsigned_abs());
    let nanos = if shift >= 0 {
        mantissa * scale
    } else if rounding == Rounding::Up {
        (mantissa + scale - 1) / scale
    } else {
        mantissa / scale
    };
    require!(nanos <= MAX_PRICE, ClearingError::PriceOutOfRange);
    i64::try_from(nanos).map_err(|_| ClearingError::PriceOutOfRange.into())
}
