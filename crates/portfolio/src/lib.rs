//! The portfolio file: one JSON form for risk engineers, tests and comparison with other systems' published cases.
//!
//! docs/PORTFOLIO_JSON.md describes the form. Three steps that do not mix: [`form`] reads the text into exact numbers
//! and refuses what cannot be, [`world`] builds and prices what the engine needs, [`answer`] margins it and says the
//! result. Everything that is decided about solvency is decided by [`novate_risk`]; this crate translates.
#![forbid(unsafe_code)]

pub mod answer;
pub mod decimal;
pub mod form;
pub mod greeks;
mod json;
pub mod lot;
pub mod preview;
pub mod refusal;
pub mod world;
mod write;

pub use answer::Answer;
pub use refusal::Refusal;

/// The answer to a portfolio file, as text that ends with a line break.
///
/// # Errors
/// The first field that is not as the form asks, with the reason.
pub fn margin(file: &str) -> Result<String, Refusal> {
    let portfolio = form::Portfolio::read(file)?;
    let world = world::World::new(&portfolio)?;
    let answer = Answer::new(&portfolio, &world)?;
    Ok(write::answer(&portfolio, &answer))
}

/// As [`margin`], for a file as it comes.
///
/// # Errors
/// As [`margin`]; a file that is not UTF-8.
pub fn margin_of_bytes(file: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(file).map_err(|error| Refusal::new("", format!("is not UTF-8: {error}")))?;
    margin(text)
}
