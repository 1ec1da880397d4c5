//! Prices, surfaces and risk arrays: what is stale, wide, wrong or from the wrong hands does not get in.

use anchor_lang::error::ErrorCode;
use clearing_house::error::ClearingError as E;
use clearing_house::state::{Book, Collateral, Market};
use clearing_house::{ClearTradeArgs, PublishSurfaceArgs};
use novate_tests::layout::{self, nanos};
use novate_tests::world::SOL_FEED;
use novate_tests::{World, addresses, instructions as ix, oracle};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn sol_update(world: &World, feed: u16) -> PriceUpdateV2 {
    oracle::update(layout::feed(feed), 221.0, world.now())
}

#[test]
fn an_unsound_price_update_is_refused_for_markets_and_collaterals() {
    type Spoil = fn(&mut PriceUpdateV2);
    let cases: [(&str, Spoil, E); 16] = [
        ("stale", |update| update.price_message.publish_time -= 61, E::StalePrice),
        ("ancient", |update| update.price_message.publish_time = i64::MIN, E::StalePrice),
        ("older than stored", |update| update.price_message.publish_time -= 31, E::PriceOlderThanStored),
        ("future", |update| update.price_message.publish_time += 11, E::FuturePrice),
        ("end of time", |update| update.price_message.publish_time = i64::MAX, E::FuturePrice),
        ("zero", |update| update.price_message.price = 0, E::NonPositivePrice),
        ("negative", |update| update.price_message.price = i64::MIN, E::NonPositivePrice),
        ("zero average", |update| update.price_message.ema_price = 0, E::NonPositivePrice),
        ("negative average", |update| update.price_message.ema_price = -1, E::NonPositivePrice),
        ("wide", |update| update.price_message.conf = update.price_message.price as u64 / 50 + 1, E::WideConfidence),
        ("as wide as can be", |update| update.price_message.conf = u64::MAX, E::WideConfidence),
        ("positive exponent", |update| update.price_message.exponent = 1, E::BadExponent),
        ("tiny exponent", |update| update.price_message.exponent = i32::MIN, E::BadExponent),
        ("huge", |update| update.price_message.exponent = 0, E::PriceOutOfRange),
        ("vanishing", |update| update.price_message.price = 1, E::WideConfidence),
        ("another feed", |update| update.price_message.feed_id = layout::feed(0), E::WrongFeed),
    ];
    let mut world = World::new(2);
    world.advance(30);
    let sol = world.sol;
    for feed in [2, SOL_FEED] {
        let address = World::price_account(feed);
        let refresh = if feed == 2 { ix::refresh_price(2, address) } else { ix::refresh_collateral(&sol, address) };
        for (case, spoil, error) in cases {
            let mut update = sol_update(&world, feed);
            spoil(&mut update);
            world.post(feed, &update);
            world.refuses_case(case, refresh.clone(), &[], error);
        }
        for signatures in [0, 5, u8::MAX] {
            let mut update = sol_update(&world, feed);
            update.verification_level = VerificationLevel::Partial { num_signatures: signatures };
            world.post(feed, &update);
            world.refuses(refresh.clone(), &[], E::NotFullyVerified);
        }
        let mut tiny = sol_update(&world, feed);
        (tiny.price_message.price, tiny.price_message.conf, tiny.price_message.exponent) = (1, 0, -18);
        world.post(feed, &tiny);
        world.refuses(refresh.clone(), &[], E::PriceOutOfRange);
        let sound = sol_update(&world, feed);
        world.post(feed, &sound);
        world.accepts(refresh, &[]);
    }
}

#[test]
fn an_update_counts_only_from_the_receiver_program() {
    let mut world = World::new(2);
    world.advance(1);
    let update = sol_update(&world, 2);
    let address = World::price_account(9);
    world.set_account(address, clearing_house::ID, oracle::encode(&update));
    world.refuses(ix::refresh_price(2, address), &[], ErrorCode::AccountOwnedByWrongProgram);
    let mut data = oracle::encode(&update);
    data[0] ^= 1;
    world.set_account(address, oracle::RECEIVER, data);
    world.refuses(ix::refresh_price(2, address), &[], ErrorCode::AccountDiscriminatorMismatch);
    world.set_account(address, oracle::RECEIVER, oracle::encode(&update)[..60].to_vec());
    world.refuses(ix::refresh_price(2, address), &[], ErrorCode::AccountDidNotDeserialize);
    // the quote token is bound to no feed, not even to the zero one
    world.post(9, &oracle::update([0; 32], 1.0, world.now()));
    world.refuses(ix::refresh_collateral(&world.usdc.clone(), address), &[], E::WrongFeed);
}

