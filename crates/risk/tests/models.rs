//! The models of a risk array beside each other: what a position counts on under delta-gamma-vega is never more than
//! under full revaluation, in any row, for either sign.

mod common;

use common::Random;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::model::{ArrayModel, DeltaGammaVega, FullRevaluation, entries, entry, residual};
use novate_risk::params::{MODEL_DELTA_GAMMA_VEGA, MODEL_FULL_REVALUATION, RiskParams};
use novate_risk::scenario::{Grid, MAX_ROWS, Row, Shocks, UNIT_ABSOLUTE};
use novate_risk::surface::Svi;
use novate_risk::units::{LotSize, LotValue, Price, Ratio, Vol};

const NANO: i64 = 1_000_000_000;

/// The inputs of one strike, at random over the whole box.
struct Case {
    forward: Price,
    lot_size: LotSize,
    strike: Price,
    seconds: i64,
    discount: Ratio,
    svi: Svi,
    params: RiskParams,
    shocks: Shocks,
}

impl Case {
    fn random(random: &mut Random) -> Self {
        let value = random.scale(1.2e6, 4.0e12);
        let price = random.scale(1e6, 1e15);
        let lot = (value / price * 1e9).max(1.0);
        let spread = if random.below(2) == 0 { random.scale(0.011, 99.0) } else { random.scale(0.7, 1.4) };
        let seconds = random.scale(1.0, 6.3e7) as i64;
        let params = RiskParams {
            range: Ratio(random.scale(1e7, 9e8) as i64),
            vol_up: Ratio(random.below(2_000_000_001) as i64),
            vol_down: Ratio(random.below(1_000_000_001) as i64),
            vol_floor: Vol(random.scale(1e7, 5e9) as i64),
            vol_power_short: Ratio(random.below(600_000_001) as i64),
            ..RiskParams::DEFAULT
        };
        let params = if random.below(2) == 0 { params } else { RiskParams::DEFAULT };
        let grid = if random.below(3) == 0 { any_grid(random) } else { Grid::default_grid() };
        Self {
            forward: Price(price as i64),
            lot_size: LotSize(lot as i64),
            strike: Price((price * spread) as i64),
            seconds: if random.below(50) == 0 { 0 } else { seconds },
            discount: Ratio(if random.below(2) == 0 { NANO } else { random.scale(1.3e8, 2e9) as i64 }),
            svi: Svi::flat(Vol(random.scale(1e7, 5e9) as i64), seconds).unwrap(),
            params,
            shocks: grid.resolve(params.range).unwrap(),
        }
    }

    /// The array of the model with this number, where the case can be priced.
    fn array(&self, model: u64) -> Option<StrikeRisk> {
        let inputs = BookInputs {
            forward: self.forward,
            lot_size: self.lot_size,
            tau_seconds: self.seconds,
            discount: self.discount,
            svi: &self.svi,
            svi_tau_seconds: self.seconds.max(1),
            params: &RiskParams { model, ..self.params },
            shocks: &self.shocks,
        };
        let mut row: StrikeRisk = bytemuck::Zeroable::zeroed();
        PreparedBook::new(&inputs).ok()?.strike_risk(self.strike, &mut row).ok()?;
        Some(row)
    }
}

/// A grid of any moves, most of them small.
fn any_grid(random: &mut Random) -> Grid {
    let mut grid = Grid { len: 40, rows: [Row::default(); MAX_ROWS] };
    for row in &mut grid.rows {
        let k = random.scale(1e-4, 8.0) * if random.below(2) == 0 { 1.0 } else { -0.123 };
        *row =
            Row { k: (k * 1e9) as i64, weight: 1, unit: UNIT_ABSOLUTE, vol: random.below(3) as u8, reserved: [0; 2] };
    }
    grid
}

