//! Margin and equity of a portfolio (METHODOLOGY §§6–7).

use super::bounds::Budget;
use super::contingency::{BookSums, Contingencies, liquidity};
use super::marks::ForwardNow;
use super::offset::Groups;
use super::scan::{FullGrid, Losses, NamedRows, Terms};
use super::walk::{Visitor, Walk};
use super::{BookView, Margin, MarketMargin, MarketView, Portfolio};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::instrument::Leg;
use crate::scenario::{MAX_MOVE, MAX_ROWS};
use crate::units::{LotValue, NANO, NANOS_PER_ATOM, Nanos, Quote, scale_small_ceil};

/// Margin and equity on the full grid. `each` is told what every market contributes, ascending by market.
///
/// Merging two portfolios never raises the sum of their margins; a long option never needs more margin than it is worth
/// (but for what its mark has lost since the refresh).
///
/// # Errors
/// [`RiskError::UnknownMarket`], [`RiskError::UnknownBook`], [`RiskError::UnknownStrike`] and
/// [`RiskError::UnknownKind`] for a leg or holding that names what was not given; [`RiskError::Unordered`];
/// [`RiskError::BadGrid`] for a market without resolved rows; [`RiskError::OutOfDomain`] for a value that is not
/// positive; [`RiskError::Overflow`] for more than a third of an `i64` of nanos (some three billion USDC, each position at
/// its largest move) in one market.
pub fn margin(portfolio: &Portfolio, mut each: impl FnMut(&MarketMargin)) -> Result<Margin, RiskError> {
    full_margin(portfolio, &mut each)
}

/// One copy of the code however many callers listen.
#[inline(never)]
fn full_margin(portfolio: &Portfolio, each: &mut dyn FnMut(&MarketMargin)) -> Result<Margin, RiskError> {
    let full = |_: usize, _: Option<usize>, market: &MarketView| Ok(FullGrid::new(market.shocks, market.params.model));
    compute(portfolio, full, each).map(|(margin, _)| margin)
}

/// Rows that a witness names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WitnessRows<'a> {
    /// One row for each market that has a leg or a holding with [`super::Holding::market`], ascending by market.
    pub markets: &'a [u8],
    /// One row for each of the first [`crate::params::MAX_GROUPS`] groups (markets with equal `offset_group`, `offset` and
    /// `mm_factor`, none of them 0) that these markets are in, in the order of the groups' first markets.
    pub groups: &'a [u8],
}

/// As [`margin`], but with the losses in named rows instead of the worst ones: a lower bound of the margin, equal to it
/// for the worst rows, for an entry or two of an array per leg. Shows that some scenario breaches; equity and all
/// other parts of the margin are exact.
///
/// # Errors
/// As [`margin`]; [`RiskError::ScenarioOutOfRange`] for a row that the grid does not have, or too few or many rows.
pub fn witness_margin(portfolio: &Portfolio, rows: &WitnessRows) -> Result<Margin, RiskError> {
    let named = |place: usize, group: Option<usize>, market: &MarketView| {
        let row = rows.markets.get(place).ok_or(RiskError::ScenarioOutOfRange)?;
        let joint = group.map(|group| rows.groups.get(group).copied().ok_or(RiskError::ScenarioOutOfRange));
        NamedRows::new(*row, joint.transpose()?, market.shocks, market.params.model)
    };
    let (margin, touched) = compute(portfolio, named, &mut |_| ())?;
    let all_used = touched == (Touched { markets: rows.markets.len(), groups: rows.groups.len() });
    if all_used { Ok(margin) } else { Err(RiskError::ScenarioOutOfRange) }
}

/// How many markets and groups a portfolio touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Touched {
    markets: usize,
    groups: usize,
}

/// The margin, and what the portfolio touches. `losses` starts the sums of the market at that place among those
/// touched, whose group has that place among its like.
fn compute<'a, L: Losses<'a>>(
    portfolio: &Portfolio<'a>,
    losses: impl Fn(usize, Option<usize>, &MarketView) -> Result<L, RiskError>,
    each: &mut dyn FnMut(&MarketMargin),
) -> Result<(Margin, Touched), RiskError> {
    let mut total = Margin::default();
    let mut linked = add_own_equity(portfolio, &mut total)?;
    let mut walk = Walk::new(portfolio);
    let mut groups = Groups::NONE;
    let mut last_market = None;
    let mut touched = Touched::default();
    for market in portfolio.markets {
        if last_market.is_some_and(|last| last >= market.id) {
            return Err(RiskError::Unordered);
        }
        last_market = Some(market.id);
        let collateral = Collateral::of(portfolio, market.id)?;
        if collateral.holdings == 0 && !walk.has_legs_of(market.id) {
            continue;
        }
        linked = linked.wrapping_sub(collateral.holdings);
        let group = groups.place(market)?;
        let start = || losses(touched.markets, group, market);
        let margin = market_margin(market, collateral.exposure, start, &mut walk, group, &mut groups, &mut total)?;
        each(&margin);
        touched.markets = touched.markets.wrapping_add(1);
        touched.groups = touched.groups.max(group.map_or(0, |group| group.wrapping_add(1)));
    }
    if linked != 0 {
        return Err(RiskError::UnknownMarket);
    }
    walk.finish()?;
    groups.settle(&mut total)?;
    Ok((total, touched))
}

