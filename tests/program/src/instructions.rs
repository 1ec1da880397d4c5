//! A builder for every instruction. Tests take one and spoil it.

use anchor_lang::prelude::Pubkey;
use anchor_lang::system_program;
use anchor_lang::{InstructionData, ToAccountMetas};
use clearing_house::{
    ClearTradeArgs, GrantVenueArgs, InitializeHouseArgs, LiquidateArgs, ListBookArgs, ListCollateralArgs,
    ListMarketArgs, PreviewTradeArgs, PublishSurfaceArgs, SetHaircutArgs,
};
use clearing_house::{accounts, instruction};
use solana_instruction::{AccountMeta, Instruction};

use crate::addresses;

/// SPL Token.
pub const TOKEN: Pubkey = anchor_spl::token::ID;

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: clearing_house::ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// Appends remaining accounts.
pub fn with_remaining(mut instruction: Instruction, remaining: &[AccountMeta]) -> Instruction {
    instruction.accounts.extend_from_slice(remaining);
    instruction
}

pub fn initialize_house(
    payer: Pubkey,
    authority: Pubkey,
    quote_mint: Pubkey,
    args: InitializeHouseArgs,
) -> Instruction {
    let accounts = accounts::InitializeHouse {
        payer,
        upgrade_authority: authority,
        program: clearing_house::ID,
        program_data: addresses::program_data(),
        house: addresses::house(),
        quote_mint,
        system_program: system_program::ID,
    };
    build(accounts, instruction::InitializeHouse { args })
}

pub fn set_gates(signer: Pubkey, closed_gates: u64) -> Instruction {
    build(accounts::SetGates { signer, house: addresses::house() }, instruction::SetGates { closed_gates })
}

pub fn set_publishers(oracle: Pubkey, publishers: Vec<Pubkey>, quorum: u16) -> Instruction {
    let accounts = accounts::SetPublishers { oracle, house: addresses::house() };
    build(accounts, instruction::SetPublishers { publishers, quorum })
}

pub fn set_haircut(risk: Pubkey, mint: &Pubkey, args: SetHaircutArgs) -> Instruction {
    let accounts = accounts::SetHaircut { risk, house: addresses::house(), collateral: addresses::collateral(mint) };
    build(accounts, instruction::SetHaircut { args })
}

pub fn list_collateral(
    payer: Pubkey,
    listing: Pubkey,
    mint: Pubkey,
    market: Option<u16>,
    args: ListCollateralArgs,
) -> Instruction {
    let accounts = accounts::ListCollateral {
        payer,
        listing,
        house: addresses::house(),
        mint,
        collateral: addresses::collateral(&mint),
        vault: addresses::vault(&mint),
        market: market.map(addresses::market),
        token_program: TOKEN,
        system_program: system_program::ID,
    };
    build(accounts, instruction::ListCollateral { args })
}

pub fn list_market(payer: Pubkey, listing: Pubkey, args: ListMarketArgs) -> Instruction {
    let accounts = accounts::ListMarket {
        payer,
        listing,
        house: addresses::house(),
        market: addresses::market(args.id),
        interest: addresses::interest(args.id, 0),
        system_program: system_program::ID,
    };
    build(accounts, instruction::ListMarket { args })
}

pub fn list_book(payer: Pubkey, listing: Pubkey, market: u16, args: ListBookArgs) -> Instruction {
    let accounts = accounts::ListBook {
        payer,
        listing,
        house: addresses::house(),
        market: addresses::market(market),
        book: addresses::book(market, args.expiry_hour),
        board: addresses::board(market, args.expiry_hour),
        interest: addresses::interest(market, args.expiry_hour),
        system_program: system_program::ID,
    };
    build(accounts, instruction::ListBook { args })
}

pub fn add_strikes(payer: Pubkey, listing: Pubkey, market: u16, expiry_hour: u32, strikes: Vec<i64>) -> Instruction {
    let accounts = accounts::AddStrikes {
        payer,
        listing,
        house: addresses::house(),
        book: addresses::book(market, expiry_hour),
        system_program: system_program::ID,
    };
    build(accounts, instruction::AddStrikes { strikes })
}

pub fn register_venue(payer: Pubkey, listing: Pubkey, id: u16, authority: Pubkey) -> Instruction {
    let accounts = accounts::RegisterVenue {
        payer,
        listing,
        house: addresses::house(),
        venue: addresses::venue(id),
        system_program: system_program::ID,
    };
    build(accounts, instruction::RegisterVenue { id, authority })
}

pub fn retire_venue(signer: Pubkey, id: u16) -> Instruction {
    let accounts = accounts::RetireVenue { signer, house: addresses::house(), venue: addresses::venue(id) };
    build(accounts, instruction::RetireVenue {})
}

pub fn refresh_price(market: u16, price_update: Pubkey) -> Instruction {
    let accounts = accounts::RefreshPrice { market: addresses::market(market), price_update };
    build(accounts, instruction::RefreshPrice {})
}

pub fn refresh_collateral(mint: &Pubkey, price_update: Pubkey) -> Instruction {
    let accounts = accounts::RefreshCollateral { collateral: addresses::collateral(mint), price_update };
    build(accounts, instruction::RefreshCollateral {})
}

pub fn refresh_price_fallback(market: u16, feed: Pubkey) -> Instruction {
    let accounts = accounts::RefreshPriceFallback { market: addresses::market(market), feed };
    build(accounts, instruction::RefreshPriceFallback {})
}

