//! Writes docs/MODELS.md: what margins by delta, gamma and vega are against full revaluation. The same in every run.
//!
//! `cargo run --release -p novate-risk --example models > docs/MODELS.md`

#[path = "../tests/common/mod.rs"]
mod common;

use common::Random;
use common::world::{Book, Market, Positions, World, book};
use novate_risk::array::BookInputs;
use novate_risk::instrument::{Kind, LegKey};
use novate_risk::params::{MODEL_DELTA_GAMMA_VEGA, RiskParams};
use novate_risk::portfolio::margin;
use novate_risk::scenario::Grid;
use novate_risk::surface::Svi;
use novate_risk::units::{LotSize, NANO, Price, Ratio, Vol};

/// Price, in quote; a lot is one unit.
const PRICE: i64 = 100;
const VOL: Vol = Vol(600_000_000);
const EXPIRIES: [(&str, i64); 6] = [
    ("1 hour", 3_600),
    ("1 day", 86_400),
    ("7 days", 604_800),
    ("30 days", 2_592_000),
    ("90 days", 7_776_000),
    ("1 year", 31_536_000),
];
const MONEYNESS: [i64; 7] = [70, 80, 90, 100, 110, 125, 150];
/// Random portfolios in all, and in each random world.
const PORTFOLIOS: usize = 100_000;
const A_WORLD: usize = 500;

fn main() {
    println!("{}", INTRODUCTION);
    plain();
    grid();
    random();
}

const INTRODUCTION: &str = "\
# Two models of a risk array

Written by `make models`; the same in every run.

A market's arrays come from full revaluation (Black-76 in every row, the default) or from an expansion in delta, gamma,
vega, vanna and volga. The expansion is held to bounds that hold without a model and is charged for what it may miss: a
long position counts the lower end of what is left, a short one the upper end (`crates/risk/src/model/`). So its margin is
never below that of full revaluation; here is what that costs. On chain it takes several times the compute of full
revaluation (bench/COMPUTE_UNITS.md, `risk_array/1_strike_dgv`), so that no market has a reason to choose it: it is there
for comparison with houses that use nothing else.

Initial margins; price 100, volatility 60 %, METHODOLOGY's parameters, R 16 %, no rate.";

/// One market with a book for each expiry and a strike for each moneyness.
fn world() -> World {
    let params = RiskParams::DEFAULT;
    let shocks = Grid::default_grid().resolve(params.range).expect("the default grid");
    let price = Price(PRICE * NANO);
    let market = Market { id: 0, price, lot: LotSize(NANO), params, shocks, confidence: Ratio(0) };
    let mut world = World { markets: vec![market], books: Vec::new(), keys: Vec::new() };
    for (place, (_, seconds)) in EXPIRIES.iter().enumerate() {
        let of = &world.markets[0];
        let svi = Svi::flat(VOL, *seconds).expect("a flat surface");
        let inputs = BookInputs {
            forward: price,
            lot_size: of.lot,
            tau_seconds: *seconds,
            discount: Ratio::ONE,
            svi: &svi,
            svi_tau_seconds: *seconds,
            params: &of.params,
            shocks: &of.shocks,
        };
        let strikes = MONEYNESS.map(|percent| Price(PRICE * NANO / 100 * percent));
        let priced = book(0, of, hour(place), &inputs, &strikes);
        world.books.push(Book { dispersion: Vol(0), ..priced });
    }
    world
}

fn hour(place: usize) -> u32 {
    500_000 + u32::try_from(place).expect("a small number")
}

fn option(expiry: usize, strike: usize, kind: Kind) -> LegKey {
    let strike = u16::try_from(strike).expect("a small number");
    LegKey::new(0, hour(expiry), strike, kind).expect("an instrument")
}

fn initial(world: &World, positions: &Positions) -> f64 {
    margin(&positions.portfolio(&world.views()), |_| ()).expect("a portfolio that can be margined").im.0 as f64
}

/// Positions at an expiry and a strike.
type Shape = fn(usize, usize) -> Vec<(LegKey, i64)>;

const SHAPES: [(&str, Shape); 6] = [
    ("Short call", |expiry, strike| vec![(option(expiry, strike, Kind::Call), -1)]),
    ("Short put", |expiry, strike| vec![(option(expiry, strike, Kind::Put), -1)]),
    ("Short straddle", |expiry, strike| {
        vec![(option(expiry, strike, Kind::Call), -1), (option(expiry, strike, Kind::Put), -1)]
    }),
    ("Call spread: short this strike, long the next", |expiry, strike| {
        let above = strike + 1;
        if above == MONEYNESS.len() {
            return vec![];
        }
        vec![(option(expiry, strike, Kind::Call), -1), (option(expiry, above, Kind::Call), 1)]
    }),
    ("Calendar: short this expiry, long a year", |expiry, strike| {
        vec![(option(expiry, strike, Kind::Call), -1), (option(EXPIRIES.len() - 1, strike, Kind::Call), 1)]
    }),
    ("Covered call: perpetual and short call", |expiry, strike| {
        vec![
            (LegKey::new(0, 0, 0, Kind::Perpetual).expect("an instrument"), 1),
            (option(expiry, strike, Kind::Call), -1),
        ]
    }),
];