/// Margins the legs of one market. A frame of its own, since the target's are 4 KiB.
#[inline(never)]
fn market_margin<'a, L: Losses<'a>>(
    market: &MarketView,
    collateral: i64,
    losses: impl Fn() -> Result<L, RiskError>,
    walk: &mut Walk<'a>,
    group: Option<usize>,
    groups: &mut Groups,
    total: &mut Margin,
) -> Result<MarketMargin, RiskError> {
    let mut position = Position::new(market, losses()?, collateral)?;
    walk.market(market, &mut position)?;
    position.settle(total, group, groups)
}

/// Adds cash and collateral to the equities; returns how many holdings are linked to a market.
fn add_own_equity(portfolio: &Portfolio, total: &mut Margin) -> Result<usize, RiskError> {
    let (mut mm, mut im) = (portfolio.cash, portfolio.cash);
    let mut linked = 0_usize;
    for holding in portfolio.holdings {
        mm = mm.checked_add(holding.value_mm).ok_or(RiskError::Overflow)?;
        im = im.checked_add(holding.value_im.min(holding.value_mm)).ok_or(RiskError::Overflow)?;
        linked = linked.wrapping_add(usize::from(holding.market.is_some()));
    }
    total.equity_mm = mm;
    total.equity_im = im;
    total.equity_withdraw = im;
    Ok(linked)
}

/// The collateral that enters a market's grid.
pub(super) struct Collateral {
    pub(super) holdings: usize,
    pub(super) exposure: i64,
}

impl Collateral {
    pub(super) fn of(portfolio: &Portfolio, market: u16) -> Result<Self, RiskError> {
        let mut linked = Self { holdings: 0, exposure: 0 };
        for holding in portfolio.holdings {
            if holding.market == Some(market) {
                linked.holdings = linked.holdings.wrapping_add(1);
                linked.exposure = linked.exposure.checked_add(holding.exposure.0).ok_or(RiskError::Overflow)?;
            }
        }
        Ok(linked)
    }
}

/// The running sums of one market.
struct Position<'a, L> {
    market: &'a MarketView<'a>,
    losses: L,
    budget: Budget,
    /// Value that moves one to one with the price, nanos.
    exposure: i64,
    /// The part of it that is collateral.
    collateral: i64,
    /// Value of options, nanos.
    options: i64,
    /// Value of futures and perpetuals, nanos.
    linear: i64,
    /// Cost of futures and perpetuals.
    cost: Quote,
    /// Lots of naked short options, netted per strike and kind.
    shorts: u64,
    /// Lots of all legs.
    gross: u64,
    /// Sums of the open book.
    book: BookSums,
    contingencies: Contingencies,
}

impl<'a, 'b, L: Losses<'b>> Position<'a, L> {
    fn new(market: &'a MarketView<'a>, losses: L, collateral: i64) -> Result<Self, RiskError> {
        if market.shocks.is_empty() || market.shocks.len() > MAX_ROWS {
            return Err(RiskError::BadGrid);
        }
        if market.spot.0 <= 0 {
            return Err(RiskError::OutOfDomain);
        }
        let mut budget = Budget::FULL;
        budget.charge(collateral.unsigned_abs(), 1)?;
        Ok(Self {
            market,
            losses,
            budget,
            exposure: collateral,
            collateral,
            options: 0,
            linear: 0,
            cost: Quote::ZERO,
            shorts: 0,
            gross: 0,
            book: BookSums::default(),
            contingencies: Contingencies::default(),
        })
    }

