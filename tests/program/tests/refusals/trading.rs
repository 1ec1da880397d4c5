//! Trades: grants, venues, instruments, sizes, prices, room for legs, and initial margin on both sides.

use anchor_lang::error::ErrorCode;
use clearing_house::error::ClearingError as E;
use clearing_house::{ClearTradeArgs, GrantVenueArgs};
use novate_tests::layout::nanos;
use novate_tests::{Trader, World, addresses, instructions as ix};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

const HOUR: i64 = 3_600;

fn perpetual(lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots, price: nanos(price) }
}

fn call(world: &World, strike: u16, lots: u64) -> ClearTradeArgs {
    ClearTradeArgs { market: 2, expiry_hour: world.expiries[0], strike, kind: 0, lots, price: nanos(50.0) }
}

fn pair(world: &mut World) -> (Trader, Trader) {
    (world.trader(8, 1_000_000), world.trader(8, 1_000_000))
}

#[test]
fn senseless_trades_are_refused() {
    type Spoil = fn(&mut ClearTradeArgs);
    let cases: [(&str, Spoil, E); 19] = [
        ("no lots", |args| args.lots = 0, E::BadLots),
        ("negative price", |args| args.price = -1, E::BadTradePrice),
        ("least price", |args| args.price = i64::MIN, E::BadTradePrice),
        ("greatest price", |args| args.price = i64::MAX, E::BadTradePrice),
        ("unknown kind", |args| args.kind = 4, E::UnknownKind),
        ("kind 255", |args| args.kind = 255, E::UnknownKind),
        ("unlisted strike", |args| args.strike = 2, E::UnknownStrike),
        ("last strike number", |args| args.strike = u16::MAX, E::UnknownStrike),
        ("future with a strike", |args| (args.kind, args.strike) = (2, 1), E::BadInstrument),
        ("free future", |args| (args.kind, args.price) = (2, 0), E::BadTradePrice),
        ("perpetual with an expiry", |args| args.kind = 3, E::BadInstrument),
        ("perpetual with a strike", |args| (args.kind, args.expiry_hour, args.strike) = (3, 0, 1), E::BadInstrument),
        ("free perpetual", |args| (args.kind, args.expiry_hour, args.price) = (3, 0, 0), E::BadTradePrice),
        ("call without expiry", |args| args.expiry_hour = 0, E::BadInstrument),
        ("unlisted expiry", |args| args.expiry_hour += 1, E::MissingBook),
        ("endless expiry", |args| args.expiry_hour = u32::MAX, E::BadInstrument),
        ("another market", |args| args.market = 1, E::MissingMarket),
        ("no such market", |args| args.market = u16::MAX, E::MissingMarket),
        ("initial margin", |args| args.lots = 1_000_000, E::BelowInitialMargin),
    ];
    let mut world = World::new(2);
    let (alice, bob) = pair(&mut world);
    let sound = call(&world, 0, 1);
    let trade = world.trade_instruction(&alice, &bob, sound);
    for (case, spoil, error) in cases {
        let mut args = sound;
        spoil(&mut args);
        let spoilt = ix::clear_trade(world.keys.venue.pubkey(), 0, alice.account, bob.account, args);
        // the accounts stay those of the sound trade
        world.refuses_case(case, Instruction { data: spoilt.data, ..trade.clone() }, &[], error);
    }
    world.accepts(trade, &[]);
}

#[test]
fn sizes_at_the_edge_are_refused_not_wrapped() {
    let mut world = World::new(2);
    let (alice, bob) = pair(&mut world);
    let unlimited = GrantVenueArgs { expires_at: world.now() + HOUR, max_lots: u64::MAX };
    for trader in [&alice, &bob] {
        let (payer, owner) = (world.payer(), trader.owner.pubkey());
        world.accepts(ix::revoke_grant(owner, payer, trader.account, 0), &[&trader.owner]);
        world.accepts(ix::grant_venue(payer, owner, trader.account, 0, unlimited), &[&trader.owner]);
    }
    for (lots, price, error) in [
        ((1 << 40) + 1, 1.0, E::BadLots),
        (u64::MAX, 1.0, E::BadLots),
        (1 << 40, 100_000_000.0, E::Overflow),
        (1 << 40, 220.0, E::Overflow),
        (1 << 40, 1.0, E::Overflow),
        (1 << 35, 220.0, E::Overflow),
        (1 << 20, 220.0, E::BelowInitialMargin),
        (1, 100_000_000.0, E::BelowInitialMargin),
    ] {
        let trade = world.trade_instruction(&alice, &bob, perpetual(lots, price));
        world.refuses_case(&format!("{lots} at {price}"), trade, &[], error);
    }
}

