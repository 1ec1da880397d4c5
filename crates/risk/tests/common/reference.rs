//! The margin of a portfolio again, in floating point and from economic inputs only: nothing that the engine computed
//! enters. Written from METHODOLOGY, leg by leg, without merging, parity or exposures.

use novate_risk::instrument::Kind;
use novate_risk::portfolio::Margin;
use novate_risk::surface::Svi;

use super::world::{Book, Market, Positions, World};
use super::{YEAR, call, cdf, pdf};

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

/// Delta of the call and vega of one lot at the forward and volatility of the surface.
fn greeks(world: &World, book: &Book, strike: usize) -> (f64, f64) {
    let lot = world.markets[book.market].lot.0 as f64 / 1e9;
    let years = book.seconds as f64 / YEAR;
    let (forward, discount) = (book.forward.0 as f64 / 1e9, book.discount.0 as f64 / 1e9);
    let strike = book.strikes[strike].strike.0 as f64 / 1e9;
    let deviation = svi_vol(&book.svi, (strike / forward).ln(), years) * years.sqrt();
    let d1 = (forward / strike).ln() / deviation + 0.5 * deviation;
    (cdf(d1) * discount, forward * lot * discount * pdf(d1) * years.sqrt())
}

/// The whole margin.
pub fn margin(world: &World, positions: &Positions) -> Reference {
    let mut total = Reference::default();
    let cash = positions.cash as f64 / 1e6;
    total.equity_mm = cash + positions.holdings.iter().map(|holding| holding.value_mm.0 as f64 / 1e6).sum::<f64>();
    total.equity_im = cash + positions.holdings.iter().map(|holding| holding.value_im.0 as f64 / 1e6).sum::<f64>();
    total.equity_withdraw = total.equity_im;
    let mut groups = std::collections::BTreeMap::<(u64, i64), Vec<Scanned>>::new();
    for market in &world.markets {
        let touched = positions.legs.iter().any(|leg| leg.key.market() == market.id)
            || positions.holdings.iter().any(|holding| holding.market == Some(market.id));
        if touched {
            let scanned = add_market(world, positions, market, &mut total);
            if market.params.offset_group > 0 {
                groups.entry((market.params.offset_group, market.params.mm_factor.0)).or_default().push(scanned);
            }
        }
    }
    for group in groups.values().filter(|group| group.len() > 1) {
        let joint = (0..group[0].losses.len()).map(|row| group.iter().map(|market| market.losses[row]).sum::<f64>());
        let joint = joint.fold(0.0, f64::max);
        let saved = group[0].offset * (group.iter().map(|market| market.scan).sum::<f64>() - joint);
        total.im -= saved;
        total.mm -= group[0].mm_factor * saved;
    }
    total
}

/// What a group needs to know of a market.
struct Scanned {
    losses: Vec<f64>,
    scan: f64,
    mm_factor: f64,
    offset: f64,
}

/// Sums of a book.
#[derive(Clone, Default)]
struct BookSums {
    pnl: Vec<f64>,
    linear: f64,
    calls: f64,
    puts: f64,
    vega: f64,
}

