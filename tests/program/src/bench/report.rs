//! The figures as files.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::Figures;

/// For programs: a flat object.
pub fn json(figures: &Figures) -> String {
    let text = serde_json::to_string_pretty(&figures.rows).expect("numbers by name");
    text + "\n"
}

const INTRODUCTION: &str = "\
# Compute units

Written by `make bench`, which measures the built program (sBPF v3) in LiteSVM; the figures are the same in every run.
`make bench-check` fails when they are out of date, `tests/program/tests/compute_units.rs` when they pass a ceiling. The
same figures for programs: [compute_units.json](compute_units.json).

A figure is what one instruction of the program consumes, with the token transfers it calls. A transaction may use
1,400,000; without a compute budget instruction, 200,000 per instruction.
";

const LEGS: &str = "\
## By legs

Accounts hold 10 SOL, 10 staked SOL and USDC. Their legs are puts and calls at distinct strikes, so that nothing merges,
and one future in each book: 1 leg lies in 1 book, 8 in 2, 32 and 128 in 8. Books list 32 strikes, have a skew and a
rate, and prices have moved by 0.3 % since the arrays were computed, so that every mark has to be moved. All three markets
are in one group with an offset, and every part of the margin but `liquidity` is switched on.

- `check_margin`: loads and checks every account, margins on all 33 rows, returns a report. The account's collateral brings
  a market into the margin even where no leg is in it.
- `preview_trade`: the same for the account as it would be after one more trade.
- `margin`, `witness_engine`: the engine's part alone, 33 rows or a few, for a portfolio of calls without collateral.
- `clear_trade`: both sides hold that many legs afterwards, and the new one goes in front of all others.
- `liquidate_witness`, `liquidate_search`: the whole account goes to a liquidator without positions, which must meet
  initial margin on all 33 rows afterwards. The witness names the rows that prove the breach; the search finds them.
";

const SENT: &str = "\
## Transactions with 128 legs

Sent as one v0 transaction with a lookup table and the default heap of 32 KiB. `half`: half of everything is taken, and
128 legs stay to be margined. `netting`: the liquidator holds the other side of every leg, so that open interest falls.
A transaction holds 1,232 bytes and locks 64 accounts at the most.
";

const STRIKES: &str = "\
## By strikes

`refresh_risk` computes volatility, mark, greeks and 33 scenarios of each strike; measured a month from expiry at 80 %
volatility, where no scenario is certain.
";

const SINGLE: &str = "\
## Other instructions

An instruction that searches for an address takes some 1,500 for each that it tries, and how many it tries depends on the
keys: half of all keys find theirs at once, a quarter at the second try.
";

const PARTS: &str = "\
## Parts of the engine

Measured by [program](program). `risk_array`: what the strikes of a book share, and mark, greeks and 33 scenarios of one
strike, by full revaluation and by bounded delta-gamma-vega. `leg_sum` is the multiplication and addition of one leg's 33
rows, `leg_total` all that one leg more in a book adds to a margin.
";

const COMPARISON: &str = "\
## For comparison

The same work in public libraries, called in the same program: solmath 0.2.0 (decimal fixed point in 128 bits) and fixed
1.30.0 (`I80F48`). solmath's price is its Black-Scholes of call and put at rate 0; ours is the call with its greeks, for
there is no price without them. Ours multiplies and divides 64-bit numbers by way of 128 bits.
";

/// What is compared, and the rows of Novate, solmath and fixed that do it; an empty name where there is none.
const COMPARED: [(&str, [&str; 3]); 5] = [
    ("normal distribution", ["normal_cdf", "solmath/normal_cdf", ""]),
    ("Black-76 price", ["black76_greeks", "solmath/black76_price", ""]),
    ("Black-76 price and greeks", ["black76_greeks", "solmath/black76_greeks", ""]),
    ("one leg on 33 rows", ["leg_sum/33_scenarios", "", "fixed/33_rows"]),
    ("multiply and divide", ["multiply_divide", "", "fixed/multiply_divide"]),
];

const PART_NAMES: [&str; 12] = [
    "normal_cdf",
    "normal_density",
    "exp",
    "ln",
    "sqrt",
    "multiply_divide",
    "black76_greeks",
    "risk_array/1_strike",
    "risk_array/1_strike_dgv",
    "risk_array/book",
    "leg_sum/33_scenarios",
    "leg_total",
];

