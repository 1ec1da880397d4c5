//! Which mints can be collateral.
//!
//! Security assumptions
//! - The caller has checked that the account is a mint of SPL Token or Token-2022.
//! - A mint of SPL Token cannot charge on transfer, call hooks or be seized; it can be frozen by its issuer.
//! - A mint of Token-2022 is accepted only without extensions, which makes it the same thing. Extensions are fixed in
//!   length when the mint is initialised, so that an accepted mint cannot gain one later.

use anchor_lang::prelude::*;
use anchor_spl::token::Mint;

use crate::error::ClearingError;

/// Refuses a mint with extensions.
pub fn require_plain(mint: &AccountInfo) -> Result<()> {
    require!(mint.data_len() == Mint::LEN, ClearingError::MintHasExtensions);
    Ok(())
}
