//! The compute-unit benchmark: what every instruction of the built program takes, and parts of the engine alone.

pub mod desk;
pub mod figures;
pub mod legs;
pub mod micro;
pub mod report;
pub mod single;
pub mod strikes;

pub use figures::{Figures, Sent};

/// Measures everything. The same in every run, to the unit.
pub fn measure() -> Figures {
    let mut figures = Figures::default();
    for count in legs::COUNTS {
        legs::measure(count, &mut figures);
    }
    strikes::measure(&mut figures);
    single::measure(&mut figures);
    micro::measure(&mut figures);
    figures
}
