//! A ledger with the built program, a house, three collaterals and three markets.

use anchor_lang::prelude::Pubkey;
use anchor_lang::{AccountDeserialize, AnchorDeserialize};
use clearing_house::state::margin_account::AccountRef;
use clearing_house::state::{Collateral, Roles};
use clearing_house::{
    InitializeHouseArgs, ListBookArgs, ListCollateralArgs, ListMarketArgs, MarginReport, PublishSurfaceArgs,
};
use litesvm::LiteSVM;
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_account::Account;
use solana_address_lookup_table_interface::state::{AddressLookupTable, LookupTableMeta};
use solana_clock::Clock;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, Message, VersionedMessage, v0};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::layout::{self, FAR, NEAR, START, UNDERLYINGS};
use crate::{addresses, instructions as ix, oracle, stake_pool, switchboard, tokens};

/// Where `make program` writes the program.
pub const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/clearing_house.so");

/// A refused transaction.
#[derive(Debug)]
pub struct Failure {
    /// The program's (or Anchor's) error number, if it was an error of a program.
    pub code: Option<u32>,
    /// What was logged.
    pub logs: Vec<String>,
    /// The runtime's words.
    pub error: String,
}

/// Keys of the roles.
pub struct Keys {
    /// Pays for everything and is the upgrade authority.
    pub payer: Keypair,
    /// Governance.
    pub authority: Keypair,
    /// Risk role.
    pub risk: Keypair,
    /// Listing role.
    pub listing: Keypair,
    /// Oracle role.
    pub oracle: Keypair,
    /// Guardian.
    pub guardian: Keypair,
    /// The one allow-listed publisher.
    pub publisher: Keypair,
    /// Signs for venue 0.
    pub venue: Keypair,
}

/// The ledger and what is in it.
pub struct World {
    /// The ledger.
    pub svm: LiteSVM,
    /// Keys of the roles.
    pub keys: Keys,
    /// Quote token, 6 decimals.
    pub usdc: Pubkey,
    /// SOL as a token, 9 decimals; its holdings enter market 2.
    pub sol: Pubkey,
    /// A staked SOL token, 9 decimals; its holdings enter market 2.
    pub staked: Pubkey,
    /// Mints that a test listed after these, in order.
    pub more: Vec<Pubkey>,
    /// Prices by market, then of SOL and staked SOL as collateral.
    pub prices: [f64; 5],
    /// Volatility by market.
    pub vols: [f64; 3],
    /// Expiry hours of the books of every market.
    pub expiries: Vec<u32>,
    /// How many keys were made.
    made: u32,
}

/// The key with this number: the same in every run, because searching for an address takes compute units by the key.
fn numbered_key(number: u32) -> Keypair {
    let mut secret = [0x4e; 32];
    secret[..4].copy_from_slice(&number.to_le_bytes());
    Keypair::new_from_array(secret)
}

/// Number in [`World::prices`] and feed number of SOL as collateral.
pub const SOL_FEED: u16 = 3;
/// Number in [`World::prices`] and feed number of staked SOL.
pub const STAKED_FEED: u16 = 4;

impl World {
    /// The program alone, at [`START`].
    pub fn empty() -> Self {
        let mut svm = LiteSVM::new();
        let program = std::fs::read(PROGRAM).expect("the program is built: run `make program`");
        svm.add_program(clearing_house::ID, &program).expect("the program loads");
        let keys = Keys {
            payer: numbered_key(0),
            authority: numbered_key(1),
            risk: numbered_key(2),
            listing: numbered_key(3),
            oracle: numbered_key(4),
            guardian: numbered_key(5),
            publisher: numbered_key(6),
            venue: numbered_key(7),
        };
        svm.airdrop(&keys.payer.pubkey(), 1_000_000_000_000).expect("an airdrop");
        let [usdc, sol, staked] = [8, 9, 10].map(|number| numbered_key(number).pubkey());
        let [btc, eth, spot] = UNDERLYINGS.map(|underlying| underlying.price);
        let mut world = Self {
            svm,
            keys,
            usdc,
            sol,
            staked,
            more: Vec::new(),
            prices: [btc, eth, spot, spot, spot * 1.2],
            vols: UNDERLYINGS.map(|underlying| underlying.vol),
            expiries: vec![layout::hour(NEAR), layout::hour(FAR)],
            made: 11,
        };
        world.set_time(START);
        world.set_upgrade_authority(world.keys.payer.pubkey());
        let authority = world.keys.payer.pubkey();
        for (mint, decimals) in [(usdc, 6), (sol, 9), (staked, 9)] {
            world.set_account(mint, ix::TOKEN, tokens::mint(authority, decimals));
        }
        world
    }

