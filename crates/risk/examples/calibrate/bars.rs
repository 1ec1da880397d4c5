//! Hourly bars from a file: one line an hour, `time,open,high,low,close`, time in Unix seconds, a header allowed.

use std::fmt;

pub const HOUR: i64 = 3_600;

/// An hour of trading. `time` is its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub time: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

/// A line that is not an hourly bar.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    pub reason: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// The largest and smallest price that nanos in an `i64` hold with room to spare.
const PRICES: (f64, f64) = (1e-6, 9e9);

/// Reads all bars; `max_gap` is the longest time in hours from one bar to the next.
pub fn parse(text: &str, max_gap: i64) -> Result<Vec<Bar>, BadLine> {
    let mut bars: Vec<Bar> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let bad = |reason: String| BadLine { line: index + 1, reason };
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let header = index == 0 && fields[0].parse::<f64>().is_err();
        if header {
            continue;
        }
        if fields.len() < 5 {
            return Err(bad(format!("{} fields where time, open, high, low and close belong", fields.len())));
        }
        let bar = read(&fields).map_err(bad)?;
        if let Some(last) = bars.last() {
            let step = bar.time - last.time;
            if step <= 0 {
                return Err(bad(format!("time {} is not after {}", bar.time, last.time)));
            }
            if step % HOUR != 0 {
                return Err(bad(format!("time {} is not whole hours after {}", bar.time, last.time)));
            }
            if step > max_gap * HOUR {
                let hours = step / HOUR;
                return Err(bad(format!("{hours} h after the line before; allow that with --max-gap-hours {hours}")));
            }
        }
        bars.push(bar);
    }
    Ok(bars)
}

fn read(fields: &[&str]) -> Result<Bar, String> {
    let time: i64 = fields[0].parse().map_err(|_| format!("\"{}\" is not a time in Unix seconds", fields[0]))?;
    // beyond: milliseconds, most likely
    if !(1..=100_000_000_000).contains(&time) {
        return Err(format!("time {time} is not in Unix seconds"));
    }
    let mut prices = [0.0; 4];
    for (price, field) in prices.iter_mut().zip(&fields[1..5]) {
        *price = field.parse().map_err(|_| format!("\"{field}\" is not a number"))?;
        if !(PRICES.0..=PRICES.1).contains(price) {
            return Err(format!("{field} is not a price from {} to {}", PRICES.0, PRICES.1));
        }
    }
    let [open, high, low, close] = prices;
    if high < open.max(close) || low > open.min(close) {
        return Err(format!("open {open} or close {close} is outside low {low} to high {high}"));
    }
    Ok(Bar { time, open, high, low, close })
}

/// Unix seconds of a day such as `2023-01-01`, at its beginning in UTC.
pub fn day(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // days since 1970, with the year counted from March so that the leap day is its last
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    Some((days - 719_468) * 86_400)
}
