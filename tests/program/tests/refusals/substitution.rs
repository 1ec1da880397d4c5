//! The substitution matrix: every instruction of the IDL, each of its accounts replaced by what it must not be.
//!
//! Signers are not replaced (roles have tests of their own) but left unsigned; writable accounts are passed read-only.
//! What stays out is said in [`is_free`].

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use clearing_house::state::{FallbackBinding, OracleBinding};
use clearing_house::{
    ClearTradeArgs, GrantVenueArgs, ListBookArgs, ListCollateralArgs, ListMarketArgs, PreviewTradeArgs,
    PublishSurfaceArgs, SetHaircutArgs,
};
use novate_tests::layout::{self, nanos};
use novate_tests::refusal::Expected;
use novate_tests::{Trader, World, addresses, instructions as ix, oracle, stake_pool, switchboard, tokens};
use serde_json::Value;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

const IDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../app/client/idl/clearing_house.json");

/// An instruction that goes through.
struct Sound {
    name: String,
    /// Names of its accounts in the IDL.
    accounts: Vec<String>,
    instruction: Instruction,
}

/// A world in which every instruction goes through, and who signs.
struct Stage {
    world: World,
    signers: Vec<Keypair>,
    /// A margin account.
    keeper: Pubkey,
    all: Vec<Sound>,
}

/// Accounts that the caller may choose: who gets rent.
fn is_free(account: &str) -> bool {
    account == "rent_to"
}

impl Stage {
    fn set() -> Self {
        let mut world = World::new(2);
        let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 420));
        let (keeper, empty) = (world.trader(8, 100_000), world.trader(8, 0));
        let future = ClearTradeArgs {
            market: 2,
            expiry_hour: world.expiries[0],
            strike: 0,
            kind: 2,
            lots: 60,
            price: nanos(220.0),
        };
        world.trade(&bob, &alice, future).expect("a future");
        let fallen = list_silent(&mut world);
        world.advance(61);
        world.shock(0.70);
        let pairs = instructions(&mut world, &alice, &bob, &keeper, &empty, future, fallen);
        let signers = vec![alice.owner, bob.owner, keeper.owner, empty.owner];
        let idl: Value = serde_json::from_slice(&std::fs::read(IDL).expect("the IDL")).expect("JSON");
        let listed = idl["instructions"].as_array().expect("instructions");
        assert_eq!(listed.len(), pairs.len() + 1, "every instruction but initialize_house, which has its own tests");
        let all = listed.iter().filter(|entry| entry["name"] != "initialize_house").map(|entry| {
            let name = entry["name"].as_str().expect("a name").to_string();
            let (_, instruction) = pairs.iter().find(|pair| pair.0 == name).expect("every instruction of the IDL");
            let names = entry["accounts"].as_array().expect("accounts").iter();
            let accounts = names.map(|account| account["name"].as_str().expect("a name").to_string()).collect();
            Sound { name, accounts, instruction: instruction.clone() }
        });
        let all = all.collect();
        Self { world, signers, keeper: keeper.account, all }
    }

    fn refuses(&mut self, case: &str, instruction: Instruction, expected: impl Into<Expected>) {
        let signers: Vec<&Keypair> = self.signers.iter().collect();
        self.world.refuses_case(case, instruction, &signers, expected);
    }
}

/// A market and a collateral whose feed was heard once, with a fallback after a minute; and a token priced by its pool.
fn list_silent(world: &mut World) -> [Pubkey; 2] {
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    let fallback = Some(FallbackBinding { fallback_after: 60, ..switchboard::binding(5) });
    let market = ListMarketArgs { fallback, ..World::market_args(5, 0.1) };
    world.accepts(ix::list_market(payer, listing, market), &[]);
    let fallen = world.list_more(None, |_| ListCollateralArgs { fallback, ..layout::collateral(5, 0.1, 0.2) });
    world.post(5, &oracle::update(layout::feed(5), 220.0, world.now()));
    world.accepts(ix::refresh_price(5, World::price_account(5)), &[]);
    world.accepts(ix::refresh_collateral(&fallen, World::price_account(5)), &[]);
    let pool = |mint: &Pubkey| Some(stake_pool::binding(mint));
    let pooled = world.list_more(Some(2), |mint| ListCollateralArgs {
        oracle: OracleBinding::default(),
        pool: pool(mint),
        ..layout::collateral(9, 0.1, 0.2)
    });
    world.set_pool(&pooled, 1.2);
    [fallen, pooled]
}

