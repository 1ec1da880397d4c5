//! The house: who may create it, its gates, its publishers, and haircuts that never move at once.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use clearing_house::error::ClearingError as E;
use clearing_house::state::{Collateral, Gate, House};
use clearing_house::{ClearTradeArgs, GrantVenueArgs, InitializeHouseArgs, SetHaircutArgs};
use novate_tests::layout::nanos;
use novate_tests::{World, addresses, instructions as ix, tokens};
use solana_keypair::Keypair;
use solana_signer::Signer;

const EVERY_GATE: u64 = 0b11_1111;

fn perpetual(lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots, price: nanos(price) }
}

#[test]
fn only_the_upgrade_authority_creates_the_house() {
    let mut world = World::empty();
    let (stranger, payer, args) = (Keypair::new(), world.payer(), world.house_args());
    let by_stranger = ix::initialize_house(payer, stranger.pubkey(), world.usdc, args.clone());
    world.refuses(by_stranger, &[&stranger], E::NotUpgradeAuthority);

    world.set_upgrade_authority(stranger.pubkey());
    let by_payer = ix::initialize_house(payer, payer, world.usdc, args.clone());
    world.refuses(by_payer, &[], E::NotUpgradeAuthority);

    // a data account of the stranger's own making does not belong to the loader
    let mut forged = ix::initialize_house(payer, payer, world.usdc, args);
    let fake = Pubkey::new_unique();
    let mut data = world.data(&addresses::program_data());
    data[13..45].copy_from_slice(payer.as_ref());
    world.set_account(fake, stranger.pubkey(), data);
    forged.accounts[3].pubkey = fake;
    world.refuses(forged, &[], ErrorCode::AccountOwnedByWrongProgram);
}

#[test]
fn the_house_is_created_once() {
    let mut world = World::new(2);
    let again = ix::initialize_house(world.payer(), world.payer(), world.usdc, world.house_args());
    world.refuses(again, &[], 0); // the system program: account in use
}

#[test]
fn bad_terms_create_no_house() {
    type Spoil = fn(&mut InitializeHouseArgs);
    let cases: [(&str, Spoil, E); 20] = [
        ("no authority", |args| args.roles.authority = Pubkey::default(), E::BadRoles),
        ("no risk role", |args| args.roles.risk = Pubkey::default(), E::BadRoles),
        ("no listing role", |args| args.roles.listing = Pubkey::default(), E::BadRoles),
        ("no oracle role", |args| args.roles.oracle = Pubkey::default(), E::BadRoles),
        ("no guardian", |args| args.roles.guardian = Pubkey::default(), E::BadRoles),
        ("short notice", |args| args.notice_seconds = 3_599, E::BadNotice),
        ("negative notice", |args| args.notice_seconds = i64::MIN, E::BadNotice),
        ("endless notice", |args| args.notice_seconds = i64::MAX, E::BadNotice),
        ("no publisher", |args| args.publishers.clear(), E::BadPublishers),
        ("nine publishers", |args| args.publishers = vec![Pubkey::new_unique(); 9], E::BadPublishers),
        ("a publisher twice", |args| args.publishers = vec![args.publishers[0]; 2], E::BadPublishers),
        ("a default publisher", |args| args.publishers = vec![Pubkey::default()], E::BadPublishers),
        ("no quorum", |args| args.publisher_quorum = 0, E::BadQuorum),
        ("a quorum of more than all", |args| args.publisher_quorum = 2, E::BadQuorum),
        ("negative incentive", |args| args.liquidation.incentive_start = -1, E::BadLiquidationTerms),
        ("falling incentive", |args| args.liquidation.incentive_max = 0, E::BadLiquidationTerms),
        ("huge incentive", |args| args.liquidation.incentive_max = i64::MAX, E::BadLiquidationTerms),
        ("no ramp", |args| args.liquidation.ramp_seconds = 0, E::BadLiquidationTerms),
        ("huge buffer", |args| args.liquidation.buffer = i64::MAX, E::BadLiquidationTerms),
        ("negative dust", |args| args.liquidation.dust = i64::MIN, E::BadLiquidationTerms),
    ];
    let mut world = World::empty();
    let payer = world.payer();
    for (case, spoil, error) in cases {
        let mut args = world.house_args();
        spoil(&mut args);
        world.refuses_case(case, ix::initialize_house(payer, payer, world.usdc, args), &[], error);
    }
    // cash is counted in millionths
    let nine_decimals = ix::initialize_house(payer, payer, world.sol, world.house_args());
    world.refuses(nine_decimals, &[], E::BadDecimals);
}

