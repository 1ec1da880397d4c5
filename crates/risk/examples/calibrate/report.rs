//! The printed result.

use std::fmt::Write;

use novate_risk::volatility::ForecastParams;

use crate::backtest::Outcome;
use crate::statistics::{christoffersen, kupiec, zone, zone_bounds};

/// The share of windows that may break the range: z is a 99.5 % quantile on either side.
pub const PROBABILITY: f64 = 0.01;

/// The parameters in the form in which a migration file sets them.
pub fn parameters(params: &ForecastParams) -> String {
    let ratio = |nanos: i64| format!("\"{}.{:09}\"", nanos / 1_000_000_000, nanos % 1_000_000_000);
    let rows = [
        ("har_intercept", ratio(params.har_intercept.0)),
        ("har_1h", ratio(params.har_1h.0)),
        ("har_1d", ratio(params.har_1d.0)),
        ("har_7d", ratio(params.har_7d.0)),
        ("z", ratio(params.z.0)),
        ("t", ratio(params.t.0)),
        ("mpor_seconds", params.mpor.to_string()),
        ("range_floor", ratio(params.range_floor.0)),
        ("range_cap", ratio(params.range_cap.0)),
        ("range_fall_per_hour", ratio(params.range_fall_per_hour.0)),
        ("range_hysteresis", ratio(params.range_hysteresis.0)),
        ("min_interval_seconds", params.min_interval.to_string()),
    ];
    let fields: Vec<String> = rows.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
    format!("\"forecast\": {{\n{}\n}}\n", fields.join(",\n"))
}

/// The head of the table.
pub const HEAD: &str = "range            mean R   min R   max R  windows  breaks   share  coverage  Kupiec LR       p  \
                        indep. LR       p  traffic light";

/// Two lines: all windows, which overlap, and windows one behind the other.
pub fn lines(name: &str, outcomes: &[Outcome], horizon: usize) -> String {
    let mut text = String::new();
    let hourly = exceptions(outcomes);
    let share = hourly as f64 / outcomes.len() as f64;
    let ranges = outcomes.iter().map(|one| one.range);
    let (mut low, mut high, mut sum) = (f64::INFINITY, 0.0_f64, 0.0);
    for range in ranges {
        (low, high, sum) = (low.min(range), high.max(range), sum + range);
    }
    let _ = writeln!(
        text,
        "{name:<15}{:>7.2}% {:>6.2}% {:>6.2}%  {:>7} {:>7} {:>6.2}%  {:>7.2}%  every hour: windows overlap, no test holds",
        100.0 * sum / outcomes.len() as f64,
        100.0 * low,
        100.0 * high,
        outcomes.len(),
        hourly,
        100.0 * share,
        100.0 * (1.0 - share),
    );
    let by_start: Vec<usize> = (0..horizon).map(|start| exceptions(&apart(outcomes, start, horizon))).collect();
    let (fewest, most) = (by_start.iter().min().copied().unwrap_or(0), by_start.iter().max().copied().unwrap_or(0));
    // the first hour that starts with the most exceptions
    let start = by_start.iter().position(|count| *count == most).unwrap_or(0);
    let chosen = apart(outcomes, start, horizon);
    let (n, x) = (chosen.len(), exceptions(&chosen));
    let flags: Vec<bool> = chosen.iter().map(|one| one.broken).collect();
    let (failures, independence) = (kupiec(n, x, PROBABILITY), christoffersen(&flags));
    let (yellow, red) = zone_bounds(n, PROBABILITY);
    let share = x as f64 / n as f64;
    let _ = writeln!(
        text,
        "  apart ({fewest} to {most}) {:>23} {n:>7} {x:>7} {:>6.2}%  {:>7.2}%  {:>9.2} {:>7.4} {:>10.2} {:>7.4}  {} \
         (yellow from {yellow}, red from {red})",
        "",
        100.0 * share,
        100.0 * (1.0 - share),
        failures.statistic,
        failures.p_value,
        independence.statistic,
        independence.p_value,
        zone(n, x, PROBABILITY),
    );
    text
}

fn exceptions(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|one| one.broken).count()
}

/// Every `horizon`-th outcome.
fn apart(outcomes: &[Outcome], start: usize, horizon: usize) -> Vec<Outcome> {
    outcomes.iter().skip(start).step_by(horizon).copied().collect()
}
