//! Seeds of the program's addresses. docs/ARCHITECTURE.md lists them with what each account holds.

use anchor_lang::prelude::*;

/// `["house"]`
#[constant]
pub const HOUSE: &[u8] = b"house";
/// `["collateral", mint]`
#[constant]
pub const COLLATERAL: &[u8] = b"collateral";
/// `["vault", mint]`
#[constant]
pub const VAULT: &[u8] = b"vault";
/// `["market", id]`
#[constant]
pub const MARKET: &[u8] = b"market";
/// `["book", market id, expiry hour]`
#[constant]
pub const BOOK: &[u8] = b"book";
/// `["board", market id, expiry hour]`
#[constant]
pub const BOARD: &[u8] = b"board";
/// `["interest", market id, expiry hour]`
#[constant]
pub const INTEREST: &[u8] = b"interest";
/// `["margin", owner, id]`
#[constant]
pub const MARGIN: &[u8] = b"margin";
/// `["venue", id]`
#[constant]
pub const VENUE: &[u8] = b"venue";
/// `["grant", margin account, venue]`
#[constant]
pub const GRANT: &[u8] = b"grant";