#[test]
fn full_revaluation_is_inside_the_bounds_in_every_row() {
    let mut random = Random(31);
    let (mut priced, mut rows, mut exact) = (0, 0_u32, 0_u32);
    while priced < 60_000 {
        let case = Case::random(&mut random);
        let Some(full) = case.array(MODEL_FULL_REVALUATION) else { continue };
        let bounds = case.array(MODEL_DELTA_GAMMA_VEGA).unwrap();
        priced += 1;
        assert_eq!(
            (full.mark, full.delta, full.gamma, full.vega),
            (bounds.mark, bounds.delta, bounds.gamma, bounds.vega)
        );
        let (long, short) = (entries(MODEL_DELTA_GAMMA_VEGA, &bounds, 1), entries(MODEL_DELTA_GAMMA_VEGA, &bounds, -1));
        for (row, value) in full.pnl.iter().enumerate() {
            let (low, high) = (long[row].0, short[row].0);
            assert!(
                low <= value.0 && value.0 <= high,
                "row {row}: {low} {} {high}, {} {:?}",
                value.0,
                case.seconds,
                full
            );
            assert!(low >= -bounds.mark.0 - bounds.peak.0 / (1 << 28));
            assert!(low.abs() <= bounds.peak.0 && high.abs() <= bounds.peak.0);
            assert_eq!(residual(&bounds, row).0, high - low);
            assert_eq!(DeltaGammaVega.entry(&bounds, row, 7).0, low);
            assert_eq!(entry(MODEL_DELTA_GAMMA_VEGA, &bounds, row, i64::MIN).0, high);
            assert_eq!(FullRevaluation.entry(&full, row, -3), *value);
            if row < case.shocks.in_use().len() {
                rows += 1;
                exact += u32::from(high - low <= bounds.mark.0 / 1_000);
            }
        }
        for row in case.shocks.in_use().len()..=MAX_ROWS {
            assert_eq!(residual(&bounds, row), LotValue(0));
        }
    }
    println!("{rows} rows, {exact} of them with a residual below a thousandth of the mark");
    assert!(exact > rows / 10, "the bounds are of no use");
}

/// Lots × entry by sign is lots × the lower bound less the charge for shorts.
#[test]
fn the_charge_is_the_residual_of_short_lots() {
    let mut random = Random(32);
    for _ in 0..2_000 {
        let case = Case::random(&mut random);
        let Some(bounds) = case.array(MODEL_DELTA_GAMMA_VEGA) else { continue };
        let lots = random.below(2_001) as i64 - 1_000;
        for row in 0..MAX_ROWS {
            let counted = entry(MODEL_DELTA_GAMMA_VEGA, &bounds, row, lots).0 * lots;
            let lower = entry(MODEL_DELTA_GAMMA_VEGA, &bounds, row, 1).0 * lots;
            assert_eq!(counted, lower + residual(&bounds, row).0 * lots.min(0));
        }
    }
    let mut row: StrikeRisk = bytemuck::Zeroable::zeroed();
    row.peak = LotValue(1);
    row.pnl[0] = LotValue(1);
    assert_eq!(residual(&row, 0), LotValue(1));
}

/// What is tight: far from the strike, and around it when the move is small beside the deviation.
#[test]
fn the_bounds_are_tight_where_the_expansion_is() {
    let svi = Svi::flat(Vol(600_000_000), 15_552_000).unwrap();
    let shocks = Grid::default_grid().resolve(Ratio(160_000_000)).unwrap();
    let params = RiskParams { model: MODEL_DELTA_GAMMA_VEGA, ..RiskParams::DEFAULT };
    let inputs = BookInputs {
        forward: Price(100 * NANO),
        lot_size: LotSize(NANO),
        tau_seconds: 15_552_000,
        discount: Ratio::ONE,
        svi: &svi,
        svi_tau_seconds: 15_552_000,
        params: &params,
        shocks: &shocks,
    };
    let mut row: StrikeRisk = bytemuck::Zeroable::zeroed();
    PreparedBook::new(&inputs).unwrap().strike_risk(Price(100 * NANO), &mut row).unwrap();
    // half a year, 60 %: a move of 4 % with volatility flat is known to a thousandth of the price, one of 16 % to a
    // hundredth; volatility flat and no move to 10⁻⁵
    let widths = row.pnl.iter().enumerate().map(|(index, _)| residual(&row, index).0).collect::<Vec<_>>();
    println!("{widths:?}");
    assert!(widths[13] < NANO / 1_000 && widths[10] < NANO / 10 && widths[16] < NANO / 10 && widths[1] < NANO);
}

