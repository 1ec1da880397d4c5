//! What a margin refuses, how marks move between refreshes, and what counts of unrealised profit.

mod common;

use common::world::{Positions, World};
use common::{YEAR, call};
use novate_risk::RiskError;
use novate_risk::instrument::{Kind, Leg, LegKey};
use novate_risk::params::RiskParams;
use novate_risk::portfolio::{MarketView, Portfolio, WitnessRows, margin, witness_margin};
use novate_risk::scenario::Shock;
use novate_risk::units::{LotValue, Lots, Price, Quote, Ratio};

fn key(world: &World, book: usize, strike: u16, kind: Kind) -> LegKey {
    let book = &world.books[book];
    LegKey::new(world.markets[book.market].id, book.hour, strike, kind).unwrap()
}

fn leg(key: LegKey, size: i64) -> Leg {
    Leg { key, size: Lots(size), cost: Quote::ZERO }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let world = World::standard();
    let views = world.views();
    let of = |legs: &[Leg]| {
        let portfolio =
            Portfolio { cash: Quote::ZERO, holdings: &[], legs, markets: &views.markets, books: &views.books };
        margin(&portfolio, |_| ()).map(|_| ())
    };
    let first = key(&world, 0, 0, Kind::Call);
    let second = key(&world, 1, 0, Kind::Put);
    assert_eq!(of(&[leg(first, 1), leg(second, 1)]), Ok(()));
    assert_eq!(of(&[leg(second, 1), leg(first, 1)]), Err(RiskError::Unordered));
    assert_eq!(of(&[leg(first, 1), leg(first, 1)]), Err(RiskError::Unordered));
    let put = key(&world, 0, 0, Kind::Put);
    assert_eq!(of(&[leg(first, 1), leg(put, 1), leg(put, 1)]), Err(RiskError::Unordered));
    let market = world.markets[0].id;
    let elsewhere = LegKey::new(market, 499_999, 0, Kind::Call).unwrap();
    assert_eq!(of(&[leg(elsewhere, 1)]), Err(RiskError::UnknownBook));
    assert_eq!(of(&[leg(LegKey::new(market, 600_000, 0, Kind::Future).unwrap(), 1)]), Err(RiskError::UnknownBook));
    assert_eq!(of(&[leg(LegKey::new(market + 1, 0, 0, Kind::Perpetual).unwrap(), 1)]), Err(RiskError::UnknownMarket));
    assert_eq!(of(&[leg(LegKey::new(9_999, 0, 0, Kind::Perpetual).unwrap(), 1)]), Err(RiskError::UnknownMarket));
    assert_eq!(of(&[leg(key(&world, 0, 9, Kind::Put), 1)]), Err(RiskError::UnknownStrike));
    assert_eq!(of(&[leg(LegKey(first.0 + 7), 1)]), Err(RiskError::UnknownKind));

    let swapped = [views.markets[1], views.markets[0]];
    let portfolio = Portfolio { cash: Quote(0), holdings: &[], legs: &[], markets: &swapped, books: &[] };
    assert_eq!(margin(&portfolio, |_| ()), Err(RiskError::Unordered));
    let mut books = views.books.clone();
    books[1] = books[0];
    let legs = [leg(first, 1), leg(second, 1)];
    let portfolio = Portfolio { legs: &legs, markets: &views.markets, books: &books, ..portfolio };
    assert_eq!(margin(&portfolio, |_| ()), Err(RiskError::Unordered));
    // a book that comes too late is not found
    let late = [views.books[1], views.books[0]];
    assert_eq!(margin(&Portfolio { books: &late, ..portfolio }, |_| ()), Err(RiskError::UnknownBook));
    let markets = [MarketView { shocks: &[], ..views.markets[0] }];
    assert_eq!(margin(&Portfolio { markets: &markets, ..portfolio }, |_| ()), Err(RiskError::BadGrid));
}

