//! Reads the exchange rate of a staked token from the stake pool that issues it.
//!
//! Security assumptions
//! - The account is the one bound at listing and belongs to the stake-pool program bound there, which is trusted as far as
//!   the token is: it can mint the token. SPL's program and Sanctum's deployments of it share the layout.
//! - It is a pool (first byte) and issues the collateral's mint.
//! - `total_lamports` is true as of `last_update_epoch`. Anyone can update a pool, once an epoch; an epoch's delay is
//!   accepted, since the update takes a while after an epoch's start.
//! - The pool's own figure for the supply is used, as the pool itself does when it pays out; both are of the same update.
//! - Underlying that is given to the pool raises the rate. How fast a rise counts is up to
//!   [`PoolRate::advance`](crate::state::PoolRate::advance), and a market price of the token itself still holds it down.
//! - What an attacker can choose: when it is read.

use anchor_lang::prelude::*;
use novate_risk::exchange_rate::rate;
use novate_risk::units::Ratio;

use crate::error::{ClearingError, from_risk};
use crate::state::PoolBinding;

/// Epochs that a pool's figures may be behind.
pub const MAX_EPOCH_LAG: u64 = 1;

/// First byte of a pool; 0 is an empty account, 2 a list of validators.
const STAKE_POOL: u8 = 1;
/// Offsets of the fields that are read, all in the part of the account that has a fixed layout: the type, manager,
/// staker and deposit authority, a bump, validator list, reserve, mint, fee account and token program come first.
const POOL_MINT: usize = 1 + 3 * 32 + 1 + 2 * 32;
const TOTAL_LAMPORTS: usize = POOL_MINT + 3 * 32;
const POOL_TOKEN_SUPPLY: usize = TOTAL_LAMPORTS + 8;
const LAST_UPDATE_EPOCH: usize = POOL_TOKEN_SUPPLY + 8;

/// Underlying per token, rounded down, of the bound pool in `epoch`.
pub fn read_rate(account: &AccountInfo, binding: &PoolBinding, mint: &Pubkey, epoch: u64) -> Result<Ratio> {
    require!(binding.is_bound(), ClearingError::NoPool);
    require_keys_eq!(*account.key, binding.pool, ClearingError::WrongStakePool);
    require_keys_eq!(*account.owner, binding.program, ClearingError::WrongStakePool);
    let data = account.try_borrow_data()?;
    require!(data.first() == Some(&STAKE_POOL), ClearingError::WrongStakePool);
    require!(read::<32>(&data, POOL_MINT)? == mint.to_bytes(), ClearingError::WrongStakePool);
    let last_update = u64::from_le_bytes(read(&data, LAST_UPDATE_EPOCH)?);
    require!(last_update <= epoch, ClearingError::WrongStakePool);
    require!(epoch - last_update <= MAX_EPOCH_LAG, ClearingError::StalePool);
    let lamports = u64::from_le_bytes(read(&data, TOTAL_LAMPORTS)?);
    let tokens = u64::from_le_bytes(read(&data, POOL_TOKEN_SUPPLY)?);
    rate(lamports, tokens).map_err(|error| from_risk(error).into())
}

fn read<const N: usize>(data: &[u8], offset: usize) -> Result<[u8; N]> {
    let bytes = data.get(offset..offset + N).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(ClearingError::WrongStakePool.into())
}
