//! The linear forecast's coefficients: ordinary least squares with no coefficient below zero.

use novate_risk::RiskError;
use novate_risk::units::{Price, Variance};
use novate_risk::volatility::{ForecastParams, VarianceState};

use crate::bars::{Bar, HOUR};

/// Intercept and coefficients of the 1 h, 1 d and 7 d variances.
pub type Coefficients = [f64; 4];

/// A price in nanos.
pub fn price(value: f64) -> Price {
    Price((value * 1e9).round() as i64)
}

/// A bar as the market's keepers would show it to the engine: its extremes, then its close as the sample.
pub fn feed(state: &mut VarianceState, bar: &Bar, params: &ForecastParams) -> Result<(), RiskError> {
    for seen in [bar.open, bar.high, bar.low] {
        state.observe(price(seen));
    }
    state.sample(price(bar.close), bar.time + HOUR, params).map(|_| ())
}

/// What the forecast has to explain: for each bar the engine's variances and the annualised variance of hourly returns
/// over the `horizon` hours that follow. The first seven days only fill the averages; windows with a gap stay out.
pub fn observations(
    bars: &[Bar],
    horizon: usize,
    params: &ForecastParams,
) -> Result<Vec<(Coefficients, f64)>, RiskError> {
    let mut state = VarianceState::default();
    let mut rows = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        feed(&mut state, bar, params)?;
        let Some(next) = bars.get(index..=index + horizon) else { break };
        if index < 7 * 24 || next[horizon].time - bar.time != horizon as i64 * HOUR {
            continue;
        }
        let realised: f64 = next.windows(2).map(|pair| (pair[1].close / pair[0].close).ln().powi(2)).sum();
        let nanos = |variance: Variance| variance.0 as f64 / 1e9;
        let row = [1.0, nanos(state.variance_1h), nanos(state.variance_1d), nanos(state.variance_7d)];
        rows.push((row, realised * 8_760.0 / horizon as f64));
    }
    Ok(rows)
}

/// Least squares over all subsets of the regressors; of those without a negative coefficient the one with the least
/// squared error. With four regressors that is exact. Also the share of the variance that it explains.
pub fn least_squares(rows: &[(Coefficients, f64)]) -> Option<(Coefficients, f64)> {
    let mut products = [[0.0; 5]; 4];
    let (mut sum, mut squares) = (0.0, 0.0);
    for (x, y) in rows {
        for i in 0..4 {
            for j in 0..4 {
                products[i][j] += x[i] * x[j];
            }
            products[i][4] += x[i] * y;
        }
        sum += y;
        squares += y * y;
    }
    let error = |beta: &Coefficients| {
        let mut error = squares;
        for i in 0..4 {
            error -= 2.0 * beta[i] * products[i][4];
            for j in 0..4 {
                error += beta[i] * beta[j] * products[i][j];
            }
        }
        error
    };
    let candidates = (1..16_u32).filter_map(|subset| solve(&products, subset));
    let sound = candidates.filter(|beta| beta.iter().all(|value| *value >= 0.0));
    let best = sound.min_by(|a, b| error(a).total_cmp(&error(b)))?;
    let total = squares - sum * sum / rows.len() as f64;
    Some((best, 1.0 - error(&best) / total))
}

/// Normal equations of the regressors in `subset`, by elimination with pivots; the others are zero.
fn solve(products: &[[f64; 5]; 4], subset: u32) -> Option<Coefficients> {
    let used: Vec<usize> = (0..4).filter(|i| subset >> i & 1 == 1).collect();
    let mut rows: Vec<Vec<f64>> =
        used.iter().map(|i| used.iter().map(|j| products[*i][*j]).chain([products[*i][4]]).collect()).collect();
    let n = used.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        if rows[column][column].abs() < 1e-12 {
            return None;
        }
        let pivot = rows[column].clone();
        for (row, values) in rows.iter_mut().enumerate() {
            if row != column {
                let factor = values[column] / pivot[column];
                values.iter_mut().zip(&pivot).for_each(|(value, by)| *value -= factor * by);
            }
        }
    }
    let mut beta = [0.0; 4];
    for (row, i) in used.iter().enumerate() {
        beta[*i] = rows[row][n] / rows[row][row];
    }
    Some(beta)
}
