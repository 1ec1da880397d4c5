//! Accounts with a fixed header and a tail of equal rows that grows on demand.

use anchor_lang::prelude::*;
use bytemuck::Pod;

use crate::error::ClearingError;

/// Length of Anchor's discriminator in front of every account.
pub const DISCRIMINATOR: usize = 8;

/// Splits an account's data into its header and the rows behind it.
///
/// The caller has already checked owner and discriminator.
pub fn split<H: Pod, R: Pod>(data: &[u8]) -> Result<(&H, &[R])> {
    let (header, rows) = data
        .get(DISCRIMINATOR..)
        .and_then(|body| body.split_at_checked(size_of::<H>()))
        .ok_or(ClearingError::AccountTooSmall)?;
    let header = bytemuck::try_from_bytes(header).map_err(|_| ClearingError::AccountTooSmall)?;
    let rows = bytemuck::try_cast_slice(rows).map_err(|_| ClearingError::AccountTooSmall)?;
    Ok((header, rows))
}

/// As [`split`], to write to.
pub fn split_mut<H: Pod, R: Pod>(data: &mut [u8]) -> Result<(&mut H, &mut [R])> {
    let (header, rows) = data
        .get_mut(DISCRIMINATOR..)
        .and_then(|body| body.split_at_mut_checked(size_of::<H>()))
        .ok_or(ClearingError::AccountTooSmall)?;
    let header = bytemuck::try_from_bytes_mut(header).map_err(|_| ClearingError::AccountTooSmall)?;
    let rows = bytemuck::try_cast_slice_mut(rows).map_err(|_| ClearingError::AccountTooSmall)?;
    Ok((header, rows))
}
