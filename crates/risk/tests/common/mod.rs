//! Floating-point references, independent of the engine's code, and helpers to build books.
#![allow(dead_code)]

pub mod reference;
pub mod world;

/// Complementary error function to about 1e-15 relative: series for small arguments, continued fraction beyond.
pub fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        // erf(x) = 2/sqrt(pi) · exp(-x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term > 1e-18 * sum {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum;
    }
    // Lentz is not needed: the fraction converges fast here, evaluated from the far end
    let mut tail = x;
    for n in (1..=120).rev() {
        tail = x + n as f64 / 2.0 / tail;
    }
    (-x * x).exp() / std::f64::consts::PI.sqrt() / tail
}

/// Standard normal distribution function.
pub fn cdf(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

/// Standard normal density.
pub fn pdf(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Undiscounted Black-76 call.
pub fn call(forward: f64, strike: f64, deviation: f64) -> f64 {
    if deviation <= 0.0 {
        return (forward - strike).max(0.0);
    }
    let d1 = (forward / strike).ln() / deviation + 0.5 * deviation;
    let d2 = d1 - deviation;
    // by way of the option out of the money, which loses no digits
    if forward > strike {
        forward - strike + strike * cdf(-d2) - forward * cdf(-d1)
    } else {
        forward * cdf(d1) - strike * cdf(d2)
    }
}

pub const YEAR: f64 = 31_536_000.0;

/// A small deterministic generator (splitmix64), so that a failure repeats.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Log-uniform.
    pub fn scale(&mut self, low: f64, high: f64) -> f64 {
        (low.ln() + (high.ln() - low.ln()) * self.unit()).exp()
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }
}

/// A standard normal number, near enough: the sum of twelve uniforms.
pub fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}
