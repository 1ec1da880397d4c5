//! One surface out of several publishers' (METHODOLOGY §2): what a majority says, as a set that somebody published.
//!
//! The volatility at the money alone would not do: a publisher can copy the others' and bend the wings. So sets are
//! compared as smiles, at moneynesses standardised by each set's own volatility, as options are quoted by delta.
//!
//! With fewer than half of the fresh sets hostile, and the honest ones within `dispersion_max` of each other, the honest
//! ones are all counted, and the volatility at the money, the basis and the rate lie within their range.

use crate::error::RiskError;
use crate::pricing::sqrt::isqrt;
use crate::surface::Svi;
use crate::units::{Ratio, Vol, YEAR_SECONDS};

/// The most publishers that can be combined.
pub const MAX_PUBLISHERS: usize = 8;
/// Points of a smile.
pub const POINTS: usize = 7;
/// Their log-moneyness ln(K/F) in units of σ√τ, σ the surface's own volatility at the money.
pub const MONEYNESS: [i64; POINTS] = [-8, -3, -1, 0, 1, 3, 8];
/// The point at the forward.
const AT_THE_MONEY: usize = 3;

/// Volatilities of a surface at the points of [`MONEYNESS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Smile(pub [Vol; POINTS]);

impl Smile {
    /// Reads a surface that was made `tenor_seconds` before the expiry and has passed [`Svi::validate`].
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a tenor outside one second to two years.
    pub fn of(svi: &Svi, tenor_seconds: i64) -> Result<Self, RiskError> {
        let vol = svi.vol_at_the_money(tenor_seconds)?;
        // (σ√τ)² in 10⁻¹⁸, a quarter of it to fit 64 bits; both factors have been checked
        let quarter =
            i128::from(vol.0) * i128::from(vol.0) * i128::from(tenor_seconds) / (4 * i128::from(YEAR_SECONDS));
        let deviation = isqrt(u64::try_from(quarter).map_err(|_| RiskError::Overflow)?) << 1;
        let mut smile = Self::default();
        for (point, moneyness) in smile.0.iter_mut().zip(MONEYNESS) {
            *point = svi.vol(Ratio(deviation.cast_signed().wrapping_mul(moneyness)), tenor_seconds)?;
        }
        Ok(smile)
    }

    /// Volatility at the forward.
    pub const fn at_the_money(&self) -> Vol {
        self.0[AT_THE_MONEY]
    }

    /// How far two smiles are apart: the largest difference of a point, one |z| from the forward counting 1/(1 + |z|)
    /// of it, because far options are quoted wider and hang less on their volatility. Rounded up.
    pub fn distance(&self, other: &Self) -> Vol {
        let points = self.0.iter().zip(&other.0).zip(MONEYNESS);
        let apart =
            points.map(|((one, other), z)| one.0.abs_diff(other.0).div_ceil(z.unsigned_abs().saturating_add(1)));
        Vol(i64::try_from(apart.max().unwrap_or_default()).unwrap_or(i64::MAX))
    }
}

/// What one publisher says of an expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    /// The surface.
    pub svi: Svi,
    /// Its smile.
    pub smile: Smile,
    /// Forward = price × (1 + basis).
    pub basis: Ratio,
    /// Continuously compounded rate.
    pub rate: Ratio,
    /// When it was made, Unix seconds.
    pub time: i64,
}

/// How opinions are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Publishers that have to agree, 1 to [`MAX_PUBLISHERS`].
    pub quorum: usize,
    /// Seconds that a set may be older than the newest.
    pub window: i64,
    /// Seconds that a set may be old.
    pub max_age: i64,
    /// Distance from the median within which a set agrees.
    pub dispersion_max: Vol,
}

/// The surface that publishers agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The published surface with the median volatility at the money of those that agree.
    pub svi: Svi,
    /// That volatility.
    pub vol: Vol,
    /// When that surface was made: its total variance belongs to the tenor from then.
    pub made: i64,
    /// Median basis of those that agree.
    pub basis: Ratio,
    /// Median rate of those that agree.
    pub rate: Ratio,
    /// The latest time by which a quorum of those that agree had spoken.
    pub time: i64,
}

/// What came of combining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Sets that were fresh.
    pub fresh: usize,
    /// Distance from the median within which more than half of the fresh sets lie. Fewer than half cannot lift it above
    /// what the others differ by; when no half agrees it says so.
    pub dispersion: Vol,
    /// The surface, if at least a quorum and more than half of the fresh sets agree.
    pub agreed: Option<Agreed>,
}

