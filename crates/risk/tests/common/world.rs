//! Markets and books to hold positions in, priced by the engine.

use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::instrument::{Kind, Leg, LegKey};
use novate_risk::params::RiskParams;
use novate_risk::portfolio::{BookView, Holding, MarketView, Portfolio};
use novate_risk::scenario::{DEFAULT_ROWS, Grid, Shocks};
use novate_risk::surface::{Svi, discount};
use novate_risk::units::{LotSize, LotValue, Price, Quote, Ratio, Vol};

use super::Random;

/// One market and what it is governed by.
pub struct Market {
    pub id: u16,
    pub price: Price,
    pub lot: LotSize,
    pub params: RiskParams,
    pub shocks: Shocks,
    pub confidence: Ratio,
}

/// One expiry and the inputs of its arrays.
pub struct Book {
    pub market: usize,
    pub hour: u32,
    pub seconds: i64,
    pub forward: Price,
    pub forward_now: Price,
    pub discount: Ratio,
    pub svi: Svi,
    pub dispersion: Vol,
    pub strikes: Vec<StrikeRisk>,
}

/// Markets, books and every instrument that they list.
pub struct World {
    pub markets: Vec<Market>,
    pub books: Vec<Book>,
    pub keys: Vec<LegKey>,
}

/// Parameters with every contingency on or off; groups 1 and 2 have an offset each.
pub fn random_params(random: &mut Random) -> RiskParams {
    let mut some = |most: f64| if random.below(4) == 0 { Ratio(0) } else { Ratio(random.between(0.0, most) as i64) };
    let (roll_rate, vega_charge) = (some(5e6), some(1e9));
    let (oracle_confidence, oracle_dispersion) = (some(3e9), some(3e9));
    let (short_option_mm, short_option_im) = (some(1e7), some(1e7));
    let offset_group = random.below(3);
    RiskParams {
        range: Ratio(random.between(5e7, 4e8) as i64),
        mm_factor: Ratio([800_000_000, 1_000_000_000][random.below(2) as usize]),
        roll_rate,
        vega_charge,
        oracle_confidence,
        oracle_dispersion,
        short_option_mm,
        short_option_im,
        liquidity_depth: Quote(if random.below(2) == 0 { 0 } else { random.scale(1e9, 1e14) as i64 }),
        offset_group,
        offset: Ratio([0, 600_000_000, 800_000_000][offset_group as usize]),
        ..RiskParams::DEFAULT
    }
}

/// A priced book.
pub fn book(market: usize, of: &Market, hour: u32, inputs: &BookInputs, strikes: &[Price]) -> Book {
    let prepared = PreparedBook::new(inputs).unwrap();
    let mut rows = vec![StrikeRisk::default_row(); strikes.len()];
    for (strike, row) in strikes.iter().zip(rows.iter_mut()) {
        prepared.strike_risk(*strike, row).unwrap();
    }
    assert_eq!(of.lot, inputs.lot_size);
    Book {
        market,
        hour,
        seconds: inputs.tau_seconds,
        forward: inputs.forward,
        forward_now: inputs.forward,
        discount: inputs.discount,
        svi: *inputs.svi,
        dispersion: Vol(20_000_000),
        strikes: rows,
    }
}

trait DefaultRow {
    fn default_row() -> Self;
}

impl DefaultRow for StrikeRisk {
    fn default_row() -> Self {
        bytemuck::Zeroable::zeroed()
    }
}

impl World {
    /// Two markets with the default grid; expiries of two hours, a day, a week, a month and a year, skewed surfaces,
    /// nine strikes each.
    pub fn standard() -> Self {
        let mut random = Random(7);
        let mut world = Self::random(&mut random, 2, &[7_200, 86_400, 604_800, 30 * 86_400, 365 * 86_400]);
        for (place, market) in world.markets.iter_mut().enumerate() {
            // every part of the margin at work, both markets margined together
            market.params = RiskParams {
                range: market.params.range,
                roll_rate: Ratio(2_000_000),
                vega_charge: Ratio([300_000_000, 1_000_000_000][place]),
                offset_group: 1,
                offset: Ratio(500_000_000),
                ..RiskParams::DEFAULT
            };
        }
        world
    }