#[test]
fn every_governed_instruction_belongs_to_its_role() {
    let mut world = World::new(2);
    let (sol, payer) = (world.sol, world.payer());
    let keys = &world.keys;
    let all = [&keys.authority, &keys.risk, &keys.listing, &keys.oracle, &keys.guardian, &keys.publisher, &keys.venue];
    let all = all.map(|key| key.pubkey());
    let [authority, risk, listing, oracle, guardian, ..] = all;
    let haircut = SetHaircutArgs { mm: nanos(0.1), im: nanos(0.2), ramp_seconds: 3_600 };
    for key in all {
        if key != authority && key != guardian {
            world.refuses(ix::set_gates(key, 1), &[], E::WrongRole);
        }
        if key != oracle {
            world.refuses(ix::set_publishers(key, vec![key], 1), &[], E::WrongRole);
        }
        if key != risk {
            world.refuses(ix::set_haircut(key, &sol, haircut), &[], E::WrongRole);
        }
        if key != listing {
            world.refuses(ix::list_market(payer, key, World::market_args(9, 1.0)), &[], E::WrongRole);
            world.refuses(ix::register_venue(payer, key, 9, key), &[], E::WrongRole);
        }
        if key != listing && key != guardian {
            world.refuses(ix::retire_venue(key, 0), &[], E::WrongRole);
        }
    }
}

#[test]
fn the_guardian_closes_gates_and_only_the_authority_opens_them() {
    let mut world = World::new(2);
    let (guardian, authority) = (world.keys.guardian.pubkey(), world.keys.authority.pubkey());
    world.refuses(ix::set_gates(authority, EVERY_GATE + 1), &[], E::UnknownGate);
    world.refuses(ix::set_gates(authority, u64::MAX), &[], E::UnknownGate);
    world.accepts(ix::set_gates(guardian, 0b11), &[]);
    for opening in [0, 0b01, 0b10, 0b101] {
        world.refuses(ix::set_gates(guardian, opening), &[], E::GuardianOpensGate);
    }
    world.accepts(ix::set_gates(guardian, EVERY_GATE), &[]);
    world.accepts(ix::set_gates(authority, 0), &[]);
    assert_eq!(world.read::<House>(&addresses::house()).closed_gates, 0);
}

#[test]
fn each_gate_shuts_its_own_door_and_no_other() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    let (payer, usdc, hour) = (world.payer(), world.usdc, world.expiries[0]);
    let newcomer = Keypair::new();
    world.set_account(alice.wallet(&usdc), ix::TOKEN, tokens::account(usdc, alice.owner.pubkey(), 10));
    world.accepts(ix::revoke_grant(bob.owner.pubkey(), payer, bob.account, 0), &[&bob.owner]);
    let grant = GrantVenueArgs { expires_at: world.now() + 60, max_lots: 1 };
    world.advance(10);
    let tenor = i64::from(hour) * 3_600 - world.now();
    let surface = novate_tests::layout::flat_surface(0.80, tenor);
    let surface = clearing_house::PublishSurfaceArgs { surface, time: world.now(), deadline: world.now() };
    let doors = [
        (Gate::OpenAccount, ix::open_account(payer, newcomer.pubkey(), 0)),
        (Gate::Deposit, ix::deposit(alice.owner.pubkey(), alice.account, usdc, alice.wallet(&usdc), 1)),
        (Gate::Withdraw, ix::withdraw(alice.owner.pubkey(), alice.account, usdc, alice.wallet(&usdc), 1)),
        (Gate::GrantVenue, ix::grant_venue(payer, bob.owner.pubkey(), bob.account, 0, grant)),
        (Gate::PublishSurface, ix::publish_surface(world.keys.publisher.pubkey(), 2, hour, surface)),
    ];
    let authority = world.keys.authority.pubkey();
    let keys = [&newcomer, &alice.owner, &bob.owner];
    for (gate, door) in &doors {
        world.accepts(ix::set_gates(authority, *gate as u64), &[]);
        world.refuses_case(&format!("{gate:?}"), door.clone(), &keys, E::GateClosed);
    }
    for (gate, door) in doors {
        world.accepts(ix::set_gates(authority, EVERY_GATE & !(gate as u64)), &[]);
        world.accepts(door, &keys);
    }
}

#[test]
fn with_every_gate_shut_one_can_still_reduce_and_top_up() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    world.trade(&alice, &bob, perpetual(100, 220.0)).expect("open");
    world.accepts(ix::set_gates(world.keys.guardian.pubkey(), EVERY_GATE), &[]);

    let more = world.trade_instruction(&alice, &bob, perpetual(1, 220.0));
    world.refuses(more, &[], E::GateClosed);
    let through_zero = world.trade_instruction(&bob, &alice, perpetual(101, 220.0));
    world.refuses(through_zero, &[], E::GateClosed);
    world.trade(&bob, &alice, perpetual(40, 220.0)).expect("both shrink");
    world.deposit(&alice, world.usdc, 1_000_000).expect("a top-up of what has positions");
    world.accepts(ix::revoke_grant(alice.owner.pubkey(), world.payer(), alice.account, 0), &[&alice.owner]);
    world.advance(1);
    world.refresh_all();
}

