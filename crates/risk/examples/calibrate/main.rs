//! Fits the parameters of a market's price-shock range to hourly prices and checks them out of sample, with the engine's
//! own state: `cargo run --release -q -p novate-risk --example calibrate -- FILE [options]`.

mod backtest;
mod bars;
mod fit;
mod report;
mod statistics;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::process::ExitCode;

use novate_risk::params::RANGE_BOUNDS;
use novate_risk::units::{Ratio, Variance};
use novate_risk::volatility::ForecastParams;

use bars::Bar;

const USAGE: &str = "usage: calibrate FILE [options]

FILE has hourly bars, oldest first: time,open,high,low,close, time in Unix seconds; a header is skipped.

  --mpor-hours N      margin period of risk in hours, 1 to 168 (8)
  --split WHERE       where checking begins: a day such as 2023-01-01, or the share to fit on, such as 0.7 (0.7)
  --max-gap-hours N   longest time from one bar to the next (1)
  --fall R            how far the range may fall in an hour (0.002)
  --fixed R           the fixed range to compare with (0.16)";

/// The floor is this much above the long-run level.
const BUFFER: f64 = 1.25;

/// What the command line asks for.
struct Options {
    file: String,
    mpor_hours: i64,
    split: String,
    max_gap: i64,
    fall: f64,
    fixed: f64,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, String> {
        let mut options =
            Self { file: String::new(), mpor_hours: 8, split: "0.7".into(), max_gap: 1, fall: 0.002, fixed: 0.16 };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if !arg.starts_with("--") && options.file.is_empty() {
                options.file.clone_from(arg);
                continue;
            }
            let value = rest.next().ok_or_else(|| format!("{arg} needs a value, or is one too many"))?;
            let bad = || format!("{arg} {value}: not what this option takes");
            match arg.as_str() {
                "--mpor-hours" => options.mpor_hours = value.parse().map_err(|_| bad())?,
                "--split" => options.split.clone_from(value),
                "--max-gap-hours" => options.max_gap = value.parse().map_err(|_| bad())?,
                "--fall" => options.fall = value.parse().map_err(|_| bad())?,
                "--fixed" => options.fixed = value.parse().map_err(|_| bad())?,
                _ => return Err(format!("{arg}: no such option")),
            }
        }
        let ok = (1..=168).contains(&options.mpor_hours)
            && (1..=8_760).contains(&options.max_gap)
            && (0.0..=0.1).contains(&options.fall)
            && (0.01..=0.9).contains(&options.fixed);
        if options.file.is_empty() || !ok {
            return Err("a file is needed, and options within their bounds".into());
        }
        Ok(options)
    }

    /// Where checking begins, in Unix seconds.
    fn split_time(&self, bars: &[Bar]) -> Option<i64> {
        if let Some(time) = bars::day(&self.split) {
            return Some(time);
        }
        let share: f64 = self.split.parse().ok().filter(|share| (0.1..=0.9).contains(share))?;
        bars.get((bars.len() as f64 * share) as usize).map(|bar| bar.time)
    }
}

/// Fits and checks; the report, or why there is none.
fn calibrate(text: &str, options: &Options) -> Result<String, String> {
    let bars = bars::parse(text, options.max_gap).map_err(|bad| bad.to_string())?;
    let from =
        options.split_time(&bars).ok_or_else(|| format!("--split {}: neither a day nor 0.1 to 0.9", options.split))?;
    let fitted = bars.partition_point(|bar| bar.time < from);
    let horizon = usize::try_from(options.mpor_hours).map_err(|error| error.to_string())?;
    if fitted < 30 * 24 || bars.len() - fitted < 30 * 24 {
        return Err(format!("{fitted} hours to fit and {} to check: 720 each are needed", bars.len() - fitted));
    }
    let (fit_bars, refused) = (&bars[..fitted], |error: novate_risk::RiskError| error.to_string());

    let mut bare = ForecastParams { mpor: options.mpor_hours * bars::HOUR, ..ForecastParams::DEFAULT };
    bare.range_floor = RANGE_BOUNDS.0;
    bare.range_fall_per_hour = Ratio((options.fall * 1e9) as i64);
    let rows = fit::observations(fit_bars, horizon, &bare).map_err(refused)?;
    let (beta, explained) = fit::least_squares(&rows).ok_or("the prices do not move: nothing to fit")?;
    let nanos = |value: f64| (value * 1e9).ceil() as i64;
    bare.har_intercept = Variance(nanos(beta[0]));
    [bare.har_1h, bare.har_1d, bare.har_7d] = [1, 2, 3].map(|place| Ratio(nanos(beta[place])));
    let mut level = backtest::ranges(fit_bars, &bare).map_err(refused)?;
    level.sort_unstable();
    let median = level[level.len() / 2].0 as f64 / 1e9;
    let floored = ForecastParams { range_floor: Ratio(nanos(median * BUFFER)).min(bare.range_cap), ..bare };

    let mut out = String::new();
    let _ = writeln!(
        out,
        "fitted on {fitted} hours ({} observations, R² {explained:.3}); long-run range {:.2} %; checked on {} hours\n",
        rows.len(),
        100.0 * median,
        bars.len() - fitted
    );
    let _ = writeln!(out, "{}", report::parameters(&floored));
    let _ = writeln!(out, "{}", report::HEAD);
    let fixed_name = format!("fixed {:.0} %", 100.0 * options.fixed);
    let cases =
        [("with floor", floored, None), ("without floor", bare, None), (&fixed_name, bare, Some(options.fixed))];
    for (name, params, fixed) in cases {
        let outcomes = backtest::run(&bars, from, &params, fixed).map_err(refused)?;
        out.push_str(&report::lines(name, &outcomes, horizon));
    }
    let _ = write!(
        out,
        "\nA break: the worst low or high within {horizon} h of an hour's close is further from it than R. Neighbouring hours\n\
         share most of their {horizon} h, so that one move is counted up to {horizon} times and the tests do not hold for the first \
         line of\neach pair. The second takes every {horizon}th hour, of the {horizon} possible starts the one with the most breaks \
         (fewest to most\nin brackets): n independent windows at 1 %, which the tests ask for, and the house's worst case among \
         them."
    );
    Ok(out)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let done = Options::parse(&args).map_err(|reason| format!("{reason}\n\n{USAGE}")).and_then(|options| {
        let text = std::fs::read_to_string(&options.file).map_err(|error| format!("{}: {error}", options.file))?;
        calibrate(&text, &options).map_err(|reason| format!("{}: {reason}", options.file))
    });
    match done {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}