#[test]
fn an_account_does_not_trade_with_itself() {
    let mut world = World::new(2);
    let alice = world.trader(8, 1_000);
    let wash = world.trade_instruction(&alice, &alice, perpetual(1, 220.0));
    world.refuses(wash, &[], E::SameAccount);
}

#[test]
fn an_expired_book_is_not_traded_but_margined() {
    let mut world = World::new(2);
    let (alice, bob) = pair(&mut world);
    let trade = call(&world, 0, 1);
    world.trade(&alice, &bob, trade).expect("before the expiry");
    let expiry = i64::from(world.expiries[0]) * HOUR;
    world.set_time(expiry - 1);
    world.publish_all();
    world.set_time(expiry);
    world.refresh_all();
    for (buyer, seller) in [(&alice, &bob), (&bob, &alice)] {
        let late = world.trade_instruction(buyer, seller, trade);
        world.refuses(late, &[], E::BookExpired);
    }
    // 220 against a strike of 132, a tenth of a SOL
    assert_eq!(world.margin(alice.account).equity_mm, 1_000_000_000_000 - 5_000_000 + 8_800_000);
}

#[test]
fn a_grant_bounds_what_a_venue_can_do() {
    let mut world = World::new(2);
    let (alice, bob) = pair(&mut world);
    let carol = world.trader(8, 1_000_000);
    let (payer, owner) = (world.payer(), alice.owner.pubkey());
    let trade = |world: &World, lots| world.trade_instruction(&alice, &bob, perpetual(lots, 220.0));
    let small = GrantVenueArgs { expires_at: world.now() + 10, max_lots: 5 };
    let grant = ix::grant_venue(payer, owner, alice.account, 0, small);
    let revoke = ix::revoke_grant(owner, payer, alice.account, 0);
    world.refuses(grant.clone(), &[&alice.owner], 0); // one grant at a time

    world.accepts(revoke.clone(), &[&alice.owner]);
    let without = trade(&world, 1);
    world.refuses(without.clone(), &[], ErrorCode::AccountOwnedByWrongProgram);
    let bad = [(world.now(), 1), (world.now() - 1, 1), (i64::MIN, 1), (world.now() + 1, 0)];
    for (expires_at, max_lots) in bad {
        let args = GrantVenueArgs { expires_at, max_lots };
        world.refuses(ix::grant_venue(payer, owner, alice.account, 0, args), &[&alice.owner], E::BadGrant);
    }
    let stranger = Keypair::new();
    let forged = ix::grant_venue(payer, stranger.pubkey(), alice.account, 0, small);
    world.refuses(forged, &[&stranger], E::NotAccountOwner);
    let nowhere = ix::grant_venue(payer, owner, alice.account, 7, small);
    world.refuses(nowhere, &[&alice.owner], ErrorCode::AccountOwnedByWrongProgram);

    world.accepts(grant, &[&alice.owner]);
    let six = trade(&world, 6);
    world.refuses(six, &[], E::GrantLotsExceeded);
    for (place, foreign) in [(5, &bob), (5, &carol), (6, &alice), (6, &carol)] {
        let mut crossed = trade(&world, 1);
        crossed.accounts[place].pubkey = addresses::grant(&foreign.account, &addresses::venue(0));
        world.refuses_case(&format!("grant at {place}"), crossed, &[], E::WrongGrant);
    }
    let theft = ix::revoke_grant(stranger.pubkey(), stranger.pubkey(), alice.account, 0);
    world.refuses(theft, &[&stranger], E::NotAccountOwner);
    let mut crossed = revoke;
    crossed.accounts[3].pubkey = addresses::grant(&bob.account, &addresses::venue(0));
    world.refuses(crossed, &[&alice.owner], E::WrongGrant);
    let five = trade(&world, 5);
    world.accepts(five, &[]);
    world.advance(10);
    let late = trade(&world, 5);
    world.refuses(late, &[], E::GrantExpired);
}

