//! What a collateral counts at when its sources fall silent (METHODOLOGY, Equity and collateral).

use crate::units::Price;

/// One source of a collateral's price: its own feed, or its underlying's feed times the pool's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The price that collateral counts at by this source, as of its last word.
    pub price: Price,
    /// Seconds since its last word.
    pub age: i64,
    /// Oldest age at which its word is taken as it is.
    pub max_age: i64,
}

/// When a source is given up, and how fast what only such sources price loses its value. In seconds, positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Age at which a source is given up.
    pub give_up_after: i64,
    /// Time from then on in which the value falls to 0.
    pub fade_seconds: i64,
}

/// The price that a collateral counts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The price.
    pub price: Price,
    /// Whether every source is fresh. Otherwise the collateral carries no new risk.
    pub live: bool,
}

/// The lowest price of all sources, faded while all of them are given up. `None` when it has to be refreshed first:
/// when there is no source, or one that is neither fresh nor given up yet.
///
/// A source that never spoke counts as given up at a price of 0. A source that has been given up still holds the price down, so that silencing a feed that shows a fall gains nothing.
/// The fade is measured from the source that was given up last.
pub fn counted(sources: &[Source], patience: Patience) -> Option<Counted> {
    let mut price: Option<Price> = None;
    let mut least_silent = i64::MAX;
    let (mut live, mut any_fresh) = (true, false);
    for source in sources {
        let fresh = source.price.0 > 0 && source.age <= source.max_age;
        if !fresh && source.price.0 > 0 && source.age <= patience.give_up_after {
            return None;
        }
        live &= fresh;
        any_fresh |= fresh;
        least_silent = least_silent.min(source.age);
        let candidate = Price(source.price.0.max(0));
        price = Some(price.map_or(candidate, |lowest| lowest.min(candidate)));
    }
    let price = price?;
    if any_fresh {
        return Some(Counted { price, live });
    }
    Some(Counted { price: fade(price, least_silent, patience), live: false })
}

/// `price` in a straight line from itself, when a source of this age is given up, to 0; rounded down.
fn fade(price: Price, age: i64, patience: Patience) -> Price {
    let faded_for = age.saturating_sub(patience.give_up_after);
    let left = patience.fade_seconds.saturating_sub(faded_for).clamp(0, patience.fade_seconds.max(0));
    if patience.fade_seconds <= 0 {
        return Price::ZERO;
    }
    let price = i128::from(price.0) * i128::from(left) / i128::from(patience.fade_seconds);
    Price(i64::try_from(price).unwrap_or(0))
}
