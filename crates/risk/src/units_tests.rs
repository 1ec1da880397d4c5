//! The 64-bit shortcuts of [`units`](crate::units) equal the 128-bit functions wherever they promise to.

use std::vec::Vec;

use proptest::prelude::*;

use crate::units::{
    LotSize, LotValue, NANO, Price, mul_div_ceil, mul_div_floor, scale_small_ceil, scale_small_floor,
    scale_small_floor_unsigned, share_ceil, split,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shortcuts_equal_the_wide_functions(value: i64, ratio in -NANO..=8 * NANO, shift in 0_u32..60) {
        let value = value >> shift;
        let (whole, rest) = split(value);
        prop_assert_eq!(whole, value.div_euclid(NANO));
        prop_assert_eq!(rest, value.rem_euclid(NANO).unsigned_abs());
        if let Some(product) = mul_div_floor(value, ratio, NANO) {
            prop_assert_eq!(scale_small_floor(value, ratio), product);
        }
        let (amount, share) = (value.checked_abs().unwrap_or(i64::MAX), ratio.abs());
        if let (Some(floor), Some(ceil)) = (mul_div_floor(amount, share, NANO), mul_div_ceil(amount, share, NANO)) {
            prop_assert_eq!(scale_small_floor_unsigned(amount.unsigned_abs(), share.unsigned_abs()), floor.unsigned_abs());
            prop_assert_eq!(scale_small_ceil(amount.unsigned_abs(), share.unsigned_abs()), ceil.unsigned_abs());
        }
    }

    #[test]
    fn lot_values_equal_the_wide_product(price: i64, lot: i64, shifts in (0_u32..60, 0_u32..60)) {
        let (price, lot) = (price >> shifts.0, lot >> shifts.1);
        let wide = mul_div_floor(price, lot, NANO);
        prop_assert_eq!(LotValue::of(Price(price), LotSize(lot)).ok().map(LotValue::raw), wide);
    }
}

#[test]
fn edges_of_lot_values() {
    let edges =
        [i64::MIN, -1, 0, 1, NANO - 1, NANO, NANO + 1, 3 * NANO, 9 * NANO, i64::MAX / NANO, i64::MAX - 1, i64::MAX];
    let pairs = edges.iter().flat_map(|price| edges.iter().map(move |lot| (*price, *lot))).collect::<Vec<_>>();
    for (price, lot) in pairs {
        let wide = mul_div_floor(price, lot, NANO);
        assert_eq!(LotValue::of(Price(price), LotSize(lot)).ok().map(LotValue::raw), wide, "{price} {lot}");
    }
}

#[test]
fn shares_round_up_and_never_down() {
    for (part, whole) in
        [(0, 5), (1, 3), (60_000_000_000, 95_000_000_000_000), (i64::MAX, i64::MAX), (1 << 60, 1 << 61)]
    {
        let share = share_ceil(part, whole).map(i128::from);
        let exact = i128::from(part) * i128::from(NANO);
        let least = exact / i128::from(whole);
        let up = |share: i128| share * i128::from(whole) >= exact && share <= least + (least >> 30) + 1;
        assert!(share.is_some_and(up), "{part} of {whole}: {share:?}");
    }
    assert_eq!((share_ceil(-1, 5), share_ceil(1, 0), share_ceil(1, -1)), (None, None, None));
}
