//! Staked tokens: underlying × the rate of the pool that issues them, held to its pace and to the token's own price.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use clearing_house::ListCollateralArgs;
use clearing_house::error::ClearingError as E;
use clearing_house::state::{Collateral, OracleBinding, PoolBinding};
use novate_tests::layout::{self, nanos};
use novate_tests::{World, addresses, instructions as ix, oracle, stake_pool, tokens};
use solana_instruction::Instruction;
use solana_signer::Signer;
use spl_stake_pool::state::{AccountType, StakePool};

/// Feed number of the tokens that have one.
const OWN: u16 = 21;

fn pooled_args(mint: &Pubkey) -> ListCollateralArgs {
    let pool = Some(stake_pool::binding(mint));
    ListCollateralArgs { oracle: OracleBinding::default(), pool, ..layout::collateral(OWN, 0.1, 0.2) }
}

/// A world in epoch 800 with a token that its pool prices at 1.2 SOL, and the refresh.
fn pooled() -> (World, Pubkey, Instruction) {
    let mut world = World::new(2);
    world.set_epoch(800);
    let mint = world.list_more(Some(2), pooled_args);
    world.set_pool(&mint, 1.2);
    let refresh = ix::refresh_staked_collateral(&mint, 2, stake_pool::address(&mint));
    (world, mint, refresh)
}

fn read(world: &World, mint: &Pubkey) -> Collateral {
    world.read(&addresses::collateral(mint))
}

#[test]
fn a_staked_token_is_worth_its_underlying_times_the_rate() {
    let (mut world, mint, refresh) = pooled();
    world.accepts(refresh.clone(), &[]);
    let collateral = read(&world, &mint);
    assert_eq!(collateral.pool_rate.rate, nanos(1.2));
    assert_eq!(collateral.pool_price.price, nanos(264.0));
    assert_eq!(collateral.pool_price.ema, nanos(264.0));
    assert_eq!(collateral.pool_price.confidence, nanos(0.132));
    assert_eq!(collateral.pool_price.publish_time, world.now());
    let holder = world.trader(8, 0);
    world.deposit(&holder, mint, 1_000_000_000).expect("1 token");
    // (264 − 0.132) less haircuts of 10 and 20 %
    let report = world.margin(holder.account);
    assert_eq!((report.equity_mm, report.equity_im), (237_481_200, 211_094_400));
}

#[test]
fn a_rise_counts_at_its_pace_and_a_fall_at_once() {
    let (mut world, mint, refresh) = pooled();
    world.accepts(refresh.clone(), &[]);
    let rate = |world: &World| read(world, &mint).pool_rate.rate;
    // SOL given to the pool, or a forged update: 0.1 % counts
    world.set_pool(&mint, 2.4);
    for _ in 0..3 {
        world.advance(10);
        world.accepts(refresh.clone(), &[]);
        assert_eq!(rate(&world), nanos(1.2012));
    }
    world.set_pool(&mint, 1.1);
    world.accepts(refresh.clone(), &[]);
    assert_eq!(rate(&world), nanos(1.1));
    assert_eq!(read(&world, &mint).pool_price.price, nanos(242.0));
    // by the day from there
    world.set_pool(&mint, 1.2);
    for day in 1..=3 {
        world.advance(86_400);
        world.refresh_all();
        world.accepts(refresh.clone(), &[]);
        let expected = if day == 1 { 1.1 * 1.002 } else { 1.1 * 1.002 * 1.002_f64.powi(day - 1) };
        assert!((rate(&world) - nanos(expected)).abs() <= 3, "{day} {}", rate(&world));
    }
}

#[test]
fn an_unsound_pool_is_refused() {
    type Spoil = fn(&mut StakePool);
    let cases: [(&str, Spoil, E); 10] = [
        ("empty", |pool| pool.account_type = AccountType::Uninitialized, E::WrongStakePool),
        ("list of validators", |pool| pool.account_type = AccountType::ValidatorList, E::WrongStakePool),
        ("of another token", |pool| pool.pool_mint = [7; 32].into(), E::WrongStakePool),
        ("not updated", |pool| pool.last_update_epoch -= 2, E::StalePool),
        ("never updated", |pool| pool.last_update_epoch = 0, E::StalePool),
        ("of a later epoch", |pool| pool.last_update_epoch += 1, E::WrongStakePool),
        ("without tokens", |pool| pool.pool_token_supply = 0, E::OutsidePricing),
        ("without SOL", |pool| pool.total_lamports = 0, E::OutsidePricing),
        ("broken", |pool| pool.pool_token_supply = 1, E::OutsidePricing),
        ("worth nothing", |pool| (pool.total_lamports, pool.pool_token_supply) = (1, u64::MAX), E::OutsidePricing),
    ];
    let (mut world, mint, refresh) = pooled();
    let address = stake_pool::address(&mint);
    for (case, spoil, error) in cases {
        let mut pool = stake_pool::pool(&mint, 1.2, 800);
        spoil(&mut pool);
        world.set_account(address, stake_pool::program(), stake_pool::encode(&pool));
        world.refuses_case(case, refresh.clone(), &[], error);
    }
    let data = stake_pool::encode(&stake_pool::pool(&mint, 1.2, 800));
    for owner in [clearing_house::ID, ix::TOKEN, Pubkey::new_unique()] {
        world.set_account(address, owner, data.clone());
        world.refuses(refresh.clone(), &[], E::WrongStakePool);
    }
    world.set_account(address, stake_pool::program(), data[..273].to_vec());
    world.refuses(refresh.clone(), &[], E::WrongStakePool);
    // an epoch's delay is all right
    world.set_account(address, stake_pool::program(), data);
    world.set_epoch(801);
    world.accepts(refresh, &[]);
}

