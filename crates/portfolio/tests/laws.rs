//! What the parts of an answer have to do with each other, over the corpus and over random files.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use novate_portfolio::form::Portfolio;
use novate_portfolio::world::World;
use novate_portfolio::{Answer, margin};
use novate_risk::params::MODEL_FULL_REVALUATION;
use novate_risk::units::NANO;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Nanos of quote in an atom.
const ATOM: i128 = 1_000;

fn evaluate(file: &str) -> (Portfolio, World, Answer) {
    let portfolio = Portfolio::read(file).unwrap();
    let world = World::new(&portfolio).unwrap();
    let answer = Answer::new(&portfolio, &world).unwrap();
    (portfolio, world, answer)
}

/// Rounded up, `divisor` positive.
fn div_ceil(value: i128, divisor: i128) -> i128 {
    -(-value).div_euclid(divisor)
}

/// The scan that the engine reports is the largest weighted loss among the P&L that the answer gives, in its worst row.
fn check_scans(portfolio: &Portfolio, answer: &Answer) {
    for (market, answer) in portfolio.markets.iter().zip(&answer.markets) {
        let shocks = market.shocks.in_use();
        assert_eq!(answer.scenarios.len(), shocks.len());
        let weighted = |(pnl, row): (&i128, &novate_risk::scenario::Shock)| {
            div_ceil(pnl.min(&0).abs() * i128::from(row.weight), NANO.into())
        };
        let losses: Vec<_> = answer.scenarios.iter().zip(shocks).map(weighted).collect();
        let worst = losses.iter().max().unwrap();
        assert_eq!(i128::from(answer.margin.scan.0), div_ceil(*worst, ATOM), "{}", market.id);
        assert_eq!(losses[answer.worst_row], *worst, "{}", market.id);
    }
}

/// A market's P&L and greeks are the sums over its legs and its collateral, but for rounding.
fn check_sums(portfolio: &Portfolio, world: &World, answer: &Answer) {
    for (place, market) in portfolio.markets.iter().enumerate() {
        let legs: Vec<_> = portfolio.legs.iter().zip(&answer.legs).filter(|(leg, _)| leg.market == place).collect();
        let collateral = portfolio.collateral.iter().zip(&world.holdings).filter(|(of, _)| of.market == Some(place));
        let exposure: i128 = collateral.map(|(_, holding)| i128::from(holding.exposure.0)).sum();
        let slack = i128::try_from(legs.len()).unwrap() + 2;
        for (row, shock) in market.shocks.in_use().iter().enumerate() {
            let legs: i128 = legs.iter().map(|(_, leg)| leg.scenarios[row]).sum();
            let sum = legs + exposure * i128::from(shock.k.0) / i128::from(NANO);
            let found = answer.markets[place].scenarios[row];
            // bounds of a strike's net position are not worse than those of its legs one by one
            let exact = market.settings.params.model == MODEL_FULL_REVALUATION;
            let ok = found + slack >= sum && (!exact || found - slack <= sum);
            assert!(ok, "{} row {row}: {sum} {found}", market.id);
        }
        let vega: i128 = legs.iter().map(|(_, leg)| leg.greeks.vega).sum();
        assert_eq!(vega, answer.markets[place].greeks.vega);
    }
}

