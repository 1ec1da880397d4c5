//! The story's main path on a real bank with the built program: the house is founded, portfolios are cleared, prices
//! fall by a quarter, one account is liquidated, a haircut rises, profits and accounts leave. [`Stage`] audits every vault,
//! every supply and the open interest after every transaction; whatever is refused is proved to have changed nothing.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token::instruction::mint_to;
use clearing_house::error::ClearingError;
use clearing_house::state::MarginAccount;
use clearing_house::state::margin_account::{INITIAL_LEGS, MAX_LEGS};
use clearing_house::{MarginReport, SetHaircutArgs};
use novate_bank_tests::bank::SIGNATURE_FEE;
use novate_bank_tests::stage::{SOL, STAKED_RATE, STRIKES, USDC};
use novate_bank_tests::{Bank, Stage};
use novate_risk::instrument::{Kind, Leg};
use novate_tests::layout::nanos;
use novate_tests::{Trader, addresses, instructions as ix};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Strikes at 87 % and 113 % of the first price.
const LOW: u16 = 5;
const HIGH: u16 = 10;
/// The token program's error for a balance that does not suffice, and the system program's for lamports.
const INSUFFICIENT_FUNDS: u32 = 1;
/// The system program's error for an account that exists.
const ALREADY_IN_USE: u32 = 0;

/// Who takes part in the fall.
struct Cast {
    /// Trades against everybody.
    maker: Trader,
    /// Liquidates; holds some of the puts that it will have to take over.
    keeper: Trader,
    /// Short of a naked strangle.
    strangler: Trader,
    /// Short of a call that its SOL covers.
    writer: Trader,
    /// Short of the perpetual against as much SOL.
    hedger: Trader,
    /// Holds staked SOL.
    staker: Trader,
}

impl Cast {
    async fn enter(stage: &mut Stage) -> Self {
        let (usdc, sol, staked) = (stage.usdc, stage.sol, stage.staked);
        Self {
            maker: stage.trader(&[(usdc, 2_000_000 * USDC)]).await,
            keeper: stage.trader(&[(usdc, 200_000 * USDC)]).await,
            strangler: stage.trader(&[(usdc, 1_300 * USDC)]).await,
            writer: stage.trader(&[(sol, 30 * SOL)]).await,
            hedger: stage.trader(&[(sol, 20 * SOL)]).await,
            staker: stage.trader(&[(staked, 10 * SOL)]).await,
        }
    }

    /// Everybody but the keeper, who cannot liquidate its own account.
    fn others(&self) -> [&Trader; 5] {
        [&self.maker, &self.strangler, &self.writer, &self.hedger, &self.staker]
    }
}

fn is_breached(margin: &MarginReport) -> bool {
    margin.equity_mm < margin.mm
}

#[tokio::test]
async fn prices_fall_by_a_quarter() {
    let mut stage = Stage::new().await;
    let cast = Cast::enter(&mut stage).await;
    portfolios_are_cleared(&mut stage, &cast).await;
    the_price_falls_and_one_account_is_liquidated(&mut stage, &cast).await;
    stale_prices_stop_trade(&mut stage, &cast).await;
    a_haircut_rises_slowly(&mut stage, &cast).await;
    profit_is_withdrawn_and_an_account_closed(&mut stage, &cast).await;
}

/// A strangle, a covered call and a hedged perpetual, margined on their net risk.
async fn portfolios_are_cleared(stage: &mut Stage, cast: &Cast) {
    let Cast { maker, keeper, strangler, writer, hedger, .. } = cast;
    stage.clear(maker, strangler, stage.option(HIGH, Kind::Call, 300, 3.0)).await;
    stage.clear(maker, strangler, stage.option(LOW, Kind::Put, 300, 2.5)).await;
    stage.clear(maker, writer, stage.option(HIGH, Kind::Call, 300, 3.0)).await;
    stage.clear(maker, hedger, stage.perpetual(200)).await;
    stage.clear(keeper, maker, stage.option(LOW, Kind::Put, 50, 2.5)).await;

    // 30 SOL of both options at 3 and 2.5
    assert_eq!(stage.account(strangler.account).await.cash, 1_465_000_000);
    let [call, put, ..] = stage.interest(stage.expiry_hour).await.lots;
    assert_eq!((call, put), (600, 300), "the maker passed 50 of its 300 puts on");
    assert_eq!(stage.interest(0).await.lots, [0, 0, 0, 200]);

    for trader in [strangler, writer, hedger] {
        let margin = stage.margin(trader.account).await;
        assert!(margin.equity_im >= margin.im && margin.im > margin.mm, "{margin:?}");
        assert!(margin.static_mm > margin.mm && margin.static_im > margin.im, "{margin:?}");
    }
    let hedged = stage.margin(hedger.account).await;
    assert!(hedged.mm < 1_000_000 && hedged.static_mm > 1_000_000_000, "{hedged:?}");
    let naked = stage.margin(strangler.account).await;
    assert!(naked.equity_mm < naked.static_mm, "static margin would close it at once: {naked:?}");

    // ten times as much is too much for one side, so that neither has it
    let venue = stage.keys.venue.insecure_clone();
    let excessive = stage.trade(maker, strangler, stage.option(LOW, Kind::Put, 3_000, 2.5)).await;
    stage.refuse(&[excessive], &[&venue], ClearingError::BelowInitialMargin).await;
}

