//! Runs the engine's own state hour by hour and counts how often a price leaves the range within the margin period.

use novate_risk::RiskError;
use novate_risk::units::Ratio;
use novate_risk::volatility::{ForecastParams, VarianceState};

use crate::bars::{Bar, HOUR};
use crate::fit::feed;

/// The engine's range at the close of an hour, and whether the `mpor` after it broke it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub range: f64,
    pub broken: bool,
}

/// Outcomes of the hours that begin at or after `from`, while a whole margin period follows. The state is fed with all
/// bars before, so that it is warm. A `fixed` range takes the engine's place.
pub fn run(bars: &[Bar], from: i64, params: &ForecastParams, fixed: Option<f64>) -> Result<Vec<Outcome>, RiskError> {
    let mut state = VarianceState::default();
    let mut outcomes = Vec::new();
    let end = bars.last().map_or(0, |bar| bar.time + HOUR);
    for (index, bar) in bars.iter().enumerate() {
        feed(&mut state, bar, params)?;
        let close = bar.time + HOUR;
        if bar.time < from || close + params.mpor > end {
            continue;
        }
        let range = fixed.unwrap_or(state.range.0 as f64 / 1e9);
        let following = bars[index + 1..].iter().take_while(|next| next.time < close + params.mpor);
        let (low, high) =
            following.fold((bar.close, bar.close), |(low, high), next| (low.min(next.low), high.max(next.high)));
        let worst = (1.0 - low / bar.close).max(high / bar.close - 1.0);
        outcomes.push(Outcome { range, broken: worst > range });
    }
    Ok(outcomes)
}

/// Every range over all bars, for the long-run level.
pub fn ranges(bars: &[Bar], params: &ForecastParams) -> Result<Vec<Ratio>, RiskError> {
    let mut state = VarianceState::default();
    let mut ranges = Vec::with_capacity(bars.len());
    for bar in bars {
        feed(&mut state, bar, params)?;
        ranges.push(state.range);
    }
    Ok(ranges)
}
