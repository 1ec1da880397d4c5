//! A trade to preview.

use novate_risk::units::Price;

use super::{Leg, Market};
use crate::json::{Node, Range};
use crate::refusal::Refusal;

/// A trade that has not happened.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The instrument, and as its size what is bought (positive) or sold (negative).
    pub leg: Leg,
    /// Price per unit: an option's premium, a future's or perpetual's price.
    pub price: Price,
}

const PRICE: Range = Range { low: 0, ..Range::PRICE };

impl Candidate {
    pub(super) fn read(node: &Node, markets: &[Market]) -> Result<Self, Refusal> {
        let fields = node.object(&["market", "kind", "expiry_s", "strike", "size", "price"])?;
        let leg = Leg::of_fields(node, &fields, markets)?;
        Ok(Self { leg, price: Price(fields.required("price")?.integer(PRICE)?) })
    }
}
