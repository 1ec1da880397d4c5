//! The second feed: it counts only while the first is silent, near its last price, from enough oracles in time.

use anchor_lang::prelude::Pubkey;
use clearing_house::error::ClearingError as E;
use clearing_house::state::{Collateral, FallbackBinding, Market, PriceCell};
use clearing_house::{ListCollateralArgs, ListMarketArgs};
use novate_tests::layout::{self, nanos};
use novate_tests::{World, addresses, instructions as ix, oracle, switchboard};
use solana_instruction::Instruction;
use solana_signer::Signer;
use switchboard_on_demand::PullFeedAccountData;

/// Feed number of a collateral that has a fallback.
const FALLEN: u16 = 20;

/// A world with one more collateral that has a fallback, 301 s after the last price of any first feed, and the refreshes
/// of market 2 and of that collateral from their second feeds.
fn silent() -> (World, Pubkey, [(u16, Instruction); 2]) {
    let mut world = World::new(2);
    let fallback = Some(switchboard::binding(FALLEN));
    let mint = world.list_more(None, |_| ListCollateralArgs { fallback, ..layout::collateral(FALLEN, 0.1, 0.2) });
    world.post(FALLEN, &oracle::update(layout::feed(FALLEN), 220.0, world.now()));
    world.accepts(ix::refresh_collateral(&mint, World::price_account(FALLEN)), &[]);
    world.advance(301);
    let market = (2, ix::refresh_price_fallback(2, switchboard::address(2)));
    let collateral = (FALLEN, ix::refresh_collateral_fallback(&mint, switchboard::address(FALLEN)));
    (world, mint, [market, collateral])
}

fn cell(world: &World, mint: &Pubkey) -> PriceCell {
    world.read::<Collateral>(&addresses::collateral(mint)).price
}

#[test]
fn an_unsound_second_feed_is_refused_for_markets_and_collaterals() {
    type Spoil = fn(&mut PullFeedAccountData);
    fn all(feed: &mut PullFeedAccountData, value: i128) {
        for response in &mut feed.submissions[..3] {
            response.value = value;
        }
    }
    let cases: [(&str, Spoil, E); 22] = [
        ("stale", |feed| feed.submission_timestamps[..3].fill(feed.last_update_timestamp - 61), E::TooFewResponses),
        ("one stale", |feed| feed.submission_timestamps[1] -= 61, E::TooFewResponses),
        ("ancient", |feed| feed.submission_timestamps[0] = i64::MIN, E::TooFewResponses),
        ("no time", |feed| feed.submission_timestamps[0] = 0, E::TooFewResponses),
        ("future", |feed| feed.submission_timestamps[0] += 11, E::TooFewResponses),
        ("end of time", |feed| feed.submission_timestamps[0] = i64::MAX, E::TooFewResponses),
        ("held back", |feed| feed.submissions[0].slot -= 149, E::TooFewResponses),
        ("signed after landing", |feed| feed.submissions[0].slot += 3, E::TooFewResponses),
        ("never signed", |feed| feed.submissions[0].slot = 0, E::TooFewResponses),
        ("one oracle twice", |feed| feed.submissions[2].oracle = feed.submissions[0].oracle, E::TooFewResponses),
        ("two oracles", |feed| feed.submissions[2] = feed.submissions[31], E::TooFewResponses),
        ("zero", |feed| all(feed, 0), E::NonPositivePrice),
        ("negative", |feed| all(feed, -1), E::NonPositivePrice),
        ("one negative", |feed| feed.submissions[2].value = i128::MIN, E::NonPositivePrice),
        ("vanishing", |feed| all(feed, 999_999_999), E::PriceOutOfRange),
        ("huge", |feed| all(feed, i128::MAX), E::PriceOutOfRange),
        ("wide", |feed| feed.submissions[2].value = 222_200_000_001_000_000_000, E::WideConfidence),
        ("another queue", |feed| feed.queue = [9; 32].into(), E::WrongFallbackFeed),
        ("other jobs", |feed| feed.feed_hash[31] ^= 1, E::WrongFallbackFeed),
        ("written by its authority", |feed| feed.permit_write_by_authority = 1, E::WrongFallbackFeed),
        ("a jump up", |feed| all(feed, 243_000_000_000_000_000_000), E::FallbackJump),
        ("a jump down", |feed| all(feed, 197_000_000_000_000_000_000), E::FallbackJump),
    ];
    let (mut world, _, refreshes) = silent();
    for (number, refresh) in refreshes {
        let address = switchboard::address(number);
        let sound = switchboard::feed(&[220.0; 3], world.now(), world.slot());
        for (case, spoil, error) in cases {
            let mut feed = sound.clone();
            spoil(&mut feed);
            world.set_account(address, switchboard::program(), switchboard::encode(&feed));
            world.refuses_case(case, refresh.clone(), &[], error);
        }
        let data = switchboard::encode(&sound);
        let mut other = data.clone();
        other[0] ^= 1;
        world.set_account(address, switchboard::program(), other);
        world.refuses_case("discriminator", refresh.clone(), &[], E::WrongFallbackFeed);
        world.set_account(address, switchboard::program(), data[..data.len() - 1].to_vec());
        world.refuses_case("cut short", refresh.clone(), &[], E::WrongFallbackFeed);
        for owner in [clearing_house::ID, oracle::RECEIVER, Pubkey::default()] {
            world.set_account(address, owner, data.clone());
            world.refuses_case("owner", refresh.clone(), &[], E::WrongFallbackFeed);
        }
        // a sound feed that is not the bound one
        world.answer(30, &[220.0; 3]);
        let mut another = refresh.clone();
        another.accounts[1].pubkey = switchboard::address(30);
        world.refuses(another, &[], E::WrongFallbackFeed);
        world.set_account(address, switchboard::program(), data);
        world.accepts(refresh, &[]);
    }
}

