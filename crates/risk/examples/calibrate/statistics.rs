//! Tests of exception counts: Kupiec (1995), Christoffersen (1998), the Basel committee's traffic light (1996).

/// A likelihood ratio with its p-value under χ² with one degree of freedom.
#[derive(Clone, Copy, Debug)]
pub struct LikelihoodRatio {
    pub statistic: f64,
    pub p_value: f64,
}

impl LikelihoodRatio {
    fn new(statistic: f64) -> Self {
        let statistic = statistic.max(0.0);
        Self { statistic, p_value: erfc((statistic / 2.0).sqrt()) }
    }
}

/// x·ln(y), 0 for x = 0.
fn xlog(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * y.ln() }
}

/// Proportion of failures: are `exceptions` in `n` what a probability `p` would bring?
pub fn kupiec(n: usize, exceptions: usize, p: f64) -> LikelihoodRatio {
    let (n, x) = (n as f64, exceptions as f64);
    let log_likelihood = |p: f64| xlog(n - x, 1.0 - p) + xlog(x, p);
    LikelihoodRatio::new(-2.0 * (log_likelihood(p) - log_likelihood(x / n)))
}

/// Independence: does an exception make another one in the next window more likely?
pub fn christoffersen(exceptions: &[bool]) -> LikelihoodRatio {
    let count = |from: bool, to: bool| exceptions.windows(2).filter(|w| w[0] == from && w[1] == to).count() as f64;
    let (n00, n01) = (count(false, false), count(false, true));
    let (n10, n11) = (count(true, false), count(true, true));
    let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    let (p0, p1) = (share(n01, n00 + n01), share(n11, n10 + n11));
    let p = share(n01 + n11, n00 + n01 + n10 + n11);
    let alike = xlog(n00 + n10, 1.0 - p) + xlog(n01 + n11, p);
    let apart = xlog(n00, 1.0 - p0) + xlog(n01, p0) + xlog(n10, 1.0 - p1) + xlog(n11, p1);
    LikelihoodRatio::new(-2.0 * (alike - apart))
}

/// First exception counts of the yellow and of the red zone for `n` windows at probability `p`: where the binomial
/// probability of fewer or as many reaches 95 % and 99.99 %.
pub fn zone_bounds(n: usize, p: f64) -> (usize, usize) {
    let mut log_term = n as f64 * (1.0 - p).ln();
    let (mut sum, mut yellow) = (0.0, None);
    for x in 0..=n {
        sum += log_term.exp();
        if yellow.is_none() && sum >= 0.95 {
            yellow = Some(x);
        }
        if sum >= 0.9999 {
            return (yellow.unwrap_or(x), x);
        }
        log_term += ((n - x) as f64 / (x + 1) as f64).ln() + (p / (1.0 - p)).ln();
    }
    (yellow.unwrap_or(n), n)
}

/// The zone that a count falls into.
pub fn zone(n: usize, exceptions: usize, p: f64) -> &'static str {
    let (yellow, red) = zone_bounds(n, p);
    match exceptions {
        x if x >= red => "red",
        x if x >= yellow => "yellow",
        _ => "green",
    }
}

/// Complementary error function for x ≥ 0, to about 1e-12: series for small arguments, continued fraction beyond.
fn erfc(x: f64) -> f64 {
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.5 {
        let (mut term, mut sum, mut n) = (2.0 * x, 2.0 * x, 0.0);
        while term > 1e-17 * sum {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        return 1.0 - scale * sum;
    }
    scale / (1..=100).rev().fold(x, |tail, n| x + f64::from(n) / 2.0 / tail)
}
