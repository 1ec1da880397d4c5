//! The margin of a portfolio again, in floating point and from economic inputs only: nothing that the engine computed
//! enters. Written from METHODOLOGY, leg by leg, without merging, parity or exposures.

use novate_risk::instrument::Kind;
use novate_risk::portfolio::Margin;
use novate_risk::surface::Svi;

use super::world::{Book, Market, Positions, World};
use super::{YEAR, call};

/// Margin and equity in USDC.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference {
    pub equity_mm: f64,
    pub equity_im: f64,
    pub equity_withdraw: f64,
    pub mm: f64,
    pub im: f64,
    /// Σ |size| × value of a lot: what errors are measured against.
    pub gross: f64,
}

impl Reference {
    /// Largest difference to the engine's figures, in USDC.
    pub fn distance(&self, engine: &Margin) -> f64 {
        let usdc = |quote: novate_risk::units::Quote| quote.0 as f64 / 1e6;
        [
            usdc(engine.equity_mm) - self.equity_mm,
            usdc(engine.equity_im) - self.equity_im,
            usdc(engine.equity_withdraw) - self.equity_withdraw,
            usdc(engine.mm) - self.mm,
            usdc(engine.im) - self.im,
        ]
        .into_iter()
        .fold(0.0, |worst, difference| worst.max(difference.abs()))
    }
}

/// Implied volatility of a slice, w(x) = a + b(ρ(x−m) + √((x−m)² + σ²)).
pub fn svi_vol(svi: &Svi, x: f64, years: f64) -> f64 {
    let nano = |n: i64| n as f64 / 1e9;
    let u = x - nano(svi.m);
    let w = nano(svi.a) + nano(svi.b) * (nano(svi.rho) * u + (u * u + nano(svi.sigma).powi(2)).sqrt());
    (w / years).sqrt().clamp(0.01, 5.0)
}

/// Volatility in a row of the grid.
pub fn shocked_vol(market: &Market, vol: f64, seconds: i64, direction: u8) -> f64 {
    let nano = |n: i64| n as f64 / 1e9;
    let days = seconds as f64 / 86_400.0;
    let params = &market.params;
    let power = if days <= 30.0 { params.vol_power_short } else { params.vol_power_long };
    let m = (30.0 / days.max(1.0)).powf(nano(power.0));
    match direction {
        0 => nano(params.vol_floor.0).max(vol * (1.0 + nano(params.vol_up.0) * m)),
        1 => vol,
        _ => vol * (1.0 - nano(params.vol_down.0) * m).max(0.0),
    }
}

/// Value of one lot of an option with the forward moved by `k` and the volatility of a row.
pub fn option(world: &World, book: &Book, strike: usize, kind: Kind, k: f64, direction: u8) -> f64 {
    let market = &world.markets[book.market];
    let lot = market.lot.0 as f64 / 1e9;
    let years = book.seconds as f64 / YEAR;
    let forward = book.forward.0 as f64 / 1e9;
    let strike = book.strikes[strike].strike.0 as f64 / 1e9;
    let vol = svi_vol(&book.svi, (strike / forward).ln(), years);
    let vol = shocked_vol(market, vol, book.seconds, direction);
    let forward = forward * (1.0 + k);
    let value = call(forward, strike, vol * years.sqrt());
    let value = if kind == Kind::Put { value - forward + strike } else { value };
    value * lot * book.discount.0 as f64 / 1e9
}

/// The whole margin.
pub fn margin(world: &World, positions: &Positions) -> Reference {
    let mut total = Reference::default();
    let cash = positions.cash as f64 / 1e6;
    total.equity_mm = cash + positions.holdings.iter().map(|holding| holding.value_mm.0 as f64 / 1e6).sum::<f64>();
    total.equity_im = cash + positions.holdings.iter().map(|holding| holding.value_im.0 as f64 / 1e6).sum::<f64>();
    total.equity_withdraw = total.equity_im;
    for market in &world.markets {
        add_market(world, positions, market, &mut total);
    }
    total
}

fn add_market(world: &World, positions: &Positions, market: &Market, total: &mut Reference) {
    let legs = positions.legs.iter().filter(|leg| leg.key.market() == market.id);
    let rows = market.shocks.in_use();
    let mut pnl = vec![0.0; rows.len()];
    let (mut options, mut unrealised, mut shorts) = (0.0, 0.0, 0.0);
    let lot = market.lot.0 as f64 / 1e9;
    let spot = market.price.0 as f64 / 1e9 * lot;
    for holding in positions.holdings.iter().filter(|holding| holding.market == Some(market.id)) {
        for (pnl, row) in pnl.iter_mut().zip(rows) {
            *pnl += holding.exposure.0 as f64 / 1e9 * (row.k.0 as f64 / 1e9);
        }
    }
    for leg in legs {
        let size = leg.size.0 as f64;
        let kind = leg.key.kind().unwrap();
        let book = world
            .books
            .iter()
            .find(|book| world.markets[book.market].id == market.id && book.hour == leg.key.expiry_hour());
        if kind.is_option() {
            let (book, strike) = (book.unwrap(), usize::from(leg.key.strike()));
            let mark = option(world, book, strike, kind, 0.0, 1);
            options += size * mark;
            for (pnl, row) in pnl.iter_mut().zip(rows) {
                *pnl += size * (option(world, book, strike, kind, row.k.0 as f64 / 1e9, row.vol) - mark);
            }
            shorts += (-size).max(0.0);
            total.gross += size.abs() * (spot + book.strikes[strike].strike.0 as f64 / 1e9 * lot);
        } else {
            let price = book.map_or(spot, |book| book.forward.0 as f64 / 1e9 * lot);
            unrealised += size * price - leg.cost.0 as f64 / 1e6;
            for (pnl, row) in pnl.iter_mut().zip(rows) {
                *pnl += size * price * (row.k.0 as f64 / 1e9);
            }
            total.gross += size.abs() * price;
        }
    }
    let scan = pnl.iter().zip(rows).map(|(pnl, row)| -pnl * f64::from(row.weight) / 1e9).fold(0.0, f64::max);
    let nano = |n: i64| n as f64 / 1e9;
    let params = &market.params;
    total.mm += nano(params.mm_factor.0) * scan + shorts * spot * nano(params.short_option_mm.0);
    total.im += scan + shorts * spot * nano(params.short_option_mm.0 + params.short_option_im.0);
    total.equity_mm += options + unrealised;
    total.equity_im += options + unrealised.min(params.unrealised_cap.0 as f64 / 1e6);
    total.equity_withdraw += options + unrealised.min(0.0);
}
