//! Two accounts that hold the same legs against each other, in a world as it is between two refreshes.

use clearing_house::state::SurfaceParams;
use clearing_house::{ClearTradeArgs, PreviewTradeArgs, PublishSurfaceArgs};
use litesvm::types::TransactionMetadata;
use novate_risk::instrument::Kind;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::figures::Sent;
use crate::layout::{self, UNDERLYINGS, nanos};
use crate::world::{SOL_FEED, STAKED_FEED};
use crate::{Trader, World, instructions as ix, oracle};

/// Expiries of each market, in seconds from the start.
const EXPIRIES: [i64; 3] = [7 * 86_400, 30 * 86_400, 90 * 86_400];
/// Strikes of each book.
const STRIKES: u16 = 32;
/// Books that legs lie in at the most.
const BOOKS: usize = 8;

/// The world with its two accounts.
pub struct Desk {
    /// The ledger.
    pub world: World,
    /// Holds the other side of everything, with a lot of money.
    pub maker: Trader,
    /// Holds the legs, with about what they need.
    pub holder: Trader,
    /// Books that the legs lie in.
    pub books: usize,
    trades: Vec<Trade>,
}

/// A trade between the two.
struct Trade {
    args: ClearTradeArgs,
    holder_buys: bool,
}

impl Desk {
    /// A desk of `count` legs, of which all but one have been traded.
    pub fn new(count: usize) -> Self {
        let mut world = World::with_expiries(usize::from(STRIKES), &EXPIRIES);
        refresh(&mut world, 1.0);
        let capacity = layout_capacity();
        let maker = world.trader(capacity, 50_000_000);
        let holder = world.trader(capacity, 1_000_000);
        for trader in [&maker, &holder] {
            for mint in [world.sol, world.staked] {
                world.deposit(trader, mint, 10_000_000_000).expect("the deposit");
            }
        }
        let (books, trades) = trades(&world, count);
        let mut desk = Self { world, maker, holder, books, trades };
        for index in (1..count).rev() {
            let trade = desk.trade(index);
            desk.world.attempt(&[trade], &["venue"]).expect("the trade clears");
        }
        desk
    }

    /// The trade that is missing. Its leg is the first, so that all others move.
    pub fn last_trade(&self) -> Instruction {
        self.trade(0)
    }

    /// What the holder would ask before the first trade is made once more.
    pub fn preview(&self) -> Instruction {
        let Trade { args, holder_buys } = self.trades[0];
        let preview = ix::preview_trade(self.holder.account, PreviewTradeArgs { trade: args, buys: holder_buys });
        let books = [(args.market, args.expiry_hour)];
        ix::with_remaining(preview, &self.world.risk_accounts(&[self.holder.account], &books))
    }

    fn trade(&self, index: usize) -> Instruction {
        let Trade { args, holder_buys } = self.trades[index];
        let (buyer, seller) = if holder_buys { (&self.holder, &self.maker) } else { (&self.maker, &self.holder) };
        self.world.trade_instruction(buyer, seller, args)
    }

    /// The owner takes out all the cash that it can, then prices fall by a third and volatility rises by 40 %.
    pub fn crash(&mut self) {
        let Self { world, holder, .. } = self;
        let margin = world.margin(holder.account);
        let cash = world.account(holder.account).cash;
        let free = (margin.equity_withdraw - margin.im).min(cash) - 1_000_000;
        let (usdc, free) = (world.usdc, u64::try_from(free).expect("the account has more than it needs"));
        world.withdraw(holder, usdc, free).expect("the withdrawal");
        world.advance(30);
        for vol in &mut world.vols {
            *vol *= 1.4;
        }
        refresh(world, 0.67);
    }

    /// Sends one instruction with a lookup table, looks at the world after it and takes everything back.
    pub fn try_out<T>(
        &mut self,
        instruction: &Instruction,
        signer: &Keypair,
        look: impl FnOnce(&World) -> T,
    ) -> (TransactionMetadata, Sent, T) {
        let before = self.world.svm.clone();
        let sent = self.world.send_v0(std::slice::from_ref(instruction), &[signer]);
        let (metadata, bytes) = sent.unwrap_or_else(|failure| panic!("{failure:#?}"));
        let seen = look(&self.world);
        self.world.svm = before;
        let sent = Sent { units: metadata.compute_units_consumed, bytes, locks: self.locks(instruction) };
        (metadata, sent, seen)
    }