/// Without bounds and charge: why those are needed.
fn plain() {
    println!("\n## The plain expansion\n");
    println!("Loss of a short call by Δ·dF + ½Γ·dF² + V·dσ in the worst row of the grid's core ÷ its loss by full");
    println!("revaluation there. Below 1 the house is short of margin.\n");
    let world = world();
    let shocks = &world.markets[0].shocks.in_use()[..27];
    table(|expiry, strike| {
        let row = &world.books[expiry].strikes[strike];
        let nano = |amount: i64| amount as f64 / 1e9;
        let shift = novate_risk::shift::VolShift::new(
            &world.markets[0].params,
            &novate_risk::pricing::tenor::Tenor::new(EXPIRIES[expiry].1).expect("a tenor"),
        );
        let vols = shift.apply(row.vol);
        let expansion = shocks.iter().map(|shock| {
            let (k, dv) = (nano(shock.k.0), nano(vols[usize::from(shock.vol)].0 - row.vol.0));
            let forward = PRICE as f64;
            nano(row.delta.0) * forward * k + 0.5 * nano(row.gamma.0) * k * k + nano(row.vega.0) * dv
        });
        let expansion = expansion.fold(0.0, f64::max);
        let full = row.pnl.iter().take(27).map(|pnl| nano(pnl.0)).fold(0.0, f64::max);
        (full > 1e-6).then(|| expansion / full)
    });
}

fn grid() {
    println!("\n## By expiry, moneyness and position\n");
    println!(
        "Margin by bounded delta-gamma-vega ÷ margin by full revaluation. An empty field: no margin to compare with."
    );
    let full = world();
    let expanded = full.with_model(MODEL_DELTA_GAMMA_VEGA);
    for (name, shape) in SHAPES {
        println!("\n### {name}\n");
        table(|expiry, strike| {
            let legs = shape(expiry, strike).into_iter().map(|(key, size)| (key, size, 0)).collect();
            let positions = Positions::new(0, vec![], legs);
            let (full, expanded) = (initial(&full, &positions), initial(&expanded, &positions));
            assert!(expanded >= full, "{name} {expiry} {strike}");
            (full >= 1_000.0).then(|| expanded / full)
        });
    }
}

/// Expiries down, strikes across.
fn table(cell: impl Fn(usize, usize) -> Option<f64>) {
    println!("| expiry | {} |", MONEYNESS.map(|percent| format!("{percent} %")).join(" | "));
    println!("| --- |{}", " ---: |".repeat(MONEYNESS.len()));
    for (expiry, (name, _)) in EXPIRIES.iter().enumerate() {
        let cells: Vec<String> = (0..MONEYNESS.len())
            .map(|strike| cell(expiry, strike).map_or(String::new(), |ratio| format!("{ratio:.2}")))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn random() {
    let mut random = Random(2_027);
    let mut ratios = Vec::with_capacity(PORTFOLIOS);
    let mut small = 0;
    for _ in 0..PORTFOLIOS / A_WORLD {
        let expiries =
            [random.scale(3_600.0, 1e5) as i64, random.scale(1e5, 3e6) as i64, random.scale(3e6, 3e7) as i64];
        let full = World::random(&mut random, 2, &expiries);
        let expanded = full.with_model(MODEL_DELTA_GAMMA_VEGA);
        for _ in 0..A_WORLD {
            let positions = full.positions(&mut random, 24);
            let (full, expanded) = (initial(&full, &positions), initial(&expanded, &positions));
            assert!(expanded >= full, "a portfolio that needs less: {positions:?}");
            // below a quote there is nothing to compare
            if full < 1e6 { small += 1 } else { ratios.push(expanded / full) }
        }
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share) as usize];
    println!("\n## Random portfolios\n");
    println!(
        "{PORTFOLIOS} portfolios of up to 24 legs in two markets and six expiries, with collateral, skewed surfaces and"
    );
    println!(
        "random parameters; {small} of them need less than 1 quote by full revaluation and are left out of the figures."
    );
    println!("None of them all needs less by delta-gamma-vega.\n");
    println!("| minimum | median | 90th percentile | 99th percentile | maximum |");
    println!("| ---: | ---: | ---: | ---: | ---: |");
    let shares = [0.0, 0.5, 0.9, 0.99, 1.0].map(|share| format!("{:.3}", at(share)));
    println!("| {} |", shares.join(" | "));
}