/// For people.
pub fn markdown(figures: &Figures) -> String {
    let mut page = INTRODUCTION.to_string();
    section(&mut page, LEGS, &across(figures, "_legs"));
    section(&mut page, SENT, &sent(figures));
    section(&mut page, STRIKES, &across(figures, "_strikes"));
    let (parts, single): (Vec<_>, Vec<_>) = figures
        .rows
        .iter()
        .map(|(name, units)| (name.as_str(), *units))
        .filter(|(name, _)| PART_NAMES.contains(name) || size(name, "_legs").is_none() && !is_sent(figures, name))
        .filter(|(name, _)| !["refresh_risk/", "solmath/", "fixed/"].iter().any(|other| name.starts_with(other)))
        .partition(|(name, _)| PART_NAMES.contains(name));
    section(&mut page, SINGLE, &list(single));
    let in_order = PART_NAMES.map(|part| *parts.iter().find(|(name, _)| *name == part).expect("a row of each part"));
    section(&mut page, PARTS, &list(in_order));
    section(&mut page, COMPARISON, &compared(figures));
    page
}

fn compared(figures: &Figures) -> String {
    let mut table = heading(["", "Novate", "solmath", "fixed"].map(String::from));
    for (work, rows) in COMPARED {
        let units = rows.map(|row| if row.is_empty() { String::new() } else { thousands(figures.of(row)) });
        line(&mut table, std::iter::once(work.to_string()).chain(units));
    }
    table
}

fn is_sent(figures: &Figures, name: &str) -> bool {
    figures.sent.contains_key(name)
}

fn section(page: &mut String, words: &str, table: &str) {
    write!(page, "\n{words}\n{table}").expect("a string takes any text");
}

/// The instruction and the number in a name such as `withdraw/8_legs`.
fn size<'a>(name: &'a str, unit: &str) -> Option<(&'a str, u32)> {
    let (instruction, rest) = name.split_once('/')?;
    Some((instruction, rest.strip_suffix(unit)?.parse().ok()?))
}

/// Instructions down, sizes across.
fn across(figures: &Figures, unit: &str) -> String {
    let mut cells: BTreeMap<&str, BTreeMap<u32, u64>> = BTreeMap::new();
    for (name, units) in &figures.rows {
        if let Some((instruction, count)) = size(name, unit) {
            cells.entry(instruction).or_default().insert(count, *units);
        }
    }
    // one size alone says nothing about growth
    cells.retain(|_, row| row.len() > 1);
    let mut sizes: Vec<u32> = cells.values().flat_map(BTreeMap::keys).copied().collect();
    sizes.sort_unstable();
    sizes.dedup();
    let header = sizes.iter().map(|count| match count {
        1 => format!("1{}", unit.replace('_', " ").trim_end_matches('s')),
        _ => format!("{count}{}", unit.replace('_', " ")),
    });
    let mut table = heading(std::iter::once("instruction".to_string()).chain(header));
    for (instruction, row) in cells {
        let figures = sizes.iter().map(|count| row.get(count).map(|units| thousands(*units)).unwrap_or_default());
        line(&mut table, std::iter::once(format!("`{instruction}`")).chain(figures));
    }
    table
}

fn sent(figures: &Figures) -> String {
    let mut table = heading(["instruction", "instruction CU", "transaction CU", "bytes", "locks"].map(String::from));
    for (name, sent) in figures.sent.iter().filter(|(name, _)| name.contains("/128_legs")) {
        let numbers = [figures.of(name), sent.units, sent.bytes as u64, sent.locks as u64].map(thousands);
        let name = name.replace("/128_legs", "").replacen("_half", ", half", 1).replacen("_netting", ", netting", 1);
        line(&mut table, std::iter::once(name).chain(numbers));
    }
    table
}

fn list<'a>(rows: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    let mut table = heading(["", "CU"].map(String::from));
    for (name, units) in rows {
        line(&mut table, [format!("`{name}`"), thousands(units)]);
    }
    table
}

fn heading(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    let mut table = String::new();
    let rule = (0..names.len()).map(|column| if column == 0 { "---" } else { "---:" }.to_string()).collect::<Vec<_>>();
    line(&mut table, names);
    line(&mut table, rule);
    table
}

fn line(table: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().collect();
    writeln!(table, "| {} |", cells.join(" | ")).expect("a string takes any text");
}

/// 12345 as 12,345.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