/// Combines what publishers say at `now`. Neither the order of the opinions matters nor whether a stale one is there.
///
/// Fresh are sets at most `max_age` old and at most `window` older than the newest, whose lead over the clock does not
/// count. The median is taken point by point of the smile; of an even number of values, here and below, the lower of
/// the two middle ones: a volatility that is too low is covered by the vol-up rows of the grid, while the mark of a long
/// option that is too high is money that leaves. Those within `dispersion_max` of the median agree.
///
/// # Errors
/// [`RiskError::BadParameter`] for more than [`MAX_PUBLISHERS`] opinions or a quorum outside 1 to that.
pub fn combine(opinions: &[Opinion], now: i64, rule: &Rule) -> Result<Verdict, RiskError> {
    if opinions.len() > MAX_PUBLISHERS || !(1..=MAX_PUBLISHERS).contains(&rule.quorum) {
        return Err(RiskError::BadParameter);
    }
    let fresh = fresh(opinions, now, rule);
    let count = fresh.items().len();
    let centre = centre(fresh.items());
    let mut distances = List::new();
    for opinion in fresh.items() {
        distances.push(opinion.smile.distance(&centre));
    }
    distances.sort();
    // more than half of an even number is one above it, and places count from 0
    let dispersion = distances.items().get(count / 2).copied().unwrap_or(Vol::ZERO);
    let majority = count / 2 + 1;
    let agreeing = distances.items().iter().filter(|distance| **distance <= rule.dispersion_max).count();
    let agreed = if agreeing >= majority.max(rule.quorum) { agree(fresh.items(), &centre, rule) } else { None };
    Ok(Verdict { fresh: count, dispersion, agreed })
}

/// Combines those of the fresh sets that agree; there are at least a quorum.
fn agree(fresh: &[Opinion], centre: &Smile, rule: &Rule) -> Option<Agreed> {
    let mut sets: List<Opinion> = List::new();
    let (mut bases, mut rates, mut times) = (List::new(), List::new(), List::new());
    for opinion in fresh.iter().filter(|opinion| opinion.smile.distance(centre) <= rule.dispersion_max) {
        sets.push(*opinion);
        bases.push(opinion.basis);
        rates.push(opinion.rate);
        times.push(opinion.time);
    }
    sets.sort_by(|one, other| one.rank() < other.rank());
    times.sort();
    let chosen = sets.middle()?;
    Some(Agreed {
        svi: chosen.svi,
        vol: chosen.smile.at_the_money(),
        made: chosen.time,
        basis: bases.median()?,
        rate: rates.median()?,
        time: *times.items().iter().rev().nth(rule.quorum.saturating_sub(1))?,
    })
}

/// The medians of all points.
fn centre(fresh: &[Opinion]) -> Smile {
    let mut centre = Smile::default();
    for (index, point) in centre.0.iter_mut().enumerate() {
        let mut vols = List::new();
        for vol in fresh.iter().filter_map(|opinion| opinion.smile.0.get(index)) {
            vols.push(*vol);
        }
        *point = vols.median().unwrap_or(Vol::ZERO);
    }
    centre
}

fn fresh(opinions: &[Opinion], now: i64, rule: &Rule) -> List<Opinion> {
    let oldest = now.saturating_sub(rule.max_age);
    let newest = opinions.iter().map(|opinion| opinion.time).max().unwrap_or(now).min(now);
    let oldest = newest.saturating_sub(rule.window).max(oldest);
    let mut fresh = List::new();
    for opinion in opinions.iter().filter(|opinion| opinion.time >= oldest) {
        fresh.push(*opinion);
    }
    fresh
}

impl Opinion {
    /// Ranks sets by volatility at the money, of equal ones the newer first; the rest only settles ties, so that the
    /// order in which sets are passed does not.
    fn rank(&self) -> (Vol, core::cmp::Reverse<i64>, Smile, [i64; 5]) {
        let Svi { a, b, rho, m, sigma } = self.svi;
        (self.smile.at_the_money(), core::cmp::Reverse(self.time), self.smile, [a, b, rho, m, sigma])
    }
}

/// Up to [`MAX_PUBLISHERS`] things.
struct List<T> {
    items: [T; MAX_PUBLISHERS],
    len: usize,
}

impl<T: Copy + Default> List<T> {
    fn new() -> Self {
        Self { items: [T::default(); MAX_PUBLISHERS], len: 0 }
    }

    fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = item;
            self.len = self.len.saturating_add(1);
        }
    }

    fn items(&self) -> &[T] {
        self.items.get(..self.len).unwrap_or_default()
    }

    /// By insertion: there are few, and they are often in order.
    fn sort_by(&mut self, precedes: impl Fn(&T, &T) -> bool) {
        let Some(items) = self.items.get_mut(..self.len) else { return };
        for end in 1..items.len() {
            for index in (1..=end).rev() {
                let Some([one, other]) = items.get_mut(index.saturating_sub(1)..=index) else { break };
                if !precedes(other, one) {
                    break;
                }
                core::mem::swap(one, other);
            }
        }
    }

    /// The middle one, the lower of two.
    fn middle(&self) -> Option<&T> {
        self.items().get(self.len.checked_sub(1)? / 2)
    }
}

impl<T: Copy + Default + Ord> List<T> {
    fn sort(&mut self) {
        self.sort_by(|one, other| one < other);
    }

    /// The median, of an even number the lower of the two in the middle.
    fn median(mut self) -> Option<T> {
        self.sort();
        self.middle().copied()
    }
}
