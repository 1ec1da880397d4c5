//! Margin accounts: opening, growing, closing, and money in and out.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use clearing_house::ClearTradeArgs;
use clearing_house::ListCollateralArgs;
use clearing_house::error::ClearingError as E;
use novate_tests::layout::{self, nanos};
use novate_tests::{Trader, World, addresses, instructions as ix, oracle, tokens};
use solana_keypair::Keypair;
use solana_signer::Signer;

const ONE_USDC: u64 = 1_000_000;
/// SPL Token's errors.
const INSUFFICIENT_FUNDS: u32 = 1;
const OWNER_MISMATCH: u32 = 4;
const FROZEN: u32 = 17;

fn wallet_with(world: &mut World, trader: &Trader, mint: Pubkey, atoms: u64) -> Pubkey {
    let wallet = trader.wallet(&mint);
    world.set_account(wallet, ix::TOKEN, tokens::account(mint, trader.owner.pubkey(), atoms));
    wallet
}

fn perpetual(market: u16, lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market, expiry_hour: 0, strike: 0, kind: 3, lots, price: nanos(price) }
}

#[test]
fn an_account_is_opened_once_and_only_by_its_owner() {
    let mut world = World::new(2);
    let alice = world.trader(8, 0);
    let (payer, stranger) = (world.payer(), Keypair::new());
    world.refuses(ix::open_account(payer, alice.owner.pubkey(), 0), &[&alice.owner], 0);
    // at an address of another owner, and at one of another number
    let mut misplaced = ix::open_account(payer, stranger.pubkey(), 1);
    misplaced.accounts[3].pubkey = addresses::margin_account(&alice.owner.pubkey(), 1);
    world.refuses(misplaced.clone(), &[&stranger], ErrorCode::ConstraintSeeds);
    misplaced.accounts[3].pubkey = addresses::margin_account(&stranger.pubkey(), 2);
    world.refuses(misplaced, &[&stranger], ErrorCode::ConstraintSeeds);
}

#[test]
fn an_account_only_grows_up_to_128_legs() {
    let mut world = World::new(2);
    let alice = world.trader(16, 0);
    let (payer, owner, stranger) = (world.payer(), alice.owner.pubkey(), Keypair::new());
    for legs in [0, 1, 8, 16, 129, u16::MAX] {
        world.refuses(ix::grow_account(payer, owner, alice.account, legs), &[&alice.owner], E::BadLegCapacity);
    }
    let foreign = ix::grow_account(payer, stranger.pubkey(), alice.account, 32);
    world.refuses(foreign, &[&stranger], E::NotAccountOwner);
    world.accepts(ix::grow_account(payer, owner, alice.account, 128), &[&alice.owner]);
    world.refuses(ix::grow_account(payer, owner, alice.account, 128), &[&alice.owner], E::BadLegCapacity);
}

#[test]
fn only_an_empty_account_closes_and_only_for_its_owner() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 0), world.trader(8, 1_000));
    let (stranger, usdc, sol, payer) = (Keypair::new(), world.usdc, world.sol, world.payer());
    let close = ix::close_account(alice.owner.pubkey(), payer, alice.account);
    world.refuses(ix::close_account(stranger.pubkey(), payer, alice.account), &[&stranger], E::NotAccountOwner);

    world.deposit(&alice, usdc, 1).expect("an atom of cash");
    world.refuses(close.clone(), &[&alice.owner], E::AccountNotEmpty);
    world.withdraw(&alice, usdc, 1).expect("and out");
    world.deposit(&alice, sol, 1).expect("an atom of collateral");
    world.refuses(close.clone(), &[&alice.owner], E::AccountNotEmpty);
    world.withdraw(&alice, sol, 1).expect("and out");
    world.deposit(&alice, usdc, 1_000 * ONE_USDC).expect("cash");
    world.trade(&alice, &bob, perpetual(2, 1, 220.0)).expect("a position");
    world.refuses(close.clone(), &[&alice.owner], E::AccountNotEmpty);
    world.trade(&bob, &alice, perpetual(2, 1, 220.0)).expect("closed again");
    world.withdraw(&alice, usdc, 1_000 * ONE_USDC).expect("everything");
    world.accepts(close, &[&alice.owner]);
    assert!(world.data(&alice.account).is_empty());
}