/// In five steps of 5 %, while volatility rises by half.
async fn the_price_falls_and_one_account_is_liquidated(stage: &mut Stage, cast: &Cast) {
    let (start_price, start_vol) = (stage.price, stage.vol);
    let puts = stage.interest(stage.expiry_hour).await.lots[Kind::Put as usize];
    let mut liquidated = Vec::new();
    for step in 1..=5 {
        let depth = f64::from(step) / 5.0;
        stage.move_on(60, start_price * (1.0 - 0.25 * depth), start_vol * (1.0 + 0.5 * depth)).await;
        for trader in cast.others() {
            if is_breached(&stage.margin(trader.account).await) {
                liquidate(stage, &cast.keeper, trader.account).await;
                liquidated.push((step, trader.account));
            } else {
                cannot_be_liquidated(stage, &cast.keeper, trader).await;
            }
        }
    }
    assert_eq!(liquidated, [(5, cast.strangler.account)]);
    assert_eq!(stage.account(cast.strangler.account).await.liquidations, 1);
    let left = stage.interest(stage.expiry_hour).await.lots[Kind::Put as usize];
    assert!(left < puts, "the keeper's own puts netted");
}

async fn cannot_be_liquidated(stage: &mut Stage, keeper: &Trader, trader: &Trader) {
    let liquidation = stage.liquidation(keeper, trader.account).await;
    stage.refuse(&[liquidation], &[&keeper.owner], ClearingError::NotLiquidatable).await;
}

/// Liquidates by witness: the account is whole again, the keeper has what it lost and is paid for it.
async fn liquidate(stage: &mut Stage, keeper: &Trader, account: Pubkey) {
    let legs = stage.legs(account).await;
    let (before, keeper_before) = (stage.equity_at_mark(account).await, stage.equity_at_mark(keeper.account).await);
    let puts_before = stage.interest(stage.expiry_hour).await.lots[Kind::Put as usize];
    let held = low_puts(stage, keeper).await;

    let liquidation = stage.liquidation(keeper, account).await;
    let receipt = stage.must(&[liquidation], &[&keeper.owner]).await;
    assert!(receipt.compute_units < 400_000, "{receipt:?}");

    let (after, keeper_after) = (stage.margin(account).await, stage.margin(keeper.account).await);
    assert!(!is_breached(&after), "{after:?}");
    assert!(keeper_after.equity_im >= keeper_after.im, "{keeper_after:?}");
    // but for rounding
    let paid = before - stage.equity_at_mark(account).await;
    let earned = stage.equity_at_mark(keeper.account).await - keeper_before;
    assert!(paid > 0 && (paid - earned).abs() <= 4, "the incentive: paid {paid}, earned {earned}");

    // a slice of every leg went over; what netted against the keeper's own puts is no longer open
    let rest = stage.legs(account).await;
    assert_eq!(rest.len(), legs.len(), "a part was enough");
    for (leg, rest) in legs.iter().zip(&rest) {
        assert_eq!(leg.key, rest.key);
        assert!(rest.size.0.abs() < leg.size.0.abs(), "{leg:?} {rest:?}");
    }
    let puts_after = stage.interest(stage.expiry_hour).await.lots[Kind::Put as usize];
    let taken = held - low_puts(stage, keeper).await;
    let netted = taken.min(held).max(0);
    assert_eq!(i64::try_from(puts_before - puts_after).expect("few lots"), netted);
}

/// Low puts that the keeper holds.
async fn low_puts(stage: &Stage, keeper: &Trader) -> i64 {
    let is_low_put = |leg: &&Leg| leg.key.strike() == LOW && leg.key.kind() == Some(Kind::Put);
    stage.legs(keeper.account).await.iter().find(is_low_put).map_or(0, |leg| leg.size.0)
}

