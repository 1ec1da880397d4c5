//! Laws that every portfolio's margin obeys (THREATS 6, 8 to 10).

mod common;

use std::sync::LazyLock;

use common::world::{Positions, World};
use novate_risk::RiskError;
use novate_risk::array::StrikeRisk;
use novate_risk::instrument::{Kind, Leg, LegKey};
use novate_risk::params::{MODEL_DELTA_GAMMA_VEGA, RiskParams};
use novate_risk::portfolio::{
    BookView, Holding, Margin, MarketMargin, MarketView, Portfolio, WitnessRows, margin, static_margin, witness_margin,
};
use novate_risk::scenario::Shock;
use novate_risk::units::{LotValue, Lots, Nanos, Quote, Ratio, Vol};
use proptest::prelude::*;

static WORLD: LazyLock<World> = LazyLock::new(World::standard);
/// The same with arrays of the cheap model.
static EXPANDED: LazyLock<World> = LazyLock::new(|| World::standard().with_model(MODEL_DELTA_GAMMA_VEGA));
static REVERSED: LazyLock<World> = LazyLock::new(|| World::standard().with_reversed_grid());

fn positions() -> impl Strategy<Value = Positions> {
    let keys = WORLD.keys.len();
    let legs = prop::collection::vec((0..keys, -2_000_i64..2_000, -1_000_000_000_i64..1_000_000_000), 0..24);
    let holdings = prop::collection::vec((0_i64..10_000_000_000, prop::option::of(0_usize..2)), 0..3);
    (-10_000_000_000_i64..100_000_000_000, holdings, legs).prop_map(|(cash, holdings, legs)| {
        let holdings = holdings.into_iter().map(|(value, market)| Holding {
            value_mm: Quote(value / 10 * 9),
            value_im: Quote(value / 10 * 8),
            market: market.map(|market| WORLD.markets[market].id),
            exposure: Nanos(value * 1_000),
        });
        let legs = legs.into_iter().map(|(index, size, cost)| {
            let key = WORLD.keys[index];
            (key, size, if key.kind().unwrap().is_option() { 0 } else { cost })
        });
        Positions::new(cash, holdings.collect(), legs.collect())
    })
}

fn options() -> impl Strategy<Value = LegKey> {
    let options = WORLD.keys.iter().copied().filter(|key| key.kind().unwrap().is_option()).collect::<Vec<_>>();
    prop::sample::select(options)
}

