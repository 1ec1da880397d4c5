//! Measures compute units and writes `bench/compute_units.json` and `bench/COMPUTE_UNITS.md`.

use std::path::Path;

use novate_tests::bench::{measure, report};

fn main() -> std::io::Result<()> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench"));
    let figures = measure();
    std::fs::write(folder.join("compute_units.json"), report::json(&figures))?;
    let page = report::markdown(&figures);
    std::fs::write(folder.join("COMPUTE_UNITS.md"), &page)?;
    print!("{page}");
    Ok(())
}
