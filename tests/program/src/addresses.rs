//! Addresses of the program's accounts.

use anchor_lang::prelude::Pubkey;
use clearing_house::seeds;

fn derive(parts: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(parts, &clearing_house::ID).0
}

/// The house.
pub fn house() -> Pubkey {
    derive(&[seeds::HOUSE])
}

/// A collateral.
pub fn collateral(mint: &Pubkey) -> Pubkey {
    derive(&[seeds::COLLATERAL, mint.as_ref()])
}

/// A collateral's vault.
pub fn vault(mint: &Pubkey) -> Pubkey {
    derive(&[seeds::VAULT, mint.as_ref()])
}

/// A market.
pub fn market(id: u16) -> Pubkey {
    derive(&[seeds::MARKET, &id.to_le_bytes()])
}

/// A book.
pub fn book(market: u16, expiry_hour: u32) -> Pubkey {
    derive(&[seeds::BOOK, &market.to_le_bytes(), &expiry_hour.to_le_bytes()])
}

/// What publishers say of a book.
pub fn board(market: u16, expiry_hour: u32) -> Pubkey {
    derive(&[seeds::BOARD, &market.to_le_bytes(), &expiry_hour.to_le_bytes()])
}

/// Open interest of an expiry.
pub fn interest(market: u16, expiry_hour: u32) -> Pubkey {
    derive(&[seeds::INTEREST, &market.to_le_bytes(), &expiry_hour.to_le_bytes()])
}

/// A margin account.
pub fn margin_account(owner: &Pubkey, id: u16) -> Pubkey {
    derive(&[seeds::MARGIN, owner.as_ref(), &id.to_le_bytes()])
}

/// A venue.
pub fn venue(id: u16) -> Pubkey {
    derive(&[seeds::VENUE, &id.to_le_bytes()])
}

/// A grant.
pub fn grant(account: &Pubkey, venue: &Pubkey) -> Pubkey {
    derive(&[seeds::GRANT, account.as_ref(), venue.as_ref()])
}

/// The program's data account, which names the upgrade authority.
pub fn program_data() -> Pubkey {
    let loader = anchor_lang::prelude::pubkey!("BPFLoaderUpgradeab1e11111111111111111111111");
    Pubkey::find_program_address(&[clearing_house::ID.as_ref()], &loader).0
}
