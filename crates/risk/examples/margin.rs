//! Margins a portfolio file: `cargo run --release -q -p novate-risk --example margin < portfolio.json`.
//!
//! docs/PORTFOLIO_JSON.md describes the form of the file and of the answer. A file that is refused ends in status 2,
//! with the field and the reason on standard error and nothing on standard output.

use std::io::{Read, Write, stdin, stdout};
use std::process::ExitCode;

const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let mut file = Vec::new();
    if let Err(error) = stdin().lock().read_to_end(&mut file) {
        eprintln!("standard input: {error}");
        return ExitCode::FAILURE;
    }
    match novate_portfolio::margin_of_bytes(&file) {
        Ok(answer) => match stdout().lock().write_all(answer.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("standard output: {error}");
                ExitCode::FAILURE
            }
        },
        Err(refusal) => {
            eprintln!("{refusal}");
            ExitCode::from(REFUSED)
        }
    }
}