fn instructions(
    world: &mut World,
    alice: &Trader,
    bob: &Trader,
    keeper: &Trader,
    empty: &Trader,
    future: ClearTradeArgs,
    [fallen, pooled]: [Pubkey; 2],
) -> Vec<(&'static str, Instruction)> {
    let (payer, usdc, sol, hour, now) = (world.payer(), world.usdc, world.sol, world.expiries[0], world.now());
    let keys = &world.keys;
    let (listing, oracle_role, risk) = (keys.listing.pubkey(), keys.oracle.pubkey(), keys.risk.pubkey());
    let (publisher, guardian) = (keys.publisher.pubkey(), keys.guardian.pubkey());
    let (owner, mint) = (alice.owner.pubkey(), Pubkey::new_unique());
    let wallet = alice.wallet(&usdc);
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
    world.set_account(wallet, ix::TOKEN, tokens::account(usdc, owner, 10));
    for feed in [2, 3] {
        world.post(feed, &oracle::update(layout::feed(feed), 154.0, now));
    }
    world.answer(5, &[220.0; 3]);
    let tenor = i64::from(hour) * 3_600 - now;
    let surface = PublishSurfaceArgs { surface: layout::flat_surface(0.8, tenor), time: now, deadline: now };
    let haircut = SetHaircutArgs { mm: nanos(0.1), im: nanos(0.2), ramp_seconds: 3_600 };
    let collateral = ListCollateralArgs { cap: 1, ..layout::collateral(9, 0.1, 0.2) };
    let book = ListBookArgs { expiry_hour: layout::hour(3 * 86_400), strikes: vec![nanos(220.0)] };
    let grant = GrantVenueArgs { expires_at: now + 60, max_lots: 1 };
    world.accepts(ix::register_venue(payer, listing, 1, payer), &[]);
    let price = World::price_account;
    let small = ClearTradeArgs { lots: 1, price: nanos(154.0), ..future };
    vec![
        ("set_gates", ix::set_gates(guardian, 1)),
        ("set_publishers", ix::set_publishers(oracle_role, vec![payer], 1)),
        ("set_haircut", ix::set_haircut(risk, &sol, haircut)),
        ("list_collateral", ix::list_collateral(payer, listing, mint, Some(2), collateral)),
        ("list_market", ix::list_market(payer, listing, World::market_args(9, 1.0))),
        ("list_book", ix::list_book(payer, listing, 2, book)),
        ("add_strikes", ix::add_strikes(payer, listing, 2, hour, vec![nanos(1.0)])),
        ("register_venue", ix::register_venue(payer, listing, 2, payer)),
        ("retire_venue", ix::retire_venue(guardian, 1)),
        ("refresh_price", ix::refresh_price(2, price(2))),
        ("refresh_collateral", ix::refresh_collateral(&sol, price(3))),
        ("refresh_price_fallback", ix::refresh_price_fallback(5, switchboard::address(5))),
        ("refresh_collateral_fallback", ix::refresh_collateral_fallback(&fallen, switchboard::address(5))),
        ("refresh_staked_collateral", ix::refresh_staked_collateral(&pooled, 2, stake_pool::address(&pooled))),
        ("publish_surface", ix::publish_surface(publisher, 2, hour, surface)),
        ("refresh_risk", ix::refresh_risk(2, hour)),
        ("sample_volatility", ix::sample_volatility(2)),
        ("open_account", ix::open_account(payer, owner, 1)),
        ("grow_account", ix::grow_account(payer, owner, alice.account, 9)),
        ("close_account", ix::close_account(empty.owner.pubkey(), payer, empty.account)),
        ("deposit", ix::deposit(owner, alice.account, usdc, wallet, 1)),
        ("withdraw", world.withdrawal(alice, usdc, 1)),
        ("check_margin", {
            let accounts = world.risk_accounts(&[alice.account], &[]);
            ix::with_remaining(ix::check_margin(alice.account, true), &accounts)
        }),
        ("preview_trade", {
            let preview = ix::preview_trade(alice.account, PreviewTradeArgs { trade: small, buys: false });
            ix::with_remaining(preview, &world.risk_accounts(&[alice.account], &[(2, small.expiry_hour)]))
        }),
        ("grant_venue", ix::grant_venue(payer, owner, alice.account, 1, grant)),
        ("revoke_grant", ix::revoke_grant(owner, payer, alice.account, 0)),
        ("clear_trade", world.trade_instruction(keeper, alice, small)),
        ("liquidate", world.liquidation(keeper, bob.account, 1.0, None)),
    ]
}

#[test]
fn every_sound_instruction_goes_through() {
    let mut stage = Stage::set();
    let before = stage.world.svm.clone();
    for sound in &stage.all {
        let signers: Vec<&Keypair> = stage.signers.iter().collect();
        let done = stage.world.signed(std::slice::from_ref(&sound.instruction), &signers);
        done.unwrap_or_else(|failure| panic!("{}: {failure:#?}", sound.name));
        stage.world.svm = before.clone();
    }
}

