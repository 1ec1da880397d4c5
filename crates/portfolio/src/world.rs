//! What the engine needs to margin a file: lots, priced strikes, legs in the order of their keys, valued collateral.

use bytemuck::Zeroable;
use novate_risk::RiskError;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::collateral;
use novate_risk::instrument::{Leg, LegKey};
use novate_risk::portfolio::{BookView, Holding, MarketView};
use novate_risk::surface::discount;
use novate_risk::units::{LotSize, LotValue, Lots, NANO, Price, Quote, Ratio};

use crate::form;
use crate::lot;
use crate::refusal::Refusal;

/// A file in the engine's terms. Markets and books have the order and the places that they have in the file.
#[derive(Clone, Debug)]
pub struct World {
    /// Of each market.
    pub markets: Vec<Market>,
    /// Of each leg of the file.
    pub legs: Vec<Placed>,
    /// Of each collateral of the file.
    pub holdings: Vec<Holding>,
    /// The legs as the engine wants them, ascending by key.
    pub ordered: Vec<Leg>,
    /// The trade to preview.
    pub candidate: Option<Trade>,
}

/// A candidate in the engine's terms.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// As a leg; it has no cost.
    pub placed: Placed,
    /// Price of a lot: of a purchase rounded up, of a sale down.
    pub price: LotValue,
}

/// A market in the engine's terms.
#[derive(Clone, Debug)]
pub struct Market {
    /// Units of underlying in a lot.
    pub lot: LotSize,
    /// Value of a lot.
    pub spot: LotValue,
    /// Half-width of the price's confidence interval as a share of it, rounded up.
    pub confidence: Ratio,
    /// Ascending by expiry.
    pub books: Vec<Book>,
}

/// A book in the engine's terms.
#[derive(Clone, Debug)]
pub struct Book {
    /// Value of a lot of the forward.
    pub forward: LotValue,
    /// D.
    pub discount: Ratio,
    /// Strikes that legs name, ascending.
    pub strikes: Vec<StrikeRisk>,
}

/// A leg in the engine's terms.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// What the engine is given.
    pub leg: Leg,
    /// Place of its market.
    pub market: usize,
    /// Place of its book in the market.
    pub book: Option<usize>,
}

/// Views to put into an engine's portfolio.
#[derive(Clone, Debug)]
pub struct Views<'a> {
    /// Ascending by number.
    pub markets: Vec<MarketView<'a>>,
    /// Ascending by market and expiry.
    pub books: Vec<BookView<'a>>,
}

impl World {
    /// Chooses lots, prices every strike and values the collateral.
    ///
    /// # Errors
    /// The field with a value that the engine does not support.
    pub fn new(portfolio: &form::Portfolio) -> Result<Self, Refusal> {
        let markets = portfolio.markets.iter().enumerate();
        let markets = markets.map(|(place, market)| Market::new(portfolio, place, market));
        let markets = markets.collect::<Result<Vec<_>, _>>()?;
        let legs = portfolio.legs.iter().map(|leg| Placed::new(leg, &markets[leg.market]));
        let legs = legs.collect::<Result<Vec<_>, _>>()?;
        let holdings = portfolio.collateral.iter().map(holding).collect::<Result<Vec<_>, _>>()?;
        let mut ordered: Vec<_> = legs.iter().map(|placed| placed.leg).collect();
        ordered.sort_unstable_by_key(|leg| leg.key);
        let candidate = match &portfolio.candidate {
            Some(candidate) => Some(Trade::new(candidate, &markets[candidate.leg.market])?),
            None => None,
        };
        Ok(Self { markets, legs, holdings, ordered, candidate })
    }

    /// Views of everything.
    pub fn views<'a>(&'a self, portfolio: &'a form::Portfolio) -> Views<'a> {
        let mut views = Views { markets: Vec::new(), books: Vec::new() };
        for (place, (market, of)) in self.markets.iter().zip(&portfolio.markets).enumerate() {
            let id = market_number(place);
            views.markets.push(MarketView {
                id,
                spot: market.spot,
                params: &of.settings.params,
                confidence: market.confidence,
                shocks: of.shocks.in_use(),
            });
            for (place, (book, of)) in market.books.iter().zip(&of.books).enumerate() {
                views.books.push(BookView {
                    market: id,
                    expiry_hour: book_number(place),
                    forward: book.forward,
                    reference: book.forward,
                    discount: book.discount,
                    tau_seconds: of.expiry_s,
                    dispersion: of.dispersion,
                    strikes: &book.strikes,
                });
            }
        }
        views
    }

