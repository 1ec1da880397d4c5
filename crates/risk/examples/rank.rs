//! What a keeper does at every change of price: margins every account and ranks them by how close they are to
//! liquidation. Prints the time it took; exits with 1 when that is more than the limit.
//!
//! `cargo run --release -p novate-risk --example rank [accounts] [legs] [limit in milliseconds]`

#[path = "../tests/common/mod.rs"]
mod common;

use std::num::NonZero;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use common::Random;
use common::world::{Positions, Views, World};
use novate_risk::portfolio::margin;

fn main() -> ExitCode {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let setting = |place: usize, default: usize| arguments.get(place).copied().unwrap_or(default);
    let (accounts, legs, limit) = (setting(0, 100_000), setting(1, 32), setting(2, 1_000));
    let world = World::standard();
    if legs > world.keys.len() {
        eprintln!("there are {} instruments, so accounts have at most as many legs", world.keys.len());
        return ExitCode::from(2);
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    println!("{accounts} accounts of {legs} legs over {} books, {threads} threads", world.books.len());
    let mut random = Random(1);
    let mut account = || {
        let cash = random.between(0.0, 1e10) as i64;
        world.account(&mut random, legs, cash)
    };
    let accounts: Vec<Positions> = (0..accounts).map(|_| account()).collect();
    let views = world.views();

    let started = Instant::now();
    let ranking = rank(&accounts, &views, threads);
    let took = started.elapsed();

    let breached = ranking.iter().take_while(|(distance, _)| *distance < 0).count();
    println!(
        "{breached} below maintenance margin, the worst by {} USDC",
        ranking.first().map_or(0, |first| first.0) / 1_000_000
    );
    println!("ranked in {} ms, limit {limit} ms", took.as_millis());
    if took.as_millis() <= limit as u128 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Equity above maintenance margin, in quote atoms, and the account's number, ascending.
fn rank(accounts: &[Positions], views: &Views, threads: usize) -> Vec<(i64, usize)> {
    let share = accounts.len().div_ceil(threads).max(1);
    let mut ranking: Vec<(i64, usize)> = thread::scope(|scope| {
        let parts = accounts.chunks(share).enumerate();
        let parts = parts.map(|(part, accounts)| scope.spawn(move || distances(accounts, part * share, views)));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().expect("no thread panics")).collect()
    });
    ranking.sort_unstable();
    ranking
}

fn distances(accounts: &[Positions], first: usize, views: &Views) -> Vec<(i64, usize)> {
    let distance = |(place, account): (usize, &Positions)| {
        let margin = margin(&account.portfolio(views), |_| ()).expect("a portfolio that can be margined");
        (margin.equity_mm.0 - margin.mm.0, first + place)
    };
    accounts.iter().enumerate().map(distance).collect()
}