/// One expiry of a portfolio: net lots by strike, with the arrays of both models.
struct Expiry {
    lots: Vec<i64>,
    full: Vec<StrikeRisk>,
    bounds: Vec<StrikeRisk>,
}

/// A market with one price and one grid, one to four expiries on it and short and long positions in all of them.
fn portfolio(random: &mut Random) -> (Shocks, RiskParams, Vec<Expiry>) {
    let params = RiskParams { range: Ratio(random.scale(4e7, 4e8) as i64), ..RiskParams::DEFAULT };
    let shocks = Grid::default_grid().resolve(params.range).unwrap();
    let expiries = (0..=random.below(4)).map(|_| {
        let seconds = random.scale(600.0, 6.3e7) as i64;
        let case = Case {
            forward: Price(100 * NANO),
            lot_size: LotSize(NANO),
            strike: Price(0),
            seconds,
            discount: Ratio(random.between(0.8e9, 1.0e9) as i64),
            svi: Svi::flat(Vol(random.scale(2e8, 2e9) as i64), seconds).unwrap(),
            params,
            shocks,
        };
        let mut expiry = Expiry { lots: Vec::new(), full: Vec::new(), bounds: Vec::new() };
        for _ in 0..=random.below(6) {
            let case = Case { strike: Price((random.scale(40.0, 250.0) * 1e9) as i64), ..case };
            expiry.lots.push(random.below(2_001) as i64 - 1_000);
            expiry.full.push(case.array(MODEL_FULL_REVALUATION).unwrap());
            expiry.bounds.push(case.array(MODEL_DELTA_GAMMA_VEGA).unwrap());
        }
        expiry
    });
    (shocks, params, expiries.collect())
}

/// scan + vega of METHODOLOGY: max over rows of w·(−ΣL + c·Σ max(0, L − L⁰)), L⁰ the row of the same move and flat
/// volatility, at least 0.
fn scan_and_vega(shocks: &Shocks, charge: f64, books: &[Vec<f64>]) -> f64 {
    let rows = shocks.in_use();
    let mut worst = 0.0_f64;
    for (index, row) in rows.iter().enumerate() {
        let flat = rows.iter().position(|other| other.k == row.k && other.vol == 1);
        let gains = |book: &Vec<f64>| flat.map_or(0.0, |flat| (book[index] - book[flat]).max(0.0));
        let loss: f64 = books.iter().map(|book| charge * gains(book) - book[index]).sum();
        worst = worst.max(loss * f64::from(row.weight) / 1e9);
    }
    worst
}

/// P&L of each book in each row, positions counted by their sign under a model.
fn book_losses(model: u64, expiries: &[Expiry], rows: usize) -> Vec<Vec<f64>> {
    let losses = |expiry: &Expiry| {
        let arrays = if model == MODEL_FULL_REVALUATION { &expiry.full } else { &expiry.bounds };
        let position = |row: usize| -> f64 {
            let legs = expiry.lots.iter().zip(arrays);
            legs.map(|(lots, array)| *lots as f64 * entry(model, array, row, *lots).0 as f64).sum()
        };
        (0..rows).map(position).collect()
    };
    expiries.iter().map(losses).collect()
}

#[test]
fn margin_by_bounds_is_never_below_full_revaluation() {
    let mut random = Random(33);
    let mut ratios = Vec::new();
    for _ in 0..6_000 {
        let (shocks, _, expiries) = portfolio(&mut random);
        let charge = random.unit();
        let margin = |model| scan_and_vega(&shocks, charge, &book_losses(model, &expiries, shocks.in_use().len()));
        let (full, bounds) = (margin(MODEL_FULL_REVALUATION), margin(MODEL_DELTA_GAMMA_VEGA));
        assert!(bounds >= full * (1.0 - 1e-12), "{bounds} {full}");
        if full > 1e9 {
            ratios.push(bounds / full);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[(share * (ratios.len() - 1) as f64) as usize];
    println!("margin over full revaluation: least {} median {} p99 {}", at(0.0), at(0.5), at(0.99));
    assert!(at(0.5) < 2.0, "the bounds are of no use");
}