/// When nobody posts prices, neither trades nor liquidations go on with the old ones.
async fn stale_prices_stop_trade(stage: &mut Stage, cast: &Cast) {
    let liquidation = stage.liquidation(&cast.keeper, cast.strangler.account).await;
    stage.bank.advance(61).await;
    stage.refuse(&[liquidation], &[&cast.keeper.owner], ClearingError::StalePrice).await;
    let venue = stage.keys.venue.insecure_clone();
    let trade = stage.trade(&cast.keeper, &cast.maker, stage.perpetual(1)).await;
    stage.refuse(&[trade], &[&venue], ClearingError::StalePrice).await;
    let withdrawal = stage.withdrawal(&cast.maker, stage.usdc, 1).await;
    stage.refuse(&[withdrawal], &[&cast.maker.owner], ClearingError::StalePrice).await;
    stage.refresh().await;
}

/// A staker is long of more perpetual than its collateral will carry after the raise: it has two hours to see that.
async fn a_haircut_rises_slowly(stage: &mut Stage, cast: &Cast) {
    const RAMP: i64 = 7_200;
    let Cast { maker, keeper, staker, .. } = cast;
    stage.clear(staker, maker, stage.perpetual(550)).await;
    let risk = stage.keys.risk.insecure_clone();
    let set = |signer: &Keypair, mint, ramp_seconds| {
        let args = SetHaircutArgs { mm: nanos(0.30), im: nanos(0.35), ramp_seconds };
        ix::set_haircut(signer.pubkey(), &mint, args)
    };
    let (usdc, staked) = (stage.usdc, stage.staked);
    stage.refuse(&[set(&maker.owner, staked, RAMP)], &[&maker.owner], ClearingError::WrongRole).await;
    stage.refuse(&[set(&risk, staked, 3_599)], &[&risk], ClearingError::RampTooShort).await;
    stage.refuse(&[set(&risk, usdc, RAMP)], &[&risk], ClearingError::QuoteHasNoHaircut).await;

    let before = stage.margin(staker.account).await;
    stage.must(&[set(&risk, staked, RAMP)], &[&risk]).await;
    assert_eq!(stage.margin(staker.account).await, before, "nothing changes at once");
    for trader in cast.others() {
        cannot_be_liquidated(stage, keeper, trader).await;
    }
    // a minute later neither
    stage.move_on(60, stage.price, stage.vol).await;
    for trader in cast.others() {
        cannot_be_liquidated(stage, keeper, trader).await;
    }

    // 10 staked SOL at their price less its confidence of 0.05 %: 27 % of that go in a straight line
    let value = 10.0 * stage.price * STAKED_RATE * (1.0 - 1.0 / 2_000.0);
    for quarter in 1..=4 {
        stage.move_on(if quarter == 1 { RAMP / 4 - 60 } else { RAMP / 4 }, stage.price, stage.vol).await;
        let margin = stage.margin(staker.account).await;
        let lost = |share: f64| (value * share * f64::from(quarter) / 4.0 * 1e6).round() as i64;
        assert!((before.equity_mm - margin.equity_mm - lost(0.27)).abs() <= 2, "{quarter}: {before:?} {margin:?}");
        assert!((before.equity_im - margin.equity_im - lost(0.30)).abs() <= 2, "{quarter}: {before:?} {margin:?}");
        assert_eq!(margin.mm, before.mm, "the risk is the same");
        assert_eq!(is_breached(&margin), quarter == 4);
    }

    // in the end it does not carry them any more, and staked SOL goes over with the perpetual
    let deposited = stage.collateral(staked).await.deposited;
    liquidate(stage, keeper, staker.account).await;
    let index = stage.collateral(staked).await.index;
    let taken = stage.account(keeper.account).await.holding(index);
    assert!(taken > 0);
    assert_eq!(stage.account(staker.account).await.holding(index), 10 * SOL - taken);
    assert_eq!((stage.collateral(staked).await.deposited, stage.vault(staked).await), (deposited, 10 * SOL));
}

