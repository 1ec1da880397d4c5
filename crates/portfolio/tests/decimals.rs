//! Numbers are read and written exactly.

use novate_portfolio::decimal::{DecimalError, Fine, parse, text};
use proptest::prelude::*;

#[test]
fn numbers_are_read_exactly() {
    let cases = [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("-0.000", Ok(0)),
        ("0e99999999999", Ok(0)),
        ("1", Ok(1_000_000_000)),
        ("-1.5", Ok(-1_500_000_000)),
        ("0.000000001", Ok(1)),
        ("0.00000000100", Ok(1)),
        ("1e-9", Ok(1)),
        ("10E-10", Ok(1)),
        ("0.1e-8", Ok(1)),
        ("1e+3", Ok(1_000_000_000_000)),
        ("0.1", Ok(100_000_000)),
        ("9007199254740993", Ok(9_007_199_254_740_993_000_000_000)),
        ("9223372036.854775807", Ok(9_223_372_036_854_775_807)),
        ("1e27", Ok(10_i128.pow(36))),
        ("1e28", Err(DecimalError::TooLarge)),
        ("1e99999999999", Err(DecimalError::TooLarge)),
        ("0.0000000001", Err(DecimalError::TooPrecise)),
        ("1.0000000001", Err(DecimalError::TooPrecise)),
        ("1e-10", Err(DecimalError::TooPrecise)),
        ("1e-99999999999", Err(DecimalError::TooPrecise)),
    ];
    for (text, value) in cases {
        assert_eq!(parse(text, 9), Some(value), "{text}");
    }
    for text in ["", "-", ".5", "5.", "+1", "1e", "1e+", "NaN", "Infinity", "1_000", "0x10", "1,5", " 1", "１"] {
        assert_eq!(parse(text, 9), None, "{text}");
    }
}

#[test]
fn numbers_are_written_without_exponent_and_trailing_zeros() {
    let cases = [(0, "0"), (1, "0.000000001"), (-1, "-0.000000001"), (1_500_000_000, "1.5"), (-2_000_000_000, "-2")];
    for (value, expected) in cases {
        assert_eq!(text(value, 9), expected);
    }
}

#[test]
fn sums_keep_18_decimals_at_any_size() {
    let third = Fine::ratio(1, 3);
    assert_eq!(third.text(), "0.333333333333333333");
    assert_eq!(Fine::ratio(-1, 3).text(), "-0.333333333333333334");
    assert_eq!(Fine::ratio(-4, 2).text(), "-2");
    let large = Fine::ratio(i128::MAX, 1);
    assert_eq!(large.text(), i128::MAX.to_string());
    assert_eq!(large.checked_add(Fine::ratio(1, 1)), None);
    let sum = Fine::ratio(10_i128.pow(30), 1).checked_add(third).and_then(|sum| sum.checked_add(Fine::ratio(2, 3)));
    assert_eq!(sum.map(Fine::text).as_deref(), Some("1000000000000000000000000000000.999999999999999999"));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in any::<i128>(), decimals in 0_u32..=9) {
        let value = value % 10_i128.pow(28 + decimals);
        prop_assert_eq!(parse(&text(value, decimals), decimals as usize), Some(Ok(value)));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[-+0-9.eE]{0,40}") {
        let _ = parse(&text, 9);
    }

    #[test]
    fn fine_sums_are_those_of_parts(a in -(10_i128.pow(36))..10_i128.pow(36), b in -(10_i128.pow(36))..10_i128.pow(36)) {
        let sum = Fine::of_parts(a).checked_add(Fine::of_parts(b)).map(Fine::text);
        prop_assert_eq!(sum, Some(text(a + b, 18)));
    }
}
