//! Listing: bounds of collaterals, markets, grids, books and strikes; venues; nothing is listed twice.

use anchor_lang::prelude::Pubkey;
use clearing_house::error::ClearingError as E;
use clearing_house::state::GridRow;
use clearing_house::{GrantVenueArgs, ListBookArgs, ListCollateralArgs, ListMarketArgs};
use novate_tests::layout::{self, nanos};
use novate_tests::{World, instructions as ix, tokens};
use solana_signer::Signer;

const HOUR: i64 = 3_600;

/// The system program's error for an account that exists.
const IN_USE: u32 = 0;

fn collateral_args() -> ListCollateralArgs {
    ListCollateralArgs { cap: 1, ..layout::collateral(9, 0.1, 0.2) }
}

#[test]
fn a_collateral_needs_sound_haircuts_and_an_oracle() {
    type Spoil = fn(&mut ListCollateralArgs);
    let cases: [(&str, Spoil, E); 10] = [
        ("negative haircut", |args| args.haircut_mm = -1, E::BadHaircut),
        ("initial below maintenance", |args| args.haircut_im = args.haircut_mm - 1, E::BadHaircut),
        ("haircut above one", |args| args.haircut_im = nanos(1.0) + 1, E::BadHaircut),
        ("no feed", |args| args.oracle.feed_id = [0; 32], E::BadOracleBinding),
        ("no age", |args| args.oracle.max_age = 0, E::BadOracleBinding),
        ("ageless", |args| args.oracle.max_age = 601, E::BadOracleBinding),
        ("negative age", |args| args.oracle.max_age = i64::MIN, E::BadOracleBinding),
        ("exact", |args| args.oracle.max_confidence = 0, E::BadOracleBinding),
        ("vague", |args| args.oracle.max_confidence = nanos(0.1) + 1, E::BadOracleBinding),
        ("no binding", |args| args.oracle = Default::default(), E::BadOracleBinding),
    ];
    let mut world = World::new(2);
    let (payer, listing, mint) = (world.payer(), world.keys.listing.pubkey(), Pubkey::new_unique());
    world.set_account(mint, ix::TOKEN, tokens::mint(payer, 9));
    for (case, spoil, error) in cases {
        let mut args = collateral_args();
        spoil(&mut args);
        world.refuses_case(case, ix::list_collateral(payer, listing, mint, None, args), &[], error);
    }
    let fine_grained = Pubkey::new_unique();
    world.set_account(fine_grained, ix::TOKEN, tokens::mint(payer, 19));
    let list = ix::list_collateral(payer, listing, fine_grained, None, collateral_args());
    world.refuses(list, &[], E::BadDecimals);
    world.accepts(ix::list_collateral(payer, listing, mint, None, collateral_args()), &[]);
    world.refuses(ix::list_collateral(payer, listing, mint, None, collateral_args()), &[], IN_USE);
}

#[test]
fn the_quote_token_has_neither_haircut_nor_feed() {
    let mut world = World::empty();
    let (payer, listing, usdc) = (world.payer(), world.keys.listing.pubkey(), world.usdc);
    world.accepts(ix::initialize_house(payer, payer, usdc, world.house_args()), &[]);
    let plain = ListCollateralArgs { cap: 1, ..layout::quote_token() };
    let haircut = ListCollateralArgs { haircut_im: 1, ..plain };
    world.refuses(ix::list_collateral(payer, listing, usdc, None, haircut), &[], E::QuoteHasNoHaircut);
    let feed = ListCollateralArgs { oracle: layout::oracle(1), ..plain };
    world.refuses(ix::list_collateral(payer, listing, usdc, None, feed), &[], E::BadOracleBinding);
    world.accepts(ix::list_market(payer, listing, World::market_args(0, 1.0)), &[]);
    world.refuses(ix::list_collateral(payer, listing, usdc, Some(0), plain), &[], E::BadOracleBinding);
}