fn evaluate(positions: &Positions) -> (Margin, Vec<MarketMargin>) {
    let views = WORLD.views();
    let mut markets = Vec::new();
    let margin = margin(&positions.portfolio(&views), |market| markets.push(*market)).unwrap();
    (margin, markets)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn margins_are_ordered_and_add_up(positions in positions()) {
        let (margin, markets) = evaluate(&positions);
        prop_assert!(0 <= margin.mm.0 && margin.mm <= margin.im);
        prop_assert!(margin.equity_withdraw <= margin.equity_im && margin.equity_im <= margin.equity_mm);
        let scaled = |market: &MarketMargin| market.scan.0 + market.vega.0 + market.liquidity.0 + market.roll.0;
        let im: i64 = markets.iter().map(|market| scaled(market) + market.oracle.0 + market.short_option_im.0).sum();
        prop_assert_eq!(im - margin.offset_im.0, margin.im.0);
        for market in &markets {
            let parts = [market.scan, market.vega, market.liquidity, market.roll, market.oracle, market.short_option_mm];
            prop_assert!(parts.iter().all(|part| part.0 >= 0));
            prop_assert!(market.short_option_mm <= market.short_option_im);
        }
        let scans: i64 = markets.iter().map(|market| market.scan.0 + market.vega.0).sum();
        // at most half of it, the rest stays; a joint scan rounds up
        prop_assert!(margin.offset_im.0 >= -1 && margin.offset_im.0 <= scans / 2);
        prop_assert!(markets.windows(2).all(|pair| pair[0].market < pair[1].market));
    }

    #[test]
    fn merging_never_raises_the_sum(first in positions(), second in positions()) {
        let (a, _) = evaluate(&first);
        let (b, _) = evaluate(&second);
        let (both, _) = evaluate(&first.merged(&second));
        // the offset of a group rounds down, which the parts may not have
        prop_assert!(both.im.0 <= a.im.0 + b.im.0 + 1, "{} {} {}", both.im.0, a.im.0, b.im.0);
        prop_assert!(both.mm.0 <= a.mm.0 + b.mm.0 + 2, "{} {} {}", both.mm.0, a.mm.0, b.mm.0);
    }

    #[test]
    fn homogeneous_in_size(positions in positions(), n in 2_i64..1_000) {
        let (one, markets) = evaluate(&positions);
        let (many, _) = evaluate(&positions.times(n));
        // each market rounds up six times by less than an atom, n times over, and the group three times
        let slack = n * (6 * markets.len() as i64 + 4);
        prop_assert!((n * one.im.0 - slack..=n * one.im.0 + 2 * n).contains(&many.im.0));
        prop_assert!((n * one.mm.0 - slack..=n * one.mm.0 + 2 * n).contains(&many.mm.0));
        prop_assert!((many.equity_mm.0 - n * one.equity_mm.0).abs() <= slack);
    }

    /// Alone it needs at most what it is worth; added to anything it never lowers what is free.
    #[test]
    fn a_long_option_is_never_a_liability(positions in positions(), key in options(), size in 1_i64..100_000) {
        let long = Positions::new(0, vec![], vec![(key, size, 0)]);
        let (alone, _) = evaluate(&long);
        prop_assert!(alone.equity_withdraw.0 >= 0);
        prop_assert!(alone.equity_withdraw.0 + 1 >= alone.im.0 && alone.equity_mm.0 + 2 >= alone.mm.0);
        let (before, _) = evaluate(&positions);
        let (after, _) = evaluate(&positions.merged(&long));
        prop_assert!(after.equity_withdraw.0 - after.im.0 + 3 >= before.equity_withdraw.0 - before.im.0);
        prop_assert!(after.equity_mm.0 - after.mm.0 + 3 >= before.equity_mm.0 - before.mm.0);
    }

    /// A bought and sold leg leaves the account as it was, cash and all.
    #[test]
    fn a_leg_and_its_opposite_change_nothing(positions in positions(), index in 0..WORLD.keys.len(), size in 1_i64..1_000) {
        let key = WORLD.keys[index];
        let before = evaluate(&positions);
        let mut traded = positions.clone();
        for (lots, notional) in [(Lots(size), Quote(size * 777)), (Lots(-size), Quote(-size * 777))] {
            let place = traded.legs.binary_search_by_key(&key, |leg| leg.key);
            let old = place.map_or(Leg { key, ..Leg::default() }, |place| traded.legs[place]);
            let (leg, cash) = novate_risk::trade::fill(old, lots, notional).unwrap();
            traded.cash += cash.0;
            let others = traded.legs.iter().filter(|leg| leg.key != key).chain([&leg]);
            let others = others.map(|leg| (leg.key, leg.size.0, leg.cost.0)).collect();
            traded = Positions::new(traded.cash, traded.holdings, others);
        }
        let after = evaluate(&traded);
        prop_assert_eq!(before.1, after.1);
        prop_assert_eq!((before.0.im, before.0.mm, before.0.equity_mm), (after.0.im, after.0.mm, after.0.equity_mm));
    }

    #[test]
    fn a_witness_is_a_lower_bound_and_the_worst_one_is_exact(positions in positions(), any in prop::collection::vec(0_u8..33, 3)) {
        let views = WORLD.views();
        let portfolio = positions.portfolio(&views);
        let (full, markets) = evaluate(&positions);
        let rows = markets.iter().map(|market| market.worst_row).collect::<Vec<_>>();
        let exact = WitnessRows { markets: &rows, groups: full.joint_rows() };
        let worst = witness_margin(&portfolio, &exact).unwrap();
        prop_assert_eq!((worst.im, worst.mm), (full.im, full.mm));
        let rows = WitnessRows { markets: &any[..markets.len()], groups: &any[2..][..usize::from(full.groups)] };
        let named = witness_margin(&portfolio, &rows).unwrap();
        prop_assert!(named.im.0 <= full.im.0 + 1 && named.mm.0 <= full.mm.0 + 1);
        prop_assert_eq!(
            (named.equity_mm, named.equity_im, named.equity_withdraw),
            (full.equity_mm, full.equity_im, full.equity_withdraw)
        );
    }

    /// Bounds by expansion cost margin and never save any; they say nothing about equity.
    #[test]
    fn delta_gamma_vega_is_never_below_full_revaluation(positions in positions()) {
        let (full, _) = evaluate(&positions);
        let views = EXPANDED.views();
        let portfolio = positions.portfolio(&views);
        let mut rows = Vec::new();
        let expanded = margin(&portfolio, |market| rows.push(market.worst_row)).unwrap();
        prop_assert!(expanded.im >= full.im && expanded.mm >= full.mm);
        prop_assert_eq!(expanded.equity_mm, full.equity_mm);
        let witness = WitnessRows { markets: &rows, groups: expanded.joint_rows() };
        let worst = witness_margin(&portfolio, &witness).unwrap();
        prop_assert_eq!((worst.im, worst.mm), (expanded.im, expanded.mm));
    }

    /// The grid is a set of rows, however it is summed.
    #[test]
    fn the_order_of_rows_does_not_matter(positions in positions()) {
        let (default, _) = evaluate(&positions);
        let views = REVERSED.views();
        let reversed = margin(&positions.portfolio(&views), |_| ()).unwrap();
        prop_assert_eq!((reversed.im, reversed.mm), (default.im, default.mm));
    }

    #[test]
    fn a_portfolio_never_needs_more_than_its_positions(positions in positions()) {
        let views = WORLD.views();
        let (netted, _) = evaluate(&positions);
        let apart = static_margin(&positions.portfolio(&views)).unwrap();
        prop_assert!(netted.im <= apart.im && netted.mm <= apart.mm && apart.mm <= apart.im);
    }

    #[test]
    fn unused_markets_and_books_are_harmless(positions in positions()) {
        let views = WORLD.views();
        let all = evaluate(&positions);
        let touches = |id: u16| {
            positions.legs.iter().any(|leg| leg.key.market() == id)
                || positions.holdings.iter().any(|holding| holding.market == Some(id))
        };
        let markets = views.markets.iter().copied().filter(|market| touches(market.id)).collect::<Vec<_>>();
        let held = |book: &BookView| {
            let key = u64::from(book.market) << 24 | u64::from(book.expiry_hour);
            positions.legs.iter().any(|leg| leg.key.book() == key)
        };
        let books = views.books.iter().copied().filter(held).collect::<Vec<_>>();
        let few = Portfolio { markets: &markets, books: &books, ..positions.portfolio(&views) };
        let mut seen = Vec::new();
        prop_assert_eq!((margin(&few, |market| seen.push(*market)).unwrap(), seen), all);
    }

    /// A larger haircut never frees equity (THREATS 10).
    #[test]
    fn larger_haircuts_never_free_equity(positions in positions(), cut in 0_i64..1_000_000_000) {
        let (before, _) = evaluate(&positions);
        let mut cut_more = positions.clone();
        for holding in &mut cut_more.holdings {
            holding.value_mm = Quote(holding.value_mm.0 - cut.min(holding.value_mm.0));
            holding.value_im = Quote(holding.value_im.0 - cut.min(holding.value_im.0));
        }
        let (after, _) = evaluate(&cut_more);
        prop_assert!(after.equity_im.0 - after.im.0 <= before.equity_im.0 - before.im.0);
        prop_assert!(after.equity_mm.0 - after.mm.0 <= before.equity_mm.0 - before.mm.0);
    }

    /// Nor does a larger rate or weight (THREATS 10).
    /// But for offsets, where a heavier row may have more of one market's gain pay for another's loss.
    #[test]
    fn larger_rates_and_weights_never_free_equity(positions in positions(), more in 0_i64..50_000_000) {
        let mut views = WORLD.views();
        let alone = |params: &RiskParams| RiskParams { offset: Ratio(0), ..*params };
        let params = WORLD.markets.iter().map(|market| alone(&market.params)).collect::<Vec<_>>();
        for (view, params) in views.markets.iter_mut().zip(&params) {
            view.params = params;
        }
        let before = margin(&positions.portfolio(&views), |_| ()).unwrap();
        let raised = |params: &RiskParams| RiskParams {
            mm_factor: Ratio(params.mm_factor.0 + more),
            short_option_mm: Ratio(params.short_option_mm.0 + more),
            short_option_im: Ratio(params.short_option_im.0 + more),
            ..alone(params)
        };
        let params = WORLD.markets.iter().map(|market| raised(&market.params)).collect::<Vec<_>>();
        let heavier = |shock: &Shock| Shock {
            weight: (shock.weight + u32::try_from(more).unwrap()).min(1_000_000_000),
            ..*shock
        };
        let shocks = WORLD.markets.iter().map(|market| market.shocks.in_use().iter().map(heavier).collect::<Vec<_>>());
        let shocks = shocks.collect::<Vec<_>>();
        for ((view, params), shocks) in views.markets.iter_mut().zip(&params).zip(&shocks) {
            view.params = params;
            view.shocks = shocks;
        }
        let after = margin(&positions.portfolio(&views), |_| ()).unwrap();
        prop_assert!(after.im >= before.im && after.mm >= before.mm);
        prop_assert_eq!(after.equity_mm, before.equity_mm);
    }

    /// Whatever the accounts say, the answer is a result, never a panic (this profile checks for overflow).
    #[test]
    fn extremes_end_in_typed_errors(
        cash in any::<i64>(),
        legs in prop::collection::vec((any::<u64>(), any::<i64>(), any::<i64>()), 0..6),
        listed in prop::collection::vec((0..WORLD.keys.len(), any::<i64>(), any::<i64>()), 0..6),
        numbers in prop::collection::vec(prop_oneof![any::<i64>(), 0..1_000_000_000_i64], 30),
        weights in prop::collection::vec((any::<i64>(), any::<u32>(), any::<u8>()), 0..42),
        rows in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let views = WORLD.views();
        let strange = strange_row(&numbers);
        let strikes = [strange; 3];
        let params = strange_params(&numbers);
        let shocks = weights
            .iter()
            .map(|(k, weight, vol)| Shock { k: Ratio(*k), weight: *weight, vol: *vol, flat: *vol, triples: *vol % 2, reserved: 0 })
            .collect::<Vec<_>>();
        let holdings = [Holding {
            value_mm: Quote(numbers[0]),
            value_im: Quote(numbers[1]),
            market: (numbers[2] % 2 == 0).then_some(views.markets[0].id),
            exposure: Nanos(numbers[3]),
        }];
        let mut all = legs;
        all.extend(listed.iter().map(|(index, size, cost)| (WORLD.keys[*index].0, *size, *cost)));
        all.sort_unstable();
        let legs = all
            .iter()
            .map(|(key, size, cost)| Leg { key: LegKey(*key), size: Lots(*size), cost: Quote(*cost) })
            .collect::<Vec<_>>();
        let mut strange_views = WORLD.views();
        for market in &mut strange_views.markets {
            *market = MarketView { spot: LotValue(numbers[4]), params: &params, shocks: &shocks, ..*market };
        }
        for book in &mut strange_views.books {
            book.forward = LotValue(numbers[5]);
            book.reference = LotValue(numbers[6]);
            book.discount = Ratio(numbers[7]);
            book.strikes = &strikes;
        }
        for views in [&views, &strange_views] {
            let (markets, books) = (&views.markets[..], &views.books[..]);
            let portfolio = Portfolio { cash: Quote(cash), holdings: &holdings, legs: &legs, markets, books };
            let _ = margin(&portfolio, |_| ());
            let _ = static_margin(&portfolio);
            let split = rows.len() / 2;
            let _ = witness_margin(&portfolio, &WitnessRows { markets: &rows[split..], groups: &rows[..split] });
        }
    }
}

