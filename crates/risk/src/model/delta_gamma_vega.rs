//! The expansion of a call's value in delta, gamma, vega, vanna and volga, bounded and charged for what it may miss.
//!
//! The value C′ in a row is at most so far from the expansion as its third derivatives allow. It is also within the
//! no-arbitrage interval, intrinsic(F′) ≤ C′ ≤ min(F′, intrinsic(F′) + K·s′/√(2π)), s = σ√τ, and within what its slopes
//! allow: C is convex in F with a slope of 0 to 1, and rises with s by min(F, K)/√(2π) at most. What all of these leave
//! is an interval; a long position counts its lower end, a short one its upper. All amounts are discounted.
//!
//! An entry of the array holds both ends: the lower in its upper 32 bits, the upper in its lower 32, as signed P&L in
//! units of 2^n nanos, rounded outwards; n follows from the array's peak.

use core::num::NonZeroU64;

use super::{ArrayModel, ScenarioRow, Scenarios};
use crate::array::StrikeRisk;
use crate::pricing::black76::{Amount, CallBase, fraction_of};
use crate::pricing::deviation::Standardised;
use crate::pricing::normal::density;
use crate::pricing::sqrt::bit_length;
use crate::scenario::{MAX_ROWS, VOL_FLAT};
use crate::units::LotValue;

/// 1/√(2π) in Q30, rounded up.
const PEAK_DENSITY: u64 = 428_361_012;
/// One in Q24, the format of the remainder's factors.
const ONE: u64 = 1 << 24;
/// Numbers of the remainder are below this; a larger one makes it unbounded.
const MOST: u64 = 1 << 32;
/// Bits of a half entry that its size may take.
const ENTRY_BITS: u64 = 30;

/// Bounds by expansion: margins are never below those of [`super::FullRevaluation`]. An array takes several times the
/// compute, most of it for the third derivatives.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeltaGammaVega;

impl ArrayModel for DeltaGammaVega {
    // not inlined: books of the default model pass it by
    #[inline(never)]
    fn fill(&self, scenarios: &Scenarios, out: &mut StrikeRisk) {
        let peak = scenarios.peak(out.mark).0;
        let unit = unit_bits(peak);
        out.peak = LotValue(ceil(peak, unit) << unit);
        let unit = unit_bits(out.peak.0);
        out.pnl.fill(LotValue::ZERO);
        let base = Base::new(scenarios, out.mark.0);
        let shifts: [Shift; 3] =
            core::array::from_fn(|vol| Shift::new(&base, &scenarios.moneyness[vol], scenarios.strike.whole()));
        for (row, entry) in scenarios.rows.iter().zip(&mut out.pnl) {
            let (low, high) = base.interval(row, &shifts[row.vol.min(2)]);
            let (low, high) = ((low - base.value) >> unit, ceil(high - base.value, unit));
            *entry = LotValue(low << 32 | high & i64::from(u32::MAX));
        }
    }

    #[inline]
    fn entry(&self, strike: &StrikeRisk, row: usize, lots: i64) -> LotValue {
        let entry = strike.pnl.get(row).copied().unwrap_or_default();
        unpack(entry, unit_bits(strike.peak.0), lots)
    }
}

impl DeltaGammaVega {
    /// [`ArrayModel::entry`] of all rows.
    pub fn entries(strike: &StrikeRisk, lots: i64) -> [LotValue; MAX_ROWS] {
        let unit = unit_bits(strike.peak.0);
        strike.pnl.map(|entry| unpack(entry, unit, lots))
    }
}

/// Distance from what a long position counts in a row to what a short one does, per lot; 0 past the last row.
pub fn residual(strike: &StrikeRisk, row: usize) -> LotValue {
    let (long, short) = (DeltaGammaVega.entry(strike, row, 1), DeltaGammaVega.entry(strike, row, -1));
    LotValue(short.0.wrapping_sub(long.0))
}

/// The end of an entry that a position of this sign counts.
#[inline(always)]
fn unpack(entry: LotValue, unit: u64, lots: i64) -> LotValue {
    let half = if lots < 0 { entry.0 << 32 >> 32 } else { entry.0 >> 32 };
    LotValue(half << unit)
}

/// Bits dropped from entries of at most `peak`.
#[inline(always)]
fn unit_bits(peak: i64) -> u64 {
    bit_length(peak.unsigned_abs()).saturating_sub(ENTRY_BITS)
}