#[test]
fn a_deposit_moves_what_the_depositor_has_and_the_cap_allows() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 0), world.trader(8, 0));
    let (usdc, sol, owner) = (world.usdc, world.sol, alice.owner.pubkey());
    let wallet = wallet_with(&mut world, &alice, usdc, 5);
    let theirs = wallet_with(&mut world, &bob, usdc, 5);
    let shut = alice.wallet(&sol);
    let mut frozen = tokens::account(sol, owner, 5);
    frozen[108] = 2;
    world.set_account(shut, ix::TOKEN, frozen);
    let deposit = |mint, source, amount| ix::deposit(owner, alice.account, mint, source, amount);
    world.refuses(deposit(usdc, wallet, 0), &[&alice.owner], E::ZeroAmount);
    world.refuses(deposit(usdc, wallet, 6), &[&alice.owner], INSUFFICIENT_FUNDS);
    world.refuses(deposit(usdc, wallet, u64::MAX), &[&alice.owner], INSUFFICIENT_FUNDS);
    world.refuses(deposit(usdc, theirs, 1), &[&alice.owner], OWNER_MISMATCH);
    world.refuses(deposit(sol, shut, 1), &[&alice.owner], FROZEN);
    // the vault cannot feed itself
    let vault = addresses::vault(&usdc);
    world.refuses(deposit(usdc, vault, 1), &[&alice.owner], ErrorCode::ConstraintDuplicateMutableAccount);
    // a wallet of another mint
    let staked = world.staked;
    let other = wallet_with(&mut world, &alice, staked, 5);
    world.refuses(deposit(usdc, other, 1), &[&alice.owner], 3);

    let rare = listed_collateral(&mut world, 20, 4);
    let wallet = wallet_with(&mut world, &alice, rare, 5);
    world.refuses(deposit(rare, wallet, 5), &[&alice.owner], E::DepositCapExceeded);
    world.accepts(deposit(rare, wallet, 4), &[&alice.owner]);
    world.refuses(deposit(rare, wallet, 1), &[&alice.owner], E::DepositCapExceeded);
}

#[test]
fn nobody_puts_unwanted_or_unpriced_collateral_into_an_account() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 0), world.trader(8, 0));
    let (sol, usdc) = (world.sol, world.usdc);
    let gift = |world: &mut World, mint| {
        let wallet = wallet_with(world, &alice, mint, 5);
        ix::deposit(alice.owner.pubkey(), bob.account, mint, wallet, 1)
    };
    let unwanted = gift(&mut world, sol);
    world.refuses(unwanted, &[&alice.owner], E::NotAccountOwner);
    let welcome = gift(&mut world, usdc);
    world.accepts(welcome, &[&alice.owner]);
    // its price has stopped: it would block every margin check of the account
    world.advance(61);
    let wallet = wallet_with(&mut world, &bob, sol, 5);
    let unpriced = ix::deposit(bob.owner.pubkey(), bob.account, sol, wallet, 1);
    world.refuses(unpriced, &[&bob.owner], E::StalePrice);
}

#[test]
fn amounts_at_the_edge_of_their_type_are_refused_not_wrapped() {
    let mut world = World::new(2);
    let alice = world.trader(8, 0);
    let (usdc, sol, owner) = (world.usdc, world.sol, alice.owner.pubkey());
    let most = i64::MAX as u64;
    let wallet = wallet_with(&mut world, &alice, usdc, most + 1);
    world.refuses(ix::deposit(owner, alice.account, usdc, wallet, most + 1), &[&alice.owner], E::Overflow);
    world.accepts(ix::deposit(owner, alice.account, usdc, wallet, most), &[&alice.owner]);
    world.refuses(ix::deposit(owner, alice.account, usdc, wallet, 1), &[&alice.owner], E::Overflow);
    let out = ix::withdraw(owner, alice.account, usdc, wallet, u64::MAX);
    world.refuses(out, &[&alice.owner], E::VaultShort);
    // all the tokens there can be, as a holding: too much to value, yet it can leave
    let wallet = wallet_with(&mut world, &alice, sol, u64::MAX);
    world.accepts(ix::deposit(owner, alice.account, sol, wallet, u64::MAX), &[&alice.owner]);
    let check = ix::with_remaining(ix::check_margin(alice.account, true), &world.risk_accounts(&[alice.account], &[]));
    world.refuses(check, &[], E::Overflow);
    world.accepts(ix::withdraw(owner, alice.account, sol, wallet, u64::MAX), &[&alice.owner]);
}