/// The hedger made 55 USDC on each of 20 SOL. They can leave once they are realised, and then the account closes.
async fn profit_is_withdrawn_and_an_account_closed(stage: &mut Stage, cast: &Cast) {
    let Cast { maker, hedger, .. } = cast;
    let (usdc, sol) = (stage.usdc, stage.sol);
    let owner = &hedger.owner;
    stage.fund(hedger, usdc, 0).await;
    let margin = stage.margin(hedger.account).await;
    let gain = 1_100 * USDC;
    let free = u64::try_from(margin.equity_withdraw - margin.im).expect("it is healthy");
    assert!(margin.equity_im > margin.equity_withdraw, "unrealised profit counts for trading: {margin:?}");
    let withdrawal = stage.withdrawal(hedger, usdc, free + 1).await;
    stage.refuse(&[withdrawal], &[owner], ClearingError::BelowInitialMargin).await;

    stage.clear(hedger, maker, stage.perpetual(200)).await;
    assert!(stage.legs(hedger.account).await.is_empty());
    assert_eq!(stage.account(hedger.account).await.cash, i64::try_from(gain).expect("a small sum"));

    let withdrawal = stage.withdrawal(hedger, usdc, gain).await;
    stage.must(&[withdrawal], &[owner]).await;
    let close = ix::close_account(owner.pubkey(), owner.pubkey(), hedger.account);
    stage.refuse(std::slice::from_ref(&close), &[owner], ClearingError::AccountNotEmpty).await;
    let withdrawal = stage.withdrawal(hedger, sol, 20 * SOL + 1).await;
    stage.refuse(&[withdrawal], &[owner], ClearingError::InsufficientCollateral).await;
    let withdrawal = stage.withdrawal(hedger, sol, 20 * SOL).await;
    stage.must(&[withdrawal], &[owner]).await;
    assert_eq!((stage.balance(hedger, usdc).await, stage.balance(hedger, sol).await), (gain, 20 * SOL));
    // what all brought less what left
    assert_eq!((stage.vault(usdc).await, stage.vault(sol).await), (2_201_300 * USDC - gain, 30 * SOL));

    let revoke = ix::revoke_grant(owner.pubkey(), owner.pubkey(), hedger.account, 0);
    let grant = revoke.accounts[3].pubkey;
    let rent = lamports(&stage.bank, hedger.account).await + lamports(&stage.bank, grant).await;
    let thief = &maker.owner;
    let stolen = ix::close_account(thief.pubkey(), thief.pubkey(), hedger.account);
    stage.refuse(&[stolen], &[thief], ClearingError::NotAccountOwner).await;
    stage.must(&[revoke, close], &[owner]).await;
    assert!(stage.bank.account(hedger.account).await.is_none());
    assert!(stage.bank.account(grant).await.is_none());
    assert_eq!(lamports(&stage.bank, owner.pubkey()).await, rent, "the rent comes back");
}

async fn lamports(bank: &Bank, address: Pubkey) -> u64 {
    bank.account(address).await.map_or(0, |account| account.lamports)
}

#[tokio::test]
async fn only_the_upgrade_authority_founds_the_house() {
    let mut stage = Stage::empty().await;
    let stranger = Keypair::new();
    let initialise = stage.initialisation(stranger.pubkey());
    stage.refuse(&[initialise], &[&stranger], ClearingError::NotUpgradeAuthority).await;
    stage.initialise().await;
    let deployer = stage.bank.deployer().insecure_clone();
    let again = stage.initialisation(deployer.pubkey());
    stage.refuse(&[again], &[&deployer], ALREADY_IN_USE).await;
    stage.list().await;
    stage.refresh().await;
}

#[tokio::test]
async fn an_account_grows_to_128_legs() {
    let mut stage = Stage::new().await;
    let maker = stage.trader(&[(stage.usdc, 1_000_000 * USDC)]).await;
    let trader = stage.trader(&[(stage.usdc, 100_000 * USDC)]).await;
    let (payer, owner) = (stage.bank.payer(), trader.owner.pubkey());
    let grow = |legs: u16| ix::grow_account(payer, owner, trader.account, legs);
    let small = MarginAccount::space(INITIAL_LEGS);
    assert_eq!(stage.bank.data(trader.account).await.len(), small);
    assert_eq!(lamports(&stage.bank, trader.account).await, stage.bank.rent(small).await);

    // one leg more than there is room for
    let venue = stage.keys.venue.insecure_clone();
    grow_maker(&mut stage, &maker).await;
    for strike in 0..8 {
        stage.clear(&trader, &maker, stage.option(strike, Kind::Call, 1, 10.0)).await;
    }
    let ninth = stage.trade(&trader, &maker, stage.option(8, Kind::Call, 1, 10.0)).await;
    stage.refuse(&[ninth], &[&venue], ClearingError::LegCapacity).await;

    let too_many = u16::try_from(MAX_LEGS).expect("few") + 1;
    for legs in [0, 8, too_many] {
        stage.refuse(&[grow(legs)], &[&trader.owner], ClearingError::BadLegCapacity).await;
    }
    let legs = stage.legs(trader.account).await;
    let funds = lamports(&stage.bank, payer).await;
    stage.must(&[grow(128)], &[&trader.owner]).await;
    let large = MarginAccount::space(MAX_LEGS);
    let (rent, more) = (stage.bank.rent(large).await, stage.bank.rent(large).await - stage.bank.rent(small).await);
    assert_eq!(stage.bank.data(trader.account).await.len(), large);
    assert_eq!(lamports(&stage.bank, trader.account).await, rent);
    assert_eq!(funds - lamports(&stage.bank, payer).await, more + 2 * SIGNATURE_FEE, "the payer pays for the room");
    assert_eq!(stage.legs(trader.account).await, legs);
    stage.refuse(&[grow(128)], &[&trader.owner], ClearingError::BadLegCapacity).await;

    // the room is used: a leg for every option of the book and for the perpetual
    for strike in 8..STRIKES {
        stage.clear(&trader, &maker, stage.option(u16::try_from(strike).expect("few"), Kind::Call, 1, 10.0)).await;
    }
    for strike in 0..STRIKES {
        stage.clear(&trader, &maker, stage.option(u16::try_from(strike).expect("few"), Kind::Put, 1, 10.0)).await;
    }
    stage.clear(&trader, &maker, stage.perpetual(1)).await;
    assert_eq!(stage.legs(trader.account).await.len(), 2 * STRIKES + 1);
}