#[test]
fn collateral_counts_at_the_lower_of_spot_and_average() {
    let mut world = World::new(2);
    let holder = world.trader(8, 0);
    let sol = world.sol;
    world.deposit(&holder, sol, 10_000_000_000).expect("10 SOL");
    let before = world.margin(holder.account);
    // spot at 24 times its average, as in Mango 2022
    world.advance(1);
    let mut pump = sol_update(&world, SOL_FEED);
    pump.price_message.ema_price = 22_000_000_000;
    pump.price_message.price = 24 * 22_000_000_000;
    world.post(SOL_FEED, &pump);
    world.accepts(ix::refresh_collateral(&sol, World::price_account(SOL_FEED)), &[]);
    let pumped = world.margin(holder.account);
    assert!(pumped.equity_mm <= before.equity_mm * 1001 / 1000, "{before:?} {pumped:?}");
    // and a fall of spot below its average counts at once
    world.advance(1);
    let mut fall = sol_update(&world, SOL_FEED);
    fall.price_message.price /= 2;
    world.post(SOL_FEED, &fall);
    world.accepts(ix::refresh_collateral(&sol, World::price_account(SOL_FEED)), &[]);
    assert!(world.margin(holder.account).equity_mm < before.equity_mm * 51 / 100);
}

fn surface_args(world: &World, vol: f64) -> PublishSurfaceArgs {
    let tenor = i64::from(world.expiries[0]) * 3_600 - world.now();
    let surface = layout::flat_surface(vol, tenor);
    PublishSurfaceArgs { surface, time: world.now(), deadline: world.now() + 5 }
}

#[test]
fn a_surface_must_be_sound_timely_and_move_slowly() {
    type Spoil = fn(&mut PublishSurfaceArgs);
    let cases: [(&str, Spoil, E); 20] = [
        ("stored already", |args| args.time -= 30, E::SurfaceOlderThanStored),
        ("negative time", |args| args.time = -1, E::StaleSurface),
        ("stale on arrival", |args| args.time -= 3_601, E::StaleSurface),
        ("future", |args| args.time += 11, E::FutureSurface),
        ("end of time", |args| args.time = i64::MAX, E::FutureSurface),
        ("late", |args| args.deadline -= 6, E::SurfaceTooLate),
        ("dead on arrival", |args| args.deadline = i64::MIN, E::SurfaceTooLate),
        ("falling wings", |args| args.surface.b = -1, E::BadSurface),
        ("steep wings", |args| args.surface.b = i64::MAX, E::BadSurface),
        ("full tilt", |args| args.surface.rho = nanos(1.0), E::BadSurface),
        ("extreme tilt", |args| args.surface.rho = i64::MIN, E::BadSurface),
        ("no vertex", |args| args.surface.sigma = 0, E::BadSurface),
        ("negative variance", |args| args.surface.a = -1, E::BadSurface),
        ("extreme level", |args| args.surface.a = i64::MIN, E::BadSurface),
        ("extreme shift", |args| args.surface.m = i64::MIN, E::BadSurface),
        ("no volatility", |args| args.surface.a = 0, E::SurfaceOutOfBounds),
        ("basis", |args| args.surface.basis = nanos(0.2) + 1, E::BasisOutOfBounds),
        ("extreme basis", |args| args.surface.basis = i64::MIN, E::BasisOutOfBounds),
        ("rate", |args| args.surface.rate = nanos(0.5) + 1, E::RateOutOfBounds),
        ("extreme rate", |args| args.surface.rate = i64::MIN, E::RateOutOfBounds),
    ];
    let mut world = World::new(2);
    world.advance(30);
    let (publisher, hour) = (world.keys.publisher.pubkey(), world.expiries[0]);
    for (case, spoil, error) in cases {
        let mut args = surface_args(&world, 0.80);
        spoil(&mut args);
        world.refuses_case(case, ix::publish_surface(publisher, 2, hour, args), &[], error);
    }
    // 100 points a minute: 56 in 30 s are too many, even with the 5 that publishers may differ by
    for vol in [1.36, 0.24] {
        let fast = ix::publish_surface(publisher, 2, hour, surface_args(&world, vol));
        world.refuses(fast, &[], E::SurfaceMovesTooFast);
    }
    let wild = ix::publish_surface(publisher, 2, hour, surface_args(&world, 4.01));
    world.refuses(wild, &[], E::SurfaceOutOfBounds);
    world.accepts(ix::publish_surface(publisher, 2, hour, surface_args(&world, 1.29)), &[]);
    // a second ahead of the clock, but none after the last
    let soon = PublishSurfaceArgs { time: world.now() + 1, ..surface_args(&world, 1.29) };
    world.refuses(ix::publish_surface(publisher, 2, hour, soon), &[], E::SurfaceTooSoon);
    world.advance(1);
    world.accepts(ix::publish_surface(publisher, 2, hour, soon), &[]);
}

#[test]
fn a_surface_from_the_beginning_of_time_does_not_crash_the_program() {
    let mut world = World::new(2);
    let (publisher, hour) = (world.keys.publisher.pubkey(), world.expiries[0]);
    let args = PublishSurfaceArgs { time: i64::MIN, ..surface_args(&world, 0.80) };
    world.refuses(ix::publish_surface(publisher, 2, hour, args), &[], novate_tests::refusal::Expected::AnyTyped);
}

