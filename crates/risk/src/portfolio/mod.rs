//! Margin of a portfolio from prepared risk arrays (METHODOLOGY §§6–8).
//!
//! One pass over the legs in the order of their keys, with a cursor into the books. Per leg: a mark, and one line of
//! size × array added to the market's scenario P&L. Everything that is linear in the price (futures, perpetuals, the
//! forward part of puts, collateral) is one exposure per market, worked in once at its end.

mod bounds;
mod contingency;
mod full_grid;
mod marks;
mod named_rows;
mod offset;
mod position;
mod scan;
mod static_margin;
mod total;
mod walk;

pub use static_margin::{StaticMargin, static_margin};
pub use total::{WitnessRows, margin, witness_margin};

use crate::array::StrikeRisk;
use crate::instrument::Leg;
use crate::params::{MAX_GROUPS, RiskParams};
use crate::scenario::Shock;
use crate::units::{LotValue, Nanos, Quote, Ratio, Vol};

/// A market as a margin computation sees it.
#[derive(Clone, Copy, Debug)]
pub struct MarketView<'a> {
    /// The market's number.
    pub id: u16,
    /// Value of one lot of the underlying now.
    pub spot: LotValue,
    /// Governed parameters.
    pub params: &'a RiskParams,
    /// Half-width of the price's confidence interval as a share of the price, rounded up.
    pub confidence: Ratio,
    /// The resolved grid, the one the books' arrays were computed with.
    pub shocks: &'a [Shock],
}

/// One expiry of a market as a margin computation sees it.
#[derive(Clone, Copy, Debug)]
pub struct BookView<'a> {
    /// The market's number.
    pub market: u16,
    /// Hours since 1970 at which it expires.
    pub expiry_hour: u32,
    /// Value of one lot of the forward now. How far it may be from `reference` is the caller's limit: marks move by
    /// delta and gamma in between and stay between their bounds, arrays do not move.
    pub forward: LotValue,
    /// Value of one lot of the forward when the arrays were computed.
    pub reference: LotValue,
    /// D when the arrays were computed: today's value of one quote at expiry.
    pub discount: Ratio,
    /// Seconds to expiry; 0 when expired.
    pub tau_seconds: i64,
    /// By how much publishers disagree about its volatility, rounded up.
    pub dispersion: Vol,
    /// Marks, greeks and arrays in the order in which strikes were listed.
    pub strikes: &'a [StrikeRisk],
}

/// Collateral of one kind in an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holding {
    /// Value less the maintenance haircut, rounded down.
    pub value_mm: Quote,
    /// Value less the initial haircut, rounded down; never above `value_mm`.
    pub value_im: Quote,
    /// The market whose grid the holding enters with its full value as delta, if any.
    pub market: Option<u16>,
    /// Value without haircut, for the grid.
    pub exposure: Nanos,
}

/// Everything that a margin depends on. Legs, books and markets ascend without repeats.
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<'a> {
    /// Cash, may be negative.
    pub cash: Quote,
    /// Other collateral, in any order.
    pub holdings: &'a [Holding],
    /// Positions, ascending by key.
    pub legs: &'a [Leg],
    /// Markets, ascending by number; at least those of the legs and holdings.
    pub markets: &'a [MarketView<'a>],
    /// Books, ascending by market and expiry; at least those of the legs.
    pub books: &'a [BookView<'a>],
}

/// What a market contributes to the margin, part by part; see docs/METHODOLOGY.md, "Margin". All rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketMargin {
    /// The market's number.
    pub market: u16,
    /// Row of the grid that decides scan and vega (the named one in a witness computation); 0 when no row loses.
    pub worst_row: u8,
    /// Loss in the worst row, at least 0.
    pub scan: Quote,
    /// What the scan grows by when gains from volatility count in part.
    pub vega: Quote,
    /// For what takes longer than a day to unwind.
    pub liquidity: Quote,
    /// For the basis of each expiry.
    pub roll: Quote,
    /// For errors of price and surface.
    pub oracle: Quote,
    /// Short option minimum, maintenance.
    pub short_option_mm: Quote,
    /// Short option minimum, initial (includes the maintenance part).
    pub short_option_im: Quote,
}

/// Margin and equity of a portfolio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// Equity with maintenance haircuts, rounded down: an account is liquidatable iff it is below `mm`.
    pub equity_mm: Quote,
    /// Equity with initial haircuts and capped unrealised profit, rounded down: must not be below `im` after a trade.
    pub equity_im: Quote,
    /// As `equity_im`, but unrealised profit does not count at all: must not be below `im` after a withdrawal.
    pub equity_withdraw: Quote,
    /// Maintenance margin, rounded up.
    pub mm: Quote,
    /// Initial margin, rounded up; never below `mm`.
    pub im: Quote,
    /// What `mm` is lower by for markets that are margined together, rounded down.
    pub offset_mm: Quote,
    /// What `im` is lower by for markets that are margined together, rounded down.
    pub offset_im: Quote,
    /// Groups of such markets that the portfolio touches.
    pub groups: u8,
    /// For each of these groups, in the order of their first markets, the row with its largest joint loss; 0 in a
    /// witness computation.
    pub joint_rows: [u8; MAX_GROUPS as usize],
}

impl Margin {
    /// [`Margin::joint_rows`] in use: what [`WitnessRows::groups`] names to be exact.
    pub fn joint_rows(&self) -> &[u8] {
        self.joint_rows.get(..usize::from(self.groups)).unwrap_or(&self.joint_rows)
    }
}