/// So that only the other side runs out of room.
async fn grow_maker(stage: &mut Stage, maker: &Trader) {
    let grow = ix::grow_account(stage.bank.payer(), maker.owner.pubkey(), maker.account, 128);
    stage.must(&[grow], &[&maker.owner]).await;
}

/// Refused by this program, by the token program or by the system program, early or after much was already done: all
/// accounts stay as they were, to the last byte.
#[tokio::test]
async fn a_failed_transaction_changes_nothing() {
    let mut stage = Stage::new().await;
    let usdc = stage.usdc;
    let (rich, poor) = (stage.trader(&[(usdc, 100_000 * USDC)]).await, stage.trader(&[(usdc, 100 * USDC)]).await);
    stage.fund(&poor, usdc, 50 * USDC).await;
    let venue = stage.keys.venue.insecure_clone();

    // the deposit goes through, the withdrawal after it does not
    let deposit = stage.deposit(&poor, usdc, 50 * USDC);
    let withdrawal = stage.withdrawal(&poor, usdc, 150 * USDC + 1).await;
    stage.refuse(&[deposit, withdrawal], &[&poor.owner], ClearingError::BelowInitialMargin).await;

    // the first trade goes through, the second one's buyer too, its seller does not
    let small = stage.trade(&rich, &poor, stage.option(HIGH, Kind::Call, 1, 3.0)).await;
    let large = stage.trade(&rich, &poor, stage.option(HIGH, Kind::Call, 1_000, 3.0)).await;
    stage.refuse(&[small.clone(), large], &[&venue], ClearingError::BelowInitialMargin).await;

    // the token program refuses the transfer
    let deposit = stage.deposit(&poor, usdc, 50 * USDC + 1);
    stage.refuse(&[small.clone(), deposit], &[&venue, &poor.owner], INSUFFICIENT_FUNDS).await;

    // the system program refuses to pay the rent
    let owner = poor.owner.pubkey();
    let (open, grow) = (ix::open_account(owner, owner, 1), ix::grow_account(owner, owner, poor.account, 128));
    stage.refuse(&[small.clone(), open], &[&venue, &poor.owner], INSUFFICIENT_FUNDS).await;
    stage.refuse(&[small.clone(), grow], &[&venue, &poor.owner], INSUFFICIENT_FUNDS).await;

    // and without the second half it all goes through
    let deposit = stage.deposit(&poor, usdc, 50 * USDC);
    stage.must(&[small, deposit], &[&venue, &poor.owner]).await;
    assert_eq!(stage.account(poor.account).await.cash, 150_300_000);
}

/// Or else all the audits above would prove nothing.
#[tokio::test]
#[should_panic(expected = "holds 100000001, owed are 100000000")]
async fn the_audit_notices_a_single_unit() {
    let mut stage = Stage::new().await;
    stage.trader(&[(stage.usdc, 100 * USDC)]).await;
    let (vault, issuer) = (addresses::vault(&stage.usdc), stage.keys.issuer.insecure_clone());
    let gift = mint_to(&ix::TOKEN, &stage.usdc, &vault, &issuer.pubkey(), &[], 1).expect("a token instruction");
    stage.must(&[gift], &[&issuer]).await;
}
