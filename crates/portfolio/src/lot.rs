//! The lot of a market: the engine counts in whole lots, a file in units of underlying.

use novate_risk::pricing::black76::MIN_FORWARD;
use novate_risk::units::{LotSize, LotValue, NANO, Price, Ratio};

use crate::decimal;
use crate::form::{Market, Portfolio};
use crate::refusal::Refusal;

/// A lot is worth at most so many nanos at the highest price of its market: 1,000 quote.
const MOST_VALUE: i128 = 1_000 * NANO as i128;
/// In the market of a candidate: 1 quote, because the largest size is found in whole lots.
const MOST_VALUE_OF_CANDIDATE: i128 = NANO as i128;

/// The largest number of units that divides every size of the market's legs and the largest power of ten of units that
/// is worth at most 1,000 quote (1 quote in the market of a candidate) at the market's price and forwards.
///
/// # Errors
/// A size for which that lot is worth less than the 0.001 quote that pricing needs, or a book whose forward is too far
/// from the market's other prices.
pub fn choose(portfolio: &Portfolio, place: usize, discounts: &[Ratio]) -> Result<LotSize, Refusal> {
    let market = &portfolio.markets[place];
    let most = if portfolio.has_candidate_of(place) { MOST_VALUE_OF_CANDIDATE } else { MOST_VALUE };
    let cap = largest_power(market, discounts, most);
    for (book, discount) in market.books.iter().zip(discounts) {
        if !is_priced(book.forward, *discount, cap) {
            let reason = "is too far below the market's other prices: they have no lot in common that pricing supports";
            return Err(Refusal::new(format!("{}.forward", book.path), reason));
        }
    }
    if LotValue::of(market.spot, LotSize(cap)).is_ok_and(|value| value.0 < MIN_FORWARD) {
        let reason = "is too far below the market's forwards: they have no lot in common that pricing supports";
        return Err(Refusal::new(format!("{}.spot", market.path), reason));
    }
    let mut lot = cap;
    for leg in portfolio.instruments_of(place) {
        lot = common_divisor(lot, leg.size.unsigned_abs());
        let priced = |lot: i64| {
            let forwards = market.books.iter().map(|book| book.forward).zip(discounts.iter().copied());
            forwards.chain([(market.spot, Ratio::ONE)]).all(|(price, discount)| is_priced(price, discount, lot))
        };
        if !priced(lot) {
            let least = std::iter::successors(Some(1_i64), |lot| lot.checked_mul(10)).find(|lot| priced(*lot));
            let reason = format!(
                "has too many decimals for the price: sizes of {:?} have no lot in common that is worth 0.001 quote; \
                 multiples of {} have",
                market.id,
                decimal::text(least.unwrap_or(cap).into(), 9)
            );
            return Err(Refusal::new(format!("{}.size", leg.path), reason));
        }
    }
    Ok(LotSize(lot))
}

/// The largest power of ten, in nanos of a unit, that is worth at most `most` nanos at all prices of the market.
fn largest_power(market: &Market, discounts: &[Ratio], most: i128) -> i64 {
    let one = i128::from(NANO);
    let forwards = market.books.iter().zip(discounts).map(|(book, discount)| {
        // discount factors of negative rates are above 1
        (i128::from(book.forward.0) * i128::from(discount.0).max(one) + one - 1) / one
    });
    let highest = forwards.chain([i128::from(market.spot.0)]).max().unwrap_or(1);
    let fits = |lot: &i64| highest * i128::from(*lot) <= most * one;
    std::iter::successors(Some(1_i64), |lot| lot.checked_mul(10)).take_while(fits).last().unwrap_or(1)
}

/// Whether a lot at this price is worth what pricing needs.
fn is_priced(price: Price, discount: Ratio, lot: i64) -> bool {
    let value = LotValue::of(price, LotSize(lot)).and_then(|value| value.scaled(discount));
    value.is_ok_and(|value| value.0 >= MIN_FORWARD)
}

/// Euclid's algorithm; the divisor of a positive `i64` is one.
fn common_divisor(a: i64, b: u128) -> i64 {
    let (mut a, mut b) = (u128::from(a.unsigned_abs()), b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1)
}