/// Equity and margin are made of what the answer names.
fn check_totals(portfolio: &Portfolio, world: &World, answer: &Answer) {
    let mut equity = i128::from(portfolio.cash.0) * ATOM;
    equity += world.holdings.iter().map(|holding| i128::from(holding.value_mm.0) * ATOM).sum::<i128>();
    for (placed, leg) in world.legs.iter().zip(&answer.legs) {
        equity += leg.mark - i128::from(placed.leg.cost.0) * ATOM;
    }
    let found = i128::from(answer.margin.equity_mm.0) * ATOM;
    let slack = 2 * ATOM * i128::try_from(answer.markets.len()).unwrap();
    assert!((0..=slack).contains(&(equity - found)), "equity {equity} {found}");

    let parts = answer.markets.iter().map(|market| {
        let of = market.margin;
        [of.scan, of.vega, of.liquidity, of.roll, of.oracle, of.short_option_im].map(|part| i128::from(part.0))
    });
    let sum = parts.flatten().sum::<i128>() - i128::from(answer.margin.offset_im.0);
    assert_eq!(i128::from(answer.margin.im.0), sum);
    assert!(answer.margin.mm <= answer.margin.im && answer.margin.im.0 >= 0);
    assert!(answer.static_margin.im.0 >= 0);
}

fn check(file: &str) {
    let (portfolio, world, answer) = evaluate(file);
    check_scans(&portfolio, &answer);
    check_sums(&portfolio, &world, &answer);
    check_totals(&portfolio, &world, &answer);
}

