//! Measures compute units and writes `bench/compute_units.json` and `bench/COMPUTE_UNITS.md`; `bench parts` measures the
//! parts of the engine and `refresh_risk` alone and prints them.

use std::path::Path;

use novate_tests::bench::{Figures, measure, micro, report, strikes};

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("parts") {
        let mut figures = Figures::default();
        strikes::measure(&mut figures);
        micro::measure(&mut figures);
        print!("{}", report::json(&figures));
        return Ok(());
    }
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench"));
    let figures = measure();
    std::fs::write(folder.join("compute_units.json"), report::json(&figures))?;
    let page = report::markdown(&figures);
    std::fs::write(folder.join("COMPUTE_UNITS.md"), &page)?;
    print!("{page}");
    Ok(())
}
