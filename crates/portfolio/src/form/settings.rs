//! Risk parameters and grid, by the names that they have in the accounts.

use novate_risk::params::{MODEL_DELTA_GAMMA_VEGA, MODEL_FULL_REVALUATION, RiskParams};
use novate_risk::scenario::Grid;
use novate_risk::units::NANO;

use super::grid;
use crate::json::{Node, Range};
use crate::refusal::Refusal;

/// What a market is governed by.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Risk parameters.
    pub params: RiskParams,
    /// Scenario grid, valid.
    pub grid: Grid,
}

/// Amounts that are not negative.
const AMOUNT: Range = Range { decimals: 6, low: 0, high: i64::MAX as i128 };
/// Models by the index that `RiskParams::model` has for them.
const MODELS: [&str; 2] = ["full_revaluation", "delta_gamma_vega"];
const _: () = assert!(MODEL_FULL_REVALUATION == 0 && MODEL_DELTA_GAMMA_VEGA == 1);

/// Fractions of [`RiskParams`]: name, least, most, place. The bounds are those of [`RiskParams::validate`].
type Fraction = (&'static str, i64, i64, fn(&mut RiskParams) -> &mut i64);
const FRACTIONS: [Fraction; 14] = [
    ("range", NANO / 100, NANO * 9 / 10, |params| &mut params.range.0),
    ("vol_up", 0, 2 * NANO, |params| &mut params.vol_up.0),
    ("vol_down", 0, NANO, |params| &mut params.vol_down.0),
    ("vol_floor", NANO / 100, 5 * NANO, |params| &mut params.vol_floor.0),
    ("vol_power_short", 0, NANO * 6 / 10, |params| &mut params.vol_power_short.0),
    ("vol_power_long", 0, NANO * 6 / 10, |params| &mut params.vol_power_long.0),
    ("mm_factor", NANO / 10, NANO, |params| &mut params.mm_factor.0),
    ("short_option_mm", 0, NANO / 10, |params| &mut params.short_option_mm.0),
    ("short_option_im", 0, NANO / 10, |params| &mut params.short_option_im.0),
    ("roll_rate", 0, NANO / 10, |params| &mut params.roll_rate.0),
    ("vega_charge", 0, NANO, |params| &mut params.vega_charge.0),
    ("oracle_confidence", 0, 10 * NANO, |params| &mut params.oracle_confidence.0),
    ("oracle_dispersion", 0, 10 * NANO, |params| &mut params.oracle_dispersion.0),
    ("offset", 0, NANO * 8 / 10, |params| &mut params.offset.0),
];
/// Amounts of [`RiskParams`].
type Amount = (&'static str, fn(&mut RiskParams) -> &mut i64);
const AMOUNTS: [Amount; 2] = [
    ("unrealised_cap", |params| &mut params.unrealised_cap.0),
    ("liquidity_depth", |params| &mut params.liquidity_depth.0),
];
const GROUPS: Range = Range::whole(0, novate_risk::params::MAX_GROUPS as i64);

impl Settings {
    /// METHODOLOGY's defaults.
    pub const DEFAULT: Self = Self { params: RiskParams::DEFAULT, grid: Grid::default_grid() };

    /// Overwrites what an object of parameters names.
    pub(super) fn update(&mut self, node: &Node) -> Result<(), Refusal> {
        let names = FRACTIONS.iter().map(|(name, ..)| *name).chain(AMOUNTS.iter().map(|(name, _)| *name));
        let names: Vec<_> = names.chain(["offset_group", "model", "grid"]).collect();
        let fields = node.object(&names)?;
        for (name, low, high, place) in FRACTIONS {
            if let Some(node) = fields.optional(name) {
                *place(&mut self.params) = node.integer(Range::nanos(low, high))?;
            }
        }
        for (name, place) in AMOUNTS {
            if let Some(node) = fields.optional(name) {
                *place(&mut self.params) = node.integer(AMOUNT)?;
            }
        }
        if let Some(node) = fields.optional("offset_group") {
            self.params.offset_group = node.integer(GROUPS)?;
        }
        if let Some(node) = fields.optional("model") {
            self.params.model = node.word(&MODELS)? as u64;
        }
        if let Some(node) = fields.optional("grid") {
            self.grid = grid::read(&node)?;
        }
        // the bounds above are the engine's; its word is the last
        self.params.validate().map_err(|error| node.refuse(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_engine() {
        for (name, low, high, place) in FRACTIONS {
            for (value, valid) in [(low, true), (high, true), (low - 1, false), (high + 1, false)] {
                let mut params = RiskParams::DEFAULT;
                *place(&mut params) = value;
                assert_eq!(params.validate().is_ok(), valid, "{name} = {value}");
            }
        }
        for (name, place) in AMOUNTS {
            for (value, valid) in [(0, true), (i64::MAX, true), (-1, false)] {
                let mut params = RiskParams::DEFAULT;
                *place(&mut params) = value;
                assert_eq!(params.validate().is_ok(), valid, "{name} = {value}");
            }
        }
    }

    #[test]
    fn every_parameter_has_a_name() {
        // all fields are 8 bytes: the named ones, `offset_group` and `model`
        assert_eq!(size_of::<RiskParams>(), 8 * (FRACTIONS.len() + AMOUNTS.len() + 2));
    }
}
