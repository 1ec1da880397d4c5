//! Novate: a portfolio-margin clearing house.
//!
//! Venues match trades; this program becomes the counterparty of both sides, holds their collateral, margins each
//! account on the net risk of everything in it and lets anyone close an account that can no longer pay.
//!
//! # Threat model
//!
//! - **Every account passed in is chosen by an attacker.** Accounts of this program are bound by address or by owner and
//!   discriminator, and there is one house. What a margin check reads comes as remaining accounts: none can be left out,
//!   doubled or foreign (`loaders::risk_accounts`).
//! - **Traders** try to leave with more than they have: nothing is traded or withdrawn unless the account meets initial
//!   margin on the full scenario grid afterwards, on fresh prices and fresh arrays that this program computed itself.
//! - **Venues** see only accounts that granted to them, and only while the grant lasts.
//! - **Liquidators** pick the moment, the fraction and the witness. A witness can only understate margin, so that it
//!   proves a breach or proves nothing; it also bounds how far the account may be lifted.
//! - **Oracles** are bound to a feed, checked for age, confidence, sign, exponent and verification, and cannot go back in
//!   time. Collateral counts at the lower of price and average. Nobody can choose between a feed and its fallback: the
//!   second is refused while the first speaks. A silent feed cannot shield the holders of what it prices: after a time
//!   it counts less and less.
//! - **Volatility publishers are trusted as a majority**, within limits on level and speed: fewer than half of those that
//!   published lately neither move a surface nor hold it up.
//! - **Samplers of volatility** choose when, not what: the range rises at once, falls slowly and never below its floor,
//!   and prices stored between samples count by their extremes.
//! - **Governance** cannot change a haircut at once, cannot liquidate and cannot move funds. Upgrading the program can
//!   do anything: the upgrade authority belongs behind a multisig with a delay.
//!
//! docs/ARCHITECTURE.md describes the accounts, docs/METHODOLOGY.md the margin, docs/PERMISSIONS.md the roles.

// Anchor's account macros expand to unsafe implementations of Pod
#![allow(unsafe_code)]

use anchor_lang::prelude::*;

pub mod error;
pub mod events;
pub mod instructions;
pub mod loaders;
pub mod seeds;
pub mod state;

// Anchor looks for what its account macros generate at the crate's root, where its program macro puts the handlers too
#[allow(ambiguous_glob_reexports)]
pub use instructions::account::{
    check_margin::*, close_account::*, deposit::*, grow_account::*, open_account::*, withdraw::*,
};
#[allow(ambiguous_glob_reexports)]
pub use instructions::governance::{initialize_house::*, set_gates::*, set_haircut::*, set_publishers::*};
#[allow(ambiguous_glob_reexports)]
pub use instructions::liquidation::liquidate::*;
#[allow(ambiguous_glob_reexports)]
pub use instructions::listing::{
    add_strikes::*, list_book::*, list_collateral::*, list_market::*, register_venue::*, retire_venue::*,
};
#[allow(ambiguous_glob_reexports)]
pub use instructions::pricing::{
    publish_surface::*, refresh_collateral::*, refresh_collateral_fallback::*, refresh_price::*,
    refresh_price_fallback::*, refresh_risk::*, refresh_staked_collateral::*, sample_volatility::*,
};
#[allow(ambiguous_glob_reexports)]
pub use instructions::trade::{clear_trade::*, grant_venue::*, preview_trade::*, revoke_grant::*};

declare_id!("Nv8Dwbfh5i4F7KVF9npLJT4cuVaEAMAKZ1Etp6Y12yL");

/// The instructions.
#[program]
pub mod clearing_house {
    use super::*;

    /// Creates the house.
    pub fn initialize_house(ctx: Context<InitializeHouse>, args: InitializeHouseArgs) -> Result<()> {
        instructions::governance::initialize_house::initialize_house(ctx, args)
    }

    /// Closes or opens gates.
    pub fn set_gates(ctx: Context<SetGates>, closed_gates: u64) -> Result<()> {
        instructions::governance::set_gates::set_gates(ctx, closed_gates)
    }

    /// Starts a linear ramp of a collateral's haircuts.
    pub fn set_haircut(ctx: Context<SetHaircut>, args: SetHaircutArgs) -> Result<()> {
        instructions::governance::set_haircut::set_haircut(ctx, args)
    }

    /// Replaces the list of volatility publishers and how many of them have to agree.
    pub fn set_publishers(ctx: Context<SetPublishers>, publishers: Vec<Pubkey>, quorum: u16) -> Result<()> {
        instructions::governance::set_publishers::set_publishers(ctx, publishers, quorum)
    }

    /// Lists a token as collateral.
    pub fn list_collateral(ctx: Context<ListCollateral>, args: ListCollateralArgs) -> Result<()> {
        instructions::listing::list_collateral::list_collateral(ctx, args)
    }

    /// Lists an underlying with its perpetual.
    pub fn list_market(ctx: Context<ListMarket>, args: ListMarketArgs) -> Result<()> {
        instructions::listing::list_market::list_market(ctx, args)
    }