#[test]
fn witnesses_name_one_existing_row_per_market() {
    let world = World::standard();
    let views = world.views();
    let positions =
        Positions::new(0, vec![], vec![(key(&world, 0, 3, Kind::Call), -5, 0), (key(&world, 7, 3, Kind::Put), -5, 0)]);
    let portfolio = positions.portfolio(&views);
    let named = |markets, groups| witness_margin(&portfolio, &WitnessRows { markets, groups });
    assert!(named(&[0, 32], &[32]).is_ok());
    for rows in [&[][..], &[0], &[0, 33], &[255, 0], &[0, 0, 0]] {
        assert_eq!(named(rows, &[0]), Err(RiskError::ScenarioOutOfRange), "{rows:?}");
    }
    for rows in [&[][..], &[33], &[0, 0]] {
        assert_eq!(named(&[0, 0], rows), Err(RiskError::ScenarioOutOfRange), "{rows:?}");
    }
    let empty = Positions::new(5, vec![], vec![]);
    assert_eq!(witness_margin(&empty.portfolio(&views), &WitnessRows::default()).unwrap().equity_mm, Quote(5));
}

/// The largest positions are margined exactly or refused; nothing wraps in between.
#[test]
fn size_is_limited_by_a_typed_error() {
    let world = World::standard();
    let mut views = world.views();
    // the tails at full weight, where products are largest
    let full = |shock: &Shock| Shock { weight: 1_000_000_000, ..*shock };
    let shocks = world.markets[0].shocks.in_use().iter().map(full).collect::<Vec<_>>();
    views.markets[0].shocks = &shocks;
    let perpetual = LegKey::new(world.markets[0].id, 0, 0, Kind::Perpetual).unwrap();
    let kinds =
        [key(&world, 2, 4, Kind::Call), key(&world, 2, 4, Kind::Put), key(&world, 2, 0, Kind::Future), perpetual];
    for key in kinds {
        let at = |size: i64| {
            let positions = Positions { cash: 0, holdings: vec![], legs: vec![leg(key, size)] };
            margin(&positions.portfolio(&views), |_| ())
        };
        let one = at(-1_000_000).unwrap();
        let (mut fits, mut fails) = (1_000_000_i64, i64::MAX);
        while fails - fits > 1 {
            let middle = fits + (fails - fits) / 2;
            if at(-middle).is_ok() { fits = middle } else { fails = middle }
        }
        assert_eq!(at(-fails), Err(RiskError::Overflow));
        assert_eq!(at(i64::MIN), Err(RiskError::Overflow));
        let many = at(-fits).unwrap();
        let expected = one.im.0 as f64 / 1e6 * fits as f64;
        assert!((many.im.0 as f64 / expected - 1.0).abs() < 1e-5, "{} {expected}", many.im.0);
        assert!(
            many.im.0 > 100_000_000_000_000,
            "positions of 100 million USDC must fit: {} {:?}",
            many.im.0,
            key.kind()
        );
    }
}

#[test]
fn unrealised_profit_counts_as_it_should() {
    let world = World::standard();
    let cap = Quote(3_000_000);
    let params = RiskParams { unrealised_cap: cap, ..world.markets[0].params };
    let mut views = world.views();
    views.markets[0].params = &params;
    let market = views.markets[0].id;
    let future = key(&world, 1, 0, Kind::Future);
    let perpetual = LegKey::new(market, 0, 0, Kind::Perpetual).unwrap();
    let future_value = views.books[1].forward.0 * 10 / 1_000;
    let perpetual_value = views.markets[0].spot.0 * -10 / 1_000;
    let at = |profit: i64, other: i64| {
        let legs = vec![(future, 10, future_value - profit), (perpetual, -10, perpetual_value - other)];
        let positions = Positions::new(0, vec![], legs);
        margin(&positions.portfolio(&views), |_| ()).unwrap()
    };
    // within two atoms of rounding down
    let near = |got: Quote, want: i64| assert!((want - 2..=want).contains(&got.0), "{got:?} {want}");
    let gain = at(2_000_000, 500_000);
    near(gain.equity_mm, 2_500_000);
    near(gain.equity_im, 2_500_000);
    near(gain.equity_withdraw, 0);
    let capped = at(2_000_000, 5_000_000);
    near(capped.equity_mm, 7_000_000);
    near(capped.equity_im, 3_000_000);
    near(capped.equity_withdraw, 0);
    // a loss on one leg is set against the other's profit, and a net loss counts everywhere
    let loss = at(2_000_000, -5_000_000);
    near(loss.equity_mm, -3_000_000);
    near(loss.equity_im, -3_000_000);
    near(loss.equity_withdraw, -3_000_000);
}

