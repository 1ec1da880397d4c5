//! Risk arrays: one pricing of a strike, read by every account that holds it (METHODOLOGY §5).

use bytemuck::{Pod, Zeroable};

use crate::error::RiskError;
use crate::model::{ArrayModel, DeltaGammaVega, FullRevaluation, ScenarioRow, Scenarios};
use crate::params::{MODEL_DELTA_GAMMA_VEGA, MODEL_FULL_REVALUATION, RiskParams};
use crate::pricing::black76::{
    Amount, CallInputs, Carry, MAX_FORWARD, MAX_MONEYNESS, check_forward, check_strike, greeks,
};
use crate::pricing::deviation::{Deviation, Standardised};
use crate::pricing::log::ln;
use crate::pricing::tenor::Tenor;
use crate::scenario::{MAX_MOVE, MAX_ROWS, MIN_MOVE, Shock, Shocks, VOL_DOWN, VOL_FLAT, VOL_UP};
use crate::shift::VolShift;
use crate::surface::{MIN_VOL, Svi};
use crate::units::{LotSize, LotValue, NANO, Price, Ratio, Vol, index, scale_small_ceil, scale_small_floor_unsigned};

/// Mark, greeks and scenario vector of the call at one strike, per lot, at the forward the book was refreshed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct StrikeRisk {
    /// K.
    pub strike: Price,
    /// K·D per lot, rounded down: a put is worth its call − (F·D − this).
    pub strike_value: LotValue,
    /// Implied volatility read off the surface.
    pub vol: Vol,
    /// Value of the call.
    pub mark: LotValue,
    /// ∂V/∂F: −… to 1, in nanos.
    pub delta: Ratio,
    /// Γ·F²: change of delta × forward per 100 % move, nanos of quote per lot.
    pub gamma: LotValue,
    /// ∂V/∂σ for a change of 1.00 in volatility, nanos of quote per lot.
    pub vega: LotValue,
    /// Value lost per day, nanos of quote per lot (negative for a long call).
    pub theta: LotValue,
    /// No entry of `pnl` is larger in size: bounds sums of size × `pnl` before they are made.
    pub peak: LotValue,
    /// P&L of one long call lot in each row of the grid; rows past the grid are 0. By another model than full
    /// revaluation not to be read as such, but by [`crate::model::entry`].
    pub pnl: [LotValue; MAX_ROWS],
}

const _: () = assert!(core::mem::size_of::<StrikeRisk>() == 392);

/// What the arrays of a book depend on, beside the strikes.
#[derive(Clone, Copy, Debug)]
pub struct BookInputs<'a> {
    /// Forward per unit of underlying.
    pub forward: Price,
    /// Units of underlying in a lot.
    pub lot_size: LotSize,
    /// Seconds to expiry; 0 or less for an expired book, whose options are worth their intrinsic value.
    pub tau_seconds: i64,
    /// D.
    pub discount: Ratio,
    /// The surface, validated.
    pub svi: &'a Svi,
    /// Seconds from the making of the surface to expiry: the tenor that its total variance covers.
    pub svi_tau_seconds: i64,
    /// The market's parameters, validated.
    pub params: &'a RiskParams,
    /// The market's resolved grid.
    pub shocks: &'a Shocks,
}

/// A book ready to price strikes: everything computed once that strikes share. About 1.2 KiB: on chain, where a stack
/// frame is 4 KiB, fill one in place with [`PreparedBook::prepare`].
#[derive(Clone, Debug)]
pub struct PreparedBook {
    svi: Svi,
    svi_tau_seconds: i64,
    lot_size: LotSize,
    tenor: Tenor,
    carry: Carry,
    /// Discounted forward.
    forward: LotValue,
    /// ln of it in Q40.
    log_forward: i64,
    shift: VolShift,
    model: u64,
    /// The highest discounted forward of a row, or the forward itself: no scenario makes a call worth more.
    highest: i64,
    len: usize,
    /// Leading groups of three rows with one move and volatility up, flat and down.
    triples: usize,
    rows: [ScenarioRow; MAX_ROWS],
}

impl PreparedBook {
    /// A book without rows, to prepare in place.
    pub const EMPTY: Self = Self {
        svi: Svi { a: 0, b: 0, rho: 0, m: 0, sigma: 0 },
        svi_tau_seconds: 0,
        lot_size: LotSize::ZERO,
        tenor: Tenor::EXPIRED,
        carry: Carry::NONE,
        forward: LotValue::ZERO,
        log_forward: 0,
        shift: VolShift { up: NANO, down: NANO, floor: Vol::ZERO },
        model: MODEL_FULL_REVALUATION,
        highest: 0,
        len: 0,
        triples: 0,
        rows: [ScenarioRow { forward: Amount::ZERO, log_move: 0, vol: 0 }; MAX_ROWS],
    };

    /// Prepares a book.
    ///
    /// # Errors
    /// As [`PreparedBook::prepare`].
    pub fn new(inputs: &BookInputs) -> Result<Self, RiskError> {
        let mut book = Self::EMPTY;
        book.prepare(inputs)?;
        Ok(book)
    }

