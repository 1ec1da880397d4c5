//! Whatever happens, the books balance: random deposits, withdrawals, trades, shocks and liquidations among four
//! accounts, and after each of them every promise of conservation.

use std::cell::Cell;
use std::collections::BTreeMap;

use clearing_house::ClearTradeArgs;
use clearing_house::state::OpenInterest;
use novate_risk::instrument::{Kind, LegKey};
use novate_tests::layout::nanos;
use novate_tests::{Trader, World, addresses, instructions as ix, tokens};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

#[derive(Clone, Debug)]
enum Step {
    Deposit {
        who: usize,
        mint: usize,
        units: u64,
    },
    Withdraw {
        who: usize,
        mint: usize,
        units: u64,
    },
    Trade {
        buyer: usize,
        seller: usize,
        market: u16,
        book: usize,
        strike: u16,
        kind: u8,
        lots: u64,
        markup: f64,
    },
    Shock {
        factor: f64,
    },
    /// Of the first account that is breached, or of `whom`.
    Liquidate {
        by: usize,
        whom: usize,
        fraction: f64,
        with_witness: bool,
    },
}

const TRADERS: usize = 4;
const STRIKES: u16 = 3;
/// Atoms in which money is counted, by mint: a cent or a hundred-thousandth of a SOL.
const UNIT: [u64; 3] = [10_000, 10_000, 10_000];

fn step() -> impl Strategy<Value = Step> {
    let who = 0..TRADERS;
    let money = (who.clone(), 0..3_usize, prop_oneof![0..10_u64, 1_000..300_000_u64]);
    let trade = (who.clone(), 1..TRADERS, 0..3_u16, 0..2_usize, 0..STRIKES, 0..4_u8, 1..800_u64, 0.95..1.05_f64);
    prop_oneof![
        2 => money.clone().prop_map(|(who, mint, units)| Step::Deposit { who, mint, units }),
        2 => money.prop_map(|(who, mint, units)| Step::Withdraw { who, mint, units }),
        8 => trade.prop_map(|(buyer, offset, market, book, strike, kind, lots, markup)| Step::Trade {
            buyer, seller: (buyer + offset) % TRADERS, market, book, strike, kind, lots, markup
        }),
        4 => (0.75..1.30_f64).prop_map(|factor| Step::Shock { factor }),
        5 => (prop_oneof![who, Just(TRADERS - 1)], 1..TRADERS, prop_oneof![0.01..1.0_f64, Just(1.0)], any::<bool>()).prop_map(
            |(by, offset, fraction, with_witness)| Step::Liquidate {
                by, whom: (by + offset) % TRADERS, fraction, with_witness
            }
        ),
    ]
}

struct Books {
    world: World,
    traders: Vec<Trader>,
}

impl Books {
    fn open() -> Self {
        let mut world = World::new(usize::from(STRIKES));
        let traders = [3_000, 5_000, 20_000, 300_000].map(|usdc| world.trader(64, usdc)).into();
        Self { world, traders }
    }

    fn mints(&self) -> [anchor_lang::prelude::Pubkey; 3] {
        [self.world.usdc, self.world.sol, self.world.staked]
    }

