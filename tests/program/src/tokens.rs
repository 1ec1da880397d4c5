//! Mints and token accounts of the real token programs, written into the ledger ready made.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_option::COption;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::token::spl_token::state::{Account, AccountState, Mint};

/// Data of a mint.
pub fn mint(authority: Pubkey, decimals: u8) -> Vec<u8> {
    let mut data = vec![0; Mint::LEN];
    let mint = Mint {
        mint_authority: COption::Some(authority),
        supply: u64::MAX / 2,
        decimals,
        is_initialized: true,
        freeze_authority: COption::Some(authority),
    };
    Mint::pack(mint, &mut data).expect("the length is right");
    data
}

/// Data of a token account.
pub fn account(mint: Pubkey, owner: Pubkey, amount: u64) -> Vec<u8> {
    let mut data = vec![0; Account::LEN];
    let account = Account {
        mint,
        owner,
        amount,
        delegate: COption::None,
        state: AccountState::Initialized,
        is_native: COption::None,
        delegated_amount: 0,
        close_authority: COption::None,
    };
    Account::pack(account, &mut data).expect("the length is right");
    data
}

/// The balance in a token account's data.
pub fn amount(data: &[u8]) -> u64 {
    Account::unpack(&data[..Account::LEN]).expect("a token account").amount
}
