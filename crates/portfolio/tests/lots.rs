//! The lot of a market: divides every size, and is worth what pricing supports.

use novate_portfolio::form::Portfolio;
use novate_portfolio::world::World;
use novate_portfolio::{Refusal, decimal};
use proptest::prelude::*;

/// The lot that a market with this price and futures of these sizes gets, in nanos of a unit.
fn lot(spot: &str, sizes: &[&str]) -> Result<i64, Refusal> {
    let expiries = || 60..60 + sizes.len();
    let books: Vec<_> = expiries().map(|expiry| format!("{{\"expiry_s\": {expiry}, \"forward\": {spot}}}")).collect();
    let leg = |(expiry, size)| {
        format!("{{\"market\": \"M\", \"kind\": \"future\", \"expiry_s\": {expiry}, \"size\": {size}}}")
    };
    let legs: Vec<_> = expiries().zip(sizes).map(leg).collect();
    let (books, legs) = (books.join(", "), legs.join(", "));
    let file =
        format!("{{\"markets\": [{{\"id\": \"M\", \"spot\": {spot}, \"books\": [{books}]}}], \"legs\": [{legs}]}}");
    let portfolio = Portfolio::read(&file)?;
    Ok(World::new(&portfolio)?.markets[0].lot.0)
}

#[test]
fn lots_are_as_large_as_prices_and_sizes_allow() {
    let cases: [(&str, &[&str], &str); 10] = [
        ("95000", &["1"], "0.01"),
        ("95000", &["-3", "0.5"], "0.01"),
        ("95000", &["0.1025"], "0.0025"),
        ("95000", &["1", "0.003"], "0.001"),
        ("95000", &["0.00000002"], "0.00000002"),
        ("100000", &["1"], "0.01"),
        ("100000.01", &["1"], "0.001"),
        ("0.000001", &["5000000000"], "1000000000"),
        ("10000000", &["2"], "0.0001"),
        ("1", &["7"], "1"),
    ];
    for (spot, sizes, expected) in cases {
        assert_eq!(decimal::text(lot(spot, sizes).unwrap().into(), 9), expected, "{spot} {sizes:?}");
    }
}

#[test]
fn sizes_without_a_lot_are_refused_with_what_can_be_had() {
    let refusal = lot("95000", &["1", "0.00000001"]).unwrap_err();
    assert_eq!(refusal.path, "legs[1].size");
    assert!(refusal.reason.ends_with("multiples of 0.0000001 have"), "{refusal}");
    assert!(lot("95000", &["1", "0.0000001"]).is_ok());
    // each has a lot, but they have none in common
    let refusal = lot("95000", &["0.00000016", "0.00000025"]).unwrap_err();
    assert_eq!(refusal.path, "legs[1].size");
}

proptest! {
    #[test]
    fn lots_divide_sizes_and_are_worth_what_pricing_supports(
        spot in 1_i128..1_000_000_000_000_000_000,
        sizes in prop::collection::vec(1_i128..1_000_000_000, 1..5),
        unit in 0_u32..9,
    ) {
        let sizes: Vec<_> = sizes.iter().map(|size| size * 10_i128.pow(unit)).collect();
        let texts: Vec<_> = sizes.iter().map(|size| decimal::text(*size, 9)).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        match lot(&decimal::text(spot, 9), &texts) {
            Ok(lot) => {
                prop_assert!(sizes.iter().all(|size| size % i128::from(lot) == 0));
                let value = spot * i128::from(lot) / 1_000_000_000;
                prop_assert!((1_000_000..=1_000_000_000_000).contains(&value));
            }
            Err(refusal) => prop_assert!(refusal.path.ends_with(".size"), "{}", refusal),
        }
    }
}
