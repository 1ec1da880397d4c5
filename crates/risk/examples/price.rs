//! Prices calls line by line, for references in other languages.
//!
//! Input lines: `forward strike vol tau_seconds discount`, integers. Forward and strike are undiscounted values of one
//! lot in nanos of quote, volatility and discount factor are in nanos. Output lines: `value delta gamma vega theta`, as
//! the integers of `Quote76`, or `error: ` and the reason. Discounting rounds down, as in risk arrays.
//!
//!     echo 100000000000 104000000000 600000000 604800 999200000 | cargo run --release --example price

use std::io::{BufWriter, Read, Write, stdin, stdout};

use novate_risk::RiskError;
use novate_risk::pricing::black76::{Carry, Quote76};
use novate_risk::pricing::price_call;
use novate_risk::pricing::tenor::Tenor;
use novate_risk::units::{LotValue, Ratio, Vol};

fn price([forward, strike, vol, seconds, discount]: [i64; 5]) -> Result<Quote76, RiskError> {
    let tenor = Tenor::new(seconds)?;
    let discount = Ratio(discount);
    let carry = Carry::new(discount, &tenor)?;
    let (forward, strike) = (LotValue(forward).scaled(discount)?, LotValue(strike).scaled(discount)?);
    price_call(forward, strike, Vol(vol), &tenor, &carry)
}

fn numbers(line: &str) -> Option<[i64; 5]> {
    let mut words = line.split_ascii_whitespace();
    let mut numbers = [0; 5];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    words.next().is_none().then_some(numbers)
}

fn main() -> std::io::Result<()> {
    let mut input = String::new();
    stdin().read_to_string(&mut input)?;
    let mut output = BufWriter::new(stdout().lock());
    for line in input.lines() {
        match numbers(line).map(price) {
            Some(Ok(Quote76 { value, delta, gamma, vega, theta })) => {
                writeln!(output, "{} {} {} {} {}", value.0, delta.0, gamma.0, vega.0, theta.0)?;
            }
            Some(Err(error)) => writeln!(output, "error: {error}")?,
            None => writeln!(output, "error: a line has five integers: forward strike vol tau_seconds discount")?,
        }
    }
    output.flush()
}
