//! Liquidation: only what is breached, only with proof, only at the liquidator's own risk, and only as much as it takes.

use clearing_house::error::ClearingError as E;
use clearing_house::state::OpenInterest;
use clearing_house::{ClearTradeArgs, LiquidateArgs, MarginReport};
use novate_tests::layout::nanos;
use novate_tests::{Trader, World, addresses, instructions as ix};
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;

/// Who takes part: a maker who is long, a seller who is short of a strangle on 30 SOL, and a keeper.
struct Story {
    world: World,
    maker: Trader,
    seller: Trader,
    keeper: Trader,
}

fn option(world: &World, strike: u16, kind: u8, price: f64) -> ClearTradeArgs {
    let expiry_hour = world.expiries[0];
    ClearTradeArgs { market: 2, expiry_hour, strike, kind, lots: 300, price: nanos(price) }
}

impl Story {
    /// Strikes from 60 % to 140 %: the put at 90 % is number 6, the call at 110 % number 10.
    fn begin() -> Self {
        let mut world = World::new(17);
        let (maker, seller) = (world.trader(32, 1_000_000), world.trader(32, 1_300));
        let keeper = world.trader(32, 200_000);
        for trade in [option(&world, 10, 0, 3.0), option(&world, 6, 1, 2.5)] {
            world.trade(&maker, &seller, trade).expect("the strangle");
        }
        Self { world, maker, seller, keeper }
    }

    /// After a fall of SOL to this share of its price.
    fn after_fall(to: f64) -> Self {
        let mut story = Self::begin();
        story.world.advance(30);
        story.world.shock(to);
        story
    }

    fn attempt(&self, fraction: f64, witness: Option<Vec<u8>>) -> Instruction {
        let liquidation = self.world.liquidation(&self.keeper, self.seller.account, fraction, witness);
        let interest = self.world.shared_interest(self.seller.account, self.keeper.account);
        ix::with_remaining(liquidation, &interest)
    }

    fn refuses(&mut self, case: &str, instruction: Instruction, error: impl Into<novate_tests::refusal::Expected>) {
        let owner = self.keeper.owner.insecure_clone();
        self.world.refuses_case(case, instruction, &[&owner], error);
    }

    fn accepts(&mut self, instruction: Instruction) {
        let owner = self.keeper.owner.insecure_clone();
        self.world.accepts(instruction, &[&owner]);
    }

    fn seller(&mut self) -> MarginReport {
        self.world.margin(self.seller.account)
    }

    fn keeper(&mut self) -> MarginReport {
        self.world.margin(self.keeper.account)
    }
}

fn health(report: &MarginReport) -> i64 {
    report.equity_mm - report.mm
}

#[test]
fn exactly_the_accounts_below_maintenance_are_liquidated() {
    let mut story = Story::begin();
    let (mut healthy, mut breached) = (0, 0);
    for _ in 0..14 {
        story.world.advance(20);
        story.world.shock(0.98);
        let before = story.world.svm.clone();
        let witness = story.world.witness(story.seller.account);
        for witness in [None, Some(witness)] {
            let liquidation = story.attempt(1.0, witness);
            if health(&story.seller()) < 0 {
                breached += 1;
                story.accepts(liquidation);
                story.world.svm = before.clone();
            } else {
                healthy += 1;
                story.refuses("healthy", liquidation, E::NotLiquidatable);
            }
        }
    }
    assert!(healthy > 4 && breached > 4, "{healthy} {breached}");
}

#[test]
fn fractions_and_witnesses_must_make_sense() {
    let mut story = Story::after_fall(0.78);
    for fraction in [0, -1, i64::MIN, nanos(1.0) + 1, i64::MAX] {
        let args = LiquidateArgs { max_fraction: fraction, witness: None };
        let keeper = &story.keeper;
        let spoilt = ix::liquidate(keeper.owner.pubkey(), keeper.account, story.seller.account, args);
        let liquidation = Instruction { data: spoilt.data, ..story.attempt(1.0, None) };
        story.refuses(&format!("fraction {fraction}"), liquidation, E::BadFraction);
    }
    // a row for the market and one for its group
    for witness in [vec![], vec![0], vec![33, 0], vec![0, 33], vec![255, 0], vec![0, 0, 0], vec![0; 40]] {
        let liquidation = story.attempt(1.0, Some(witness.clone()));
        story.refuses(&format!("{witness:?}"), liquidation, E::BadWitness);
    }
    let (mut proves, before) = (0, story.world.svm.clone());
    for row in 0..33 {
        let liquidation = story.attempt(1.0, Some(vec![row, row]));
        let owner = story.keeper.owner.insecure_clone();
        match story.world.signed(&[liquidation], &[&owner]) {
            Ok(_) => proves += 1,
            Err(failure) => assert_eq!(failure.code, Some(E::NotLiquidatable.into()), "row {row}: {failure:#?}"),
        }
        story.world.svm = before.clone();
    }
    assert!((1..33).contains(&proves), "{proves} rows prove the breach");
    let worst = story.world.witness(story.seller.account);
    let proven = story.attempt(1.0, Some(worst));
    story.accepts(proven);
}

