//! What the choice of moments does to realised variance: many samples or few, and samplers who wait for small returns.

mod common;

use common::{Random, YEAR, normal};
use novate_risk::units::Price;
use novate_risk::volatility::{ForecastParams, VarianceState};

const START: i64 = 1_700_000_000;

fn price(value: f64) -> Price {
    Price((value * 1e9).round() as i64)
}

/// A price every ten seconds for 40 days at a volatility of 80 %.
fn walk(seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    let deviation = 0.8 * (10.0 / YEAR).sqrt();
    let mut level = 100.0_f64;
    (0..40 * 8_640)
        .map(|_| {
            level *= (deviation * normal(&mut random)).exp();
            level
        })
        .collect()
}

/// Mean 1 d and 7 d volatility over the last 30 days when `choose` says, for each path position at least
/// `interval` after the last sample, whether to sample; `observed`: whether every price is stored in between.
fn mean_vols(path: &[f64], interval: i64, observed: bool, choose: impl Fn(f64, f64, i64) -> bool) -> [f64; 2] {
    let params = ForecastParams { min_interval: interval, ..ForecastParams::DEFAULT };
    let mut state = VarianceState::default();
    let (mut day, mut week, mut count) = (0.0, 0.0, 0.0);
    for (step, level) in path.iter().enumerate() {
        let time = START + 10 * step as i64;
        if observed {
            state.observe(price(*level));
        }
        let waited = time - state.time;
        let first = state.samples == 0;
        if first || (waited >= interval && choose(*level, state.price.0 as f64 / 1e9, waited)) {
            state.sample(price(*level), time, &params).unwrap();
        }
        if step > 10 * 8_640 {
            day += state.variance_1d.0 as f64 / 1e9;
            week += state.variance_7d.0 as f64 / 1e9;
            count += 1.0;
        }
    }
    [(day / count).sqrt(), (week / count).sqrt()]
}

#[test]
fn few_or_many_samples_of_one_walk_give_much_the_same_volatility() {
    for observed in [false, true] {
        let mut seen = Vec::new();
        for interval in [60, 300, 900, 3_600] {
            let mut sum = [0.0; 2];
            for seed in 0..4 {
                let vols = mean_vols(&walk(100 + seed), interval, observed, |_, _, _| true);
                sum = [sum[0] + vols[0] / 4.0, sum[1] + vols[1] / 4.0];
            }
            println!("observed {observed}, every {interval} s: 1 d {:.3}, 7 d {:.3}", sum[0], sum[1]);
            seen.push(sum);
        }
        // the walk has 0.8; the extremes of a finely observed walk add to it, never take away
        let (low, high) = if observed { (0.79, 0.95) } else { (0.77, 0.83) };
        assert!(seen.iter().flatten().all(|vol| (low..high).contains(vol)), "{seen:?}");
    }
}

/// Whatever the rule, squared returns add up to the variance of the time they span on average (Wald): waiting moves
/// volatility to later, and only a sampler who never has to take a bad price can leave it out. Prices stored in between
/// take most of that away too.
#[test]
fn a_sampler_who_waits_for_small_returns_gains_little_where_prices_are_stored() {
    let patience =
        [("at once", 0), ("waits 1 min", 60), ("waits 1 h", 3_600), ("waits 1 d", 86_400), ("for ever", 1 << 40)];
    let mut table = Vec::new();
    for observed in [false, true] {
        for (name, patience) in patience {
            let mut sums = [0.0; 2];
            for seed in 0..4 {
                // takes the first price within 0.01 % of the last sample, or whatever there is when patience ends
                let choose =
                    |level: f64, last: f64, waited: i64| (level / last).ln().abs() < 1e-4 || waited >= 300 + patience;
                let vols = mean_vols(&walk(200 + seed), 300, observed, choose);
                sums = [sums[0] + vols[0] / 4.0, sums[1] + vols[1] / 4.0];
            }
            println!("prices stored: {observed}, {name}: 1 d volatility {:.3}, 7 d {:.3}", sums[0], sums[1]);
            table.push(sums);
        }
    }
    let (alone, stored) = table.split_at(patience.len());
    assert!(alone[4][0] < 0.75 * alone[0][0], "alone, with all the time in the world: {alone:?}");
    assert!(alone[1][0] > 0.95 * alone[0][0], "with somebody else a minute behind: {alone:?}");
    assert!(stored[..4].iter().flatten().all(|vol| *vol > 0.79), "{stored:?}");
    assert!(stored[4].iter().all(|vol| *vol > 0.68), "{stored:?}");
}
