//! The figures as files.

use super::figures::Figures;

/// For programs: a flat object.
pub fn json(figures: &Figures) -> String {
    let text = serde_json::to_string_pretty(&figures.rows).expect("numbers by name");
    text + "\n"
}

/// For people.
pub fn markdown(_: &Figures) -> String {
    String::new()
}
