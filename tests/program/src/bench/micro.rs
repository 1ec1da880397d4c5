//! Parts of the engine alone, measured by `bench/program`.

use anchor_lang::prelude::Pubkey;
use solana_instruction::Instruction;

use super::figures::Figures;
use super::legs;
use crate::World;

/// Where `make bench-program` writes the program.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/bench_program.so");
/// Any address.
const ID: Pubkey = Pubkey::new_from_array([0xbe; 32]);

/// Rows by the number that the program knows them by.
const ROWS: [(u8, &str); 16] = [
    (0, "normal_cdf"),
    (1, "normal_density"),
    (2, "ln"),
    (3, "exp"),
    (4, "sqrt"),
    (5, "black76_greeks"),
    (6, "risk_array/book"),
    (7, "risk_array/1_strike"),
    (10, "risk_array/1_strike_dgv"),
    (11, "leg_sum/33_scenarios"),
    (12, "solmath/normal_cdf"),
    (13, "solmath/black76_price"),
    (14, "solmath/black76_greeks"),
    (15, "fixed/33_rows"),
    (16, "fixed/multiply_divide"),
    (17, "multiply_divide"),
];
const FULL_GRID: u8 = 8;
const WITNESS: u8 = 9;

/// Measures them.
pub fn measure(figures: &mut Figures) {
    let mut world = World::empty();
    let program = std::fs::read(PROGRAM).expect("the bench program is built: run `make bench-program`");
    world.svm.add_program(ID, &program).expect("the bench program loads");
    for (what, name) in ROWS {
        figures.add(name, ask(&mut world, what, 0));
    }
    for count in legs::COUNTS {
        let legs = u8::try_from(count).expect("at most 128");
        figures.add(format!("margin/{count}_legs"), ask(&mut world, FULL_GRID, legs));
        figures.add(format!("witness_engine/{count}_legs"), ask(&mut world, WITNESS, legs));
    }
    // one leg more in a book that has legs already: its mark, its bounds and the scenarios, of which three legs at a time
    // are summed
    let (most, fewer) = (ask(&mut world, FULL_GRID, 128), ask(&mut world, FULL_GRID, 128 - 3 * 8));
    figures.add("leg_total", (most - fewer).div_ceil(3 * 8));
}

/// What the program measured: its last two readings of the meter, less those around nothing before.
fn ask(world: &mut World, what: u8, count: u8) -> u64 {
    let instruction = Instruction { program_id: ID, accounts: Vec::new(), data: vec![what, count] };
    let metadata = world.must(&[instruction], &[]);
    let readings: Vec<u64> = metadata.logs.iter().filter_map(|line| reading(line)).collect();
    let &[.., nothing, start, from, to] = readings.as_slice() else {
        panic!("too few readings: {:?}", metadata.logs);
    };
    (from - to) - (nothing - start)
}

fn reading(line: &str) -> Option<u64> {
    line.strip_prefix("Program consumption: ")?.strip_suffix(" units remaining")?.parse().ok()
}
