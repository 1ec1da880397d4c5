//! Collateral other than cash.

use std::collections::HashMap;

use novate_risk::units::{Price, Ratio};

use super::{Market, market_named, refuse_repeat};
use crate::json::{Node, Range};
use crate::refusal::Refusal;

/// An amount of a token.
#[derive(Clone, Debug)]
pub struct Collateral {
    /// Where it is in the file.
    pub path: String,
    /// Its name.
    pub symbol: String,
    /// Place of the market whose grid it enters, if any.
    pub market: Option<usize>,
    /// Nanos of a token, not negative.
    pub amount: i128,
    /// Price per token.
    pub price: Price,
    /// Maintenance haircut.
    pub haircut_mm: Ratio,
    /// Initial haircut, at least the maintenance one.
    pub haircut_im: Ratio,
}

const AMOUNT: Range = Range { low: 0, ..Range::SIZE };
const PRICE: Range = Range { low: 0, ..Range::PRICE };

pub(super) fn read_all(node: &Node, markets: &[Market]) -> Result<Vec<Collateral>, Refusal> {
    let mut seen = HashMap::new();
    let mut all = Vec::new();
    for (place, node) in node.array()?.iter().enumerate() {
        let collateral = Collateral::read(node, markets)?;
        refuse_repeat(&mut seen, collateral.symbol.clone(), place, |earlier| {
            Refusal::new(format!("{}.symbol", node.path), format!("is the symbol of collateral[{earlier}] too"))
        })?;
        all.push(collateral);
    }
    Ok(all)
}

impl Collateral {
    fn read(node: &Node, markets: &[Market]) -> Result<Self, Refusal> {
        let fields = node.object(&["symbol", "market", "amount", "price", "haircut_mm", "haircut_im"])?;
        let haircut_mm: i64 = fields.required("haircut_mm")?.integer(Range::SHARE)?;
        let at_least = Range::nanos(haircut_mm, Range::SHARE.high as i64);
        Ok(Self {
            path: node.path.clone(),
            symbol: fields.required("symbol")?.text()?,
            market: match fields.optional("market") {
                Some(market) => Some(market_named(&market, markets)?),
                None => None,
            },
            amount: fields.required("amount")?.number(AMOUNT)?,
            price: Price(fields.required("price")?.integer(PRICE)?),
            haircut_mm: Ratio(haircut_mm),
            haircut_im: Ratio(fields.required("haircut_im")?.integer(at_least)?),
        })
    }
}
