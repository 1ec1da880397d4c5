//! The price-shock range follows the market: up at once, down slowly, and nobody can hurry it.

use anchor_lang::prelude::Pubkey;
use clearing_house::ClearTradeArgs;
use clearing_house::error::ClearingError as E;
use clearing_house::state::{Book, GridRow, Market};
use novate_tests::layout::{self, nanos};
use novate_tests::{Trader, World, addresses, instructions as ix, oracle};
use solana_instruction::Instruction;
use solana_signer::Signer;

const INTERVAL: i64 = 300;

fn market(world: &World) -> Market {
    world.read(&addresses::market(2))
}

/// The range in use, in nanos.
fn range(world: &World) -> i64 {
    market(world).risk.params.range
}

/// Stores a price of SOL at the present moment.
fn store(world: &mut World, price: f64) {
    world.post(2, &oracle::update(layout::feed(2), price, world.now()));
    world.must(&[ix::refresh_price(2, World::price_account(2))], &[]);
}

/// Lets time pass, stores a price and samples it.
fn sample_after(world: &mut World, seconds: i64, price: f64) {
    world.advance(seconds);
    store(world, price);
    world.must(&[ix::sample_volatility(2)], &[]);
}

fn refresh_books(world: &World) -> Vec<Instruction> {
    world.expiries.iter().map(|hour| ix::refresh_risk(2, *hour)).collect()
}

fn future(world: &World, lots: u64, price: f64) -> ClearTradeArgs {
    ClearTradeArgs { market: 2, expiry_hour: world.expiries[0], strike: 0, kind: 2, lots, price: nanos(price) }
}

#[test]
fn a_storm_raises_the_range_and_trading_waits_for_the_arrays() {
    let mut world = World::new(2);
    let (alice, bob) = (world.trader(8, 100_000), world.trader(8, 100_000));
    world.must(&[ix::sample_volatility(2)], &[]);
    assert_eq!(range(&world), nanos(0.16), "the first sample only sets the start");
    assert_eq!(market(&world).risk_version, 1);

    world.advance(INTERVAL);
    world.shock(0.85);
    let one = future(&world, 1, 187.0);
    let trade = world.trade_instruction(&alice, &bob, one);
    world.accepts(trade.clone(), &[]);
    let before = world.margin(bob.account);
    world.must(&[ix::sample_volatility(2)], &[]);
    let after = market(&world);
    assert!(after.risk.params.range > nanos(0.20), "{}", after.risk.params.range);
    assert_eq!(after.risk.params.range, after.variance.range);
    assert_eq!(after.risk_version, 2);
    assert_eq!(after.risk.shocks[0].k, -after.risk.params.range, "the grid is worked out with it");
    world.refuses(trade.clone(), &[], E::StaleArrays);
    for refresh in refresh_books(&world) {
        world.accepts(refresh, &[]);
    }
    world.accepts(trade, &[]);
    assert!(world.margin(bob.account).im > 2 * before.im, "two futures at a larger range");
    // the other markets do not notice
    assert_eq!(world.read::<Market>(&addresses::market(1)).risk_version, 1);
}

#[test]
fn sampling_refreshing_and_liquidating_fit_one_transaction() {
    let mut world = World::new(2);
    let (alice, bob, keeper) = (world.trader(8, 100_000), world.trader(8, 335), world.trader(8, 100_000));
    world.must(&[ix::sample_volatility(2)], &[]);
    // 9 SOL at 220: 1,980 of value, a margin of 16 % or more
    world.trade(&bob, &alice, future(&world, 90, 220.0)).expect("a long future");
    world.advance(INTERVAL);
    world.shock(0.98);
    world.advance(INTERVAL);
    world.shock(0.98);
    assert!(healthy(&mut world, bob.account), "without the sample");
    let liquidate = world.liquidation(&keeper, bob.account, 1.0, None);
    world.refuses(liquidate.clone(), &[&keeper.owner], E::NotLiquidatable);
    // another one's sample in front only costs the refresh
    let shaken = shake(&mut world);
    let mut all = vec![ix::sample_volatility(2)];
    all.extend(refresh_books(&world));
    all.push(liquidate);
    let done = world.signed(&all, &[&keeper.owner]).unwrap_or_else(|failure| panic!("{failure:#?}"));
    assert!(done.compute_units_consumed < 1_400_000);
    assert!(range(&world) > shaken);
    assert!(world.legs(keeper.account).len() == 1);
}

fn healthy(world: &mut World, account: Pubkey) -> bool {
    let margin = world.margin(account);
    margin.equity_mm >= margin.mm
}

/// Stores a price 12 % up and again the one before: no sampler saw it, but the market's state did. Returns the range.
fn shake(world: &mut World) -> i64 {
    let price = world.prices[2];
    world.advance(1);
    store(world, price * 1.12);
    world.advance(1);
    world.refresh_all();
    range(world)
}

#[test]
fn prices_between_two_samples_count_by_their_extremes() {
    let vol_after = |between: Option<f64>| {
        let mut world = World::new(2);
        world.must(&[ix::sample_volatility(2)], &[]);
        world.advance(INTERVAL / 2);
        store(&mut world, between.unwrap_or(220.0));
        sample_after(&mut world, INTERVAL / 2, 220.0);
        let market = market(&world);
        (market.variance.variance_1h, market.risk.params.range)
    };
    let (quiet, hidden) = (vol_after(None), vol_after(Some(195.0)));
    assert!(hidden.0 > 2 * quiet.0 && hidden.1 > quiet.1, "{quiet:?} {hidden:?}");
}

