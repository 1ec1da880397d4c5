//! The building blocks of pricing against floating point.

mod common;

use common::{Random, cdf, pdf};
use novate_risk::pricing::{exp, log, normal, sqrt};
use novate_risk::units::{mul_div_ceil, mul_div_floor, scale_floor};

const Q30: f64 = (1_u64 << 30) as f64;
const Q36: f64 = (1_u64 << 36) as f64;
const Q40: f64 = (1_u64 << 40) as f64;

#[test]
fn reference_itself_is_right() {
    // Abramowitz & Stegun, table 26.1
    assert!((cdf(1.0) - 0.841_344_746_068_543).abs() < 1e-15);
    assert!((cdf(2.0) - 0.977_249_868_051_821).abs() < 1e-15);
    assert!((cdf(-3.0) / 1.349_898_031_630_095e-3 - 1.0).abs() < 1e-13);
    assert!((cdf(-5.0) / 2.866_515_718_791_939e-7 - 1.0).abs() < 1e-13);
    assert!((cdf(-8.0) / 6.220_960_574_271_785e-16 - 1.0).abs() < 1e-13);
}

/// Every node of the table, both sides of every boundary between nodes, and random points.
#[test]
fn normal_distribution() {
    let mut random = Random(3);
    let nodes = (-560_i64..=560).flat_map(|node| {
        let x = node << 24;
        [x, x + (1 << 23) - 1, x + (1 << 23), x + 1]
    });
    let points = nodes.chain((0..200_000).map(|_| (random.between(-9.0, 9.0) * Q30) as i64)).collect::<Vec<_>>();
    let (mut cdf_error, mut pdf_error) = (0.0_f64, 0.0_f64);
    for &x in &points {
        let real = x as f64 / Q30;
        cdf_error = cdf_error.max((normal::cdf(x) as f64 / Q36 - cdf(real)).abs());
        pdf_error = pdf_error.max((normal::density(x) as f64 / Q36 - pdf(real)).abs());
        assert!((normal::cdf(x) + normal::cdf(-x) - normal::ONE).abs() <= 12);
        assert!((0..=normal::ONE).contains(&normal::cdf(x)));
    }
    println!("cdf {cdf_error:?} density {pdf_error:?}");
    assert!(cdf_error < 1.1e-10 && pdf_error < 1e-9);
    let mut sorted = points;
    sorted.sort_unstable();
    assert!(sorted.windows(2).all(|pair| normal::cdf(pair[0]) <= normal::cdf(pair[1]) + 12));
    assert_eq!((normal::cdf(i64::MIN), normal::cdf(i64::MAX)), (0, normal::ONE));
}

#[test]
fn logarithm() {
    let mut random = Random(4);
    let powers = (0..64).flat_map(|bit| [1_u64 << bit, (1_u64 << bit) + 1, (1_u64 << bit) - 1]);
    let points = powers.chain((0..200_000).map(|_| random.bits() >> random.below(60))).filter(|x| *x > 0);
    let mut worst = 0.0_f64;
    for x in points {
        worst = worst.max((log::ln(x) as f64 / Q40 - (x as f64).ln()).abs());
    }
    println!("ln {worst:?}");
    assert!(worst < 2e-11);
    assert!(log::ln(1).abs() < 20);
}

#[test]
fn exponential_and_power() {
    let mut random = Random(5);
    for _ in 0..100_000 {
        let x = random.between(-25.0, 8.0);
        let got = exp::exp((x * Q40) as i64) as f64;
        let want = x.exp() * 1e9;
        assert!((got - want).abs() <= 1e-8 * want + 1.0, "{x} {got} {want}");
    }
    for _ in 0..100_000 {
        let (a, b) = (random.scale(1.0, 1e8), random.scale(1e5, 1e8));
        let p = random.unit();
        if a / b > 2_900.0 {
            continue;
        }
        let got = exp::power(a as u64, b as u64, (p * 1e9) as i64) as f64;
        let want = (a.floor() / b.floor()).powf(p) * 1e9;
        assert!((got - want).abs() <= 4e-8 * want + 1.0, "{a} {b} {p} {got} {want}");
    }
    assert_eq!(exp::exp(i64::MIN), 0);
    assert_eq!(exp::exp(i64::MAX), exp::exp(8 << 40));
    assert_eq!(exp::exp(0), 1_000_000_000);
}

#[test]
fn integer_roots() {
    let mut random = Random(6);
    let edges = (0..64).flat_map(|bit| [1_u64 << bit, (1_u64 << bit) - 1]).chain([u64::MAX, u64::MAX - 1]);
    let squares = (1..=2_000_u64).map(|i| u64::from(u32::MAX) - i * 2_000_003 % 4_294_967_295);
    let around = squares.flat_map(|root| [root * root, (root * root).saturating_sub(1), root * root + 1]);
    let points = edges.chain(around).chain((0..100_000).map(|_| random.bits() >> random.below(64)));
    for x in points {
        assert_eq!(sqrt::isqrt(x), x.isqrt(), "{x}");
        assert_eq!(sqrt::bit_length(x), 64 - u64::from(x.leading_zeros()), "{x}");
    }
}

#[test]
fn rounding_names_its_direction() {
    assert_eq!(mul_div_floor(-7, 1, 2), Some(-4));
    assert_eq!(mul_div_ceil(-7, 1, 2), Some(-3));
    assert_eq!(mul_div_floor(7, 1, 2), Some(3));
    assert_eq!(mul_div_ceil(7, 1, 2), Some(4));
    assert_eq!(mul_div_floor(i64::MIN, i64::MIN, i64::MAX), None);
    assert_eq!(mul_div_floor(1, 1, 0), None);
    assert_eq!(mul_div_ceil(1, 1, -1), None);
    assert_eq!(mul_div_floor(i64::MIN, 1, 1), Some(i64::MIN));
    assert!(scale_floor(i64::MAX, i64::MAX).is_err());
}
