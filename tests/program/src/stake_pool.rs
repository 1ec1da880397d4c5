//! Stake pools as accounts of SPL's program, in its own layout.

use anchor_lang::AnchorSerialize;
use anchor_lang::prelude::Pubkey;
use clearing_house::state::PoolBinding;
use novate_risk::units::NANO;
use spl_stake_pool::state::{AccountType, StakePool};

/// SPL's stake-pool program.
pub fn program() -> Pubkey {
    Pubkey::new_from_array(spl_stake_pool::id().to_bytes())
}

/// Address of the pool that issues `mint`.
pub fn address(mint: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[b"pool", mint.as_ref()], &program()).0
}

/// Binding with 0.1 % growth a day and a minute's age.
pub fn binding(mint: &Pubkey) -> PoolBinding {
    PoolBinding { program: program(), pool: address(mint), max_growth_per_day: NANO / 1_000, max_age: 60 }
}

/// A pool with a million tokens that are worth `rate` SOL each, updated in `epoch`.
pub fn pool(mint: &Pubkey, rate: f64, epoch: u64) -> StakePool {
    let supply = 1_000_000_000_000_000;
    StakePool {
        account_type: AccountType::StakePool,
        pool_mint: mint.to_bytes().into(),
        total_lamports: (supply as f64 * rate).round() as u64,
        pool_token_supply: supply,
        last_update_epoch: epoch,
        ..StakePool::default()
    }
}

/// The account's data, with room for the fields that vary in length.
pub fn encode(pool: &StakePool) -> Vec<u8> {
    let mut data = Vec::new();
    pool.serialize(&mut data).expect("a vector takes any length");
    data.resize(data.len().max(611), 0);
    data
}