    /// A house with collaterals, markets and venue 0, `strikes` strikes in each of the [`World::expiries`]; prices set
    /// and arrays computed.
    pub fn new(strikes: usize) -> Self {
        Self::with_expiries(strikes, &[NEAR, FAR])
    }

    /// As [`World::new`], with other expiries, in seconds from the start.
    pub fn with_expiries(strikes: usize, expiries: &[i64]) -> Self {
        let mut world = Self::empty();
        world.expiries = expiries.iter().map(|seconds| layout::hour(*seconds)).collect();
        world.initialise();
        world.list_markets(strikes);
        world.list_collaterals();
        let register = ix::register_venue(world.payer(), world.keys.listing.pubkey(), 0, world.keys.venue.pubkey());
        world.must(&[register], &["listing"]);
        world.publish_all();
        world.refresh_all();
        world
    }

    /// A key that no one has yet in this world.
    pub fn key(&mut self) -> Keypair {
        self.made += 1;
        numbered_key(self.made)
    }

    /// The payer's key.
    pub fn payer(&self) -> Pubkey {
        self.keys.payer.pubkey()
    }

    /// The arguments with which [`World::new`] creates the house.
    pub fn house_args(&self) -> InitializeHouseArgs {
        InitializeHouseArgs {
            roles: Roles {
                authority: self.keys.authority.pubkey(),
                risk: self.keys.risk.pubkey(),
                listing: self.keys.listing.pubkey(),
                oracle: self.keys.oracle.pubkey(),
                guardian: self.keys.guardian.pubkey(),
            },
            notice_seconds: 3_600,
            liquidation: layout::liquidation_terms(),
            publishers: vec![self.keys.publisher.pubkey()],
            publisher_quorum: 1,
        }
    }

    fn initialise(&mut self) {
        let initialise = ix::initialize_house(self.payer(), self.payer(), self.usdc, self.house_args());
        self.must(&[initialise], &[]);
    }

    /// Arguments with which a market is listed.
    pub fn market_args(id: u16, lot: f64) -> ListMarketArgs {
        ListMarketArgs {
            id,
            lot_size: layout::nanos(lot),
            oracle: layout::oracle(id),
            fallback: Some(switchboard::binding(id)),
            limits: layout::limits(),
            params: layout::params(),
            forecast: layout::forecast(),
            grid: None,
        }
    }

    fn list_markets(&mut self, strikes: usize) {
        let listing = self.keys.listing.pubkey();
        for underlying in UNDERLYINGS {
            let args = Self::market_args(underlying.id, underlying.lot);
            self.must(&[ix::list_market(self.payer(), listing, args)], &["listing"]);
            let strikes = layout::strikes(underlying.price, strikes);
            let (first, more) = strikes.split_at(strikes.len().min(16));
            for expiry_hour in self.expiries.clone() {
                let args = ListBookArgs { expiry_hour, strikes: first.to_vec() };
                self.must(&[ix::list_book(self.payer(), listing, underlying.id, args)], &["listing"]);
                if !more.is_empty() {
                    let add = ix::add_strikes(self.payer(), listing, underlying.id, expiry_hour, more.to_vec());
                    self.must(&[add], &["listing"]);
                }
            }
        }
    }

