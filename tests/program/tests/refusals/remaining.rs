//! The remaining accounts of a margin check: none can be left out, doubled, out of order, of another type or foreign.

use anchor_lang::prelude::Pubkey;
use clearing_house::ClearTradeArgs;
use clearing_house::error::ClearingError as E;
use novate_tests::layout::nanos;
use novate_tests::{World, addresses, instructions as ix};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;

struct Check {
    name: &'static str,
    instruction: Instruction,
    signers: Vec<Keypair>,
}

/// Accounts with SOL and staked SOL as collateral and positions in two markets, one of them breached; and every
/// instruction that checks a margin, such that it goes through.
fn checks() -> (World, Vec<Check>) {
    let mut world = World::new(3);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 150));
    let keeper = world.trader(8, 100_000);
    let (sol, staked, hour) = (world.sol, world.staked, world.expiries[0]);
    for (mint, atoms) in [(sol, 1_000_000_000), (staked, 2_000_000_000)] {
        world.deposit(&alice, mint, atoms).expect("collateral");
        world.deposit(&bob, mint, atoms).expect("collateral");
    }
    let future = ClearTradeArgs { market: 2, expiry_hour: hour, strike: 0, kind: 2, lots: 60, price: nanos(220.0) };
    let perpetual = ClearTradeArgs { market: 1, expiry_hour: 0, kind: 3, lots: 1, price: nanos(4_300.0), ..future };
    world.trade(&bob, &alice, future).expect("a future");
    world.trade(&bob, &alice, perpetual).expect("a perpetual");
    let option = ClearTradeArgs { kind: 0, lots: 1, price: 0, ..future };
    world.trade(&alice, &keeper, option).expect("an option");
    world.advance(20);
    world.shock(0.60);
    let withdraw = world.withdrawal(&alice, world.usdc, 1);
    let check = ix::with_remaining(ix::check_margin(bob.account, true), &world.risk_accounts(&[bob.account], &[]));
    let all = vec![
        Check { name: "withdraw", instruction: withdraw, signers: vec![alice.owner.insecure_clone()] },
        Check { name: "check_margin", instruction: check, signers: vec![] },
        Check { name: "clear_trade", instruction: world.trade_instruction(&alice, &keeper, option), signers: vec![] },
        Check {
            name: "liquidate",
            instruction: world.liquidation(&keeper, bob.account, 1.0, None),
            signers: vec![keeper.owner],
        },
    ];
    (world, all)
}

/// Where the remaining accounts start: behind the last account that is neither collateral, market nor book of the check.
fn first_remaining(world: &World, instruction: &Instruction) -> usize {
    let collaterals = [world.usdc, world.sol, world.staked].map(|mint| addresses::collateral(&mint));
    let from = instruction.accounts.iter().rposition(|meta| meta.is_writable || meta.pubkey == ix::TOKEN);
    let from = from.map_or(0, |last| last + 1).max(1);
    assert!(collaterals.contains(&instruction.accounts[from].pubkey));
    from
}

#[test]
fn every_remaining_account_has_its_place() {
    let (mut world, all) = checks();
    for Check { name, instruction, signers } in all {
        let signers: Vec<&Keypair> = signers.iter().collect();
        let before = world.svm.clone();
        world.accepts(instruction.clone(), &signers);
        world.svm = before;
        let first = first_remaining(&world, &instruction);
        for place in first..instruction.accounts.len() {
            let meta = instruction.accounts[place].clone();
            let case = |what: &str| format!("{name}, {what}: {place} of {}", instruction.accounts.len());
            let missing = if [world.sol, world.staked].iter().any(|mint| addresses::collateral(mint) == meta.pubkey) {
                E::MissingCollateral
            } else if addresses::book(2, world.expiries[0]) == meta.pubkey {
                E::MissingBook
            } else {
                E::MissingMarket
            };

            let mut spoilt = instruction.clone();
            spoilt.accounts.remove(place);
            world.refuses_case(&case("missing"), spoilt, &signers, missing);

            let mut spoilt = instruction.clone();
            spoilt.accounts.insert(place, meta.clone());
            world.refuses_case(&case("twice"), spoilt, &signers, E::DuplicateAccount);

            let mut spoilt = instruction.clone();
            spoilt.accounts.remove(place);
            spoilt.accounts.insert(first, meta.clone());
            if place > first && !matches!(missing, E::MissingBook) {
                world.refuses_case(&case("out of order"), spoilt, &signers, E::AccountOrder);
            }

            let mut spoilt = instruction.clone();
            let twin = Pubkey::new_unique();
            let data = world.data(&meta.pubkey);
            world.set_account(twin, Pubkey::new_unique(), data);
            spoilt.accounts[place].pubkey = twin;
            world.refuses_case(&case("foreign twin"), spoilt, &signers, E::ForeignAccount);

            let mut spoilt = instruction.clone();
            spoilt.accounts[place].pubkey = Pubkey::new_unique();
            world.refuses_case(&case("nothing there"), spoilt, &signers, E::ForeignAccount);

            let mut spoilt = instruction.clone();
            spoilt.accounts[place].pubkey = addresses::venue(0);
            world.refuses_case(&case("a venue"), spoilt, &signers, E::UnexpectedAccount);
        }
    }
}

#[test]
fn a_book_comes_after_its_market() {
    let (mut world, all) = checks();
    let trade = all.into_iter().find(|check| check.name == "clear_trade").expect("there is one").instruction;
    let first = first_remaining(&world, &trade);
    let book = AccountMeta::new_readonly(addresses::book(2, world.expiries[0]), false);
    let mut spoilt = trade;
    spoilt.accounts.retain(|meta| meta.pubkey != book.pubkey);
    spoilt.accounts.insert(first, book);
    world.refuses(spoilt, &[], E::MissingMarket);
}
