//! The answer as text: JSON with a market and a leg a line, plain decimals without exponent.

use std::fmt::Write;

use novate_risk::units::Quote;

use novate_risk::portfolio::{Margin, MarketMargin};

use crate::answer::{Answer, LegAnswer, MarketAnswer, free};
use crate::decimal;
use crate::form::{Market, Portfolio};
use crate::greeks::Greeks;
use crate::preview::Preview;

pub(crate) fn answer(portfolio: &Portfolio, answer: &Answer) -> String {
    let markets = portfolio.markets.iter().zip(&answer.markets).map(|(form, answer)| market(form, answer));
    let legs = answer.legs.iter().map(leg);
    let mut text = format!("{{\n  \"markets\": {},\n  \"legs\": {}", lines(markets), lines(legs));
    let mut field = |name: &str, value: String| {
        // writing to a text cannot fail
        let _ = write!(text, ",\n  \"{name}\": {value}");
    };
    field("equity", quote(answer.margin.equity_mm));
    field("im", quote(answer.margin.im));
    field("mm", quote(answer.margin.mm));
    if portfolio.markets.iter().any(|market| market.settings.params.offset_group != 0) {
        field("offset_im", quote(answer.margin.offset_im));
        field("offset_mm", quote(answer.margin.offset_mm));
    }
    field("static_im", quote(answer.static_margin.im));
    field("free_im", atoms(free(answer.margin.equity_im, answer.margin.im)));
    field("free_mm", atoms(free(answer.margin.equity_mm, answer.margin.mm)));
    field("efficiency", answer.efficiency().map_or_else(|| "null".to_owned(), atoms));
    if let Some(answer) = &answer.preview {
        field("preview", preview(portfolio, answer));
    }
    text.push_str("\n}\n");
    text
}

fn market(form: &Market, answer: &MarketAnswer) -> String {
    let margin = &answer.margin;
    let contingencies = [
        ("vega", margin.vega),
        ("liquidity", margin.liquidity),
        ("roll", margin.roll),
        ("oracle", margin.oracle),
        ("short_option_mm", margin.short_option_mm),
        ("short_option_im", margin.short_option_im),
    ];
    let contingencies = contingencies.map(|(name, amount)| format!("\"{name}\": {}", quote(amount)));
    format!(
        "{{\"id\": {}, \"greeks\": {{{}}}, \"scenarios\": {}, \"worst\": {{{}}}, \
         \"contingencies\": {{{}}}}}",
        string(&form.id),
        greeks(&answer.greeks),
        scenarios(&answer.scenarios),
        worst(answer.worst_row, margin),
        contingencies.join(", ")
    )
}

fn worst(row: usize, margin: &MarketMargin) -> String {
    format!("\"index\": {row}, \"pnl\": {}", atoms(-i128::from(margin.scan.0)))
}

fn preview(portfolio: &Portfolio, preview: &Preview) -> String {
    let markets = portfolio.markets.iter().zip(&preview.markets);
    let markets =
        markets.map(|(form, (row, margin))| format!("{{\"id\": {}, {}}}", string(&form.id), worst(*row, margin)));
    let markets: Vec<_> = markets.collect();
    let Margin { im, mm, equity_im, .. } = preview.margin;
    format!(
        "{{\"im\": {}, \"mm\": {}, \"free_im\": {}, \"worst\": [{}], \"largest_size\": {}}}",
        quote(im),
        quote(mm),
        atoms(free(equity_im, im)),
        markets.join(", "),
        preview.largest_size.map_or_else(|| "null".to_owned(), nanos)
    )
}

fn leg(answer: &LegAnswer) -> String {
    let (mark, greeks, scenarios) = (nanos(answer.mark), greeks(&answer.greeks), scenarios(&answer.scenarios));
    format!("{{\"mark\": {mark}, {greeks}, \"scenarios\": {scenarios}}}")
}

fn greeks(greeks: &Greeks) -> String {
    let (delta, gamma) = (greeks.delta.text(), greeks.gamma.text());
    let (vega, theta) = (nanos(greeks.vega), nanos(greeks.theta));
    format!("\"delta\": {delta}, \"gamma\": {gamma}, \"vega\": {vega}, \"theta\": {theta}")
}

fn scenarios(pnl: &[i128]) -> String {
    let pnl: Vec<_> = pnl.iter().map(|pnl| nanos(*pnl)).collect();
    format!("[{}]", pnl.join(", "))
}

/// An array with an element a line.
fn lines(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<_> = elements.map(|element| format!("\n    {element}")).collect();
    if elements.is_empty() { "[]".to_owned() } else { format!("[{}\n  ]", elements.join(",")) }
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn quote(amount: Quote) -> String {
    atoms(amount.0.into())
}

fn atoms(amount: i128) -> String {
    decimal::text(amount, 6)
}

fn nanos(amount: i128) -> String {
    decimal::text(amount, 9)
}