#[test]
fn no_account_can_be_replaced() {
    let mut stage = Stage::set();
    stage.world.answer(6, &[220.0; 3]);
    let staked = stage.world.staked;
    stage.world.set_pool(&staked, 1.2);
    let impostors = impostors(&stage.world, stage.keeper);
    for sound in std::mem::take(&mut stage.all) {
        for (place, account) in sound.accounts.iter().enumerate() {
            let meta = &sound.instruction.accounts[place];
            if meta.is_signer || is_free(account) {
                continue;
            }
            let data = stage.world.data(&meta.pubkey);
            let mut others = impostors.clone();
            others.push(("nothing", Pubkey::new_unique()));
            if !data.is_empty() {
                let twin = Pubkey::new_unique();
                stage.world.set_account(twin, Pubkey::new_unique(), data);
                others.push(("a foreign twin", twin));
            }
            for (what, other) in others.into_iter().filter(|(_, other)| *other != meta.pubkey) {
                // the same type can be another sound choice; those cases are in the tests of the instruction
                let is_same_type = stage.world.data(&other).get(..8) == stage.world.data(&meta.pubkey).get(..8);
                let is_bound = account == "feed" || account == "stake_pool";
                if is_same_type && !is_bound && what != "a foreign twin" && !stage.world.data(&other).is_empty() {
                    continue;
                }
                let mut spoilt = sound.instruction.clone();
                spoilt.accounts[place].pubkey = other;
                stage.refuses(&format!("{}: {what} for {account}", sound.name), spoilt, Expected::AnyTyped);
            }
        }
    }
}

/// An account of every type of the program and of SPL Token, a wallet, a program and a sysvar.
fn impostors(world: &World, account: Pubkey) -> Vec<(&'static str, Pubkey)> {
    let hour = world.expiries[0];
    vec![
        ("the house", addresses::house()),
        ("a collateral", addresses::collateral(&world.staked)),
        ("a vault", addresses::vault(&world.staked)),
        ("a market", addresses::market(0)),
        ("a book", addresses::book(0, hour)),
        ("a board", addresses::board(0, hour)),
        ("open interest", addresses::interest(0, hour)),
        ("a venue", addresses::venue(0)),
        ("a margin account", account),
        ("a grant", addresses::grant(&account, &addresses::venue(0))),
        ("a mint", world.staked),
        ("a price update", World::price_account(0)),
        ("another feed", switchboard::address(6)),
        ("another pool", stake_pool::address(&world.staked)),
        ("a wallet", world.keys.venue.pubkey()),
        ("the clock", anchor_lang::prelude::pubkey!("SysvarC1ock11111111111111111111111111111111")),
        ("the token program", ix::TOKEN),
        ("the system program", anchor_lang::system_program::ID),
    ]
}

#[test]
fn no_account_can_stand_for_another_of_the_same_instruction() {
    let mut stage = Stage::set();
    for sound in std::mem::take(&mut stage.all) {
        for (place, account) in sound.accounts.iter().enumerate() {
            if sound.instruction.accounts[place].is_signer || is_free(account) {
                continue;
            }
            for (other, name) in sound.accounts.iter().enumerate().filter(|(other, _)| *other != place) {
                let mut spoilt = sound.instruction.clone();
                spoilt.accounts[place].pubkey = sound.instruction.accounts[other].pubkey;
                if spoilt.accounts[place].pubkey == sound.instruction.accounts[place].pubkey {
                    continue;
                }
                stage.refuses(&format!("{}: {name} for {account}", sound.name), spoilt, Expected::AnyTyped);
            }
        }
    }
}

#[test]
fn every_signer_signs_and_every_written_account_is_writable() {
    let mut stage = Stage::set();
    for sound in std::mem::take(&mut stage.all) {
        for (place, account) in sound.accounts.iter().enumerate() {
            let meta = &sound.instruction.accounts[place];
            // the payer signs and is written in any case
            if meta.pubkey == stage.world.payer() {
                continue;
            }
            let case = format!("{}: {account}", sound.name);
            let mut spoilt = sound.instruction.clone();
            if meta.is_signer {
                spoilt.accounts[place].is_signer = false;
                stage.refuses(&case, spoilt, ErrorCode::AccountNotSigner);
            } else if meta.is_writable {
                spoilt.accounts[place].is_writable = false;
                // what creates or resizes fails in the system program's call
                let creates = stage.world.data(&meta.pubkey).is_empty() || sound.name == "add_strikes";
                let error =
                    if creates { Expected::Runtime("Privilege") } else { Expected::from(ErrorCode::ConstraintMut) };
                stage.refuses(&case, spoilt, error);
            }
        }
    }
}

#[test]
fn no_account_can_be_left_off() {
    let mut stage = Stage::set();
    for sound in std::mem::take(&mut stage.all) {
        let mut spoilt = sound.instruction.clone();
        spoilt.accounts.truncate(sound.accounts.len() - 1);
        stage.refuses(&sound.name, spoilt, ErrorCode::AccountNotEnoughKeys);
        let mut shortened = sound.instruction.clone();
        shortened.data.truncate(7);
        stage.refuses(&sound.name, shortened, ErrorCode::InstructionFallbackNotFound);
    }
}