#[test]
fn only_publishers_publish_and_never_into_an_expired_book() {
    let mut world = World::new(2);
    world.advance(30);
    let hour = world.expiries[0];
    let stranger = Keypair::new();
    let args = surface_args(&world, 0.80);
    world.refuses(ix::publish_surface(stranger.pubkey(), 2, hour, args), &[&stranger], E::NotAPublisher);
    // a dismissed publisher
    let (publisher, oracle) = (world.keys.publisher.pubkey(), world.keys.oracle.pubkey());
    world.accepts(ix::set_publishers(oracle, vec![stranger.pubkey()], 1), &[]);
    world.refuses(ix::publish_surface(publisher, 2, hour, args), &[], E::NotAPublisher);
    world.set_time(i64::from(hour) * 3_600);
    let args = PublishSurfaceArgs { time: world.now() - 1, deadline: world.now(), ..args };
    world.refuses(ix::publish_surface(stranger.pubkey(), 2, hour, args), &[&stranger], E::BookExpired);
}

#[test]
fn arrays_need_a_fresh_price_and_some_surface() {
    let mut world = World::new(2);
    let hour = world.expiries[0];
    world.advance(61);
    world.refuses(ix::refresh_risk(2, hour), &[], E::StalePrice);
    post_and_refresh(&mut world, 2, 220.0);
    // a book without any surface
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    let fresh = layout::hour(3 * 86_400);
    let args = clearing_house::ListBookArgs { expiry_hour: fresh, strikes: vec![nanos(220.0)] };
    world.accepts(ix::list_book(payer, listing, 2, args), &[]);
    world.refuses(ix::refresh_risk(2, fresh), &[], E::StaleSurface);
    // another market's account for the book
    let mut crossed = ix::refresh_risk(2, hour);
    crossed.accounts[0].pubkey = addresses::market(1);
    world.refuses(crossed, &[], ErrorCode::ConstraintSeeds);
}

fn post_and_refresh(world: &mut World, market: u16, price: f64) {
    let update = oracle::update(layout::feed(market), price, world.now());
    world.post(market, &update);
    world.accepts(ix::refresh_price(market, World::price_account(market)), &[]);
}

#[test]
fn a_margin_check_wants_fresh_arrays() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    let hour = world.expiries[0];
    let future = ClearTradeArgs { market: 2, expiry_hour: hour, strike: 0, kind: 2, lots: 1, price: nanos(220.0) };
    let trade = world.trade_instruction(&alice, &bob, future);

    world.advance(50);
    post_and_refresh(&mut world, 2, 222.3);
    world.refuses(trade.clone(), &[], E::StaleArrays); // drift of more than 1 %
    post_and_refresh(&mut world, 2, 222.1);
    world.accepts(trade.clone(), &[]);
    world.advance(11);
    world.refuses(trade.clone(), &[], E::StaleArrays); // age
    world.advance(50);
    world.refuses(trade, &[], E::StalePrice);

    // never refreshed: new strikes throw the arrays away
    world.refresh_all();
    let add = ix::add_strikes(world.payer(), world.keys.listing.pubkey(), 2, hour, vec![nanos(1.0)]);
    world.accepts(add, &[]);
    let trade = world.trade_instruction(&alice, &bob, future);
    world.refuses(trade, &[], E::StaleArrays);
    assert_eq!(world.read::<Book>(&addresses::book(2, hour)).refreshed_at, 0);
}

#[test]
fn with_a_silent_publisher_nobody_takes_risk() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    let (hour, usdc) = (world.expiries[0], world.usdc);
    let future = ClearTradeArgs { market: 2, expiry_hour: hour, strike: 0, kind: 2, lots: 1, price: nanos(220.0) };
    world.trade(&alice, &bob, future).expect("on a fresh surface");
    world.advance(3_601);
    world.refresh_all();
    let trade = world.trade_instruction(&alice, &bob, future);
    world.refuses(trade, &[], E::StaleSurface);
    let withdrawal = world.withdrawal(&alice, usdc, 1);
    world.refuses(withdrawal, &[&alice.owner], E::StaleSurface);
    world.margin(alice.account); // can still be told
}

#[test]
fn a_holding_without_a_fresh_price_carries_no_withdrawal() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 10_000), world.trader(8, 10_000));
    let (sol, usdc) = (world.sol, world.usdc);
    world.deposit(&alice, sol, 1_000_000_000).expect("1 SOL");
    let one = ClearTradeArgs { market: 1, expiry_hour: 0, strike: 0, kind: 3, lots: 1, price: nanos(4_300.0) };
    world.trade(&alice, &bob, one).expect("a small perpetual");
    world.advance(61);
    post_and_refresh(&mut world, 1, 4_300.0);
    post_and_refresh(&mut world, 2, 220.0);
    let withdrawal = world.withdrawal(&alice, usdc, 1);
    world.refuses(withdrawal, &[&alice.owner], E::StalePrice);
    let stored = world.read::<Collateral>(&addresses::collateral(&sol)).price.publish_time;
    assert!(stored < world.read::<Market>(&addresses::market(2)).price.publish_time);
}
