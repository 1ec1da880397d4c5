//! The tool against published values and, end to end, on a path made here.

use super::statistics::{christoffersen, kupiec, zone, zone_bounds};
use super::{Options, bars, calibrate, fit};
use novate_risk::units::NANO;

fn options(file: &str) -> Options {
    Options::parse(&[file.into()]).expect("sound options")
}

/// Kupiec (1995), 95 % regions at p = 1 %: N < 7 of 255, 1 < N < 11 of 510, 4 < N < 17 of 1000.
#[test]
fn kupiecs_regions_are_the_published_ones() {
    for (n, accepted) in [(255, 1..=6), (510, 2..=10), (1_000, 5..=16)] {
        for x in 1..40 {
            let passes = kupiec(n, x, 0.01).statistic < 3.841_458_820_694_124;
            assert_eq!(passes, accepted.contains(&x), "{x} of {n}");
        }
    }
    // χ² with one degree of freedom: the 95 % quantile
    let at = kupiec(1_000, 10, 0.01);
    assert!(at.statistic < 1e-9 && (at.p_value - 1.0).abs() < 1e-4);
}

/// Basel committee (1996), 250 days at 99 %: green 0 to 4, yellow 5 to 9, red from 10.
#[test]
fn the_traffic_light_is_basels() {
    assert_eq!(zone_bounds(250, 0.01), (5, 10));
    let zones: Vec<&str> = [0, 4, 5, 9, 10, 250].iter().map(|x| zone(250, *x, 0.01)).collect();
    assert_eq!(zones, ["green", "green", "yellow", "yellow", "red", "red"]);
    assert_eq!(zone_bounds(500, 0.01), (9, 15));
}

/// Jorion, Value at Risk, chapter on backtesting: a bank's 20 exceptions in 252 days at 95 %, 6 of them the day after
/// one: 3.91 and 9.53.
#[test]
fn both_likelihood_ratios_are_jorions() {
    assert!((kupiec(252, 20, 0.05).statistic - 3.91).abs() < 0.005);
    // 6 runs of an exception after another, 14 alone, 218 quiet days after quiet ones, 14 after exceptions
    let mut days = Vec::new();
    for run in 0..14 {
        days.extend(std::iter::repeat_n(false, if run == 0 { 23 } else { 16 }));
        days.extend(std::iter::repeat_n(true, if run < 6 { 2 } else { 1 }));
    }
    days.push(false);
    assert_eq!(days.iter().filter(|day| **day).count(), 20);
    let ratio = christoffersen(&days);
    assert!((ratio.statistic - 9.53).abs() < 0.05 && ratio.p_value < 0.003, "{ratio:?}");
}

#[test]
fn days_are_utc() {
    assert_eq!(bars::day("1970-01-01"), Some(0));
    assert_eq!(bars::day("2023-01-01"), Some(1_672_531_200));
    assert_eq!(bars::day("2024-03-01"), Some(1_709_251_200));
    for bad in ["0.7", "2023-13-01", "2023-1", "x-1-1"] {
        assert_eq!(bars::day(bad), None, "{bad}");
    }
}

#[test]
fn bad_lines_are_refused_with_their_number_and_reason() {
    let sound = "time,open,high,low,close\n3600,2,3,1,2\n7200,2,3,1,2\n";
    assert_eq!(bars::parse(sound, 1).map(|bars| bars.len()), Ok(2));
    let cases = [
        ("x,2,3,1,2", "\"x\" is not a time"),
        ("10800000000000,2,3,1,2", "is not in Unix seconds"),
        ("10800,2,3,1", "4 fields"),
        ("10800,2,3,1,two", "\"two\" is not a number"),
        ("10800,2,3,1,NaN", "NaN is not a price"),
        ("10800,2,inf,1,2", "inf is not a price"),
        ("10800,2,3,-1,2", "-1 is not a price"),
        ("10800,2,3,0,2", "0 is not a price"),
        ("10800,2,1.5,1,2", "is outside low 1 to high 1.5"),
        ("7200,2,3,1,2", "is not after 7200"),
        ("9000,2,3,1,2", "is not whole hours after"),
        ("14400,2,3,1,2", "--max-gap-hours 2"),
    ];
    for (line, reason) in cases {
        let bad = bars::parse(&format!("{sound}{line}\n"), 1).expect_err(line);
        assert_eq!(bad.line, 4, "{line}");
        assert!(bad.reason.contains(reason), "{line}: {bad}");
    }
    assert!(bars::parse(&format!("{sound}14400,2,3,1,2\n"), 2).is_ok());
}

#[test]
fn least_squares_finds_what_was_put_in_and_nothing_negative() {
    let mut random = Random(5);
    let rows = |beta: [f64; 4], random: &mut Random| -> Vec<([f64; 4], f64)> {
        let mut row = || [1.0, random.unit(), random.unit(), random.unit()];
        let xs: Vec<[f64; 4]> = (0..500).map(|_| row()).collect();
        xs.into_iter().map(|x| (x, (0..4).map(|i| beta[i] * x[i]).sum())).collect()
    };
    let (found, explained) = fit::least_squares(&rows([0.1, 0.2, 0.3, 0.4], &mut random)).expect("a fit");
    for (got, want) in found.iter().zip([0.1, 0.2, 0.3, 0.4]) {
        assert!((got - want).abs() < 1e-9, "{found:?}");
    }
    assert!(explained > 0.999_999);
    let (found, _) = fit::least_squares(&rows([0.5, 0.5, -0.4, 0.2], &mut random)).expect("a fit");
    assert!(found.iter().all(|value| *value >= 0.0) && found[2] == 0.0, "{found:?}");
}

/// Hourly bars of a GARCH(1,1) path with five-minute steps.
fn garch(hours: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let (mut price, mut variance) = (100.0_f64, 1e-5_f64);
    let mut text = String::from("time,open,high,low,close\n");
    for hour in 0..hours {
        let (open, mut high, mut low) = (price, price, price);
        for _ in 0..12 {
            let normal = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
            let moved = variance.sqrt() * normal / 12.0_f64.sqrt();
            price *= moved.exp();
            (high, low) = (high.max(price), low.min(price));
        }
        let returned = (price / open).ln();
        variance = 1e-6 + 0.08 * returned * returned + 0.90 * variance;
        text += &format!("{},{open},{high},{low},{price}\n", 1_600_000_000 + 3_600 * hour);
    }
    text
}

#[test]
fn the_tool_runs_from_end_to_end() {
    let report = calibrate(&garch(6_000, 11), &options("made")).expect("a report");
    for part in ["fitted on 4200 hours", "har_1d", "with floor", "without floor", "fixed 16 %", "yellow from"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    // the parameters come out as governance would set them
    let floor = report.lines().find(|line| line.contains("range_floor")).expect("the floor");
    let value: f64 = floor.split('"').nth(3).expect("a value").parse().expect("a decimal");
    assert!((0.01..0.6).contains(&value) && value * NANO as f64 > 1e7, "{floor}");
}

#[test]
fn too_few_or_motionless_prices_are_refused() {
    assert!(calibrate(&garch(1_000, 1), &options("made")).expect_err("few").contains("720 each"));
    let bad_split = Options { split: "soon".into(), ..options("made") };
    assert!(calibrate(&garch(2_000, 1), &bad_split).expect_err("split").contains("neither a day"));
    assert!(Options::parse(&["made".into(), "--mpor-hours".into(), "0".into()]).is_err());
    assert!(Options::parse(&["made".into(), "--fix".into(), "0".into()]).is_err());
    assert!(Options::parse(&[]).is_err());
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
