//! The house in the bank: collateral in three tokens, a market in SOL with its perpetual and one expiry of 16 strikes,
//! a venue. The books are audited after every transaction.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_option::COption;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_lang::solana_program::system_instruction;
use anchor_spl::token::spl_token::state::Mint;
use anchor_spl::token::spl_token::{instruction as token, native_mint};
use clearing_house::state::Roles;
use clearing_house::{InitializeHouseArgs, ListBookArgs, PublishSurfaceArgs};
use novate_tests::layout::{self, NEAR, UNDERLYINGS};
use novate_tests::world::{SOL_FEED, STAKED_FEED};
use novate_tests::{Failure, World, instructions as ix, oracle};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::audit::Books;
use crate::{Bank, Receipt};

/// The market in SOL.
pub const MARKET: u16 = UNDERLYINGS[2].id;
/// Strikes of its expiry.
pub const STRIKES: usize = 16;
/// Staked SOL in SOL.
pub const STAKED_RATE: f64 = 1.2;
/// Atoms of a USDC.
pub const USDC: u64 = 1_000_000;
/// Atoms of a SOL or staked SOL.
pub const SOL: u64 = 1_000_000_000;

/// Keys of the roles.
pub struct Keys {
    /// Changes haircuts.
    pub risk: Keypair,
    /// Lists.
    pub listing: Keypair,
    /// Publishes surfaces.
    pub publisher: Keypair,
    /// Signs for venue 0.
    pub venue: Keypair,
    /// Issues USDC and staked SOL.
    pub issuer: Keypair,
}

/// The house in its bank.
pub struct Stage {
    /// The bank.
    pub bank: Bank,
    /// Keys of the roles.
    pub keys: Keys,
    /// Quote token, 6 decimals.
    pub usdc: Pubkey,
    /// Wrapped SOL: the native mint, so that its tokens are lamports.
    pub sol: Pubkey,
    /// A staked SOL token, 9 decimals.
    pub staked: Pubkey,
    /// Price of SOL that the next refresh posts.
    pub price: f64,
    /// Volatility that the next refresh publishes for all strikes.
    pub vol: f64,
    /// Expiry hour of the book.
    pub expiry_hour: u32,
    /// What the audit counts.
    pub(crate) books: Books,
}

impl Stage {
    /// A bank with the tokens, before there is a house.
    pub async fn empty() -> Self {
        let keys = Keys {
            risk: Keypair::new(),
            listing: Keypair::new(),
            publisher: Keypair::new(),
            venue: Keypair::new(),
            issuer: Keypair::new(),
        };
        let underlying = UNDERLYINGS[usize::from(MARKET)];
        let mut stage = Self {
            bank: Bank::start().await,
            keys,
            usdc: Pubkey::default(),
            sol: native_mint::ID,
            staked: Pubkey::default(),
            price: underlying.price,
            vol: underlying.vol,
            expiry_hour: layout::hour(NEAR),
            books: Books { mints: Vec::new(), accounts: Vec::new(), wallets: Vec::new(), expiries: Vec::new() },
        };
        stage.write_native_mint().await;
        stage.usdc = stage.issue(6).await;
        stage.staked = stage.issue(9).await;
        stage
    }

    /// A house with everything listed, prices set and arrays computed.
    pub async fn new() -> Self {
        let mut stage = Self::empty().await;
        stage.initialise().await;
        stage.list().await;
        stage.refresh().await;
        stage
    }

    /// The native mint as it is on every cluster: nobody mints, lamports are wrapped.
    async fn write_native_mint(&mut self) {
        let mint = Mint { supply: 0, decimals: 9, is_initialized: true, ..Mint::default() };
        assert_eq!(mint.mint_authority, COption::None);
        let mut data = vec![0; Mint::LEN];
        Mint::pack(mint, &mut data).expect("the length is right");
        self.bank.set_account(native_mint::ID, ix::TOKEN, data).await;
    }

    /// Creates a token.
    async fn issue(&mut self, decimals: u8) -> Pubkey {
        let mint = Keypair::new();
        let (payer, key, length) = (self.bank.payer(), mint.pubkey(), Mint::LEN);
        let rent = self.bank.rent(length).await;
        let create = system_instruction::create_account(&payer, &key, rent, length as u64, &ix::TOKEN);
        let initialise = token::initialize_mint2(&ix::TOKEN, &key, &self.keys.issuer.pubkey(), None, decimals);
        self.must(&[create, initialise.expect("a token instruction")], &[&mint]).await;
        key
    }