#[test]
fn a_mint_with_extensions_is_not_collateral() {
    let mut world = World::new(2);
    let (payer, listing, mint) = (world.payer(), world.keys.listing.pubkey(), Pubkey::new_unique());
    // Token-2022 with MintCloseAuthority: padding to a token account's length, account type 1, extension 3 of 32 bytes
    let mut data = tokens::mint(payer, 9);
    data.resize(165, 0);
    data.extend_from_slice(&[1, 3, 0, 32, 0]);
    data.extend_from_slice(payer.as_ref());
    world.set_account(mint, anchor_spl::token_2022::ID, data);
    let mut list = ix::list_collateral(payer, listing, mint, None, collateral_args());
    list.accounts[7].pubkey = anchor_spl::token_2022::ID;
    world.refuses(list, &[], E::MintHasExtensions);
}

#[test]
fn a_market_needs_sound_limits_parameters_and_grid() {
    type Spoil = fn(&mut ListMarketArgs);
    let cases: [(&str, Spoil, E); 29] = [
        ("reserved number", |args| args.id = u16::MAX, E::BadMarketId),
        ("no lot", |args| args.lot_size = 0, E::BadLotSize),
        ("negative lot", |args| args.lot_size = i64::MIN, E::BadLotSize),
        ("huge lot", |args| args.lot_size = i64::MAX, E::BadLotSize),
        ("no feed", |args| args.oracle.feed_id = [0; 32], E::BadOracleBinding),
        ("arrays never fresh", |args| args.limits.array_max_age = 0, E::BadMarketLimits),
        ("arrays always fresh", |args| args.limits.array_max_age = i64::MAX, E::BadMarketLimits),
        ("any drift", |args| args.limits.array_max_drift = i64::MAX, E::BadMarketLimits),
        ("old surfaces", |args| args.limits.surface_max_age = i64::MAX, E::BadMarketLimits),
        ("no volatility", |args| args.limits.vol_min = 0, E::BadMarketLimits),
        ("crossed volatilities", |args| args.limits.vol_max = args.limits.vol_min, E::BadMarketLimits),
        ("wild volatility", |args| args.limits.vol_max = i64::MAX, E::BadMarketLimits),
        ("frozen volatility", |args| args.limits.vol_move_per_minute = 0, E::BadMarketLimits),
        ("negative basis", |args| args.limits.basis_max = -1, E::BadMarketLimits),
        ("negative rate", |args| args.limits.rate_max = -1, E::BadMarketLimits),
        ("any rate", |args| args.limits.rate_max = nanos(1.0) + 1, E::BadMarketLimits),
        ("no window", |args| args.limits.quorum_window = 9, E::BadMarketLimits),
        ("a window beyond all age", |args| args.limits.quorum_window = i64::MAX, E::BadMarketLimits),
        ("negative interval", |args| args.limits.publish_interval = -1, E::BadMarketLimits),
        ("an interval beyond the window", |args| args.limits.publish_interval = 61, E::BadMarketLimits),
        ("no dispersion", |args| args.limits.dispersion_max = 0, E::BadMarketLimits),
        ("any dispersion", |args| args.limits.dispersion_max = i64::MAX, E::BadMarketLimits),
        ("a shock that narrows", |args| args.limits.stale_vol_up_per_hour = -1, E::BadMarketLimits),
        ("negative range", |args| args.params.range = -1, E::BadRiskParameter),
        ("extreme range", |args| args.params.range = i64::MAX, E::BadRiskParameter),
        ("free maintenance", |args| args.params.mm_factor = i64::MIN, E::BadRiskParameter),
        ("empty grid", |args| args.grid = Some(vec![]), E::BadGrid),
        ("41 rows", |args| args.grid = Some(vec![GridRow::default(); 41]), E::BadGrid),
        (
            "a fall of 100 %",
            |args| args.grid = Some(vec![GridRow { k: nanos(-1.0), weight: 1, unit: 1, vol: 1, reserved: [0; 2] }]),
            E::BadGrid,
        ),
    ];
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    for (case, spoil, error) in cases {
        let mut args = World::market_args(9, 1.0);
        spoil(&mut args);
        world.refuses_case(case, ix::list_market(payer, listing, args), &[], error);
    }
    world.refuses(ix::list_market(payer, listing, World::market_args(2, 1.0)), &[], IN_USE);
}

