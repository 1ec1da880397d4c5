//! Markets and their books.

use std::collections::HashMap;

use novate_risk::pricing::tenor::MAX_TENOR_SECONDS;
use novate_risk::scenario::{Grid, Shocks};
use novate_risk::surface::{MAX_SURFACE_VOL, MIN_VOL, Svi};
use novate_risk::units::{NANO, Price, Vol, YEAR_SECONDS};

use super::{Settings, refuse_repeat};
use crate::json::{Fields, Node, Range};
use crate::refusal::Refusal;

/// A market.
#[derive(Clone, Debug)]
pub struct Market {
    /// Where it is in the file.
    pub path: String,
    /// Its name.
    pub id: String,
    /// Price of the underlying.
    pub spot: Price,
    /// Half-width of the price's confidence interval, in quote.
    pub confidence: Price,
    /// What it is governed by.
    pub settings: Settings,
    /// The grid with the range worked in.
    pub shocks: Shocks,
    /// Ascending by expiry.
    pub books: Vec<Book>,
}

/// One expiry.
#[derive(Clone, Debug)]
pub struct Book {
    /// Where it is in the file.
    pub path: String,
    /// Seconds to expiry.
    pub expiry_s: i64,
    /// Forward per unit of underlying.
    pub forward: Price,
    /// Continuously compounded annual rate, in nanos.
    pub rate: i64,
    /// Volatility, if the book has any; options need it.
    pub surface: Option<Surface>,
    /// Disagreement of publishers.
    pub dispersion: Vol,
}

/// A slice of the surface and the tenor that its total variance covers.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// The slice, valid.
    pub svi: Svi,
    /// Seconds.
    pub tau_seconds: i64,
}

/// A flat volatility is written as the total variance of two years whatever the expiry: over a minute the nanos that
/// the engine counts in would be too coarse for it.
const FLAT_SECONDS: i64 = 2 * YEAR_SECONDS;
const CONFIDENCE: Range = Range { low: 0, ..Range::PRICE };
const EXPIRY: Range = Range::whole(1, MAX_TENOR_SECONDS);
const RATE: Range = Range::nanos(-NANO, NANO);
const VOL: Range = Range::nanos(MIN_VOL.0, MAX_SURFACE_VOL.0);
const DISPERSION: Range = Range::nanos(0, MAX_SURFACE_VOL.0);

/// SVI parameters: name, least, most. The bounds are those of [`Svi::validate`].
const SVI: [(&str, i64, i64); 5] = [
    ("a", -50 * NANO, 50 * NANO),
    ("b", 0, 4 * NANO),
    ("rho", 1 - NANO, NANO - 1),
    ("m", -4 * NANO, 4 * NANO),
    ("sigma", 1, 4 * NANO),
];

pub(super) fn read_all(node: &Node, settings: &Settings) -> Result<Vec<Market>, Refusal> {
    let nodes = node.array()?;
    if nodes.len() > usize::from(u16::MAX) {
        return Err(node.refuse(format!("must be at most {} markets", u16::MAX)));
    }
    let mut seen = HashMap::new();
    let mut markets = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let market = Market::read(node, settings)?;
        refuse_repeat(&mut seen, market.id.clone(), place, |earlier| {
            Refusal::new(format!("{}.id", node.path), format!("is the id of markets[{earlier}] too"))
        })?;
        markets.push(market);
    }
    check_groups(&markets)?;
    Ok(markets)
}

/// Markets that are margined together match their rows by number.
fn check_groups(markets: &[Market]) -> Result<(), Refusal> {
    let mut first_of = HashMap::new();
    for market in markets {
        let params = &market.settings.params;
        if params.offset_group == 0 || params.offset.0 == 0 {
            continue;
        }
        let group = (params.offset_group, params.offset.0, params.mm_factor.0);
        let first: &Market = first_of.entry(group).or_insert(market);
        if first.shocks.len != market.shocks.len {
            let reason = format!(
                "must have as many rows as that of {}, with which it is in a group: {}, but has {}",
                first.path, first.shocks.len, market.shocks.len
            );
            return Err(Refusal::new(format!("{}.params.grid", market.path), reason));
        }
    }
    Ok(())
}

