//! Measures parts of the margin engine in compute units. The first byte of the instruction data says what, the second
//! how much of it; the figure is in the log, see [`meter`]. `tests/program/src/bench/micro.rs` calls it.

use solana_account_info::AccountInfo;
use solana_program_error::{ProgramError, ProgramResult};
use solana_pubkey::Pubkey;

mod arrays;
mod elsewhere;
mod functions;
mod margins;
mod meter;

solana_program_entrypoint::entrypoint!(process);

fn process(_: &Pubkey, _: &[AccountInfo], data: &[u8]) -> ProgramResult {
    let &[what, count] = data else {
        return Err(ProgramError::InvalidInstructionData);
    };
    match what {
        0 => functions::normal_cdf(),
        1 => functions::normal_density(),
        2 => functions::ln(),
        3 => functions::exp(),
        4 => functions::sqrt(),
        5 => functions::black76_greeks(),
        6 => arrays::prepare_book(),
        7 => arrays::strike_risk(),
        8 => margins::full_grid(count.into()),
        9 => margins::witness(count.into()),
        10 => arrays::strike_bounds(),
        11 => margins::leg_rows(),
        12 => elsewhere::solmath_normal_cdf(),
        13 => elsewhere::solmath_price(),
        14 => elsewhere::solmath_greeks(),
        15 => elsewhere::fixed_rows(),
        16 => elsewhere::fixed_multiply_divide(),
        17 => functions::multiply_divide(),
        _ => return Err(ProgramError::InvalidInstructionData),
    }
    Ok(())
}