#[test]
fn nobody_chooses_between_the_feeds() {
    let (mut world, mint, [_, (_, fallback)]) = silent();
    let primary = ix::refresh_collateral(&mint, World::price_account(FALLEN));
    let start = cell(&world, &mint);
    world.set_time(world.now() - 1);
    world.answer(FALLEN, &[200.0; 3]);
    world.refuses(fallback.clone(), &[], E::FallbackNotDue);
    world.advance(1);
    world.answer(FALLEN, &[201.0, 200.0, 199.5, 200.0]);
    world.accepts(fallback.clone(), &[]);
    let fallen = cell(&world, &mint);
    assert_eq!((fallen.price, fallen.confidence), (nanos(200.0), nanos(1.5)));
    assert_eq!((fallen.primary_price, fallen.primary_time), (start.price, start.publish_time));
    assert_eq!(fallen.publish_time, world.now());
    // 301 s of an hour's average, towards the lower price
    let expected = 200.0 + 20.0 * (-301.0_f64 / 3_600.0).exp();
    assert!((fallen.ema as f64 / 1e9 - expected).abs() < 1e-5, "{} {expected}", fallen.ema);

    // an answer older than the stored one is no choice either
    let old = switchboard::feed(&[205.0; 3], world.now() - 1, world.slot());
    world.set_account(switchboard::address(FALLEN), switchboard::program(), switchboard::encode(&old));
    world.refuses(fallback.clone(), &[], E::PriceOlderThanStored);

    // the first feed takes over at once, even with a price published a moment before, and locks the second out
    world.advance(30);
    world.answer(FALLEN, &[205.0; 3]);
    world.accepts(fallback.clone(), &[]);
    world.post(FALLEN, &oracle::update(layout::feed(FALLEN), 210.0, world.now() - 5));
    world.accepts(primary.clone(), &[]);
    let back = cell(&world, &mint);
    assert_eq!((back.price, back.ema, back.publish_time), (nanos(210.0), nanos(210.0), world.now() - 5));
    world.answer(FALLEN, &[190.0; 3]);
    world.refuses(fallback.clone(), &[], E::FallbackNotDue);
    // and never goes back behind its own last price
    world.post(FALLEN, &oracle::update(layout::feed(FALLEN), 230.0, world.now() - 6));
    world.refuses(primary, &[], E::PriceOlderThanStored);
}

#[test]
fn a_far_price_gets_in_with_time() {
    let (mut world, mint, [_, (_, fallback)]) = silent();
    // half the price is 50 %, five times the allowance of 10 % after 300 s
    for (seconds, passes) in [(0, false), (1_198, false), (1, true)] {
        world.advance(seconds);
        world.answer(FALLEN, &[110.0; 3]);
        if passes {
            world.accepts(fallback.clone(), &[]);
        } else {
            world.refuses(fallback.clone(), &[], E::FallbackJump);
        }
    }
    assert_eq!(cell(&world, &mint).price, nanos(110.0));
}