#[test]
fn the_liquidator_is_another_account_and_signed_for_by_its_owner() {
    let mut story = Story::after_fall(0.78);
    let mut unsigned = story.attempt(1.0, None);
    unsigned.accounts[0].pubkey = story.maker.owner.pubkey();
    let maker = story.maker.owner.insecure_clone();
    story.world.refuses(unsigned, &[&maker], E::NotAccountOwner);
    // an account does not liquidate itself
    let itself = story.world.liquidation(&story.seller, story.seller.account, 1.0, None);
    let seller = story.seller.owner.insecure_clone();
    story.world.refuses(itself, &[&seller], E::SameAccount);
    // nor does anyone take over what they cannot carry
    let poor = story.world.trader(8, 10);
    let liquidation = story.world.liquidation(&poor, story.seller.account, 1.0, None);
    story.world.refuses(liquidation, &[&poor.owner], E::LiquidatorBelowInitialMargin);
}

#[test]
fn netting_needs_the_open_interest() {
    let mut story = Story::begin();
    // the keeper is long of what it will take over
    let trade = ClearTradeArgs { lots: 10, ..option(&story.world, 10, 0, 3.0) };
    story.world.trade(&story.keeper, &story.maker, trade).expect("the keeper's own call");
    story.world.advance(30);
    story.world.shock(0.78);
    let hour = story.world.expiries[0];
    let bare = story.world.liquidation(&story.keeper, story.seller.account, 1.0, None);
    let with = |meta| ix::with_remaining(bare.clone(), &[meta]);
    let right = addresses::interest(2, hour);
    let cases = [
        ("none", bare.clone(), E::MissingOpenInterest),
        ("read-only", with(AccountMeta::new_readonly(right, false)), E::MissingOpenInterest),
        ("the perpetual's", with(AccountMeta::new(addresses::interest(2, 0), false)), E::MissingOpenInterest),
        ("of another market", with(AccountMeta::new(addresses::interest(1, hour), false)), E::MissingOpenInterest),
        ("a foreign account", with(AccountMeta::new(story.world.usdc, false)), E::ForeignAccount),
    ];
    for (case, liquidation, error) in cases {
        story.refuses(case, liquidation, error);
    }
    let lots = |world: &World| world.read::<OpenInterest>(&right).lots[0];
    let before = lots(&story.world);
    story.accepts(with(AccountMeta::new(right, false)));
    assert!(lots(&story.world) < before, "what nets is no longer open");
}

#[test]
fn a_liquidation_heals_up_to_its_target_and_touches_nobody_else() {
    let mut story = Story::after_fall(0.74);
    let bystander = story.world.data(&story.maker.account);
    let before = story.seller();
    let mut last = before.clone();
    for fraction in [0.01, 0.05, 1.0] {
        let liquidation = story.attempt(fraction, None);
        story.accepts(liquidation);
        let now = story.seller();
        assert!(health(&now) > health(&last), "{fraction}: {last:?} {now:?}");
        last = now;
    }
    // equity is 110 % of initial margin, but for what one lot a leg brings
    let (equity, im) = (last.equity_im as f64, last.im as f64);
    let slack = before.im as f64 / 100.0;
    assert!(equity >= 1.1 * im - slack && equity <= 1.1 * im + slack, "{last:?}");
    assert!(!story.world.legs(story.seller.account).is_empty(), "no more than needed");
    assert_eq!(story.world.data(&story.maker.account), bystander);
    let keeper = story.keeper();
    assert!(keeper.equity_im >= keeper.im, "{keeper:?}");
    let again = story.attempt(1.0, None);
    story.refuses("healed", again, E::NotLiquidatable);
}

#[test]
fn what_cannot_be_saved_goes_whole_in_either_form() {
    for with_witness in [false, true] {
        let mut story = Story::after_fall(0.62);
        let witness = story.world.witness(story.seller.account);
        let liquidation = story.attempt(1.0, with_witness.then_some(witness));
        story.accepts(liquidation);
        assert!(story.world.legs(story.seller.account).is_empty());
        let all = [story.maker.account, story.seller.account, story.keeper.account];
        assert_eq!(story.world.imbalance(story.world.usdc, &all), 0);
        let nothing = story.attempt(1.0, None);
        let left = story.world.account(story.seller.account).cash;
        story.refuses("nothing left", nothing, if left < 0 { E::NothingToLiquidate } else { E::NotLiquidatable });
    }
}