    /// The priced strike of an option.
    pub fn strike(&self, placed: &Placed) -> Option<&StrikeRisk> {
        let book = self.book(placed)?;
        book.strikes.get(usize::from(placed.leg.key.strike()))
    }

    /// The book of a leg; none for a perpetual.
    pub fn book(&self, placed: &Placed) -> Option<&Book> {
        self.markets.get(placed.market)?.books.get(placed.book?)
    }
}

/// Markets are numbered by their place; [`form`] sees to their number.
fn market_number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// In keys, books are numbered from 1 by their place in the market, where accounts have the hour of the expiry: two
/// expiries of a file may share an hour.
fn book_number(place: usize) -> u32 {
    u32::try_from(place).map_or(u32::MAX, |place| place.saturating_add(1))
}

impl Market {
    fn new(portfolio: &form::Portfolio, place: usize, market: &form::Market) -> Result<Self, Refusal> {
        let discounts = market.books.iter().map(|book| {
            let refused = |error: RiskError| Refusal::new(format!("{}.rate", book.path), error.to_string());
            discount(book.rate, book.expiry_s).map_err(refused)
        });
        let discounts = discounts.collect::<Result<Vec<_>, _>>()?;
        let lot = lot::choose(portfolio, place, &discounts)?;
        let at_spot = |error: RiskError| Refusal::new(format!("{}.spot", market.path), error.to_string());
        let confidence = i128::from(market.confidence.0) * i128::from(NANO);
        let confidence = (confidence + i128::from(market.spot.0) - 1) / i128::from(market.spot.0);
        let confidence = i64::try_from(confidence)
            .map_err(|_| Refusal::new(format!("{}.confidence", market.path), "is too many times the price"))?;
        let mut books = Vec::new();
        for (book_place, (book, discount)) in market.books.iter().zip(discounts).enumerate() {
            let legs = portfolio.instruments_of(place).filter(|leg| leg.book == Some(book_place));
            books.push(Book::new(market, book, discount, lot, legs)?);
        }
        Ok(Self { lot, spot: LotValue::of(market.spot, lot).map_err(at_spot)?, confidence: Ratio(confidence), books })
    }

    /// Value of a lot of a future or perpetual.
    pub fn linear_value(&self, book: Option<usize>) -> LotValue {
        book.and_then(|book| self.books.get(book)).map_or(self.spot, |book| book.forward)
    }
}

impl Book {
    fn new<'a>(
        market: &form::Market,
        book: &form::Book,
        discount: Ratio,
        lot_size: LotSize,
        legs: impl Iterator<Item = &'a form::Leg>,
    ) -> Result<Self, Refusal> {
        let at_forward = |error: RiskError| Refusal::new(format!("{}.forward", book.path), error.to_string());
        let forward = LotValue::of(book.forward, lot_size).map_err(at_forward)?;
        let mut options: Vec<_> = legs.filter(|leg| leg.kind.is_option()).collect();
        options.sort_by_key(|leg| leg.strike);
        options.dedup_by_key(|leg| leg.strike);
        if options.len() > usize::from(u16::MAX) {
            return Err(Refusal::new(&*book.path, format!("must have at most {} strikes", u16::MAX)));
        }
        let mut strikes = Vec::new();
        if let (Some(surface), false) = (&book.surface, options.is_empty()) {
            let prepared = PreparedBook::new(&BookInputs {
                forward: book.forward,
                lot_size,
                tau_seconds: book.expiry_s,
                discount,
                svi: &surface.svi,
                svi_tau_seconds: surface.tau_seconds,
                params: &market.settings.params,
                shocks: &market.shocks,
            })
            .map_err(at_forward)?;
            for leg in options {
                strikes.push(price(&prepared, leg)?);
            }
        }
        Ok(Self { forward, discount, strikes })
    }

    /// The place of a strike, which every option has.
    fn strike_place(&self, strike: Price) -> u16 {
        let place = self.strikes.binary_search_by_key(&strike, |risk| risk.strike);
        place.ok().and_then(|place| u16::try_from(place).ok()).unwrap_or(u16::MAX)
    }
}