/// `value` ÷ 2^`bits`, rounded up.
const fn ceil(value: i64, bits: u64) -> i64 {
    -(-value >> bits)
}

/// Where the expansion is made.
struct Base {
    forward: i64,
    strike: i64,
    value: i64,
    /// ln(F/K), Q40.
    log: i64,
    /// s/2, Q30, rounded down.
    half: u64,
    /// N(d₁), Q36.
    n_d1: i64,
    /// d₂, Q24.
    d2: i64,
    /// F·φ(d₁).
    weighted: i64,
    /// s, s·d₁·d₂ and 1/s, Q24; numbers beyond the format are at its end, which makes the expansion void.
    spread: i64,
    volga: i64,
    inverse: u64,
}

impl Base {
    fn new(scenarios: &Scenarios, value: i64) -> Self {
        let flat = &scenarios.moneyness[usize::from(VOL_FLAT)];
        let CallBase { n_d1, d1, d2, density } = CallBase::new(scenarios.log, flat);
        let (d1, d2, spread) = (d1 >> 6, d2 >> 6, (flat.half() >> 5).cast_signed());
        let volga = signed(spread, d1).and_then(|product| signed(product, d2)).unwrap_or(i64::MAX);
        Self {
            forward: scenarios.forward,
            strike: scenarios.strike.whole(),
            value,
            log: scenarios.log,
            half: flat.half(),
            n_d1,
            d2,
            weighted: fraction_of(scenarios.forward, density),
            spread,
            volga,
            inverse: inverse_of(flat.half()).unwrap_or(u64::MAX),
        }
    }

    /// Lower and upper bound of the value in a row.
    fn interval(&self, row: &ScenarioRow, shift: &Shift) -> (i64, i64) {
        // amounts are below 2⁵²: their sums need no checks
        let forward = row.forward.whole();
        let moved = forward.wrapping_sub(self.forward);
        // errors of the values, the delta and the density, all below 2⁻²³ of the forward
        let slack = (forward.max(self.forward) >> 23).wrapping_add(16);
        let tangent = self.value.wrapping_add(fraction_of(moved, self.n_d1));
        let reach = times(forward.min(self.strike), shift.peak_change);
        let (fall, rise) = if shift.change < 0 { (reach, 0) } else { (0, reach) };
        let intrinsic = forward.wrapping_sub(self.strike).max(0);
        let above_intrinsic = intrinsic.wrapping_add(shift.time_value);
        let above_mark = self.value.wrapping_add(moved.max(0)).wrapping_add(rise);
        let low = intrinsic.max(tangent.wrapping_sub(fall).wrapping_sub(slack));
        let high = forward.min(above_intrinsic.min(above_mark).wrapping_add(slack));
        let (low, high) = match self.expansion(row, forward, shift) {
            Some((change, miss)) => {
                let (expanded, miss) = (tangent.wrapping_add(change), miss.wrapping_add(slack));
                (low.max(expanded.wrapping_sub(miss)), high.min(expanded.wrapping_add(miss)))
            }
            None => (low, high),
        };
        (low, high.max(low))
    }