fn strange_row(numbers: &[i64]) -> StrikeRisk {
    let mut row = WORLD.books[0].strikes[0];
    row.mark = LotValue(numbers[8]);
    row.delta = Ratio(numbers[9]);
    row.gamma = LotValue(numbers[10]);
    row.strike_value = LotValue(numbers[11]);
    row.peak = LotValue(numbers[12]);
    for (pnl, number) in row.pnl.iter_mut().zip(numbers) {
        *pnl = LotValue(*number);
    }
    row
}

fn strange_params(numbers: &[i64]) -> RiskParams {
    RiskParams {
        range: Ratio(numbers[13]),
        vol_up: Ratio(numbers[14]),
        vol_down: Ratio(numbers[15]),
        vol_floor: Vol(numbers[16]),
        vol_power_short: Ratio(numbers[17]),
        vol_power_long: Ratio(numbers[18]),
        mm_factor: Ratio(numbers[19]),
        short_option_mm: Ratio(numbers[20]),
        short_option_im: Ratio(numbers[21]),
        unrealised_cap: Quote(numbers[22]),
        roll_rate: Ratio(numbers[23]),
        vega_charge: Ratio(numbers[24]),
        liquidity_depth: Quote(numbers[25]),
        oracle_confidence: Ratio(numbers[26]),
        oracle_dispersion: Ratio(numbers[27]),
        offset_group: numbers[28].cast_unsigned() % 3,
        offset: Ratio(numbers[29]),
        model: 0,
    }
}

