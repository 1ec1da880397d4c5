//! A liquidation as one decision.

use novate_risk::RiskError;
use novate_risk::portfolio::{Holding, Margin};
use novate_risk::takeover::{Takeover, Terms, improves, value_at_mark};
use novate_risk::units::{NANO, Nanos, Quote, Ratio};
use proptest::prelude::*;

const TERMS: Terms =
    Terms { max_fraction: Ratio::ONE, buffer: Ratio(NANO / 10), dust: Quote(10), incentive_rate: Ratio(NANO / 50) };

fn margin(equity: i64, mm: i64, im: i64) -> Margin {
    let equity = Quote(equity);
    Margin {
        equity_mm: equity,
        equity_im: equity,
        equity_withdraw: equity,
        mm: Quote(mm),
        im: Quote(im),
        ..Margin::default()
    }
}

#[test]
fn takes_what_restores_the_target() {
    // equity 70 + f·(−1.6) = (1 − f)·110 for MM 80, IM 100 and 2 %: f = 40 / 108.4
    let takeover = Takeover::decide(&margin(70_000, 80_000, 100_000), Quote(70_000), &[], &TERMS).unwrap();
    assert_eq!(takeover.fraction, Ratio(369_003_690));
    assert_eq!(takeover.incentive, Quote(590));
}

#[test]
fn takes_no_more_than_wanted_and_all_of_a_small_remainder() {
    let before = margin(70_000, 80_000, 100_000);
    let half = Terms { max_fraction: Ratio(NANO / 10), ..TERMS };
    assert_eq!(Takeover::decide(&before, Quote::ZERO, &[], &half).unwrap().fraction, Ratio(NANO / 10));
    let large_dust = Terms { dust: Quote(60_000), ..TERMS };
    assert_eq!(Takeover::decide(&before, Quote::ZERO, &[], &large_dust).unwrap().fraction, Ratio::ONE);
    let wanted_part = Terms { max_fraction: Ratio(NANO / 10), ..large_dust };
    assert_eq!(Takeover::decide(&before, Quote::ZERO, &[], &wanted_part).unwrap().fraction, Ratio(NANO / 10));
}

#[test]
fn a_bankrupt_account_goes_whole_and_pays_no_incentive() {
    let takeover = Takeover::decide(&margin(-5_000, 80_000, 100_000), Quote(-5_000), &[], &TERMS).unwrap();
    assert_eq!(takeover, Takeover { fraction: Ratio::ONE, incentive: Quote::ZERO });
}

#[test]
fn fractions_outside_their_range_are_refused() {
    for fraction in [0, -1, NANO + 1, i64::MIN, i64::MAX] {
        let terms = Terms { max_fraction: Ratio(fraction), ..TERMS };
        let refused = Takeover::decide(&margin(0, 1, 1), Quote::ZERO, &[], &terms);
        assert_eq!(refused, Err(RiskError::BadParameter));
    }
}

#[test]
fn value_at_mark_undoes_haircuts_and_cash() {
    let holding = Holding { value_mm: Quote(90), value_im: Quote(80), market: None, exposure: Nanos(100_000) };
    // cash 7, holding 90 after its haircut, positions −20
    assert_eq!(value_at_mark(&margin(77, 0, 0), Quote(7), &[holding]), Ok(Quote(80)));
}

proptest! {
    /// Paying for what moved at mark leaves equity as it was but for haircuts set free and the incentive, and with a
    /// share of the margin gone the account is healthier.
    #[test]
    fn the_account_ends_up_healthier(
        im in 1_000_000_i64..1_000_000_000_000,
        mm_share in 500_000_000_i64..=1_000_000_000,
        equity_share in 0_i64..1_000_000_000,
        value in -1_000_000_000_000_i64..1_000_000_000_000,
        max_fraction in 1_000_i64..=NANO,
    ) {
        let part = |of: i64, share: i64| i64::try_from(i128::from(of) * i128::from(share) / i128::from(NANO)).unwrap();
        let mm = part(im, mm_share);
        let equity = part(mm, equity_share) - 1;
        let cash = Quote(equity - value);
        let terms = Terms { max_fraction: Ratio(max_fraction), ..TERMS };
        let takeover = Takeover::decide(&margin(equity, mm, im), cash, &[], &terms).unwrap();
        let f = takeover.fraction.0;
        let left = value - part(value, f);
        let paid = takeover.payment(Quote(value), Quote(left)).unwrap();
        let after = cash.0 + paid.0 + left;
        prop_assert_eq!(after, equity - takeover.incentive.0);
        prop_assert!(equity < 0 || after >= 0);
        let mm_after = mm - part(mm, f);
        prop_assert!(part(mm, f) <= 1 || improves(Quote(equity), Quote(mm), Quote(after), Quote(mm_after)));
    }
}