#[test]
fn calm_lowers_the_range_no_faster_than_its_bound_and_not_below_the_floor() {
    let mut world = World::new(2);
    world.must(&[ix::sample_volatility(2)], &[]);
    sample_after(&mut world, INTERVAL, 187.0);
    let storm = range(&world);
    let forecast = layout::forecast();
    // not within a day of the first sample
    for _ in 0..23 {
        sample_after(&mut world, 3_600, 187.0);
        assert!(range(&world) >= storm);
    }
    let (mut last, mut version, mut steps) = (market(&world).variance.range, market(&world).risk_version, 0);
    for hour in 0..400 {
        // samples as early as they are allowed, once an hour or once a day
        let wait = [INTERVAL, 3_600, 86_400][hour % 3];
        sample_after(&mut world, wait, 187.0);
        let now = market(&world);
        let allowed = forecast.range_fall_per_hour * wait.min(3_600) / 3_600;
        assert!(now.variance.range >= last - allowed, "{hour}");
        let (in_use, newest) = (now.risk.params.range, now.variance.range);
        assert!(newest <= in_use && in_use - newest <= in_use / 100, "{hour}: {in_use} {newest}");
        steps += now.risk_version - version;
        (last, version) = (newest, now.risk_version);
    }
    assert_eq!(last, forecast.range_floor);
    assert!((range(&world) - last) * 100 <= range(&world));
    assert!(steps < 120, "the arrays went stale at every third sample at most: {steps}");
    assert_eq!(market(&world).risk.shocks[0].k, -range(&world));
}

#[test]
fn early_samples_and_stale_prices_are_refused() {
    let mut world = World::new(2);
    world.must(&[ix::sample_volatility(2)], &[]);
    world.refuses(ix::sample_volatility(2), &[], E::SampleTooEarly); // the same price
    world.advance(INTERVAL - 1);
    store(&mut world, 150.0);
    world.refuses(ix::sample_volatility(2), &[], E::SampleTooEarly);
    // time alone is no sample: the stored price is what counts
    world.advance(60);
    world.refuses(ix::sample_volatility(2), &[], E::SampleTooEarly);
    world.advance(1);
    world.refuses(ix::sample_volatility(2), &[], E::StalePrice);
    store(&mut world, 150.0);
    world.accepts(ix::sample_volatility(2), &[]);
    // a market without any price yet
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    world.accepts(ix::list_market(payer, listing, World::market_args(9, 1.0)), &[]);
    world.refuses(ix::sample_volatility(9), &[], E::StalePrice);
    let book: Book = world.read(&addresses::book(2, world.expiries[0]));
    assert!(book.risk_version < market(&world).risk_version);
}

#[test]
fn a_market_needs_a_sound_forecast() {
    type Spoil = fn(&mut clearing_house::ListMarketArgs);
    let cases: [(&str, Spoil); 8] = [
        ("negative intercept", |args| args.forecast.har_intercept = -1),
        ("extreme coefficient", |args| args.forecast.har_1d = i64::MAX),
        ("no quantile", |args| args.forecast.z = 0),
        ("crossed floor and cap", |args| args.forecast.range_floor = args.forecast.range_cap + 1),
        ("range below the floor", |args| args.params.range = args.forecast.range_floor - 1),
        ("range above the cap", |args| args.params.range = args.forecast.range_cap + 1),
        ("samples at any time", |args| args.forecast.min_interval = 0),
        ("nothing set", |args| args.forecast = Default::default()),
    ];
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    for (case, spoil) in cases {
        let mut args = World::market_args(9, 1.0);
        spoil(&mut args);
        world.refuses_case(case, ix::list_market(payer, listing, args), &[], E::BadForecast);
    }
    // floor and cap at the range: a market with a fixed one, in a storm too; and another grid than the house's
    let mut fixed = World::market_args(9, 1.0);
    (fixed.forecast.range_floor, fixed.forecast.range_cap) = (fixed.params.range, fixed.params.range);
    fixed.grid = Some(vec![GridRow { k: nanos(-1.0), weight: 1, unit: 0, vol: 1, reserved: [0; 2] }]);
    world.accepts(ix::list_market(payer, listing, fixed), &[]);
    for price in [220.0, 110.0] {
        world.advance(INTERVAL);
        world.post(9, &oracle::update(layout::feed(9), price, world.now()));
        world.accepts(ix::refresh_price(9, World::price_account(9)), &[]);
        world.accepts(ix::sample_volatility(9), &[]);
    }
    let market: Market = world.read(&addresses::market(9));
    assert_eq!((market.risk.params.range, market.risk_version), (nanos(0.16), 1));
    assert!(market.variance.sigma > nanos(1.0));
}

#[test]
fn the_range_in_use_margins_an_account() {
    let im = |price: f64| {
        let mut world = World::new(2);
        let (alice, bob): (Trader, Trader) = (world.trader(8, 100_000), world.trader(8, 100_000));
        world.must(&[ix::sample_volatility(2)], &[]);
        world.trade(&alice, &bob, future(&world, 100, 220.0)).expect("a future");
        sample_after(&mut world, INTERVAL, price);
        store(&mut world, 220.0);
        world.refresh_all();
        let (range, margin) = (range(&world), world.margin(alice.account));
        (range as f64 / 1e9, margin.im as f64 / 1e6)
    };
    let (calm, storm) = (im(220.0), im(190.0));
    // 10 SOL at 220: what R adds to the shock it adds to the scan of a future
    let grown = (storm.1 - calm.1) / 2_200.0;
    assert!((grown - (storm.0 - calm.0)).abs() < 0.01 * grown, "{calm:?} {storm:?}");
}