    /// Adds the market's part to the totals, everything rounded for the house.
    fn settle(
        mut self,
        total: &mut Margin,
        group: Option<usize>,
        groups: &mut Groups,
    ) -> Result<MarketMargin, RiskError> {
        const WIDEST: u64 = (MAX_MOVE.0 / NANO).unsigned_abs();
        self.budget.charge(self.exposure.unsigned_abs(), WIDEST)?;
        let params = self.market.params;
        let terms =
            Terms { exposure: self.exposure, shocks: self.market.shocks, vega_charge: share(params.vega_charge.0)? };
        let joint = group.map(|group| groups.joint(group)).transpose()?;
        let worst = self.losses.worst(&terms, joint)?;
        let scan = quote_ceil(worst.scan)?;
        let short_rate = params.short_option_mm.checked_add(params.short_option_im).ok_or(RiskError::BadParameter)?;
        let margin = MarketMargin {
            market: self.market.id,
            worst_row: worst.row,
            scan,
            vega: quote_ceil(worst.charged)?.checked_sub(scan).ok_or(RiskError::Overflow)?,
            liquidity: quote_ceil(liquidity(worst.charged, self.gross, self.market)?)?,
            roll: quote_ceil(self.contingencies.roll(self.market)?)?,
            oracle: quote_ceil(self.contingencies.oracle(self.market, self.collateral)?)?,
            short_option_mm: self.short_minimum(params.short_option_mm.0)?,
            short_option_im: self.short_minimum(short_rate.0)?,
        };
        if let Some(group) = group {
            groups.count(group, &margin)?;
        }
        add_margin(total, &margin, share(params.mm_factor.0)?)?;
        let unrealised = Nanos(self.linear).to_quote_floor().checked_sub(self.cost).ok_or(RiskError::Overflow)?;
        let options = Nanos(self.options).to_quote_floor();
        add(&mut total.equity_mm, [options, unrealised])?;
        add(&mut total.equity_im, [options, unrealised.min(params.unrealised_cap)])?;
        add(&mut total.equity_withdraw, [options, unrealised.min(Quote::ZERO)])?;
        Ok(margin)
    }

    /// Naked shorts × the underlying's value × `rate`, rounded up.
    fn short_minimum(&self, rate: i64) -> Result<Quote, RiskError> {
        if self.shorts == 0 {
            return Ok(Quote::ZERO);
        }
        let rate = share(rate)?;
        let mut range = Budget::FULL;
        range.charge(self.shorts, self.market.spot.0.unsigned_abs())?;
        quote_ceil(scale_small_ceil(self.shorts.wrapping_mul(self.market.spot.0.unsigned_abs()), rate))
    }
}

impl<'b, L: Losses<'b>> Position<'_, L> {
    /// Reserves room for the sums of this many lots. Marks of calls and vegas are within the forward, marks of puts
    /// within the strike, the forward part of puts is the forward, P&L is within the peak, deltas within the discount.
    #[inline(always)]
    fn reserve(&mut self, lots: u64, forward: &ForwardNow, strike: &StrikeRisk) -> Result<(), RiskError> {
        let values = forward.size().wrapping_add(strike.strike_value.0.cast_unsigned());
        self.budget.charge(lots, values.max(strike.peak.0.cast_unsigned()))?;
        // in range: every lot is charged at a positive value
        self.gross = self.gross.wrapping_add(lots);
        Ok(())
    }

    /// What a call adds beside its P&L.
    #[inline(always)]
    fn add_call(&mut self, strike: &StrikeRisk, call_value: i64, lots: i64) {
        self.options = self.options.wrapping_add(call_value.wrapping_mul(lots));
        self.book.deltas.calls = self.book.deltas.calls.wrapping_add(strike.delta.0.wrapping_mul(lots));
        self.add_short(lots);
    }

    /// What depends on a strike's lots of both kinds alone, since put and call differ by a forward.
    #[inline(always)]
    fn add_net(&mut self, strike: &'b StrikeRisk, lots: i64) {
        self.book.vega = self.book.vega.wrapping_add(strike.vega.0.wrapping_mul(lots));
        self.losses.add(strike, lots);
    }

    /// A future or perpetual but for its delta.
    #[inline(always)]
    fn add_linear(&mut self, value: LotValue, leg: &Leg) -> Result<(), RiskError> {
        if value.0 <= 0 {
            return Err(RiskError::OutOfDomain);
        }
        let lots = leg.size.0.unsigned_abs();
        // it enters value, exposure and, in nanos of a lot, delta
        self.budget.charge(lots, value.0.max(NANO).unsigned_abs())?;
        self.gross = self.gross.wrapping_add(lots);
        let value = value.0.wrapping_mul(leg.size.0);
        self.linear = self.linear.wrapping_add(value);
        self.exposure = self.exposure.wrapping_add(value);
        self.cost = self.cost.checked_add(leg.cost).ok_or(RiskError::Overflow)?;
        Ok(())
    }

    /// A put beside the P&L of its call: value by parity, and the forward part, which in every scenario is the move of
    /// the forward that the arrays were computed with.
    #[inline(always)]
    fn add_put(&mut self, forward: &ForwardNow, strike: &StrikeRisk, call_value: i64, lots: i64) {
        let value = forward.put(call_value, strike.strike_value);
        self.options = self.options.wrapping_add(value.wrapping_mul(lots));
        self.exposure = self.exposure.wrapping_sub(forward.reference.wrapping_mul(lots));
        let delta = strike.delta.0.wrapping_sub(forward.discount);
        self.book.deltas.puts = self.book.deltas.puts.wrapping_add(delta.wrapping_mul(lots));
        self.add_short(lots);
    }

    /// Shorts stay in range because their lots are charged at a positive value.
    #[inline(always)]
    fn add_short(&mut self, lots: i64) {
        if lots < 0 {
            self.shorts = self.shorts.wrapping_add(lots.unsigned_abs());
        }
    }
}

