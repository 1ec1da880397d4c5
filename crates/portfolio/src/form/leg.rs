//! Positions.

use std::collections::HashMap;

use novate_risk::instrument::Kind;
use novate_risk::units::Price;

use super::{Market, market_named, refuse_repeat};
use crate::json::{Fields, Node, Range};
use crate::refusal::Refusal;

/// A position.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Where it is in the file.
    pub path: String,
    /// Place of its market.
    pub market: usize,
    /// Payoff.
    pub kind: Kind,
    /// Place of its book in the market; none for a perpetual.
    pub book: Option<usize>,
    /// Strike of an option; 0 for all others.
    pub strike: Price,
    /// Nanos of a unit of underlying, signed, not 0.
    pub size: i128,
    /// Price at which it was opened, of futures and perpetuals.
    pub entry: Option<Price>,
}

const KINDS: [&str; 4] = ["call", "put", "future", "perpetual"];
const ENTRY: Range = Range { low: 0, ..Range::PRICE };

pub(super) fn read_all(node: &Node, markets: &[Market]) -> Result<Vec<Leg>, Refusal> {
    let mut seen = HashMap::new();
    let mut legs = Vec::new();
    for (place, node) in node.array()?.iter().enumerate() {
        let leg = Leg::read(node, markets)?;
        refuse_repeat(&mut seen, leg.instrument(), place, |earlier| {
            node.refuse(format!("is the same instrument as legs[{earlier}]: give one leg with the sum of both sizes"))
        })?;
        legs.push(leg);
    }
    Ok(legs)
}

impl Leg {
    /// What makes it another instrument, ascending as the engine wants legs: market, book, strike, kind.
    pub fn instrument(&self) -> (usize, Option<usize>, i64, u8) {
        (self.market, self.book, self.strike.0, self.kind as u8)
    }

    fn read(node: &Node, markets: &[Market]) -> Result<Self, Refusal> {
        let fields = node.object(&["market", "kind", "expiry_s", "strike", "size", "entry"])?;
        let leg = Self::of_fields(node, &fields, markets)?;
        let entry = match fields.optional("entry") {
            Some(entry) => Some(Price(entry.integer(ENTRY)?)),
            None => None,
        };
        // an option's premium moved in cash when it traded
        Ok(Self { entry: entry.filter(|_| !leg.kind.is_option()), ..leg })
    }

    /// The instrument and size that an object names, without entry.
    pub(super) fn of_fields(node: &Node, fields: &Fields, markets: &[Market]) -> Result<Self, Refusal> {
        let market = market_named(&fields.required("market")?, markets)?;
        let word = fields.required("kind")?.word(&KINDS)?;
        let kind = [Kind::Call, Kind::Put, Kind::Future, Kind::Perpetual][word];
        let absent = |name: &str| match fields.optional(name) {
            Some(node) => Err(node.refuse(format!("must be absent: a {} has none", KINDS[word]))),
            None => Ok(()),
        };
        let book = if kind == Kind::Perpetual {
            absent("expiry_s")?;
            None
        } else {
            Some(book_named(&fields.required("expiry_s")?, &markets[market])?)
        };
        let strike = if kind.is_option() {
            Price(fields.required("strike")?.integer(Range::PRICE)?)
        } else {
            absent("strike")?;
            Price::ZERO
        };
        let size_node = fields.required("size")?;
        let size = size_node.number(Range::SIZE)?;
        if size == 0 {
            return Err(size_node.refuse("must not be 0"));
        }
        if let Some(book) = book.and_then(|book| markets[market].books.get(book))
            && kind.is_option()
            && book.surface.is_none()
        {
            return Err(Refusal::new(&*book.path, format!("must have vol or svi: {} is an option of it", node.path)));
        }
        Ok(Self { path: node.path.clone(), market, kind, book, strike, size, entry: None })
    }
}

/// The place of the book whose expiry `node` gives.
fn book_named(node: &Node, market: &Market) -> Result<usize, Refusal> {
    let expiry: i64 = node.integer(Range::whole(i64::MIN, i64::MAX))?;
    let place = market.books.iter().position(|book| book.expiry_s == expiry);
    place.ok_or_else(|| {
        let expiries: Vec<_> = market.books.iter().map(|book| book.expiry_s.to_string()).collect();
        let books = if expiries.is_empty() { "none".to_owned() } else { expiries.join(", ") };
        node.refuse(format!("is no expiry of {:?}, which has {books}", market.id))
    })
}
