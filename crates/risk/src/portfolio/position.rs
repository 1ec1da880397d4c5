//! The legs of one market: what they sum up to, and the margin that it comes to (METHODOLOGY §6).

use super::bounds::Budget;
use super::contingency::{BookSums, Contingencies, liquidity};
use super::marks::ForwardNow;
use super::offset::Groups;
use super::scan::{Losses, Terms};
use super::walk::Visitor;
use super::{BookView, Margin, MarketMargin, MarketView};
use crate::array::StrikeRisk;
use crate::error::RiskError;
use crate::instrument::Leg;
use crate::scenario::{MAX_MOVE, MAX_ROWS};
use crate::units::{LotValue, NANO, NANOS_PER_ATOM, Nanos, Quote, scale_small_ceil};

/// The running sums of one market.
pub(super) struct Position<'a, L> {
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
    /// No legs yet; `collateral` is the value of what is held of the market's underlying.
    ///
    /// # Errors
    /// [`RiskError::BadGrid`] for a market without resolved rows, [`RiskError::OutOfDomain`] for a price that is not
    /// positive, [`RiskError::Overflow`] for collateral that does not fit.
    pub(super) fn new(market: &'a MarketView<'a>, losses: L, collateral: i64) -> Result<Self, RiskError> {
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
    ///
    /// # Errors
    /// As [`super::margin`].
    pub(super) fn settle(
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