impl<'b, L: Losses<'b>> Visitor<'b> for Position<'_, L> {
    #[inline(always)]
    fn call(&mut self, forward: &ForwardNow, strike: &'b StrikeRisk, lots: i64) -> Result<(), RiskError> {
        self.reserve(lots.unsigned_abs(), forward, strike)?;
        self.add_call(strike, forward.call(strike), lots);
        self.add_net(strike, lots);
        Ok(())
    }

    #[inline(always)]
    fn put(&mut self, forward: &ForwardNow, strike: &'b StrikeRisk, lots: i64) -> Result<(), RiskError> {
        self.reserve(lots.unsigned_abs(), forward, strike)?;
        self.add_put(forward, strike, forward.call(strike), lots);
        self.add_net(strike, lots);
        Ok(())
    }

    #[inline(always)]
    fn pair(&mut self, forward: &ForwardNow, strike: &'b StrikeRisk, call: i64, put: i64) -> Result<(), RiskError> {
        self.reserve(call.unsigned_abs(), forward, strike)?;
        self.reserve(put.unsigned_abs(), forward, strike)?;
        let value = forward.call(strike);
        self.add_call(strike, value, call);
        self.add_put(forward, strike, value, put);
        // in range: both were charged
        let net = call.wrapping_add(put);
        if net != 0 {
            self.add_net(strike, net);
        }
        Ok(())
    }

    #[inline(always)]
    fn future(&mut self, value: LotValue, leg: &Leg) -> Result<(), RiskError> {
        self.add_linear(value, leg)?;
        self.book.deltas.linear = self.book.deltas.linear.wrapping_add(leg.size.0.wrapping_mul(NANO));
        Ok(())
    }

    fn perpetual(&mut self, leg: &Leg) -> Result<(), RiskError> {
        self.add_linear(self.market.spot, leg)?;
        self.contingencies.add_perpetual(leg.size.0);
        Ok(())
    }

    fn end_book(&mut self, book: &BookView) -> Result<(), RiskError> {
        self.losses.end_book(self.market.shocks);
        let sums = core::mem::take(&mut self.book);
        self.contingencies.add_book(book, &sums, self.market)
    }
}

/// Adds a market's margin to the totals.
fn add_margin(total: &mut Margin, margin: &MarketMargin, mm_factor: u64) -> Result<(), RiskError> {
    let mut scaled = margin.scan;
    add(&mut scaled, [margin.vega, margin.liquidity])?;
    add(&mut scaled, [margin.roll, Quote::ZERO])?;
    let maintenance = Quote(scale_small_ceil(scaled.0.unsigned_abs(), mm_factor).cast_signed());
    add(&mut total.mm, [maintenance, margin.oracle])?;
    add(&mut total.mm, [margin.short_option_mm, Quote::ZERO])?;
    add(&mut total.im, [scaled, margin.oracle])?;
    add(&mut total.im, [margin.short_option_im, Quote::ZERO])
}

/// A parameter that is a share of something: 0 to 1.
fn share(parameter: i64) -> Result<u64, RiskError> {
    let share = u64::try_from(parameter).map_err(|_| RiskError::BadParameter)?;
    if share <= NANO.unsigned_abs() { Ok(share) } else { Err(RiskError::BadParameter) }
}

fn add(to: &mut Quote, amounts: [Quote; 2]) -> Result<(), RiskError> {
    let [first, second] = amounts;
    let sum = to.checked_add(first).and_then(|sum| sum.checked_add(second));
    *to = sum.ok_or(RiskError::Overflow)?;
    Ok(())
}

/// Nanos as quote atoms, rounded up.
pub(super) fn quote_ceil(nanos: u64) -> Result<Quote, RiskError> {
    i64::try_from(nanos.div_ceil(NANOS_PER_ATOM.unsigned_abs())).map(Quote).map_err(|_| RiskError::Overflow)
}