    /// Markets of random price, range and lot, each with these expiries on random surfaces.
    pub fn random(random: &mut Random, markets: u16, expiries: &[i64]) -> Self {
        let mut world = Self { markets: Vec::new(), books: Vec::new(), keys: Vec::new() };
        for id in 0..markets {
            let price = random.scale(0.001, 200_000.0);
            let lot_value = random.scale(0.1, 1_000.0);
            let params = random_params(random);
            world.markets.push(Market {
                id: id * 3 + 1,
                price: Price((price * 1e9) as i64),
                lot: LotSize((lot_value / price * 1e9) as i64 + 1),
                params,
                shocks: Grid::default_grid().resolve(params.range).unwrap(),
                confidence: Ratio(random.between(0.0, 5e6) as i64),
            });
            for (place, seconds) in expiries.iter().enumerate() {
                world.add_book(random, usize::from(id), 500_000 + u32::try_from(place).unwrap(), *seconds);
            }
            world.keys.push(LegKey::new(id * 3 + 1, 0, 0, Kind::Perpetual).unwrap());
        }
        world.keys.sort_unstable();
        world
    }

    fn add_book(&mut self, random: &mut Random, market: usize, hour: u32, seconds: i64) {
        let of = &self.markets[market];
        let years = seconds as f64 / super::YEAR;
        let vol = random.between(0.3, 1.2);
        let svi = Svi {
            a: (0.6 * vol * vol * years * 1e9) as i64,
            b: (random.between(0.5, 2.0) * vol * vol * years).min(2.5).mul_add(1e9, 0.0) as i64,
            rho: random.between(-5e8, 5e8) as i64,
            m: random.between(-5e7, 5e7) as i64,
            sigma: random.between(1e8, 3e8) as i64,
        };
        svi.validate(seconds).unwrap();
        let forward = Price((of.price.0 as f64 * random.between(0.97, 1.05)) as i64);
        let rate = if random.below(2) == 0 { 0 } else { random.between(-2e7, 8e7) as i64 };
        let inputs = BookInputs {
            forward,
            lot_size: of.lot,
            tau_seconds: seconds,
            discount: discount(rate, seconds).unwrap(),
            svi: &svi,
            svi_tau_seconds: seconds,
            params: &of.params,
            shocks: &of.shocks,
        };
        let spread = (2.5 * vol * years.sqrt()).clamp(0.05, 1.5);
        let strikes = (-4..=4)
            .map(|step| Price((forward.0 as f64 * (f64::from(step) / 4.0 * spread).exp()) as i64))
            .collect::<Vec<_>>();
        let priced = book(market, of, hour, &inputs, &strikes);
        let id = of.id;
        for strike in 0..u16::try_from(strikes.len()).unwrap() {
            self.keys.push(LegKey::new(id, hour, strike, Kind::Call).unwrap());
            self.keys.push(LegKey::new(id, hour, strike, Kind::Put).unwrap());
        }
        self.keys.push(LegKey::new(id, hour, 0, Kind::Future).unwrap());
        self.books.push(priced);
    }

    /// The same markets and books with arrays of another model.
    pub fn with_model(&self, model: u64) -> Self {
        self.priced_anew(|market| Market { params: RiskParams { model, ..market.params }, ..*market })
    }

    /// The same markets and books with the rows of the default grid in reverse, which are no triples.
    pub fn with_reversed_grid(&self) -> Self {
        let mut grid = Grid::default_grid();
        grid.rows[..DEFAULT_ROWS].reverse();
        self.priced_anew(|market| Market { shocks: grid.resolve(market.params.range).unwrap(), ..*market })
    }

    fn priced_anew(&self, change: impl Fn(&Market) -> Market) -> Self {
        let markets: Vec<Market> = self.markets.iter().map(change).collect();
        let books = self.books.iter().map(|old| {
            let of = &markets[old.market];
            let inputs = BookInputs {
                forward: old.forward,
                lot_size: of.lot,
                tau_seconds: old.seconds,
                discount: old.discount,
                svi: &old.svi,
                svi_tau_seconds: old.seconds,
                params: &of.params,
                shocks: &of.shocks,
            };
            let strikes = old.strikes.iter().map(|row| row.strike).collect::<Vec<_>>();
            Book { dispersion: old.dispersion, ..book(old.market, of, old.hour, &inputs, &strikes) }
        });
        let books = books.collect();
        Self { markets, books, keys: self.keys.clone() }
    }