    /// Lists an expiry with its strikes.
    pub fn list_book(ctx: Context<ListBook>, args: ListBookArgs) -> Result<()> {
        instructions::listing::list_book::list_book(ctx, args)
    }

    /// Lists more strikes of an expiry.
    pub fn add_strikes(ctx: Context<AddStrikes>, strikes: Vec<i64>) -> Result<()> {
        instructions::listing::add_strikes::add_strikes(ctx, strikes)
    }

    /// Registers a venue.
    pub fn register_venue(ctx: Context<RegisterVenue>, id: u16, authority: Pubkey) -> Result<()> {
        instructions::listing::register_venue::register_venue(ctx, id, authority)
    }

    /// Retires a venue for good.
    pub fn retire_venue(ctx: Context<RetireVenue>) -> Result<()> {
        instructions::listing::retire_venue::retire_venue(ctx)
    }

    /// Brings a market's price up to date.
    pub fn refresh_price(ctx: Context<RefreshPrice>) -> Result<()> {
        instructions::pricing::refresh_price::refresh_price(ctx)
    }

    /// Brings a collateral's price up to date.
    pub fn refresh_collateral(ctx: Context<RefreshCollateral>) -> Result<()> {
        instructions::pricing::refresh_collateral::refresh_collateral(ctx)
    }

    /// Brings a market's price up to date from its second feed while the first is silent.
    pub fn refresh_price_fallback(ctx: Context<RefreshPriceFallback>) -> Result<()> {
        instructions::pricing::refresh_price_fallback::refresh_price_fallback(ctx)
    }

    /// Brings a collateral's price up to date from its second feed while the first is silent.
    pub fn refresh_collateral_fallback(ctx: Context<RefreshCollateralFallback>) -> Result<()> {
        instructions::pricing::refresh_collateral_fallback::refresh_collateral_fallback(ctx)
    }

    /// Brings a staked token's price up to date: its market's price × its pool's rate.
    pub fn refresh_staked_collateral(ctx: Context<RefreshStakedCollateral>) -> Result<()> {
        instructions::pricing::refresh_staked_collateral::refresh_staked_collateral(ctx)
    }

    /// Takes a volatility surface from a publisher.
    pub fn publish_surface(ctx: Context<PublishSurface>, args: PublishSurfaceArgs) -> Result<()> {
        instructions::pricing::publish_surface::publish_surface(ctx, args)
    }

    /// Computes the risk arrays of a book.
    pub fn refresh_risk(ctx: Context<RefreshRisk>) -> Result<()> {
        instructions::pricing::refresh_risk::refresh_risk(ctx)
    }

    /// Lets a market's price-shock range follow the volatility of its price.
    pub fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
        instructions::pricing::sample_volatility::sample_volatility(ctx)
    }

    /// Opens a margin account.
    pub fn open_account(ctx: Context<OpenAccount>, id: u16) -> Result<()> {
        instructions::account::open_account::open_account(ctx, id)
    }

    /// Makes room for more legs.
    pub fn grow_account(ctx: Context<GrowAccount>, legs: u16) -> Result<()> {
        instructions::account::grow_account::grow_account(ctx, legs)
    }

    /// Closes an empty margin account.
    pub fn close_account(ctx: Context<CloseAccount>) -> Result<()> {
        instructions::account::close_account::close_account(ctx)
    }

    /// Brings money in.
    pub fn deposit(ctx: Context<Deposit>, amount: u64) -> Result<()> {
        instructions::account::deposit::deposit(ctx, amount)
    }

    /// Lets money out.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
        instructions::account::withdraw::withdraw(ctx, amount)
    }

    /// Says what an account is worth and what it needs.
    pub fn check_margin<'info>(ctx: Context<'info, CheckMargin<'info>>, with_static: bool) -> Result<MarginReport> {
        instructions::account::check_margin::check_margin(ctx, with_static)
    }

    /// Lets a venue submit trades for a margin account.
    pub fn grant_venue(ctx: Context<GrantVenue>, args: GrantVenueArgs) -> Result<()> {
        instructions::trade::grant_venue::grant_venue(ctx, args)
    }

    /// Takes a grant back.
    pub fn revoke_grant(ctx: Context<RevokeGrant>) -> Result<()> {
        instructions::trade::revoke_grant::revoke_grant(ctx)
    }

    /// Says what a trade would leave an account with.
    pub fn preview_trade<'info>(
        ctx: Context<'info, PreviewTrade<'info>>,
        args: PreviewTradeArgs,
    ) -> Result<MarginReport> {
        instructions::trade::preview_trade::preview_trade(ctx, args)
    }

    /// Becomes the counterparty of both sides of a trade.
    pub fn clear_trade<'info>(ctx: Context<'info, ClearTrade<'info>>, args: ClearTradeArgs) -> Result<()> {
        instructions::trade::clear_trade::clear_trade(ctx, args)
    }

    /// Takes over a share of an account that is below maintenance margin.
    pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, args: LiquidateArgs) -> Result<()> {
        instructions::liquidation::liquidate::liquidate(ctx, args)
    }
}