fn listed_collateral(world: &mut World, feed: u16, cap: u64) -> Pubkey {
    let (payer, listing, mint) = (world.payer(), world.keys.listing.pubkey(), Pubkey::new_unique());
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 6));
    let args = ListCollateralArgs { cap, ..layout::collateral(feed, 0.0, 0.0) };
    world.accepts(ix::list_collateral(payer, listing, mint, None, args), &[]);
    let update = oracle::update(layout::feed(feed), 1.0, world.now());
    world.post(feed, &update);
    world.accepts(ix::refresh_collateral(&mint, World::price_account(feed)), &[]);
    mint
}

#[test]
fn an_account_holds_eight_kinds_of_collateral() {
    let mut world = World::new(2);
    let alice = world.trader(8, 10);
    let mints: Vec<Pubkey> = (0..9).map(|number| listed_collateral(&mut world, 20 + number, u64::MAX)).collect();
    for mint in &mints[..8] {
        world.deposit(&alice, *mint, 5).expect("a slot is free");
    }
    let wallet = wallet_with(&mut world, &alice, mints[8], 5);
    let ninth = ix::deposit(alice.owner.pubkey(), alice.account, mints[8], wallet, 1);
    world.refuses(ninth.clone(), &[&alice.owner], E::TooManyHoldings);
    world.deposit(&alice, mints[7], 5).expect("more of the same");
    let (wallet, owner) = (alice.wallet(&mints[3]), alice.owner.pubkey());
    world.accepts(ix::withdraw(owner, alice.account, mints[3], wallet, 5), &[&alice.owner]);
    world.accepts(ninth, &[&alice.owner]);
}

#[test]
fn a_withdrawal_takes_no_more_than_there_is() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100), world.trader(8, 1_000));
    let (usdc, sol, owner, stranger) = (world.usdc, world.sol, alice.owner.pubkey(), Keypair::new());
    world.deposit(&alice, sol, 1_000).expect("SOL");
    world.deposit(&bob, sol, 1_000).expect("SOL");
    let withdrawal = |world: &mut World, mint, atoms| world.withdrawal(&alice, mint, atoms);
    for (mint, atoms, error) in [
        (usdc, 0, E::ZeroAmount),
        (sol, 0, E::ZeroAmount),
        (sol, 1_001, E::InsufficientCollateral),
        (sol, 2_001, E::VaultShort),
        (sol, u64::MAX, E::VaultShort),
        (usdc, 1_100 * ONE_USDC + 1, E::VaultShort),
        (usdc, 101 * ONE_USDC, E::BelowInitialMargin),
    ] {
        let instruction = withdrawal(&mut world, mint, atoms);
        world.refuses_case(&format!("{atoms}"), instruction, &[&alice.owner], error);
    }
    let wallet = alice.wallet(&usdc);
    let foreign = ix::withdraw(stranger.pubkey(), alice.account, usdc, wallet, 1);
    world.refuses(foreign, &[&stranger], E::NotAccountOwner);
    let staked = world.staked;
    let never_held = world.withdrawal(&bob, staked, 1);
    world.refuses(never_held, &[&bob.owner], E::VaultShort);
    // into the vault: the tokens would be nobody's
    let mut circle = ix::withdraw(owner, alice.account, usdc, wallet, 1);
    circle.accounts[6].pubkey = addresses::vault(&usdc);
    world.refuses(circle, &[&alice.owner], ErrorCode::ConstraintDuplicateMutableAccount);
}

#[test]
fn positions_keep_their_initial_margin_in_the_account() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 10_000), world.trader(8, 10_000));
    let usdc = world.usdc;
    world.trade(&alice, &bob, perpetual(2, 1_000, 220.0)).expect("100 SOL");
    let report = world.margin(alice.account);
    let free = u64::try_from(report.equity_withdraw - report.im).expect("above initial margin");
    let over = world.withdrawal(&alice, usdc, free + 1);
    world.refuses(over, &[&alice.owner], E::BelowInitialMargin);
    world.withdraw(&alice, usdc, free).expect("to the last unit");

    // unrealised profit does not leave
    world.advance(10);
    world.shock(1.05);
    let winner = world.margin(alice.account);
    assert!(winner.equity_mm > winner.equity_withdraw, "{winner:?}");
    let profit = world.withdrawal(&alice, usdc, 100 * ONE_USDC);
    world.refuses(profit, &[&alice.owner], E::BelowInitialMargin);
}