#[test]
fn dust_closes_whole() {
    for with_witness in [false, true] {
        let mut story = Story::begin();
        let small = story.world.trader(8, 5);
        let trade = ClearTradeArgs { lots: 2, kind: 3, expiry_hour: 0, strike: 0, ..option(&story.world, 0, 3, 220.0) };
        story.world.trade(&small, &story.maker, ClearTradeArgs { lots: 1, ..trade }).expect("a tenth of a SOL");
        story.world.advance(30);
        story.world.shock(0.85);
        let report = story.world.margin(small.account);
        assert!(health(&report) < 0 && report.mm < 10_000_000, "{report:?}");
        story.seller = small;
        let witness = story.world.witness(story.seller.account);
        let liquidation = story.attempt(1.0, with_witness.then_some(witness));
        story.accepts(liquidation);
        assert!(story.world.legs(story.seller.account).is_empty());
    }
}

#[test]
fn the_incentive_rises_with_the_time_since_the_breach_was_seen() {
    for (seconds, rate) in [(0, 0.01), (300, 0.03), (600, 0.05), (3_000, 0.05)] {
        let mut story = Story::after_fall(0.74);
        // a first, smallest slice notes the breach
        let first = story.attempt(0.000_001, None);
        story.accepts(first);
        story.world.advance(seconds);
        story.world.refresh_all();
        let (seller, keeper) = (story.seller(), story.keeper());
        assert!(health(&seller) < 0, "{seller:?}");
        let slice = story.attempt(0.1, None);
        story.accepts(slice);
        let earned = (story.keeper().equity_mm - keeper.equity_mm) as f64;
        let promised = seller.mm as f64 * 0.1 * rate;
        assert!((earned - promised).abs() <= 10.0, "{seconds} s: {earned} for {promised}");
    }
}

#[test]
fn liquidating_oneself_with_another_account_earns_nothing() {
    let mut story = Story::after_fall(0.78);
    let second = addresses::margin_account(&story.seller.owner.pubkey(), 1);
    let owner = story.seller.owner.insecure_clone();
    story.world.accepts(ix::open_account(story.world.payer(), owner.pubkey(), 1), &[&owner]);
    let other = Trader { owner: owner.insecure_clone(), account: second };
    story.world.deposit(&other, story.world.usdc, 100_000_000_000).expect("money for the second");
    let wealth = |story: &mut Story| story.seller().equity_mm + story.world.margin(second).equity_mm;
    let before = wealth(&mut story);
    story.world.liquidate(&other, story.seller.account, 1.0, None).expect("it is breached");
    assert!(wealth(&mut story) <= before);
}

#[test]
fn a_slice_that_strips_the_hedge_is_refused() {
    let mut world = World::new(17);
    let (maker, account) = (world.trader(8, 1_000_000), world.trader(8, 90));
    let keeper = world.trader(8, 100_000);
    let [near, far] = [0, 1].map(|book| world.expiries[book]);
    let long = ClearTradeArgs { lots: 1, strike: 0, kind: 2, ..option(&world, 0, 2, 220.0) };
    for hedge in [long, ClearTradeArgs { expiry_hour: far, ..long }, ClearTradeArgs { expiry_hour: 0, kind: 3, ..long }]
    {
        world.trade(&account, &maker, hedge).expect("one lot long");
    }
    let short = ClearTradeArgs { lots: 12, expiry_hour: near, ..option(&world, 11, 0, 1.0) };
    world.trade(&maker, &account, short).expect("twelve calls short");
    let mut story = Story { world, maker, seller: account, keeper };
    while health(&story.seller()) >= 0 {
        story.world.advance(5);
        story.world.shock(1.02);
    }
    // a lot of each leg is the least that a slice takes: three of the hedge for one of the calls
    let sliver = story.attempt(0.000_000_001, None);
    story.refuses("a sliver", sliver, E::NoImprovement);
    let half = story.attempt(1.0, None);
    story.accepts(half);
}

#[test]
fn neither_closed_gates_nor_a_silent_publisher_stop_a_liquidation() {
    let mut story = Story::begin();
    story.world.advance(3_601);
    story.world.shock(0.74);
    story.world.accepts(ix::set_gates(story.world.keys.guardian.pubkey(), 0b11_1111), &[]);
    let liquidation = story.attempt(1.0, None);
    story.accepts(liquidation);
}

#[test]
fn dust_deposited_in_front_delays_nobody_for_long() {
    let mut story = Story::after_fall(0.78);
    let prepared = story.attempt(1.0, None);
    let (sol, usdc) = (story.world.sol, story.world.usdc);
    story.world.deposit(&story.seller, usdc, 1).expect("an atom");
    story.world.deposit(&story.seller, sol, 1).expect("a lamport");
    story.refuses("prepared before", prepared, E::MissingCollateral);
    let witness = story.world.witness(story.seller.account);
    let prepared = story.attempt(1.0, Some(witness));
    story.world.deposit(&story.seller, sol, 1).expect("another lamport");
    story.accepts(prepared);
}