    /// What the terms beyond delta add, and how far the sum may be off; `None` where that is further than any other
    /// bound.
    fn expansion(&self, row: &ScenarioRow, forward: i64, shift: &Shift) -> Option<(i64, i64)> {
        let &Remainder { inverse, relative, most, square, volume, rounding } = shift.remainder.as_ref()?;
        let moved = forward.wrapping_sub(self.forward);
        let size = ratio(moved.unsigned_abs(), self.forward.unsigned_abs());
        let k = (size >> 10).cast_signed();
        let k = if moved < 0 { k.wrapping_neg() } else { k };
        let a = (ratio(moved.unsigned_abs(), forward.min(self.forward).unsigned_abs()) >> 10).wrapping_add(1);
        let b = relative;
        // F·φ(d₁)·(k²/2s + sβ − d₂kβ + s·d₁·d₂·β²/2), in Q24; a larger move is beyond any use of it
        if a >= ONE {
            return None;
        }
        let beta = shift.change_ratio;
        let convexity = product(product(k.unsigned_abs(), k.unsigned_abs())?, self.inverse)? >> 1;
        let first = signed(self.spread, beta)?;
        let vanna = signed(signed(self.d2, k)?, beta)?;
        let volga = signed(self.volga, shift.ratio_square)? >> 1;
        let sum = convexity.cast_signed().wrapping_add(first).wrapping_sub(vanna).wrapping_add(volga);
        if sum.unsigned_abs() >= MOST {
            return None;
        }
        let change = part(self.weighted, sum);

        // third derivatives by |d₁|, whose powers up to 4 times φ(d₁) fall beyond 2, and |d₂| ≤ |d₁| + s
        let (least, largest) = self.range(row, shift);
        // products are below 2⁴⁰: their sums need no checks
        let d1 = least.max(largest.min(2 * ONE));
        let d2 = d1.wrapping_add(most);
        let both = product(d1, d2)?;
        let third_in_price = product(a, product(d1, inverse)?.wrapping_add(ONE))?;
        let mixed = product(b.wrapping_mul(3), both.wrapping_add(ONE))?;
        let first_part = product(product(product(a, a)?, third_in_price.wrapping_add(mixed))?, inverse)?;
        let in_both = product(both, d2)?.wrapping_add(d1).wrapping_add(d2);
        let in_both = product(a.wrapping_mul(3), in_both)?;
        let squares = product(both, both)?.wrapping_add(product(d1, d1)?);
        let squares = squares.wrapping_add(product(d2, d2)?).wrapping_add(both);
        let third_in_vol = product(volume, squares)?;
        let second_part = product(square, in_both.wrapping_add(third_in_vol))?;
        let rounding = product(a.wrapping_add(ONE), rounding)? >> 20;
        let sixth = (first_part.wrapping_add(second_part) / 6).wrapping_add(rounding).wrapping_add(64);
        // least is rounded down, the density up
        let density = density((least << 6).cast_signed()).wrapping_add(256);
        let weighted = fraction_of(forward.max(self.forward), density).wrapping_add(1);
        if sixth >= MOST {
            return None;
        }
        Some((change, part(weighted, sixth.cast_signed()).wrapping_add(2)))
    }

    /// Least and largest |d₁| between here and the row, Q24, the one rounded down and the other up.
    fn range(&self, row: &ScenarioRow, shift: &Shift) -> (u64, u64) {
        let end = self.log.wrapping_add(row.log_move);
        let (low, high) = (self.log.min(end), self.log.max(end));
        let (narrow, wide) = (shift.least, shift.largest);
        let over = |log: i64, by: NonZeroU64| ((log.unsigned_abs() << 14) / by).cast_signed();
        // x/s + s/2 in intervals
        let high = if high >= 0 { over(high, narrow).wrapping_add(1) } else { over(high, wide).wrapping_neg() };
        let low = if low >= 0 { over(low, wide) } else { !over(low, narrow) };
        let high = high.wrapping_add((wide.get() >> 7).cast_signed()).wrapping_add(2);
        let low = low.wrapping_add((narrow.get() >> 7).cast_signed()).wrapping_sub(1);
        let largest = low.unsigned_abs().max(high.unsigned_abs());
        let least = if low > 0 { low } else { -high }.max(0).unsigned_abs();
        (least.min(8 * ONE), largest)
    }
}

/// A volatility of the grid beside that of the base.
struct Shift {
    /// s′ − s, Q30.
    change: i64,
    /// |s′ − s|/√(2π), Q30, rounded up.
    peak_change: u64,
    /// K·s′/√(2π), rounded up.
    time_value: i64,
    /// (s′ − s)/s, Q24, and its square.
    change_ratio: i64,
    ratio_square: i64,
    /// The smaller and the larger of s and s′, Q30, rounded down and up; the smaller at least 1.
    least: NonZeroU64,
    largest: NonZeroU64,
    /// Factors of the remainder; `None` where there is no bound.
    remainder: Option<Remainder>,
}

/// In Q24, rounded up.
struct Remainder {
    /// 1/s for the smaller s.
    inverse: u64,
    /// |s′ − s|/s for the smaller s.
    relative: u64,
    /// The larger s.
    most: u64,
    /// The square of `relative`, and `relative` × `most`.
    square: u64,
    volume: u64,
    /// What rounding does to the expansion, in 2⁻²⁰.
    rounding: u64,
}

