//! Risk arrays: the share of a book and the share of a strike.

use core::hint::black_box;

use bytemuck::Zeroable;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::params::{MODEL_DELTA_GAMMA_VEGA, RiskParams};
use novate_risk::scenario::{Grid, Shocks};
use novate_risk::surface::Svi;
use novate_risk::units::{LotSize, NANO, Price, Ratio};

use crate::meter::measure_ok;

/// METHODOLOGY's parameters and grid, in a group with an offset.
pub struct Market {
    pub params: RiskParams,
    pub shocks: Shocks,
}

impl Market {
    pub fn new() -> Box<Self> {
        let params = RiskParams { offset_group: 1, offset: Ratio(NANO / 2), ..RiskParams::DEFAULT };
        let shocks = Grid::default_grid().resolve(params.range).expect("the default grid resolves");
        Box::new(Self { params, shocks })
    }

    /// A book at a price of 100 with a week to go, discounted, on a surface with a skew.
    fn prepare(&self, book: &mut PreparedBook) {
        let svi = Svi { a: 3_450_000, b: 34_520_000, rho: -300_000_000, m: 0, sigma: 100_000_000 };
        let inputs = black_box(BookInputs {
            forward: Price(100_000_000_000),
            lot_size: LotSize(NANO),
            tau_seconds: 604_800,
            discount: Ratio(999_200_000),
            svi: &svi,
            svi_tau_seconds: 604_900,
            params: &self.params,
            shocks: &self.shocks,
        });
        measure_ok(|| book.prepare(&inputs));
    }

    /// Such a book.
    pub fn book(&self) -> Box<PreparedBook> {
        let mut book = Box::new(PreparedBook::EMPTY);
        self.prepare(&mut book);
        book
    }
}

/// What the strikes of a book share.
pub fn prepare_book() {
    let mut book = Box::new(PreparedBook::EMPTY);
    Market::new().prepare(&mut book);
}

/// Mark, greeks and 33 scenarios of one strike.
pub fn strike_risk() {
    let book = Market::new().book();
    let mut row: Box<StrikeRisk> = Box::new(Zeroable::zeroed());
    let strike = black_box(Price(104_000_000_000));
    measure_ok(|| book.strike_risk(strike, &mut row));
}

/// As [`strike_risk`], bounded by expansion.
pub fn strike_bounds() {
    let mut market = Market::new();
    market.params.model = MODEL_DELTA_GAMMA_VEGA;
    let book = market.book();
    let mut row: Box<StrikeRisk> = Box::new(Zeroable::zeroed());
    let strike = black_box(Price(104_000_000_000));
    measure_ok(|| book.strike_risk(strike, &mut row));
}