    /// Does a step, which may be refused. Returns the accounts that acted of their own will, if it was not.
    fn take(&mut self, step: &Step) -> Vec<usize> {
        let mints = self.mints();
        let (world, traders) = (&mut self.world, &self.traders);
        match *step {
            Step::Deposit { who, mint, units } => {
                let done = world.deposit(&traders[who], mints[mint], units * UNIT[mint]);
                drop(done);
                vec![]
            }
            Step::Withdraw { who, mint, units } => {
                let done = world.withdraw(&traders[who], mints[mint], units * UNIT[mint]);
                done.map_or(vec![], |_| vec![who])
            }
            Step::Trade { buyer, seller, market, book, strike, kind, lots, markup } => {
                let kind = Kind::from_byte(kind).expect("one of four");
                let price = world.prices[usize::from(market)] * markup;
                let args = ClearTradeArgs {
                    market,
                    expiry_hour: if kind == Kind::Perpetual { 0 } else { world.expiries[book] },
                    strike: if kind.is_option() { strike } else { 0 },
                    kind: kind as u8,
                    lots: lots.div_ceil(if market == 0 { 10 } else { 1 }),
                    price: nanos(if kind.is_option() { price / 20.0 } else { price }),
                };
                let done = world.trade(&traders[buyer], &traders[seller], args);
                done.map_or(vec![], |_| vec![buyer, seller])
            }
            Step::Shock { factor } => {
                world.advance(30);
                world.shock(factor);
                vec![]
            }
            Step::Liquidate { by, whom, fraction, with_witness } => {
                let is_breached = |world: &mut World, who: usize| {
                    let report = world.margin(traders[who].account);
                    who != by && report.equity_mm < report.mm && !world.legs(traders[who].account).is_empty()
                };
                let whom = (0..TRADERS).find(|who| is_breached(world, *who)).unwrap_or(whom);
                let witness = with_witness.then(|| world.witness(traders[whom].account));
                let before = world.margin(traders[whom].account);
                let done = world.liquidate(&traders[by], traders[whom].account, fraction, witness);
                if done.is_err() {
                    return vec![];
                }
                assert!(before.equity_mm < before.mm, "a healthy account was liquidated: {before:?}");
                let after = world.margin(traders[whom].account);
                assert!(after.equity_mm - after.mm > before.equity_mm - before.mm, "{before:?} {after:?}");
                vec![by]
            }
        }
    }

    fn check(&mut self, acted: &[usize]) {
        let accounts: Vec<_> = self.traders.iter().map(|trader| trader.account).collect();
        for mint in self.mints() {
            assert_eq!(self.world.imbalance(mint, &accounts), 0, "the vault of {mint}");
        }
        let mut net: BTreeMap<LegKey, i64> = BTreeMap::new();
        let mut long: BTreeMap<(u16, u32, u8), u64> = BTreeMap::new();
        for account in &accounts {
            let legs = self.world.legs(*account);
            assert!(legs.windows(2).all(|pair| pair[0].key < pair[1].key), "legs ascend");
            for leg in legs {
                assert_ne!(leg.size.0, 0, "no empty leg");
                *net.entry(leg.key).or_default() += leg.size.0;
                let kind = leg.key.kind().expect("a kind") as u8;
                *long.entry((leg.key.market(), leg.key.expiry_hour(), kind)).or_default() += leg.size.0.max(0) as u64;
            }
        }
        assert!(net.values().all(|size| *size == 0), "what is long is short: {net:?}");
        for market in 0..3 {
            for hour in self.world.expiries.iter().copied().chain([0]) {
                let counted = self.world.read::<OpenInterest>(&addresses::interest(market, hour)).lots;
                let open = [0, 1, 2, 3].map(|kind| long.get(&(market, hour, kind)).copied().unwrap_or(0));
                assert_eq!(counted, open, "open interest of {market} at {hour}");
            }
        }
        for who in acted {
            let report = self.world.margin(accounts[*who]);
            assert!(report.equity_im >= report.im, "under initial margin by its own act: {report:?}");
        }
    }
}

#[test]
fn the_books_balance_after_every_step() {
    let config = ProptestConfig { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..Default::default() };
    let (trades, takeovers) = (Cell::new(0), Cell::new(0));
    let property = |steps: Vec<Step>| {
        let mut books = Books::open();
        for step in &steps {
            let acted = books.take(step);
            books.check(&acted);
            let count = if matches!(step, Step::Liquidate { .. }) { &takeovers } else { &trades };
            count.set(count.get() + acted.len());
        }
        Ok(())
    };
    let steps = prop::collection::vec(step(), 60);
    TestRunner::new(config).run(&steps, property).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(trades.get() > 100 && takeovers.get() > 5, "too little happens: {trades:?} {takeovers:?}");
}

#[test]
fn a_missing_atom_is_noticed() {
    let books = Books::open();
    let mut world = books.world;
    let accounts: Vec<_> = books.traders.iter().map(|trader| trader.account).collect();
    let vault = addresses::vault(&world.usdc);
    let held = world.balance(&vault);
    let less = tokens::account(world.usdc, addresses::collateral(&world.usdc), held - 1);
    world.set_account(vault, ix::TOKEN, less);
    assert_eq!(world.imbalance(world.usdc, &accounts), -1);
}