    /// The transaction that creates the house, signed as upgrade authority by `authority`.
    pub fn initialisation(&self, authority: Pubkey) -> Instruction {
        let key = Pubkey::new_unique();
        let roles = Roles {
            authority: key,
            risk: self.keys.risk.pubkey(),
            listing: self.keys.listing.pubkey(),
            oracle: key,
            guardian: key,
        };
        let args = InitializeHouseArgs {
            roles,
            notice_seconds: 3_600,
            liquidation: layout::liquidation_terms(),
            publishers: vec![self.keys.publisher.pubkey()],
            publisher_quorum: 1,
        };
        ix::initialize_house(self.bank.payer(), authority, self.usdc, args)
    }

    /// Creates the house.
    pub async fn initialise(&mut self) {
        let deployer = self.bank.deployer().insecure_clone();
        let initialise = self.initialisation(deployer.pubkey());
        self.must(&[initialise], &[&deployer]).await;
    }

    /// Lists USDC, the market in SOL with its book, SOL and staked SOL, and registers the venue.
    pub async fn list(&mut self) {
        let (payer, listing) = (self.bank.payer(), self.keys.listing.insecure_clone());
        let role = listing.pubkey();
        let quote = layout::quote_token();
        self.must(&[ix::list_collateral(payer, role, self.usdc, None, quote)], &[&listing]).await;
        self.books.mints.push(self.usdc);

        let underlying = UNDERLYINGS[usize::from(MARKET)];
        let market = World::market_args(MARKET, underlying.lot);
        self.must(&[ix::list_market(payer, role, market)], &[&listing]).await;
        self.books.expiries.push((MARKET, 0));
        let args = ListBookArgs { expiry_hour: self.expiry_hour, strikes: layout::strikes(underlying.price, STRIKES) };
        self.must(&[ix::list_book(payer, role, MARKET, args)], &[&listing]).await;
        self.books.expiries.push((MARKET, self.expiry_hour));

        for (mint, feed) in [(self.sol, SOL_FEED), (self.staked, STAKED_FEED)] {
            let args = layout::collateral(feed, 0.03, 0.05);
            self.must(&[ix::list_collateral(payer, role, mint, Some(MARKET), args)], &[&listing]).await;
            self.books.mints.push(mint);
        }
        let venue = ix::register_venue(payer, role, 0, self.keys.venue.pubkey());
        self.must(&[venue], &[&listing]).await;
    }

    /// Posts the price, publishes the surface and refreshes market, collaterals and book.
    pub async fn refresh(&mut self) {
        let now = self.bank.now().await;
        let prices = [(MARKET, self.price), (SOL_FEED, self.price), (STAKED_FEED, self.price * STAKED_RATE)];
        for (feed, price) in prices {
            let update = oracle::encode(&oracle::update(layout::feed(feed), price, now));
            self.bank.set_account(World::price_account(feed), oracle::RECEIVER, update).await;
        }
        let refresh = [
            ix::refresh_price(MARKET, World::price_account(MARKET)),
            ix::refresh_collateral(&self.sol, World::price_account(SOL_FEED)),
            ix::refresh_collateral(&self.staked, World::price_account(STAKED_FEED)),
        ];
        self.must(&refresh, &[]).await;

        let publisher = self.keys.publisher.insecure_clone();
        let surface = layout::flat_surface(self.vol, i64::from(self.expiry_hour) * 3_600 - now);
        let args = PublishSurfaceArgs { surface, time: now, deadline: now + 60 };
        let publish = ix::publish_surface(publisher.pubkey(), MARKET, self.expiry_hour, args);
        self.must(&[publish, ix::refresh_risk(MARKET, self.expiry_hour)], &[&publisher]).await;
    }

    /// Lets time pass and refreshes everything at another price and volatility.
    pub async fn move_on(&mut self, seconds: i64, price: f64, vol: f64) {
        self.bank.advance(seconds).await;
        (self.price, self.vol) = (price, vol);
        self.refresh().await;
    }

    /// Sends instructions signed by the payer and others, and audits the books whether they went through or not.
    pub async fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Failure> {
        let result = self.bank.send(instructions, signers).await;
        self.books.audit(&self.bank).await;
        result
    }

    /// As [`Stage::send`], which must go through.
    pub async fn must(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Receipt {
        self.send(instructions, signers).await.unwrap_or_else(|failure| panic!("{failure:#?}"))
    }

    /// As [`Bank::refuse`], with an audit.
    pub async fn refuse(&mut self, instructions: &[Instruction], signers: &[&Keypair], expected: impl Into<u32>) {
        self.bank.refuse(instructions, signers, expected).await;
        self.books.audit(&self.bank).await;
    }
}