#[test]
fn a_book_needs_a_sound_expiry_and_different_positive_strikes() {
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    let (fresh, listed) = (layout::hour(3 * 86_400), world.expiries[0]);
    let strike = nanos(200.0);
    let cases = [
        ("in the past", 1, vec![strike], E::BadExpiry),
        ("the perpetual's", 0, vec![strike], E::BadExpiry),
        ("now", layout::hour(0), vec![strike], E::BadExpiry),
        ("in three years", layout::hour(3 * 365 * 86_400), vec![strike], E::BadExpiry),
        ("never", u32::MAX, vec![strike], E::BadExpiry),
        ("no strike", fresh, vec![], E::TooManyStrikes),
        ("zero strike", fresh, vec![0], E::BadStrike),
        ("negative strike", fresh, vec![i64::MIN], E::BadStrike),
        ("huge strike", fresh, vec![i64::MAX], E::BadStrike),
        ("the same strike twice", fresh, vec![strike, strike + 1, strike], E::DuplicateStrike),
    ];
    for (case, expiry_hour, strikes, error) in cases {
        let list = ix::list_book(payer, listing, 2, ListBookArgs { expiry_hour, strikes });
        world.refuses_case(case, list, &[], error);
    }
    let again = ix::list_book(payer, listing, 2, ListBookArgs { expiry_hour: listed, strikes: vec![strike] });
    world.refuses(again, &[], IN_USE);
}

#[test]
fn strikes_are_added_up_to_32_each_once_and_before_the_expiry() {
    let mut world = World::new(2);
    let (payer, listing, hour) = (world.payer(), world.keys.listing.pubkey(), world.expiries[0]);
    let listed = layout::strikes(220.0, 2)[0];
    let many = |count: i64| (1..=count).map(nanos_of_units).collect::<Vec<_>>();
    let more = layout::strikes(1_000.0, 16);
    world.accepts(ix::add_strikes(payer, listing, 2, hour, more), &[]);
    let cases = [
        ("none", vec![], E::TooManyStrikes),
        ("33 in all", many(15), E::TooManyStrikes),
        ("a listed one", vec![listed], E::DuplicateStrike),
        ("zero", vec![0], E::BadStrike),
        ("extreme", vec![i64::MAX], E::BadStrike),
    ];
    for (case, strikes, error) in cases {
        world.refuses_case(case, ix::add_strikes(payer, listing, 2, hour, strikes), &[], error);
    }
    let wrong_role = ix::add_strikes(payer, world.keys.risk.pubkey(), 2, hour, many(1));
    world.refuses(wrong_role, &[], E::WrongRole);
    world.set_time(i64::from(hour) * HOUR);
    world.refuses(ix::add_strikes(payer, listing, 2, hour, many(1)), &[], E::BookExpired);
}

fn nanos_of_units(units: i64) -> i64 {
    nanos(units as f64)
}

#[test]
fn a_venue_is_registered_once_and_retired_for_good() {
    let mut world = World::new(2);
    let (payer, listing) = (world.payer(), world.keys.listing.pubkey());
    let trader = world.trader(8, 1);
    world.refuses(ix::register_venue(payer, listing, 0, payer), &[], IN_USE);
    world.refuses(ix::register_venue(payer, listing, 1, Pubkey::default()), &[], E::WrongVenueAuthority);
    world.accepts(ix::register_venue(payer, listing, 1, payer), &[]);
    world.accepts(ix::retire_venue(world.keys.guardian.pubkey(), 1), &[]);
    world.refuses(ix::register_venue(payer, listing, 1, payer), &[], IN_USE);
    let grant = GrantVenueArgs { expires_at: world.now() + 1, max_lots: 1 };
    let grant = ix::grant_venue(payer, trader.owner.pubkey(), trader.account, 1, grant);
    world.refuses(grant, &[&trader.owner], E::VenueRetired);
}
