//! The engine's margin of a portfolio, without any accounts around it.

use core::hint::black_box;

use bytemuck::Zeroable;
use novate_risk::array::StrikeRisk;
use novate_risk::instrument::{Kind, Leg, LegKey};
use novate_risk::portfolio::{BookView, MarketView, Portfolio, WitnessRows, margin, witness_margin};
use novate_risk::rows::add_one;
use novate_risk::units::{LotValue, Lots, Price, Quote, Ratio, Vol};

use crate::arrays::Market;
use crate::meter::{measure, measure_ok};

/// Value of a lot of the forward when the arrays were computed; since then it has risen by 0.3 %.
const REFERENCE: i64 = 100_000_000_000;
const NOW: i64 = 100_300_000_000;
/// Books of a market.
const BOOKS_A_MARKET: usize = 3;
/// Strikes of a book.
const STRIKES: usize = 16;

/// Calls at distinct strikes, nothing to merge: `legs` of them over that many books.
fn spread(legs: usize) -> (usize, usize) {
    let books = match legs {
        0..=1 => 1,
        2..=8 => 2,
        _ => 8,
    };
    (books, legs.div_ceil(books))
}

fn with_portfolio(count: usize, work: impl FnOnce(&Portfolio)) {
    let (book_count, per_book) = spread(count);
    let market = Market::new();
    let strikes = strikes(&market);
    let (mut markets, mut books, mut legs) = (Vec::with_capacity(3), Vec::with_capacity(8), Vec::with_capacity(count));
    for index in 0..book_count {
        let (id, expiry_hour) = ((index / BOOKS_A_MARKET) as u16, 500_000 + (index % BOOKS_A_MARKET) as u32);
        if index % BOOKS_A_MARKET == 0 {
            markets.push(MarketView {
                id,
                spot: LotValue(NOW),
                params: &market.params,
                confidence: Ratio(1_000_000),
                shocks: market.shocks.in_use(),
            });
        }
        books.push(BookView {
            market: id,
            expiry_hour,
            forward: LotValue(NOW),
            reference: LotValue(REFERENCE),
            discount: Ratio(999_200_000),
            tau_seconds: 2_592_000,
            dispersion: Vol(20_000_000),
            strikes: &strikes,
        });
        for strike in 0..per_book.min(count - legs.len()) {
            let key = LegKey::new(id, expiry_hour, strike as u16, Kind::Call).expect("a call that exists");
            let size = if strike % 2 == 0 { Lots(-7) } else { Lots(5) };
            legs.push(Leg { key, size, cost: Quote::ZERO });
        }
    }
    work(black_box(&Portfolio { cash: Quote(1), holdings: &[], legs: &legs, markets: &markets, books: &books }));
}

fn strikes(market: &Market) -> Vec<StrikeRisk> {
    let book = market.book();
    let mut rows: Vec<StrikeRisk> = vec![Zeroable::zeroed(); STRIKES];
    for (index, row) in rows.iter_mut().enumerate() {
        let strike = Price(70_000_000_000 + index as i64 * 4_000_000_000);
        book.strike_risk(strike, row).expect("a strike in range");
    }
    rows
}

/// All rows of the grid.
pub fn full_grid(legs: usize) {
    with_portfolio(legs, |portfolio| {
        measure_ok(|| margin(portfolio, |_| ()));
    });
}

/// One named row a market.
pub fn witness(legs: usize) {
    let rows = black_box([3, 5, 6]);
    with_portfolio(legs, |portfolio| {
        let rows = rows.get(..portfolio.markets.len()).unwrap_or_default();
        measure_ok(|| witness_margin(portfolio, &WitnessRows { markets: rows, groups: &[3] }));
    });
}

/// One leg on 33 rows: sum += P&L × lots.
pub fn leg_rows() {
    let strikes = strikes(&Market::new());
    let pnl = strikes[0].pnl.first_chunk::<33>().expect("40 rows");
    let mut sums = Box::new([0; 33]);
    let (sums, pnl, lots) = black_box((&mut sums, pnl, -7));
    measure(|| add_one(sums, pnl, lots));
    black_box(sums);
}