pub fn refresh_collateral_fallback(mint: &Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::RefreshCollateralFallback { collateral: addresses::collateral(mint), feed };
    build(accounts, instruction::RefreshCollateralFallback {})
}

pub fn refresh_staked_collateral(mint: &Pubkey, market: u16, stake_pool: Pubkey) -> Instruction {
    let accounts = accounts::RefreshStakedCollateral {
        collateral: addresses::collateral(mint),
        market: addresses::market(market),
        stake_pool,
    };
    build(accounts, instruction::RefreshStakedCollateral {})
}

pub fn publish_surface(publisher: Pubkey, market: u16, expiry_hour: u32, args: PublishSurfaceArgs) -> Instruction {
    let accounts = accounts::PublishSurface {
        publisher,
        house: addresses::house(),
        market: addresses::market(market),
        book: addresses::book(market, expiry_hour),
        board: addresses::board(market, expiry_hour),
    };
    build(accounts, instruction::PublishSurface { args })
}

pub fn refresh_risk(market: u16, expiry_hour: u32) -> Instruction {
    let accounts =
        accounts::RefreshRisk { market: addresses::market(market), book: addresses::book(market, expiry_hour) };
    build(accounts, instruction::RefreshRisk {})
}

pub fn sample_volatility(market: u16) -> Instruction {
    build(accounts::SampleVolatility { market: addresses::market(market) }, instruction::SampleVolatility {})
}

pub fn open_account(payer: Pubkey, owner: Pubkey, id: u16) -> Instruction {
    let accounts = accounts::OpenAccount {
        payer,
        owner,
        house: addresses::house(),
        margin_account: addresses::margin_account(&owner, id),
        system_program: system_program::ID,
    };
    build(accounts, instruction::OpenAccount { id })
}

pub fn grow_account(payer: Pubkey, owner: Pubkey, margin_account: Pubkey, legs: u16) -> Instruction {
    let accounts = accounts::GrowAccount { payer, owner, margin_account, system_program: system_program::ID };
    build(accounts, instruction::GrowAccount { legs })
}

pub fn close_account(owner: Pubkey, rent_to: Pubkey, margin_account: Pubkey) -> Instruction {
    build(accounts::CloseAccount { owner, rent_to, margin_account }, instruction::CloseAccount {})
}

pub fn deposit(depositor: Pubkey, margin_account: Pubkey, mint: Pubkey, source: Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::Deposit {
        depositor,
        house: addresses::house(),
        margin_account,
        collateral: addresses::collateral(&mint),
        mint,
        vault: addresses::vault(&mint),
        source,
        token_program: TOKEN,
    };
    build(accounts, instruction::Deposit { amount })
}

pub fn withdraw(owner: Pubkey, margin_account: Pubkey, mint: Pubkey, destination: Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::Withdraw {
        owner,
        house: addresses::house(),
        margin_account,
        collateral: addresses::collateral(&mint),
        mint,
        vault: addresses::vault(&mint),
        destination,
        token_program: TOKEN,
    };
    build(accounts, instruction::Withdraw { amount })
}

pub fn check_margin(margin_account: Pubkey, with_static: bool) -> Instruction {
    build(accounts::CheckMargin { margin_account }, instruction::CheckMargin { with_static })
}

pub fn preview_trade(margin_account: Pubkey, args: PreviewTradeArgs) -> Instruction {
    let market = addresses::market(args.trade.market);
    build(accounts::PreviewTrade { margin_account, market }, instruction::PreviewTrade { args })
}

pub fn grant_venue(
    payer: Pubkey,
    owner: Pubkey,
    margin_account: Pubkey,
    venue: u16,
    args: GrantVenueArgs,
) -> Instruction {
    let venue = addresses::venue(venue);
    let accounts = accounts::GrantVenue {
        payer,
        owner,
        house: addresses::house(),
        margin_account,
        venue,
        grant: addresses::grant(&margin_account, &venue),
        system_program: system_program::ID,
    };
    build(accounts, instruction::GrantVenue { args })
}

pub fn revoke_grant(owner: Pubkey, rent_to: Pubkey, margin_account: Pubkey, venue: u16) -> Instruction {
    let grant = addresses::grant(&margin_account, &addresses::venue(venue));
    build(accounts::RevokeGrant { owner, rent_to, margin_account, grant }, instruction::RevokeGrant {})
}

pub fn clear_trade(authority: Pubkey, venue: u16, buyer: Pubkey, seller: Pubkey, args: ClearTradeArgs) -> Instruction {
    let venue = addresses::venue(venue);
    let accounts = accounts::ClearTrade {
        venue_authority: authority,
        house: addresses::house(),
        venue,
        buyer,
        seller,
        buyer_grant: addresses::grant(&buyer, &venue),
        seller_grant: addresses::grant(&seller, &venue),
        market: addresses::market(args.market),
        interest: addresses::interest(args.market, args.expiry_hour),
    };
    build(accounts, instruction::ClearTrade { args })
}

pub fn liquidate(owner: Pubkey, liquidator: Pubkey, account: Pubkey, args: LiquidateArgs) -> Instruction {
    let accounts = accounts::Liquidate { owner, house: addresses::house(), liquidator, account };
    build(accounts, instruction::Liquidate { args })
}