#[test]
fn laws_hold_over_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for entry in fs::read_dir(folder).unwrap() {
        check(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

/// A file with these legs, of two markets with two books each, one margined by each model.
fn file(spots: [i64; 2], legs: &[String], cash: i64) -> String {
    let mut markets = String::new();
    for (place, spot) in spots.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        let model = ["full_revaluation", "delta_gamma_vega"][place];
        write!(
            markets,
            "{separator}{{\"id\": \"M{place}\", \"spot\": {spot}e-3, \"confidence\": {spot}e-6, \
             \"params\": {{\"model\": \"{model}\"}}, \"books\": [\
             {{\"expiry_s\": 86400, \"forward\": {spot}.5e-3, \"vol\": 0.7, \"dispersion\": 0.01}}, \
             {{\"expiry_s\": 9000000, \"forward\": {spot}e-3, \"rate\": 0.05, \
             \"svi\": {{\"a\": 0.01, \"b\": 0.1, \"rho\": -0.3, \"m\": 0, \"sigma\": 0.2}}}}]}}"
        )
        .unwrap();
    }
    format!("{{\"markets\": [{markets}], \"legs\": [{}], \"cash\": {cash}}}", legs.join(", "))
}

/// Every instrument of [`file`], by a strike in tenths of the price.
fn instruments(spots: [i64; 2]) -> Vec<String> {
    let mut all = Vec::new();
    for (place, spot) in spots.iter().enumerate() {
        let market = format!("\"market\": \"M{place}\"");
        all.push(format!("{market}, \"kind\": \"perpetual\""));
        for expiry in [86_400, 9_000_000] {
            all.push(format!("{market}, \"kind\": \"future\", \"expiry_s\": {expiry}, \"entry\": {spot}e-3"));
            for (kind, tenths) in [("call", 8), ("call", 10), ("call", 13), ("put", 8), ("put", 10), ("put", 13)] {
                let strike = spot * tenths;
                all.push(format!("{market}, \"kind\": \"{kind}\", \"expiry_s\": {expiry}, \"strike\": {strike}e-4"));
            }
        }
    }
    all
}

prop_compose! {
    /// Prices of the markets, and legs with sizes of a few thousand quote.
    fn portfolios()(spots in [10_i64..200_000_000, 10_i64..200_000_000])(
        instruments in subsequence(instruments(spots), 0..=20),
        sizes in prop::collection::vec((-9_999_i64..=9_999).prop_filter("a size", |size| *size != 0), 20),
        spots in Just(spots),
    ) -> ([i64; 2], Vec<String>) {
        let legs = instruments.iter().zip(sizes).map(|(instrument, size)| {
            let spot = if instrument.contains("M0") { spots[0] } else { spots[1] };
            // the power of ten of units that is worth some quote
            let power = 3 - spot.ilog10().cast_signed();
            format!("{{{instrument}, \"size\": {size}e{power}}}")
        });
        (spots, legs.collect())
    }
}

proptest! {
    #[test]
    fn laws_hold_over_random_files((spots, legs) in portfolios(), cash in any::<i32>()) {
        check(&file(spots, &legs, cash.into()));
    }

    #[test]
    fn a_preview_is_the_margin_after_the_trade(
        (spots, legs) in portfolios(),
        cash in 0_i64..1_000_000,
        place in any::<prop::sample::Index>(),
        sale in any::<bool>(),
    ) {
        // an option that the account does not hold, at a price of 3 % of the underlying
        let held = |instrument: &String| legs.iter().any(|leg| leg.contains(instrument));
        let options: Vec<_> = instruments(spots).into_iter().filter(|of| of.contains("strike") && !held(of)).collect();
        let option = &options[place.index(options.len())];
        let spot = if option.contains("M0") { spots[0] } else { spots[1] };
        let sign = if sale { "-" } else { "" };
        let size = format!("{sign}1e{}", 5 - spot.ilog10().cast_signed());
        let trade = |legs: &[String], size: &str| {
            let candidate = format!(", \"candidate\": {{{option}, \"size\": {size}, \"price\": {}e-5}}", spot * 3);
            let mut file = file(spots, legs, cash);
            file.insert_str(file.len() - 1, &candidate);
            evaluate(&file)
        };
        let (portfolio, world, answer) = trade(&legs, &size);
        let preview = answer.preview.unwrap();

        let mut after = legs.clone();
        after.push(format!("{{{option}, \"size\": {size}}}"));
        // with a candidate again, so that lots and with them roundings are the same
        let (_, _, booked) = trade(&after, &size);
        let paid = world.candidate.map(|trade| trade.price.times(trade.placed.leg.size).unwrap().0 / 1_000).unwrap();
        prop_assert_eq!(preview.margin.im, booked.margin.im);
        prop_assert_eq!(preview.margin.mm, booked.margin.mm);
        prop_assert_eq!(preview.margin.equity_im.0, booked.margin.equity_im.0 - paid);
        let worst: Vec<_> = booked.markets.iter().map(|market| (market.worst_row, market.margin)).collect();
        prop_assert_eq!(preview.markets, worst);

        // the largest size meets initial margin, and one lot more does not
        if let Some(largest) = preview.largest_size {
            prop_assert_eq!(largest < 0, sale && largest != 0);
            let lot = i128::from(world.markets[portfolio.candidate.unwrap().leg.market].lot.0);
            let free = |units: i128| {
                let (_, _, answer) = trade(&legs, &novate_portfolio::decimal::text(units, 9));
                let margin = answer.preview.unwrap().margin;
                margin.equity_im.0 - margin.im.0
            };
            if largest != 0 {
                prop_assert!(free(largest) >= 0);
            }
            let more = if sale { -lot } else { lot };
            prop_assert!(free(largest + more) < 0);
        }
    }

    #[test]
    fn the_order_of_legs_means_nothing((spots, legs) in portfolios()) {
        let backwards: Vec<_> = legs.iter().rev().cloned().collect();
        let (_, _, forth) = evaluate(&file(spots, &legs, 0));
        let (_, _, back) = evaluate(&file(spots, &backwards, 0));
        prop_assert_eq!(forth.margin, back.margin);
        prop_assert_eq!(forth.static_margin, back.static_margin);
    }

    #[test]
    fn damaged_files_are_refused_or_answered_but_never_break(
        (spots, legs) in portfolios(),
        place in any::<prop::sample::Index>(),
        with in select(vec!["", "-", "9", "0", "e9", ".", "\"", "{", "]", ",", "NaN", "null", "\u{0}", "ü"]),
        length in 0_usize..12,
    ) {
        let mut file = file(spots, &legs, 0);
        let start = place.index(file.len());
        file.replace_range(start..(start + length).min(file.len()), with);
        if let Err(refusal) = margin(&file) {
            prop_assert_eq!(refusal.to_string().lines().count(), 1);
        }
    }
}