    /// Accounts of a transaction: the instruction's, the payer, the program and the compute budget program.
    fn locks(&self, instruction: &Instruction) -> usize {
        let mut keys: Vec<_> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        keys.extend([self.world.payer(), instruction.program_id, solana_compute_budget_interface::ID]);
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }
}

fn layout_capacity() -> u16 {
    u16::try_from(clearing_house::state::margin_account::MAX_LEGS).expect("a small number")
}

/// Puts and calls at distinct strikes and a future in each book, two thirds short: `count` legs, ascending.
fn trades(world: &World, count: usize) -> (usize, Vec<Trade>) {
    let books = match count {
        0..4 => 1,
        4..32 => 2,
        _ => BOOKS,
    };
    let per_book = count / books;
    assert_eq!(per_book * books, count, "legs divide among books");
    let all = UNDERLYINGS.iter().flat_map(|underlying| world.expiries.iter().map(move |hour| (underlying, *hour)));
    let scale = u64::try_from(128 / count).expect("a small number");
    let mut trades = Vec::with_capacity(count);
    for (underlying, expiry_hour) in all.take(books) {
        let options = if per_book > 1 { per_book - 1 } else { 1 };
        for index in 0..per_book {
            let future = index == options;
            let kind = match index {
                _ if future => Kind::Future,
                _ if index % 2 == 0 => Kind::Put,
                _ => Kind::Call,
            };
            let middle = usize::from(STRIKES) * (2 * index + 1) / (2 * options);
            let args = ClearTradeArgs {
                market: underlying.id,
                expiry_hour,
                strike: if future { 0 } else { u16::try_from(middle).expect("one of the strikes") },
                kind: kind as u8,
                lots: scale * (10 + index as u64 % 5),
                price: nanos(if future { underlying.price } else { underlying.price * 0.03 }),
            };
            trades.push(Trade { args, holder_buys: future || index % 4 == 3 });
        }
    }
    // the future's key stands before the options' only by its strike
    trades.sort_by_key(|trade| (trade.args.market, trade.args.expiry_hour, trade.args.strike, trade.args.kind));
    (books, trades)
}

/// A surface with a skew and carry whose volatility at the money is `vol`.
pub fn skewed_surface(vol: f64, tenor: i64) -> SurfaceParams {
    let flat = layout::flat_surface(vol, tenor);
    SurfaceParams {
        a: flat.a * 7 / 10,
        b: flat.a * 3,
        rho: nanos(-0.3),
        sigma: nanos(0.1),
        basis: nanos(0.001),
        rate: nanos(0.04),
        ..flat
    }
}

/// Moves prices by a factor, publishes surfaces, refreshes everything, then lets prices move on by −0.3 %: what an
/// account meets in practice, marks that have to be moved from the arrays to the price.
fn refresh(world: &mut World, factor: f64) {
    world.advance(1);
    let now = world.now();
    for market in 0..3_u16 {
        for expiry_hour in world.expiries.clone() {
            let tenor = i64::from(expiry_hour) * 3_600 - now;
            let surface = skewed_surface(world.vols[usize::from(market)], tenor);
            let args = PublishSurfaceArgs { surface, time: now, deadline: now + 60 };
            let publish = ix::publish_surface(world.keys.publisher.pubkey(), market, expiry_hour, args);
            world.must(&[publish], &["publisher"]);
        }
    }
    world.shock(factor);
    world.advance(1);
    let now = world.now();
    for feed in 0..=STAKED_FEED {
        world.post(feed, &oracle::update(layout::feed(feed), world.prices[usize::from(feed)] * 0.997, now));
    }
    let mut prices: Vec<Instruction> =
        (0..3).map(|market| ix::refresh_price(market, World::price_account(market))).collect();
    prices.push(ix::refresh_collateral(&world.sol, World::price_account(SOL_FEED)));
    prices.push(ix::refresh_collateral(&world.staked, World::price_account(STAKED_FEED)));
    world.must(&prices, &[]);
}
