//! The form of the file: every field read, checked and named in its refusal.

mod candidate;
mod collateral;
mod grid;
mod leg;
mod market;
mod settings;

use std::collections::HashMap;

pub use candidate::Candidate;
pub use collateral::Collateral;
pub use leg::Leg;
pub use market::{Book, Market, Surface};
use novate_risk::units::Quote;
pub use settings::Settings;

use crate::json::{Node, Range};
use crate::refusal::Refusal;

/// A portfolio file, read.
#[derive(Clone, Debug)]
pub struct Portfolio {
    /// In the order of the file; at most 65,535.
    pub markets: Vec<Market>,
    /// In the order of the file, no instrument twice.
    pub legs: Vec<Leg>,
    /// Cash, may be negative.
    pub cash: Quote,
    /// In the order of the file, no symbol twice.
    pub collateral: Vec<Collateral>,
    /// A trade to preview.
    pub candidate: Option<Candidate>,
}

impl Portfolio {
    /// Reads a file.
    ///
    /// # Errors
    /// The first field that is not as the form asks, with the reason.
    pub fn read(file: &str) -> Result<Self, Refusal> {
        let fields = Node::root(file)?.object(&["params", "markets", "legs", "cash", "collateral", "candidate"])?;
        let mut settings = Settings::DEFAULT;
        if let Some(params) = fields.optional("params") {
            settings.update(&params)?;
        }
        let markets = market::read_all(&fields.required("markets")?, &settings)?;
        let legs = leg::read_all(&fields.required("legs")?, &markets)?;
        let cash = match fields.optional("cash") {
            Some(cash) => Quote(cash.integer(Range::QUOTE)?),
            None => Quote::ZERO,
        };
        let collateral = match fields.optional("collateral") {
            Some(collateral) => collateral::read_all(&collateral, &markets)?,
            None => Vec::new(),
        };
        let candidate = match fields.optional("candidate") {
            Some(candidate) => Some(Candidate::read(&candidate, &markets)?),
            None => None,
        };
        Ok(Self { markets, legs, cash, collateral, candidate })
    }

    /// Legs of the market at this place, that of the candidate with them.
    pub fn instruments_of(&self, market: usize) -> impl Iterator<Item = &Leg> {
        let all = self.legs.iter().chain(self.candidate.iter().map(|candidate| &candidate.leg));
        all.filter(move |leg| leg.market == market)
    }

    /// Whether the candidate is of the market at this place.
    pub fn has_candidate_of(&self, market: usize) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| candidate.leg.market == market)
    }
}

/// The place of the market that `node` names.
fn market_named(node: &Node, markets: &[Market]) -> Result<usize, Refusal> {
    let id = node.text()?;
    let place = markets.iter().position(|market| market.id == id);
    place.ok_or_else(|| node.refuse(format!("is no market of this file: {id:?}")))
}

/// Refuses what was seen before; remembers what was not.
fn refuse_repeat<K: std::hash::Hash + Eq>(
    seen: &mut HashMap<K, usize>,
    key: K,
    place: usize,
    refusal: impl FnOnce(usize) -> Refusal,
) -> Result<(), Refusal> {
    match seen.insert(key, place) {
        Some(earlier) => Err(refusal(earlier)),
        None => Ok(()),
    }
}