    /// Views of everything.
    pub fn views(&self) -> Views<'_> {
        Views {
            markets: self
                .markets
                .iter()
                .map(|market| MarketView {
                    id: market.id,
                    spot: LotValue::of(market.price, market.lot).unwrap(),
                    params: &market.params,
                    confidence: market.confidence,
                    shocks: market.shocks.in_use(),
                })
                .collect(),
            books: self
                .books
                .iter()
                .map(|book| {
                    let market = &self.markets[book.market];
                    BookView {
                        market: market.id,
                        expiry_hour: book.hour,
                        forward: LotValue::of(book.forward_now, market.lot).unwrap(),
                        reference: LotValue::of(book.forward, market.lot).unwrap(),
                        discount: book.discount,
                        tau_seconds: book.seconds,
                        dispersion: book.dispersion,
                        strikes: &book.strikes,
                    }
                })
                .collect(),
        }
    }

    /// Random positions in up to `most` instruments, gross values of some ten thousand USDC each.
    pub fn positions(&self, random: &mut Random, most: u64) -> Positions {
        let mut legs = Vec::new();
        for _ in 0..random.below(most + 1) {
            let key = self.keys[usize::try_from(random.below(self.keys.len() as u64)).unwrap()];
            let size = random.between(-1_000.0, 1_000.0) as i64;
            let linear = !key.kind().unwrap().is_option();
            let cost = if linear { random.between(-1e9, 1e9) as i64 } else { 0 };
            legs.push((key, size, cost));
        }
        let cash = random.between(-1e10, 1e11) as i64;
        let holdings = (0..random.below(3)).map(|_| self.holding(random)).collect();
        Positions::new(cash, holdings, legs)
    }

    /// Positions in exactly this many instruments, at most as many as there are, of up to 100 lots each.
    pub fn account(&self, random: &mut Random, legs: usize, cash: i64) -> Positions {
        let mut keys = self.keys.clone();
        let mut held = Vec::with_capacity(legs);
        for place in 0..legs {
            let other = place + usize::try_from(random.below((keys.len() - place) as u64)).unwrap();
            keys.swap(place, other);
            let size = random.between(-100.0, 100.0) as i64;
            held.push((keys[place], if size == 0 { 1 } else { size }, 0));
        }
        Positions::new(cash, vec![], held)
    }

    fn holding(&self, random: &mut Random) -> Holding {
        let value = random.between(0.0, 1e10) as i64;
        let market = &self.markets[usize::try_from(random.below(self.markets.len() as u64)).unwrap()];
        Holding {
            value_mm: Quote(value / 10 * 9),
            value_im: Quote(value / 10 * 8),
            market: (random.below(2) == 0).then_some(market.id),
            exposure: Quote(value).to_nanos().unwrap(),
        }
    }
}

/// Views to put into a portfolio.
pub struct Views<'a> {
    pub markets: Vec<MarketView<'a>>,
    pub books: Vec<BookView<'a>>,
}

/// What an account holds.
#[derive(Clone, Debug)]
pub struct Positions {
    pub cash: i64,
    pub holdings: Vec<Holding>,
    pub legs: Vec<Leg>,
}

impl Positions {
    /// Legs in any order; those of one key are added up, empty ones dropped.
    pub fn new(cash: i64, holdings: Vec<Holding>, legs: Vec<(LegKey, i64, i64)>) -> Self {
        let mut sums = std::collections::BTreeMap::<LegKey, (i64, i64)>::new();
        for (key, size, cost) in legs {
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + size, sum.1 + cost);
        }
        let legs = sums
            .into_iter()
            .filter(|(_, (size, _))| *size != 0)
            .map(|(key, (size, cost))| Leg { key, size: novate_risk::units::Lots(size), cost: Quote(cost) })
            .collect();
        Self { cash, holdings, legs }
    }

    /// Both accounts in one.
    pub fn merged(&self, other: &Self) -> Self {
        let all = self.legs.iter().chain(&other.legs).map(|leg| (leg.key, leg.size.0, leg.cost.0)).collect();
        let holdings = self.holdings.iter().chain(&other.holdings).copied().collect();
        Self::new(self.cash + other.cash, holdings, all)
    }

    /// All of it `n` times.
    pub fn times(&self, n: i64) -> Self {
        let legs = self.legs.iter().map(|leg| (leg.key, leg.size.0 * n, leg.cost.0 * n)).collect();
        let holdings = self
            .holdings
            .iter()
            .map(|holding| Holding {
                value_mm: Quote(holding.value_mm.0 * n),
                value_im: Quote(holding.value_im.0 * n),
                exposure: novate_risk::units::Nanos(holding.exposure.0 * n),
                ..*holding
            })
            .collect();
        Self::new(self.cash * n, holdings, legs)
    }

    /// The portfolio that the engine margins.
    pub fn portfolio<'a>(&'a self, views: &'a Views<'a>) -> Portfolio<'a> {
        Portfolio {
            cash: Quote(self.cash),
            holdings: &self.holdings,
            legs: &self.legs,
            markets: &views.markets,
            books: &views.books,
        }
    }
}