    fn list_collaterals(&mut self) {
        let (payer, listing) = (self.payer(), self.keys.listing.pubkey());
        let quote = layout::quote_token();
        self.must(&[ix::list_collateral(payer, listing, self.usdc, None, quote)], &["listing"]);
        for (mint, feed) in [(self.sol, SOL_FEED), (self.staked, STAKED_FEED)] {
            let args = layout::collateral(feed, 0.03, 0.05);
            self.must(&[ix::list_collateral(payer, listing, mint, Some(2), args)], &["listing"]);
        }
    }

    /// Lists a token of 9 decimals as one more collateral.
    pub fn list_more(&mut self, market: Option<u16>, args: impl FnOnce(&Pubkey) -> ListCollateralArgs) -> Pubkey {
        let (payer, listing, mint) = (self.payer(), self.keys.listing.pubkey(), self.key().pubkey());
        self.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
        let list = ix::list_collateral(payer, listing, mint, market, args(&mint));
        self.must(&[list], &["listing"]);
        self.more.push(mint);
        mint
    }

    /// Writes the pool that issues `mint`, updated in this epoch, at `rate` SOL a token.
    pub fn set_pool(&mut self, mint: &Pubkey, rate: f64) {
        let pool = stake_pool::pool(mint, rate, self.svm.get_sysvar::<Clock>().epoch);
        self.set_account(stake_pool::address(mint), stake_pool::program(), stake_pool::encode(&pool));
    }