#[test]
fn a_venue_trades_by_its_own_key_under_its_own_grant_until_it_retires() {
    let mut world = World::new(2);
    let (alice, bob) = pair(&mut world);
    let (payer, listing, guardian) = (world.payer(), world.keys.listing.pubkey(), world.keys.guardian.pubkey());
    let mut foreign_key = world.trade_instruction(&alice, &bob, perpetual(1, 220.0));
    foreign_key.accounts[0].pubkey = guardian;
    world.refuses(foreign_key, &[], E::WrongVenueAuthority);
    // another venue's signer with grants to venue 0
    world.accepts(ix::register_venue(payer, listing, 1, guardian), &[]);
    let mut foreign_venue = world.trade_instruction(&alice, &bob, perpetual(1, 220.0));
    foreign_venue.accounts[0].pubkey = guardian;
    foreign_venue.accounts[2].pubkey = addresses::venue(1);
    world.refuses(foreign_venue, &[], E::WrongGrant);
    world.accepts(ix::retire_venue(guardian, 0), &[]);
    let late = world.trade_instruction(&alice, &bob, perpetual(1, 220.0));
    world.refuses(late, &[], E::VenueRetired);
}

#[test]
fn both_sides_keep_initial_margin_and_nothing_less() {
    let mut world = World::new(2);
    let (rich, poor) = (world.trader(8, 1_000_000), world.trader(8, 1_000));
    for (buyer, seller) in [(&rich, &poor), (&poor, &rich)] {
        // the most lots that a thousand USDC carry
        let (mut most, mut too_many) = (20, 1_000);
        while too_many - most > 1 {
            let middle = (most + too_many) / 2;
            let trade = world.trade_instruction(buyer, seller, perpetual(middle, 220.0));
            *(if world.simulates(trade) { &mut most } else { &mut too_many }) = middle;
        }
        let trade = world.trade_instruction(buyer, seller, perpetual(most + 1, 220.0));
        world.refuses(trade, &[], E::BelowInitialMargin);
    }
    // a price that hands money over is refused to the one who would have none left
    let gift = world.trade_instruction(&rich, &poor, perpetual(100, 1.0));
    world.refuses(gift, &[], E::BelowInitialMargin);
    world.trade(&rich, &poor, perpetual(150, 220.0)).expect("sound");
    world.advance(5);
    world.shock(1.5);
    let more = world.trade_instruction(&rich, &poor, perpetual(1, 330.0));
    world.refuses(more, &[], E::BelowInitialMargin);
}

#[test]
fn a_full_account_takes_no_new_leg() {
    let mut world = World::new(9);
    let (alice, bob) = (world.trader(8, 10_000_000), world.trader(16, 10_000_000));
    for strike in 0..8 {
        let trade = ClearTradeArgs { price: nanos(5.0), ..call(&world, strike, 1) };
        world.trade(&alice, &bob, trade).expect("room for a leg");
    }
    let ninth = world.trade_instruction(&alice, &bob, call(&world, 8, 1));
    world.refuses(ninth.clone(), &[], E::LegCapacity);
    let trade = call(&world, 3, 1);
    world.trade(&alice, &bob, trade).expect("more of a leg that is there");
    let grow = ix::grow_account(world.payer(), alice.owner.pubkey(), alice.account, 9);
    world.accepts(grow, &[&alice.owner]);
    world.accepts(ninth, &[]);
}

#[test]
fn positions_lie_in_at_most_24_books() {
    let expiries: Vec<i64> = (1..=24).map(|day| day * 86_400).collect();
    let mut world = World::with_expiries(1, &expiries);
    let (alice, bob) = (world.trader(32, 1_000_000), world.trader(32, 1_000_000));
    let future = |world: &World, book: usize| ClearTradeArgs {
        kind: 2,
        price: nanos(220.0),
        expiry_hour: world.expiries[book],
        ..perpetual(1, 220.0)
    };
    for book in 0..24 {
        let trade = world.trade_instruction(&alice, &bob, future(&world, book));
        world.send_v0(&[trade], &[&world.keys.venue.insecure_clone()]).expect("a book that fits");
    }
    let trade = world.trade_instruction(&alice, &bob, perpetual(1, 220.0));
    let venue = world.keys.venue.insecure_clone();
    let failure = world.send_v0(&[trade], &[&venue]).expect_err("the 25th book");
    assert_eq!(failure.code, Some(E::TooManyBooks.into()), "{failure:#?}");
    assert_eq!(world.legs(alice.account).len(), 24);
}