/// Shorts are netted per strike and kind; a rate of the underlying's value each.
#[test]
fn short_option_minimum_counts_naked_shorts_per_strike() {
    let world = World::standard();
    let views = world.views();
    let minimum = |legs: Vec<(LegKey, i64, i64)>| {
        let positions = Positions::new(0, vec![], legs);
        let mut found = (0, 0);
        margin(&positions.portfolio(&views), |market| found = (market.short_option_mm.0, market.short_option_im.0))
            .unwrap();
        found
    };
    let call = |strike| key(&world, 2, strike, Kind::Call);
    let put = |strike| key(&world, 2, strike, Kind::Put);
    let spot = views.markets[0].spot.0;
    let of = |lots: i64| {
        let value = i128::from(spot) * i128::from(lots);
        let ceil = |rate: i128| {
            let nanos = (value * rate).div_euclid(1_000_000_000) + i128::from((value * rate) % 1_000_000_000 != 0);
            i64::try_from(nanos.div_euclid(1_000) + i128::from(nanos % 1_000 != 0)).unwrap()
        };
        (ceil(3_000_000), ceil(5_000_000))
    };
    assert_eq!(minimum(vec![(call(1), -7, 0)]), of(7));
    assert_eq!(minimum(vec![(call(1), -7, 0), (put(1), -5, 0), (put(6), -1, 0)]), of(13));
    assert_eq!(minimum(vec![(call(1), -7, 0), (put(1), 9, 0), (call(2), 7, 0)]), of(7));
    assert_eq!(minimum(vec![(call(1), 7, 0), (put(1), 9, 0)]), (0, 0));
}

/// Between refreshes marks follow the forward: close to a new valuation for small moves, inside the model-free bounds
/// for any.
#[test]
fn marks_move_with_the_forward() {
    let mut world = World::standard();
    let wide = [-0.9, -0.3, -0.1, -0.01, -0.001, 0.0, 0.001, 0.01, 0.1, 0.3, 2.0];
    for place in 0..world.books.len() {
        for moved in wide {
            let forward = world.books[place].forward.0;
            world.books[place].forward_now = Price((forward as f64 * (1.0 + moved)) as i64);
            let views = world.views();
            let view = views.books[place];
            let discount = |value: LotValue| value.0 as f64 / 1e9 * (view.discount.0 as f64 / 1e9);
            let (now, before) = (discount(view.forward), discount(view.reference));
            for strike in 0..9 {
                let value = |kind| {
                    let legs = vec![(key(&world, place, strike, kind), 1_000, 0)];
                    let positions = Positions::new(0, vec![], legs);
                    margin(&positions.portfolio(&views), |_| ()).unwrap().equity_mm.0 as f64 / 1e9
                };
                let row = &world.books[place].strikes[usize::from(strike)];
                let k = row.strike_value.0 as f64 / 1e9;
                let (mark, call_now, put_now) = (row.mark.0 as f64 / 1e9, value(Kind::Call), value(Kind::Put));
                let slack = 3e-9;
                assert!((call_now - put_now - (now - k)).abs() <= slack, "parity");
                assert!(call_now >= (now - k).max(0.0) - slack && call_now <= now + slack);
                assert!(put_now >= (k - now).max(0.0) - slack && put_now <= k + slack);
                let change = call_now - mark;
                let most = now - before;
                assert!(change >= most.min(0.0) - slack && change <= most.max(0.0) + slack);
                let years = world.books[place].seconds as f64 / YEAR;
                let deviation = row.vol.0 as f64 / 1e9 * years.sqrt();
                if moved.abs() < deviation / 5.0 {
                    let exact = call(now, k, deviation);
                    let third_order = 0.15 * before * (moved / deviation).abs().powi(3) * deviation;
                    assert!((call_now - exact).abs() <= third_order + 1e-6 * before, "{place} {strike} {moved}");
                }
            }
            world.books[place].forward_now = Price(forward);
        }
    }
    // without a forward there is no value
    let views = world.views();
    let mut books = views.books.clone();
    for (forward, reference, discount) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1), (i64::MIN, i64::MIN, 1)] {
        books[0].forward = LotValue(forward);
        books[0].reference = LotValue(reference);
        books[0].discount = Ratio(discount);
        let legs = [leg(key(&world, 0, 0, Kind::Call), 1)];
        let portfolio =
            Portfolio { cash: Quote(0), holdings: &[], legs: &legs, markets: &views.markets, books: &books };
        assert_eq!(margin(&portfolio, |_| ()), Err(RiskError::OutOfDomain));
    }
}
