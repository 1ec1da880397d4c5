//! Ceilings on compute units. Where the design names none, they are some 10 % above what was measured; raise one only
//! for a reason.

use std::sync::LazyLock;

use novate_tests::bench::{Figures, Sent, measure};

static FIGURES: LazyLock<Figures> = LazyLock::new(measure);

fn below(row: &str, ceiling: u64) {
    let units = FIGURES.of(row);
    assert!(units < ceiling, "{row} takes {units} compute units, the ceiling is {ceiling}");
}

/// A transaction with a lookup table must fit the network's limits as well.
fn sent_below(row: &str, ceiling: u64) {
    below(row, ceiling);
    let Sent { units, bytes, locks } = FIGURES.sent[row];
    assert!(units < ceiling, "the transaction of {row} takes {units} compute units, the ceiling is {ceiling}");
    assert!(bytes <= 1_232, "the transaction of {row} has {bytes} bytes");
    assert!(locks <= 64, "the transaction of {row} locks {locks} accounts");
}

#[test]
fn margin_of_128_legs_over_8_books() {
    below("margin/128_legs", 60_001);
    below("check_margin/128_legs", 77_000);
    below("preview_trade/128_legs", 80_000);
}

#[test]
fn margin_of_8_legs_over_2_books() {
    below("margin/8_legs", 12_001);
    below("check_margin/8_legs", 23_700);
}

#[test]
fn trade_between_two_accounts_of_128_legs() {
    sent_below("clear_trade/128_legs", 149_000);
}

#[test]
fn withdrawal_from_an_account_of_128_legs() {
    sent_below("withdraw/128_legs", 88_000);
}

#[test]
fn liquidation_of_128_legs_in_one_transaction() {
    for form in ["liquidate_witness", "liquidate_search"] {
        sent_below(&format!("{form}/128_legs"), 218_000);
        sent_below(&format!("{form}/128_legs_half"), 280_000);
        sent_below(&format!("{form}/128_legs_netting"), 200_000);
    }
}

#[test]
fn a_witness_costs_less_than_a_search() {
    for rest in ["1_legs", "8_legs", "32_legs", "128_legs", "128_legs_half", "128_legs_netting"] {
        below(&format!("liquidate_witness/{rest}"), FIGURES.of(&format!("liquidate_search/{rest}")));
    }
}

#[test]
fn risk_arrays_of_32_strikes() {
    below("refresh_risk/32_strikes", 140_001);
}

#[test]
fn a_surface_of_one_publisher_or_the_last_of_eight() {
    below("publish_surface/1_fresh", 16_500);
    below("publish_surface/8_fresh", 27_000);
}

#[test]
fn prices_of_other_sources() {
    below("refresh_price_fallback/32_responses", 18_500);
    below("refresh_collateral_fallback/32_responses", 18_500);
    below("refresh_staked_collateral", 9_000);
}

#[test]
fn a_sample_of_volatility() {
    below("sample_volatility/range_rises", 24_000);
}

#[test]
fn parts_of_the_engine() {
    below("normal_cdf", 71);
    below("black76_greeks", 401);
    below("risk_array/1_strike", 4_001);
    below("risk_array/1_strike_dgv", 19_000);
    below("leg_sum/33_scenarios", 301);
    below("leg_total", 330);
    below("witness_engine/128_legs", 41_000);
}

/// The reason to have an own kernel.
#[test]
fn the_engine_is_cheaper_than_public_libraries() {
    for (ours, others) in [
        ("normal_cdf", "solmath/normal_cdf"),
        ("black76_greeks", "solmath/black76_price"),
        ("black76_greeks", "solmath/black76_greeks"),
        ("leg_sum/33_scenarios", "fixed/33_rows"),
    ] {
        below(ours, FIGURES.of(others) / 10);
    }
}

#[test]
fn a_figure_is_the_same_in_every_run() {
    assert_eq!(measure().rows, FIGURES.rows);
}