fn add_market(world: &World, positions: &Positions, market: &Market, total: &mut Reference) -> Scanned {
    let nano = |n: i64| n as f64 / 1e9;
    let params = &market.params;
    let rows = market.shocks.in_use();
    let lot = nano(market.lot.0);
    let spot = nano(market.price.0) * lot;
    let mut pnl = vec![0.0; rows.len()];
    let mut books = std::collections::BTreeMap::<u32, BookSums>::new();
    let (mut options, mut unrealised, mut shorts, mut perpetuals, mut gross) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let held = positions.holdings.iter().filter(|holding| holding.market == Some(market.id));
    let collateral = held.map(|holding| nano(holding.exposure.0)).sum::<f64>();
    for (pnl, row) in pnl.iter_mut().zip(rows) {
        *pnl += collateral * nano(row.k.0);
    }
    for leg in positions.legs.iter().filter(|leg| leg.key.market() == market.id) {
        let size = leg.size.0 as f64;
        gross += size.abs();
        let kind = leg.key.kind().unwrap();
        let book = world
            .books
            .iter()
            .find(|book| world.markets[book.market].id == market.id && book.hour == leg.key.expiry_hour());
        let sums = books
            .entry(leg.key.expiry_hour())
            .or_insert_with(|| BookSums { pnl: vec![0.0; rows.len()], ..BookSums::default() });
        if kind.is_option() {
            let (book, strike) = (book.unwrap(), usize::from(leg.key.strike()));
            let mark = option(world, book, strike, kind, 0.0, 1);
            options += size * mark;
            for (pnl, row) in sums.pnl.iter_mut().zip(rows) {
                *pnl += size * (option(world, book, strike, kind, nano(row.k.0), row.vol) - mark);
            }
            shorts += (-size).max(0.0);
            let (call_delta, vega) = greeks(world, book, strike);
            sums.vega += size * vega;
            match kind {
                Kind::Call => sums.calls += size * call_delta,
                _ => sums.puts += size * (call_delta - nano(book.discount.0)),
            }
            total.gross += size.abs() * (spot + nano(book.strikes[strike].strike.0) * lot);
        } else {
            let price = book.map_or(spot, |book| nano(book.forward.0) * lot);
            unrealised += size * price - leg.cost.0 as f64 / 1e6;
            for (pnl, row) in pnl.iter_mut().zip(rows) {
                *pnl += size * price * nano(row.k.0);
            }
            if book.is_some() {
                sums.linear += size
            } else {
                perpetuals += size
            }
            total.gross += size.abs() * price;
        }
    }
    let mut gains = vec![0.0; rows.len()];
    let (mut roll, mut dispersion, mut linear, mut calls, mut puts) = (0.0, 0.0, perpetuals, 0.0, 0.0);
    for (hour, sums) in &books {
        for (place, row) in rows.iter().enumerate() {
            pnl[place] += sums.pnl[place];
            let flat = rows.iter().position(|other| other.k == row.k && other.vol == 1);
            if let Some(flat) = flat.filter(|_| row.vol != 1) {
                gains[place] += (sums.pnl[place] - sums.pnl[flat]).max(0.0);
            }
        }
        if let Some(book) =
            world.books.iter().find(|book| book.hour == *hour && world.markets[book.market].id == market.id)
        {
            let open = (-(sums.linear + sums.calls)).max(sums.linear + sums.puts).max(0.0);
            roll += open * spot * nano(params.roll_rate.0) * (0.5 + 2.0 * book.seconds as f64 / YEAR);
            dispersion += (-sums.vega).max(0.0) * nano(book.dispersion.0);
        }
        linear += sums.linear;
        calls += sums.calls;
        puts += sums.puts;
    }
    let charged = |pnl: f64, gain: f64| -pnl + nano(params.vega_charge.0) * gain;
    let losses = (0..rows.len()).map(|row| charged(pnl[row], gains[row]) * f64::from(rows[row].weight) / 1e9);
    let losses = losses.collect::<Vec<_>>();
    let scan = losses.iter().copied().fold(0.0, f64::max);
    let open = (-(linear + calls) * spot - collateral).max((linear + puts) * spot).max(0.0);
    let oracle = open * nano(market.confidence.0) * nano(params.oracle_confidence.0)
        + dispersion * nano(params.oracle_dispersion.0);
    let depth = params.liquidity_depth.0 as f64 / 1e6;
    let days = if depth > 0.0 { (gross * spot / depth).max(1.0) } else { 1.0 };
    let scaled = scan * days.sqrt() + roll;
    total.mm += nano(params.mm_factor.0) * scaled + oracle + shorts * spot * nano(params.short_option_mm.0);
    total.im += scaled + oracle + shorts * spot * nano(params.short_option_mm.0 + params.short_option_im.0);
    total.equity_mm += options + unrealised;
    total.equity_im += options + unrealised.min(params.unrealised_cap.0 as f64 / 1e6);
    total.equity_withdraw += options + unrealised.min(0.0);
    Scanned { losses, scan, mm_factor: nano(params.mm_factor.0), offset: nano(params.offset.0) }
}