#[test]
fn publishers_are_one_to_eight_different_keys() {
    let mut world = World::new(2);
    let (oracle, key) = (world.keys.oracle.pubkey(), Pubkey::new_unique());
    for bad in [vec![], vec![key, key], vec![Pubkey::default()], (0..9).map(|_| Pubkey::new_unique()).collect()] {
        world.refuses(ix::set_publishers(oracle, bad, 1), &[], E::BadPublishers);
    }
    let eight: Vec<Pubkey> = (0..8).map(|_| Pubkey::new_unique()).collect();
    for quorum in [0, 9, u16::MAX] {
        world.refuses(ix::set_publishers(oracle, eight.clone(), quorum), &[], E::BadQuorum);
    }
    world.refuses(ix::set_publishers(oracle, vec![key], 2), &[], E::BadQuorum);
    world.accepts(ix::set_publishers(oracle, eight.clone(), 8), &[]);
    let house = world.read::<House>(&addresses::house());
    assert_eq!((house.publisher_count, house.publisher_quorum, house.publishers.to_vec()), (8, 8, eight));
}

#[test]
fn a_haircut_cannot_be_senseless_or_sudden() {
    let mut world = World::new(2);
    let (risk, sol, usdc) = (world.keys.risk.pubkey(), world.sol, world.usdc);
    let args = |mm, im, ramp_seconds| SetHaircutArgs { mm, im, ramp_seconds };
    let cases = [
        ("a second short", args(nanos(0.1), nanos(0.2), 3_599), E::RampTooShort),
        ("at once", args(nanos(0.1), nanos(0.2), 0), E::RampTooShort),
        ("backwards", args(nanos(0.1), nanos(0.2), i64::MIN), E::RampTooShort),
        ("never", args(nanos(0.1), nanos(0.2), i64::MAX), E::BadNotice),
        ("negative", args(-1, nanos(0.2), 3_600), E::BadHaircut),
        ("initial below maintenance", args(nanos(0.3), nanos(0.2), 3_600), E::BadHaircut),
        ("above one", args(nanos(0.1), nanos(1.0) + 1, 3_600), E::BadHaircut),
        ("extreme", args(i64::MIN, i64::MAX, 3_600), E::BadHaircut),
    ];
    for (case, args, error) in cases {
        world.refuses_case(case, ix::set_haircut(risk, &sol, args), &[], error);
    }
    let quote = ix::set_haircut(risk, &usdc, args(nanos(0.1), nanos(0.1), 3_600));
    world.refuses(quote, &[], E::QuoteHasNoHaircut);
}

#[test]
fn a_raised_haircut_ramps_from_now_and_a_lowered_one_waits() {
    let mut world = World::new(2);
    let (risk, sol) = (world.keys.risk.pubkey(), world.sol);
    let holder = world.trader(8, 0);
    world.deposit(&holder, sol, 100_000_000_000).expect("100 SOL");
    let haircut = |world: &World| {
        let (mm, im) = world.read::<Collateral>(&addresses::collateral(&sol)).haircut.at(world.now());
        (mm.0, im.0)
    };
    let before = world.margin(holder.account);
    let raise = SetHaircutArgs { mm: nanos(0.13), im: nanos(0.25), ramp_seconds: 7_200 };
    world.accepts(ix::set_haircut(risk, &sol, raise), &[]);
    assert_eq!(world.margin(holder.account), before, "nobody's margin moves with the signature");
    world.advance(3_600);
    assert_eq!(haircut(&world), (nanos(0.08), nanos(0.15)), "half way");
    world.advance(3_600);
    assert_eq!(haircut(&world), (nanos(0.13), nanos(0.25)), "there");

    let lower = SetHaircutArgs { mm: nanos(0.03), im: nanos(0.05), ramp_seconds: 3_600 };
    world.accepts(ix::set_haircut(risk, &sol, lower), &[]);
    world.advance(3_600);
    assert_eq!(haircut(&world), (nanos(0.13), nanos(0.25)), "the notice");
    world.advance(1_800);
    assert_eq!(haircut(&world), (nanos(0.08), nanos(0.15)), "half way back");
    world.advance(1_800);
    assert_eq!(haircut(&world), (nanos(0.03), nanos(0.05)), "back");

    // raising one part does not smuggle the other down
    let mixed = SetHaircutArgs { mm: nanos(0.01), im: nanos(0.50), ramp_seconds: 3_600 };
    world.accepts(ix::set_haircut(risk, &sol, mixed), &[]);
    world.advance(3_599);
    assert_eq!(haircut(&world), (nanos(0.03), nanos(0.05)));
}
