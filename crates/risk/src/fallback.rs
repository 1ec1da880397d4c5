//! Prices of a second feed: what its responses say together, and whether that can follow the first feed's last price.

use crate::units::{NANO, Price, Ratio};

/// What several responses to the same question say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consensus {
    /// The median; the lower of the two in the middle.
    pub median: Price,
    /// The largest response less the smallest: never less than their standard deviation.
    pub range: Price,
}

/// The consensus of `responses`, which are sorted in place; `None` without any. Responses are not negative.
pub fn consensus(responses: &mut [i64]) -> Option<Consensus> {
    responses.sort_unstable();
    let (first, last) = (responses.first()?, responses.last()?);
    let median = responses.get((responses.len() - 1) / 2)?;
    Some(Consensus { median: Price(*median), range: Price(last.saturating_sub(*first)) })
}

/// Whether `next` may follow `last`, the first feed's last price, after `silence` seconds without it.
///
/// After `after` seconds, when the second feed is first asked, it may differ by `max_jump`; the allowance grows in
/// proportion to the silence. So a second feed that is wrong by a factor does not get in at once, and a true price
/// always gets in with time.
pub fn within_jump(last: Price, next: Price, max_jump: Ratio, silence: i64, after: i64) -> bool {
    if silence < after || after <= 0 || last.0 <= 0 {
        return false;
    }
    let moved = (i128::from(next.0) - i128::from(last.0)).unsigned_abs();
    let allowed = u128::from(last.0.unsigned_abs()) * u128::from(max_jump.0.max(0).unsigned_abs());
    let stretched = allowed.saturating_mul(u128::from(silence.unsigned_abs()));
    let needed = moved.checked_mul(u128::from(NANO.unsigned_abs()));
    needed.and_then(|needed| needed.checked_mul(u128::from(after.unsigned_abs()))).is_some_and(|n| n <= stretched)
}
