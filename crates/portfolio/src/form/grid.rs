//! The scenario grid.

use novate_risk::scenario::{Grid, MAX_ROWS, Row, UNIT_ABSOLUTE, UNIT_RANGE, VOL_DOWN, VOL_FLAT, VOL_UP};

use crate::json::{Node, Range};
use crate::refusal::Refusal;

/// Units of a move by the number that [`Row::unit`] has for them.
const UNITS: [&str; 2] = ["range", "absolute"];
/// Directions of volatility by the number that [`Row::vol`] has for them.
const VOLS: [&str; 3] = ["up", "flat", "down"];
const _: () = assert!(UNIT_RANGE == 0 && UNIT_ABSOLUTE == 1 && VOL_UP == 0 && VOL_FLAT == 1 && VOL_DOWN == 2);

/// Moves before the engine has looked at them.
const MOVE: Range = Range::nanos(i64::MIN / 2, i64::MAX / 2);
/// A weight that is given is not 0: in a [`Row`] that stands for R ÷ |k|.
const WEIGHT: Range = Range::nanos(1, novate_risk::units::NANO);

pub(super) fn read(node: &Node) -> Result<Grid, Refusal> {
    let rows = node.array()?;
    if !(1..=MAX_ROWS).contains(&rows.len()) {
        return Err(node.refuse(format!("must have 1 to {MAX_ROWS} rows, but has {}", rows.len())));
    }
    let mut grid = Grid { len: rows.len() as u64, rows: [Row::default(); MAX_ROWS] };
    for (node, row) in rows.iter().zip(&mut grid.rows) {
        *row = read_row(node)?;
    }
    // every row was valid alone
    grid.validate().map_err(|error| node.refuse(error.to_string()))?;
    Ok(grid)
}

fn read_row(node: &Node) -> Result<Row, Refusal> {
    let fields = node.object(&["k", "unit", "vol", "weight"])?;
    let k = fields.required("k")?;
    let row = Row {
        k: k.integer(MOVE)?,
        unit: fields.required("unit")?.word(&UNITS)? as u8,
        vol: fields.required("vol")?.word(&VOLS)? as u8,
        weight: match fields.optional("weight") {
            Some(weight) => weight.integer(WEIGHT)?,
            None => 0,
        },
        reserved: [0; 2],
    };
    let mut alone = Grid { len: 1, rows: [Row::default(); MAX_ROWS] };
    alone.rows[0] = row;
    alone.validate().map_err(|_| {
        k.refuse("must be a move from -0.99 to 8, in units of the range one that stays there for a range of 0.9")
    })?;
    Ok(row)
}