#[test]
fn a_pumped_second_feed_lends_nothing() {
    let (mut world, mint, [_, (_, fallback)]) = silent();
    let holder = world.trader(8, 0);
    world.answer(FALLEN, &[220.0; 3]);
    world.accepts(fallback.clone(), &[]);
    world.deposit(&holder, mint, 10_000_000_000).expect("10 tokens");
    let before = world.margin(holder.account);
    // a day later the jump limit has long gone: spot at 24 times the average
    world.advance(86_400);
    world.answer(FALLEN, &[220.0 * 24.0; 3]);
    world.accepts(fallback.clone(), &[]);
    let pumped = world.margin(holder.account);
    assert!(pumped.equity_mm <= before.equity_mm && pumped.equity_im <= before.equity_im, "{before:?} {pumped:?}");
    // a minute of it moves the average by a minute's share
    world.advance(60);
    world.answer(FALLEN, &[220.0 * 24.0; 3]);
    world.accepts(fallback, &[]);
    let minute = world.margin(holder.account).equity_mm as f64 / before.equity_mm as f64;
    assert!((minute - (1.0 + 23.0 / 60.0)).abs() < 0.01, "{minute}");
}

#[test]
fn a_market_trades_on_its_second_feed() {
    let (mut world, _, [(_, fallback), _]) = silent();
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    let perpetual =
        clearing_house::ClearTradeArgs { market: 2, expiry_hour: 0, strike: 0, kind: 3, lots: 1, price: nanos(219.0) };
    let trade = world.trade_instruction(&alice, &bob, perpetual);
    world.refuses(trade.clone(), &[], E::StalePrice);
    world.answer(2, &[219.0; 3]);
    world.accepts(fallback, &[]);
    world.accepts(trade, &[]);
    assert_eq!(world.read::<Market>(&addresses::market(2)).price.price, nanos(219.0));
}

#[test]
fn what_never_had_a_price_or_a_second_feed_gets_none() {
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    world.accepts(ix::list_market(payer, listing, World::market_args(9, 1.0)), &[]);
    world.answer(9, &[220.0; 3]);
    world.refuses(ix::refresh_price_fallback(9, switchboard::address(9)), &[], E::FallbackNotDue);
    // staked SOL has no fallback: its bound address is the default key, the system program's
    world.advance(301);
    let staked = world.staked;
    world.refuses(ix::refresh_collateral_fallback(&staked, Pubkey::default()), &[], E::NoFallback);
    world.refuses(ix::refresh_collateral_fallback(&staked, switchboard::address(9)), &[], E::WrongFallbackFeed);
    let usdc = world.usdc;
    world.refuses(ix::refresh_collateral_fallback(&usdc, Pubkey::default()), &[], E::NoFallback);
}

#[test]
fn a_binding_has_bounds() {
    type Spoil = fn(&mut FallbackBinding);
    let cases: [(&str, Spoil); 15] = [
        ("no feed", |binding| binding.feed = Pubkey::default()),
        ("no queue", |binding| binding.queue = Pubkey::default()),
        ("no age", |binding| binding.max_age = 0),
        ("older than the first", |binding| binding.max_age = 61),
        ("negative age", |binding| binding.max_age = i64::MIN),
        ("two responses", |binding| binding.min_responses = 2),
        ("33 responses", |binding| binding.min_responses = 33),
        ("no spread", |binding| binding.max_spread = 0),
        ("any spread", |binding| binding.max_spread = nanos(0.1) + 1),
        ("impatient", |binding| binding.fallback_after = 59),
        ("endless", |binding| binding.fallback_after = 86_401),
        ("at once", |binding| binding.fallback_after = i64::MIN),
        ("no jump", |binding| binding.max_jump = 0),
        ("any jump", |binding| binding.max_jump = nanos(1.0) + 1),
        ("negative jump", |binding| binding.max_jump = i64::MIN),
    ];
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    let mint = Pubkey::new_unique();
    world.set_account(mint, ix::TOKEN, novate_tests::tokens::mint(payer, 9));
    for (case, spoil) in cases {
        let mut binding = switchboard::binding(9);
        spoil(&mut binding);
        let market = ListMarketArgs { fallback: Some(binding), ..World::market_args(9, 1.0) };
        world.refuses_case(case, ix::list_market(payer, listing, market), &[], E::BadFallbackBinding);
        let args = ListCollateralArgs { fallback: Some(binding), ..layout::collateral(9, 0.1, 0.2) };
        let list = ix::list_collateral(payer, listing, mint, None, args);
        world.refuses_case(case, list, &[], E::BadFallbackBinding);
    }
}