impl Market {
    fn read(node: &Node, settings: &Settings) -> Result<Self, Refusal> {
        let fields = node.object(&["id", "spot", "confidence", "params", "books"])?;
        let mut settings = *settings;
        if let Some(params) = fields.optional("params") {
            settings.update(&params)?;
        }
        let Settings { params, grid } = settings;
        let shocks = Grid::resolve(&grid, params.range).map_err(|error| node.refuse(error.to_string()))?;
        let mut books: Vec<Book> = Vec::new();
        if let Some(node) = fields.optional("books") {
            for node in node.array()? {
                let book = Book::read(&node)?;
                if let Some(last) = books.last()
                    && last.expiry_s >= book.expiry_s
                {
                    let reason = format!(
                        "must be later than that of the book before, which is {}: books ascend by expiry, each once",
                        last.expiry_s
                    );
                    return Err(Refusal::new(format!("{}.expiry_s", node.path), reason));
                }
                books.push(book);
            }
        }
        Ok(Self {
            path: node.path.clone(),
            id: fields.required("id")?.text()?,
            spot: Price(fields.required("spot")?.integer(Range::PRICE)?),
            confidence: match fields.optional("confidence") {
                Some(confidence) => Price(confidence.integer(CONFIDENCE)?),
                None => Price::ZERO,
            },
            settings,
            shocks,
            books,
        })
    }
}

impl Book {
    fn read(node: &Node) -> Result<Self, Refusal> {
        let fields = node.object(&["expiry_s", "forward", "rate", "vol", "svi", "dispersion"])?;
        let expiry_s = fields.required("expiry_s")?.integer(EXPIRY)?;
        Ok(Self {
            path: node.path.clone(),
            expiry_s,
            forward: Price(fields.required("forward")?.integer(Range::PRICE)?),
            rate: match fields.optional("rate") {
                Some(rate) => rate.integer(RATE)?,
                None => 0,
            },
            surface: Surface::read(&fields, expiry_s)?,
            dispersion: match fields.optional("dispersion") {
                Some(dispersion) => Vol(dispersion.integer(DISPERSION)?),
                None => Vol::ZERO,
            },
        })
    }
}

impl Surface {
    fn read(book: &Fields, expiry_s: i64) -> Result<Option<Self>, Refusal> {
        match (book.optional("vol"), book.optional("svi")) {
            (None, None) => Ok(None),
            (Some(vol), None) => {
                let svi = Svi::flat(Vol(vol.integer(VOL)?), FLAT_SECONDS);
                let svi = svi.map_err(|error| vol.refuse(error.to_string()))?;
                Ok(Some(Self { svi, tau_seconds: FLAT_SECONDS }))
            }
            (None, Some(svi)) => Ok(Some(Self { svi: read_svi(&svi, expiry_s)?, tau_seconds: expiry_s })),
            (Some(_), Some(svi)) => Err(svi.refuse("is given beside vol: give one of them")),
        }
    }
}

fn read_svi(node: &Node, expiry_s: i64) -> Result<Svi, Refusal> {
    let fields = node.object(&SVI.map(|(name, ..)| name))?;
    let mut values = [0; SVI.len()];
    for ((name, low, high), value) in SVI.iter().zip(&mut values) {
        *value = fields.required(name)?.integer(Range::nanos(*low, *high))?;
    }
    let [a, b, rho, m, sigma] = values;
    let svi = Svi { a, b, rho, m, sigma };
    if i128::from(b) * i128::from(NANO + rho.abs()) > 4 * i128::from(NANO) * i128::from(NANO) {
        return Err(node.refuse("has wings steeper than Lee's bound allows: b·(1 + |rho|) must be at most 4"));
    }
    // what is left to be wrong
    svi.validate(expiry_s)
        .map_err(|_| node.refuse("has negative variance: a + b·sigma·√(1 - rho²) must not be below 0"))?;
    Ok(svi)
}