fn price(book: &PreparedBook, leg: &form::Leg) -> Result<StrikeRisk, Refusal> {
    let mut risk = StrikeRisk::zeroed();
    book.strike_risk(leg.strike, &mut risk).map_err(|error| {
        let reason = match error {
            RiskError::OutOfDomain | RiskError::Overflow => {
                "must be from 1/100 to 100 times the forward of its book".to_owned()
            }
            error => error.to_string(),
        };
        Refusal::new(format!("{}.strike", leg.path), reason)
    })?;
    Ok(risk)
}

impl Placed {
    fn new(leg: &form::Leg, market: &Market) -> Result<Self, Refusal> {
        let at_size = |reason: &str| Refusal::new(format!("{}.size", leg.path), reason);
        let lots = leg.size / i128::from(market.lot.0);
        let lots = i64::try_from(lots).map_err(|_| at_size(TOO_LARGE))?;
        let book = leg.book.and_then(|book| market.books.get(book));
        let strike = match book {
            Some(book) if leg.kind.is_option() => book.strike_place(leg.strike),
            _ => 0,
        };
        let hour = leg.book.map_or(0, book_number);
        let key = LegKey::new(market_number(leg.market), hour, strike, leg.kind)
            .ok_or_else(|| Refusal::new(&*leg.path, "has no place among the engine's instruments"))?;
        let cost = if leg.kind.is_option() { Some(0) } else { cost(leg, market, lots) };
        let cost = cost.ok_or_else(|| at_size(TOO_LARGE))?;
        Ok(Self { leg: Leg { key, size: Lots(lots), cost: Quote(cost) }, market: leg.market, book: leg.book })
    }
}

impl Trade {
    fn new(candidate: &form::Candidate, market: &Market) -> Result<Self, Refusal> {
        let mut placed = Placed::new(&candidate.leg, market)?;
        placed.leg.cost = Quote::ZERO;
        let value = if placed.leg.size.0 < 0 { LotValue::of } else { LotValue::of_ceil };
        let price = value(candidate.price, market.lot)
            .map_err(|_| Refusal::new(format!("{}.price", candidate.leg.path), TOO_LARGE))?;
        Ok(Self { placed, price })
    }
}

/// What any sum of money is bounded by.
pub(crate) const TOO_LARGE: &str = "is too large: a market's positions, each at its largest move, must stay below some \
                                    3 billion quote";

/// What a future or perpetual cost, in quote atoms, rounded up: at its entry, or without one at its price now.
fn cost(leg: &form::Leg, market: &Market, lots: i64) -> Option<i64> {
    let (nanos, per_atom) = match leg.entry {
        // nanos of a unit × nanos of quote
        Some(entry) => (leg.size.checked_mul(entry.0.into())?, 1_000_000_000_000),
        None => (i128::from(market.linear_value(leg.book).0) * i128::from(lots), 1_000),
    };
    i64::try_from(-(-nanos).div_euclid(per_atom)).ok()
}

fn holding(collateral: &form::Collateral) -> Result<Holding, Refusal> {
    let too_large = || Refusal::new(format!("{}.amount", collateral.path), "is worth more than 9.2 billion quote");
    let (mut atoms, mut decimals) = (collateral.amount, 9);
    while decimals > 0 && atoms % 10 == 0 {
        atoms /= 10;
        decimals -= 1;
    }
    let atoms = u64::try_from(atoms).map_err(|_| too_large())?;
    let (mm, im) = (collateral.haircut_mm, collateral.haircut_im);
    let value = collateral::value(atoms, decimals, collateral.price, mm, im, Ratio::ONE).map_err(|_| too_large())?;
    Ok(Holding {
        value_mm: value.mm,
        value_im: value.im,
        market: collateral.market.map(market_number),
        exposure: value.full,
    })
}