    /// Writes an account, rent exempt.
    pub fn set_account(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let lamports = self.svm.minimum_balance_for_rent_exemption(data.len());
        let account = Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX };
        self.svm.set_account(address, account).expect("a sound account");
    }

    /// An account's data; empty if there is none.
    pub fn data(&self, address: &Pubkey) -> Vec<u8> {
        self.svm.get_account(address).map(|account| account.data).unwrap_or_default()
    }

    /// A zero-copy account's fixed part.
    pub fn read<T: bytemuck::Pod>(&self, address: &Pubkey) -> T {
        bytemuck::pod_read_unaligned(&self.data(address)[8..8 + size_of::<T>()])
    }

    /// A borsh account.
    pub fn read_borsh<T: AccountDeserialize>(&self, address: &Pubkey) -> T {
        T::try_deserialize(&mut self.data(address).as_slice()).expect("an account of this type")
    }

    /// Says who may upgrade the program.
    pub fn set_upgrade_authority(&mut self, authority: Pubkey) {
        let address = addresses::program_data();
        let mut account = self.svm.get_account(&address).expect("the program's data account");
        // UpgradeableLoaderState::ProgramData: variant, slot, then the authority behind its option byte
        account.data[12] = 1;
        account.data[13..45].copy_from_slice(authority.as_ref());
        self.svm.set_account(address, account).expect("a sound account");
    }

    /// The chain's time.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// The chain's slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Sets the chain's epoch.
    pub fn set_epoch(&mut self, epoch: u64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.epoch = epoch;
        self.svm.set_sysvar(&clock);
    }

    /// Sets the chain's time and moves on by as many slots of 200 ms.
    pub fn set_time(&mut self, unix_timestamp: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.slot = 1_000 + u64::try_from((unix_timestamp - START).max(0)).expect("not negative") * 5;
        clock.unix_timestamp = unix_timestamp;
        self.svm.set_sysvar(&clock);
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: i64) {
        self.set_time(self.now() + seconds);
    }

    /// Address of the price update of a feed.
    pub fn price_account(feed: u16) -> Pubkey {
        let mut address = [200; 32];
        address[..2].copy_from_slice(&feed.to_le_bytes());
        Pubkey::new_from_array(address)
    }

    /// Writes a price update for a feed.
    pub fn post(&mut self, feed: u16, update: &pyth_solana_receiver_sdk::price_update::PriceUpdateV2) {
        self.set_account(Self::price_account(feed), oracle::RECEIVER, oracle::encode(update));
    }

    /// Publishes flat surfaces for all books.
    pub fn publish_all(&mut self) {
        let now = self.now();
        for market in 0..3_u16 {
            for expiry_hour in self.expiries.clone() {
                let tenor = i64::from(expiry_hour) * 3_600 - now;
                let surface = layout::flat_surface(self.vols[usize::from(market)], tenor);
                let args = PublishSurfaceArgs { surface, time: now, deadline: now + 60 };
                let publish = ix::publish_surface(self.keys.publisher.pubkey(), market, expiry_hour, args);
                self.must(&[publish], &["publisher"]);
            }
        }
    }

    /// Posts [`World::prices`] and refreshes every market, collateral and book.
    pub fn refresh_all(&mut self) {
        let now = self.now();
        for feed in 0..5_u16 {
            let update = oracle::update(layout::feed(feed), self.prices[usize::from(feed)], now);
            self.post(feed, &update);
        }
        let mut refresh: Vec<Instruction> =
            (0..3).map(|market| ix::refresh_price(market, Self::price_account(market))).collect();
        refresh.push(ix::refresh_collateral(&self.sol, Self::price_account(SOL_FEED)));
        refresh.push(ix::refresh_collateral(&self.staked, Self::price_account(STAKED_FEED)));
        self.must(&refresh, &[]);
        for market in 0..3 {
            for expiry_hour in self.expiries.clone() {
                self.must(&[ix::refresh_risk(market, expiry_hour)], &[]);
            }
        }
    }

    /// Moves all prices by a factor and refreshes.
    pub fn shock(&mut self, factor: f64) {
        for price in &mut self.prices {
            *price *= factor;
        }
        self.refresh_all();
    }

    fn role(&self, name: &str) -> Keypair {
        let key = match name {
            "authority" => &self.keys.authority,
            "risk" => &self.keys.risk,
            "listing" => &self.keys.listing,
            "oracle" => &self.keys.oracle,
            "guardian" => &self.keys.guardian,
            "publisher" => &self.keys.publisher,
            "venue" => &self.keys.venue,
            other => panic!("no role is called {other}"),
        };
        key.insecure_clone()
    }

    /// Sends instructions signed by the payer and by roles, which must succeed.
    pub fn must(&mut self, instructions: &[Instruction], roles: &[&str]) -> TransactionMetadata {
        let keys: Vec<Keypair> = roles.iter().map(|role| self.role(role)).collect();
        let signers: Vec<&Keypair> = keys.iter().collect();
        self.send(instructions, &signers).unwrap_or_else(|failure| panic!("{failure:#?}"))
    }

    /// As [`World::must`], where it may fail.
    pub fn attempt(&mut self, instructions: &[Instruction], roles: &[&str]) -> Result<TransactionMetadata, Failure> {
        let keys: Vec<Keypair> = roles.iter().map(|role| self.role(role)).collect();
        let signers: Vec<&Keypair> = keys.iter().collect();
        self.send(instructions, &signers)
    }

    /// Sends instructions in a legacy transaction with the largest compute budget, signed by the payer and others.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<TransactionMetadata, Failure> {
        let transaction = self.sign(self.legacy(instructions), signers);
        let result = self.svm.send_transaction(transaction).map_err(failure);
        self.svm.expire_blockhash();
        result
    }

    /// What sending instructions as [`World::send`] does would do; nothing changes.
    pub fn simulate(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<TransactionMetadata, Failure> {
        let transaction = self.sign(self.legacy(instructions), signers);
        self.svm.simulate_transaction(transaction).map(|simulated| simulated.meta).map_err(failure)
    }

    /// Sends instructions in a v0 transaction whose accounts, but for signers and programs, come from a lookup table.
    /// Returns the transaction's length in bytes as well.
    pub fn send_v0(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<(TransactionMetadata, usize), Failure> {
        let table = self.lookup_table(instructions);
        let instructions = with_budget(instructions);
        let message = v0::Message::try_compile(&self.payer(), &instructions, &[table], self.svm.latest_blockhash());
        let message = VersionedMessage::V0(message.expect("a message that compiles"));
        let transaction = self.sign(message, signers);
        let length = 1 + 64 * transaction.signatures.len() + transaction.message.serialize().len();
        let result = self.svm.send_transaction(transaction).map_err(failure);
        self.svm.expire_blockhash();
        result.map(|metadata| (metadata, length))
    }

    /// Writes a lookup table with every account of the instructions that does not sign.
    fn lookup_table(&mut self, instructions: &[Instruction]) -> AddressLookupTableAccount {
        let mut addresses: Vec<Pubkey> = Vec::new();
        for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
            if !meta.is_signer && !addresses.contains(&meta.pubkey) {
                addresses.push(meta.pubkey);
            }
        }
        let key = self.key().pubkey();
        let meta = LookupTableMeta { last_extended_slot: 0, ..LookupTableMeta::default() };
        let state = AddressLookupTable { meta, addresses: addresses.as_slice().into() };
        let owner = solana_address_lookup_table_interface::program::ID;
        self.set_account(key, owner, state.serialize_for_tests().expect("a table that fits"));
        AddressLookupTableAccount { key, addresses }
    }

    fn legacy(&self, instructions: &[Instruction]) -> VersionedMessage {
        let blockhash = self.svm.latest_blockhash();
        let instructions = with_budget(instructions);
        VersionedMessage::Legacy(Message::new_with_blockhash(&instructions, Some(&self.payer()), &blockhash))
    }

    fn sign(&self, message: VersionedMessage, signers: &[&Keypair]) -> VersionedTransaction {
        let mut keys = vec![&self.keys.payer];
        keys.extend(signers.iter().filter(|key| key.pubkey() != self.payer()));
        VersionedTransaction::try_new(message, &keys).expect("every signer is there")
    }

    /// Remaining accounts of a margin check of these margin accounts, and of instruments that they do not hold yet.
    pub fn risk_accounts(&self, accounts: &[Pubkey], more: &[(u16, u32)]) -> Vec<AccountMeta> {
        let mut holdings = Vec::new();
        let mut books: Vec<(u16, u32)> = more.to_vec();
        for address in accounts {
            let data = self.data(address);
            let account = AccountRef::load(&data).expect("a margin account");
            holdings.extend(account.header.holdings.iter().filter(|slot| slot.amount > 0).map(|slot| slot.index));
            books.extend(account.legs.iter().map(|leg| (leg.key.market(), leg.key.expiry_hour())));
        }
        holdings.sort_unstable();
        holdings.dedup();
        let mints = [&[self.usdc, self.sol, self.staked], self.more.as_slice()].concat();
        let collaterals: Vec<Pubkey> =
            holdings.iter().map(|index| addresses::collateral(&mints[usize::from(*index)])).collect();
        books.extend(
            collaterals
                .iter()
                .filter_map(|address| self.read::<Collateral>(address).market().map(|market| (market, 0))),
        );
        books.sort_unstable();
        books.dedup();
        let mut markets: Vec<u16> = books.iter().map(|(market, _)| *market).collect();
        markets.dedup();
        let markets = markets.into_iter().map(addresses::market);
        let books = books.iter().filter(|(_, hour)| *hour > 0).map(|(market, hour)| addresses::book(*market, *hour));
        collaterals
            .into_iter()
            .chain(markets)
            .chain(books)
            .map(|address| AccountMeta::new_readonly(address, false))
            .collect()
    }

    /// What `check_margin` says.
    pub fn margin(&mut self, account: Pubkey) -> MarginReport {
        let check = ix::check_margin(account, true);
        let check = ix::with_remaining(check, &self.risk_accounts(&[account], &[]));
        let transaction = self.sign(self.legacy(&[check]), &[]);
        let result = self.svm.simulate_transaction(transaction).map_err(failure);
        let metadata = result.unwrap_or_else(|failure| panic!("{failure:#?}")).meta;
        MarginReport::deserialize(&mut metadata.return_data.data.as_slice()).expect("a report")
    }
}

fn with_budget(instructions: &[Instruction]) -> Vec<Instruction> {
    let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(1_400_000)];
    all.extend_from_slice(instructions);
    all
}

fn failure(failed: FailedTransactionMetadata) -> Failure {
    let error = format!("{:?}", failed.err);
    let code = error.split("Custom(").nth(1).and_then(|rest| rest.split(')').next()).and_then(|n| n.parse().ok());
    Failure { code, logs: failed.meta.logs, error }
}