    /// Prepares a book in place.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a forward, discount or time outside what pricing supports,
    /// [`RiskError::BadGrid`] for a grid that is empty or was not resolved, [`RiskError::Overflow`] for a lot too large
    /// to value.
    pub fn prepare(&mut self, inputs: &BookInputs) -> Result<(), RiskError> {
        let BookInputs { forward, lot_size, tau_seconds, discount, svi, svi_tau_seconds, params, shocks } = *inputs;
        let len = index(shocks.len);
        if !(1..=MAX_ROWS).contains(&len) {
            return Err(RiskError::BadGrid);
        }
        self.svi = *svi;
        self.svi_tau_seconds = svi_tau_seconds;
        self.lot_size = lot_size;
        self.tenor = Tenor::new(tau_seconds)?;
        self.carry = Carry::new(discount, &self.tenor)?;
        self.forward = LotValue::of(forward, lot_size)?.scaled(discount)?;
        check_forward(self.forward)?;
        self.log_forward = ln(self.forward.0.cast_unsigned());
        self.shift = VolShift::new(params, &self.tenor);
        self.model = params.model;
        self.len = len;
        self.highest = self.forward.0;
        let log_one = ln(NANO.cast_unsigned()); // what a move of 0 must come out as
        for (row, shock) in self.rows.iter_mut().zip(shocks.rows.iter()).take(len) {
            if !(MIN_MOVE..=MAX_MOVE).contains(&shock.k) || shock.vol > VOL_DOWN {
                return Err(RiskError::BadGrid);
            }
            let factor = NANO.wrapping_add(shock.k.0).cast_unsigned();
            // up: a put's value, call − forward + strike with the forward's exact move, is then never negative
            let forward = scale_small_ceil(self.forward.0.cast_unsigned(), factor).cast_signed();
            self.highest = self.highest.max(forward);
            *row = ScenarioRow {
                forward: Amount::new(forward),
                log_move: ln(factor).wrapping_sub(log_one),
                vol: usize::from(shock.vol),
            };
        }
        self.triples = triples(shocks.in_use());
        Ok(())
    }

    /// The discounted value of one lot of the forward.
    pub const fn discounted_forward(&self) -> LotValue {
        self.forward
    }

    /// Prices the call at `strike` in every row and writes its mark, greeks and array.
    ///
    /// # Errors
    /// [`RiskError::OutOfDomain`] for a strike outside 1/100 to 100 times the forward or a surface without tenor;
    /// [`RiskError::Overflow`] for a lot too large to value. `out` is unchanged then.
    pub fn strike_risk(&self, strike: Price, out: &mut StrikeRisk) -> Result<(), RiskError> {
        let value = self.strike_value(strike)?;
        let log = self.log_forward.wrapping_sub(ln(value.0.cast_unsigned()));
        let vol = self.vol(log)?;
        let [up, flat, down] = self.shift.apply(vol);
        let flat = Deviation::new(flat, &self.tenor);
        let moneyness = [
            Standardised::new(log, &Deviation::new(up, &self.tenor)),
            Standardised::new(log, &flat),
            Standardised::new(log, &Deviation::new(down, &self.tenor)),
            Standardised::NONE,
        ];
        let strike_amount = Amount::new(value.0);
        let quote = greeks(&CallInputs {
            forward: Amount::new(self.forward.0),
            strike: strike_amount,
            vol,
            deviation: &flat,
            moneyness: &moneyness[usize::from(VOL_FLAT)],
            tenor: &self.tenor,
            carry: &self.carry,
        });
        out.strike = strike;
        out.strike_value = value;
        out.vol = vol;
        out.mark = quote.value;
        out.delta = quote.delta;
        out.gamma = quote.gamma;
        out.vega = quote.vega;
        out.theta = quote.theta;
        let scenarios = Scenarios {
            rows: self.rows.get(..self.len).unwrap_or_default(),
            triples: self.triples,
            forward: self.forward.0,
            highest: self.highest,
            strike: &strike_amount,
            log,
            moneyness: &moneyness,
        };
        if self.model == MODEL_DELTA_GAMMA_VEGA {
            DeltaGammaVega.fill(&scenarios, out);
        } else {
            FullRevaluation.fill(&scenarios, out);
        }
        Ok(())
    }

    /// Discounted value of the strike per lot, rounded down.
    fn strike_value(&self, strike: Price) -> Result<LotValue, RiskError> {
        /// Discounts are at least 0.1: a strike within 100 forwards is never higher before discounting.
        const MOST: i64 = MAX_FORWARD * MAX_MONEYNESS * 10;
        let value = LotValue::of(strike, self.lot_size)?.0;
        if !(0..=MOST).contains(&value) {
            return Err(RiskError::OutOfDomain);
        }
        // below 2⁵² × 10: in range of the 64-bit product
        let discounted =
            scale_small_floor_unsigned(value.cast_unsigned(), self.carry.discount.0.cast_unsigned()).cast_signed();
        check_strike(self.forward, LotValue(discounted))?;
        Ok(LotValue(discounted))
    }

    /// Implied volatility where ln(F/K) is `log` (Q40); once expired no volatility matters, and the least stands in.
    fn vol(&self, log: i64) -> Result<Vol, RiskError> {
        if self.tenor.seconds() == 0 {
            return Ok(MIN_VOL);
        }
        // Q40 to nanos; |log| is at most ln 100
        let x = (log >> 10).wrapping_mul(NANO) >> 30;
        self.svi.vol(Ratio(x.wrapping_neg()), self.svi_tau_seconds)
    }
}

/// Leading groups of three rows with one move and volatility up, flat and down.
fn triples(rows: &[Shock]) -> usize {
    let mut count = 0;
    for group in rows.chunks_exact(3) {
        let [up, flat, down] = [group[0], group[1], group[2]];
        let one_move = up.k == flat.k && flat.k == down.k;
        if !one_move || up.vol != VOL_UP || flat.vol != VOL_FLAT || down.vol != VOL_DOWN {
            break;
        }
        count += 1;
    }
    count
}