impl Remainder {
    /// Between two halves of s in Q30, the smaller first; `size` is their deviations' distance.
    fn new(smaller: u64, larger: u64, size: u64) -> Option<Self> {
        let inverse = inverse_of(smaller)?;
        let relative = (size << 24) / (smaller << 1).max(1) + 1;
        let most = (larger >> 5) + 2;
        let rounding = product(product(ONE + relative, ONE + relative)?, inverse + product(most + ONE, most + ONE)?)?;
        let (square, volume) = (product(relative, relative)?, product(relative, most)?);
        Some(Self { inverse, relative, most, square, volume, rounding })
    }
}

impl Shift {
    fn new(base: &Base, moneyness: &Standardised, strike: i64) -> Self {
        let half = moneyness.half();
        let change = (half.cast_signed() - base.half.cast_signed()) << 1;
        // halves were rounded down
        let size = if change == 0 { 0 } else { change.unsigned_abs() + 2 };
        let positive = |deviation: u64| NonZeroU64::new(deviation).unwrap_or(NonZeroU64::MIN);
        let least = positive(half.min(base.half) << 1);
        let largest = positive((half.max(base.half) << 1) + 2);
        let size_scaled = scale(size);
        let ratio = (change.unsigned_abs() << 24).checked_div(base.half << 1).unwrap_or(0).cast_signed();
        Self {
            change,
            peak_change: size_scaled,
            time_value: if half == 0 { 0 } else { times(strike, scale((half << 1) + 2)) },
            change_ratio: if change < 0 { -ratio } else { ratio },
            ratio_square: signed(ratio, ratio).unwrap_or(i64::MAX),
            least,
            largest,
            remainder: Remainder::new(half.min(base.half), half.max(base.half), size),
        }
    }
}

/// A deviation (Q30, below 2³⁵) × 1/√(2π), rounded up.
const fn scale(deviation: u64) -> u64 {
    if deviation == 0 { 0 } else { (deviation.wrapping_mul(PEAK_DENSITY) >> 30) + 1 }
}

/// `amount` (0 to 2⁴⁹) × `fraction` (Q30, below 2³⁴), rounded up; 0 for no fraction.
const fn times(amount: i64, fraction: u64) -> i64 {
    if fraction == 0 {
        return 0;
    }
    let amount = amount.unsigned_abs();
    let (high, low) = (amount >> 20, amount & ((1 << 20) - 1));
    ((high.wrapping_mul(fraction).wrapping_add(low.wrapping_mul(fraction) >> 20) >> 10) + 1).cast_signed()
}

/// `amount` (0 to 2⁴⁶) × `factor` (Q24, below 2³² in size), rounded down.
fn part(amount: i64, factor: i64) -> i64 {
    let (high, low) = Amount::new(amount).split();
    high.wrapping_mul(factor).wrapping_add(low.wrapping_mul(factor) >> 20) >> 4
}

/// 1/s in Q24, rounded up, from s/2 in Q30; `None` below some 0.4 %.
fn inverse_of(half: u64) -> Option<u64> {
    let inverse = (1_u64 << 53).checked_div(half)? + 1;
    (inverse < MOST).then_some(inverse)
}

/// `numerator` (below 2⁴⁶) ÷ `denominator` (below 2⁴⁶) in Q34, rounded down, at most some 2⁴⁴.
fn ratio(numerator: u64, denominator: u64) -> u64 {
    let denominator = NonZeroU64::new(denominator).unwrap_or(NonZeroU64::MIN);
    let (whole, rest) = ((numerator << 17) / denominator, (numerator << 17) % denominator);
    (whole << 17).wrapping_add((rest << 17) / denominator)
}

/// Product in Q24, rounded up; `None` for a factor of 256 or more.
#[inline(always)]
fn product(x: u64, y: u64) -> Option<u64> {
    if (x | y) >= MOST { None } else { Some((x.wrapping_mul(y) >> 24).wrapping_add(1)) }
}

/// Product in Q24, rounded down; `None` for a factor of 128 or more.
#[inline(always)]
fn signed(x: i64, y: i64) -> Option<i64> {
    const LIMIT: u64 = MOST >> 1;
    if x.unsigned_abs() >= LIMIT || y.unsigned_abs() >= LIMIT { None } else { Some(x.wrapping_mul(y) >> 24) }
}