/// Call, short put and short future of one strike and expiry: no risk in any row where nothing is discounted.
#[test]
fn a_conversion_has_no_scan() {
    for book in WORLD.books.iter().filter(|book| book.discount == Ratio::ONE) {
        let id = WORLD.markets[book.market].id;
        for strike in 0..u16::try_from(book.strikes.len()).unwrap() {
            let key = |strike, kind| LegKey::new(id, book.hour, strike, kind).unwrap();
            let legs = vec![
                (key(strike, Kind::Call), 500, 0),
                (key(strike, Kind::Put), -500, 0),
                (key(0, Kind::Future), -500, 0),
            ];
            let (_, markets) = evaluate(&Positions::new(0, vec![], legs));
            assert!(markets[0].scan.0 <= 1, "{}", markets[0].scan.0);
        }
    }
}

/// A call covered by collateral of the same underlying needs less than the call alone by what the hedge takes off.
#[test]
fn collateral_in_the_grid_covers_a_call() {
    let views = WORLD.views();
    let market = &views.markets[0];
    let book = WORLD.books.iter().find(|book| book.market == 0 && book.seconds == 604_800).unwrap();
    let key = LegKey::new(market.id, book.hour, 4, Kind::Call).unwrap();
    let underlying = Nanos(market.spot.0 * 100);
    let holding = Holding {
        value_mm: underlying.to_quote_floor(),
        value_im: underlying.to_quote_floor(),
        market: Some(market.id),
        exposure: underlying,
    };
    let alone = evaluate(&Positions::new(0, vec![], vec![(key, -100, 0)])).0;
    let covered = evaluate(&Positions::new(0, vec![holding], vec![(key, -100, 0)])).0;
    let unlinked = evaluate(&Positions::new(0, vec![Holding { market: None, ..holding }], vec![(key, -100, 0)])).0;
    assert_eq!(alone.im, unlinked.im);
    assert!(covered.im < alone.im, "{covered:?} {alone:?}");
    assert!(covered.equity_im >= covered.im, "the covered call stands on its own");
    let missing = Positions::new(0, vec![Holding { market: Some(77), ..holding }], vec![]);
    assert_eq!(margin(&missing.portfolio(&views), |_| ()), Err(RiskError::UnknownMarket));
}