#[test]
fn pool_and_market_are_the_bound_ones_and_the_price_fresh() {
    let (mut world, mint, refresh) = pooled();
    let sol = world.sol;
    let mut another = refresh.clone();
    another.accounts[2].pubkey = stake_pool::address(&sol);
    let of_mint = stake_pool::encode(&stake_pool::pool(&mint, 9.0, 800));
    world.set_account(stake_pool::address(&sol), stake_pool::program(), of_mint);
    world.refuses(another, &[], E::WrongStakePool);
    let mut another = refresh.clone();
    another.accounts[1].pubkey = addresses::market(0);
    world.refuses(another, &[], ErrorCode::ConstraintSeeds);
    // a token without a pool, and one without a feed
    let plain = ix::refresh_staked_collateral(&sol, 2, Pubkey::default());
    world.refuses(plain, &[], E::NoPool);
    world.post(OWN, &oracle::update([0; 32], 1.0, world.now()));
    world.refuses(ix::refresh_collateral(&mint, World::price_account(OWN)), &[], E::WrongFeed);
    world.advance(61);
    world.refuses(refresh, &[], E::StalePrice);
}

#[test]
fn the_tokens_own_price_holds_it_down() {
    let mut world = World::new(2);
    world.set_epoch(800);
    let mint = world.list_more(Some(2), |mint| ListCollateralArgs { oracle: layout::oracle(OWN), ..pooled_args(mint) });
    world.set_pool(&mint, 1.2);
    let holder = world.trader(8, 0);
    let pool = ix::refresh_staked_collateral(&mint, 2, stake_pool::address(&mint));
    let own = ix::refresh_collateral(&mint, World::price_account(OWN));
    world.accepts(pool.clone(), &[]);
    // both must be there before the first deposit
    world.deposit(&holder, mint, 1_000_000_000).expect_err("no price of its own yet");
    world.post(OWN, &oracle::update(layout::feed(OWN), 250.0, world.now()));
    world.accepts(own.clone(), &[]);
    world.deposit(&holder, mint, 1_000_000_000).expect("1 token");
    let equity = |world: &mut World| world.margin(holder.account).equity_mm;
    assert_eq!(equity(&mut world), 224_887_500); // (250 − 0.125) × 90 %
    world.advance(1);
    world.post(OWN, &oracle::update(layout::feed(OWN), 280.0, world.now()));
    world.accepts(own.clone(), &[]);
    assert_eq!(equity(&mut world), 237_481_200); // (264 − 0.132) × 90 %
    // a feed that falls silent at a low price still holds it down, once it is given up
    world.advance(1);
    world.post(OWN, &oracle::update(layout::feed(OWN), 200.0, world.now()));
    world.accepts(own, &[]);
    world.advance(6 * 3_600 + 1);
    world.refresh_all();
    world.accepts(pool, &[]);
    assert_eq!(equity(&mut world), 179_910_000); // (200 − 0.1) × 90 %, not faded: the pool speaks
    assert_eq!(world.margin(holder.account).equity_im, 0);
}

#[test]
fn a_pool_binding_has_bounds() {
    type Spoil = fn(&mut PoolBinding);
    let cases: [(&str, Spoil); 7] = [
        ("no pool", |binding| binding.pool = Pubkey::default()),
        ("no program", |binding| binding.program = Pubkey::default()),
        ("shrinking", |binding| binding.max_growth_per_day = -1),
        ("fast", |binding| binding.max_growth_per_day = nanos(0.01) + 1),
        ("no age", |binding| binding.max_age = 0),
        ("ageless", |binding| binding.max_age = 601),
        ("negative age", |binding| binding.max_age = i64::MIN),
    ];
    let mut world = World::new(2);
    let (payer, listing, mint) = (world.payer(), world.keys.listing.pubkey(), Pubkey::new_unique());
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
    for (case, spoil) in cases {
        let mut binding = stake_pool::binding(&mint);
        spoil(&mut binding);
        let args = ListCollateralArgs { pool: Some(binding), ..pooled_args(&mint) };
        world.refuses_case(case, ix::list_collateral(payer, listing, mint, Some(2), args), &[], E::BadPoolBinding);
    }
    // its underlying is a market, its atoms are the underlying's
    let list = ix::list_collateral(payer, listing, mint, None, pooled_args(&mint));
    world.refuses(list, &[], E::BadPoolBinding);
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 8));
    let list = ix::list_collateral(payer, listing, mint, Some(2), pooled_args(&mint));
    world.refuses(list, &[], E::BadPoolBinding);
    // a fallback needs a feed to fall back from
    let args = ListCollateralArgs { fallback: Some(novate_tests::switchboard::binding(9)), ..pooled_args(&mint) };
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
    world.refuses(ix::list_collateral(payer, listing, mint, Some(2), args), &[], E::BadFallbackBinding);
}
