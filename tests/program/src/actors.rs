//! Traders: an owner with a margin account, tokens and a grant for venue 0.

use anchor_lang::prelude::Pubkey;
use clearing_house::state::MarginAccount;
use clearing_house::state::margin_account::AccountRef;
use clearing_house::{ClearTradeArgs, GrantVenueArgs, LiquidateArgs, MarginReport};
use litesvm::types::TransactionMetadata;
use novate_risk::instrument::Leg;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::layout::nanos;
use crate::world::{Failure, World};
use crate::{addresses, instructions as ix, tokens};

/// An owner and its margin account 0.
pub struct Trader {
    /// The owner's key.
    pub owner: Keypair,
    /// The margin account.
    pub account: Pubkey,
}

impl Trader {
    /// The owner's token account of a mint.
    pub fn wallet(&self, mint: &Pubkey) -> Pubkey {
        Pubkey::find_program_address(&[b"wallet", self.owner.pubkey().as_ref(), mint.as_ref()], &clearing_house::ID).0
    }
}

impl World {
    /// An owner with a margin account for `legs` legs, USDC in it (in whole units) and a grant for venue 0.
    pub fn trader(&mut self, legs: u16, usdc: u64) -> Trader {
        let owner = self.key();
        let account = addresses::margin_account(&owner.pubkey(), 0);
        let trader = Trader { owner, account };
        let (payer, key) = (self.payer(), trader.owner.pubkey());
        let mut setup = vec![ix::open_account(payer, key, 0)];
        if legs > 8 {
            setup.push(ix::grow_account(payer, key, account, legs));
        }
        let grant = GrantVenueArgs { expires_at: self.now() + 365 * 86_400, max_lots: 1 << 40 };
        setup.push(ix::grant_venue(payer, key, account, 0, grant));
        self.send(&setup, &[&trader.owner]).unwrap_or_else(|failure| panic!("{failure:#?}"));
        if usdc > 0 {
            self.deposit(&trader, self.usdc, usdc * 1_000_000).unwrap_or_else(|failure| panic!("{failure:#?}"));
        }
        trader
    }

    /// Mints tokens into the owner's wallet and deposits them.
    pub fn deposit(&mut self, trader: &Trader, mint: Pubkey, atoms: u64) -> Result<TransactionMetadata, Failure> {
        let wallet = trader.wallet(&mint);
        let held = match self.data(&wallet) {
            data if data.is_empty() => 0,
            data => tokens::amount(&data),
        };
        let owner = trader.owner.pubkey();
        self.set_account(wallet, ix::TOKEN, tokens::account(mint, owner, held + atoms));
        self.send(&[ix::deposit(owner, trader.account, mint, wallet, atoms)], &[&trader.owner])
    }

    /// The withdrawal that [`World::withdraw`] sends.
    pub fn withdrawal(&mut self, trader: &Trader, mint: Pubkey, atoms: u64) -> Instruction {
        let wallet = trader.wallet(&mint);
        let owner = trader.owner.pubkey();
        if self.data(&wallet).is_empty() {
            self.set_account(wallet, ix::TOKEN, tokens::account(mint, owner, 0));
        }
        let withdraw = ix::withdraw(owner, trader.account, mint, wallet, atoms);
        ix::with_remaining(withdraw, &self.risk_accounts(&[trader.account], &[]))
    }

    /// Withdraws into the owner's wallet.
    pub fn withdraw(&mut self, trader: &Trader, mint: Pubkey, atoms: u64) -> Result<TransactionMetadata, Failure> {
        let withdraw = self.withdrawal(trader, mint, atoms);
        self.send(&[withdraw], &[&trader.owner])
    }

    /// The trade that [`World::trade`] sends.
    pub fn trade_instruction(&self, buyer: &Trader, seller: &Trader, args: ClearTradeArgs) -> Instruction {
        let trade = ix::clear_trade(self.keys.venue.pubkey(), 0, buyer.account, seller.account, args);
        let books = [(args.market, args.expiry_hour)];
        ix::with_remaining(trade, &self.risk_accounts(&[buyer.account, seller.account], &books))
    }

    /// Clears a trade through venue 0.
    pub fn trade(
        &mut self,
        buyer: &Trader,
        seller: &Trader,
        args: ClearTradeArgs,
    ) -> Result<TransactionMetadata, Failure> {
        let trade = self.trade_instruction(buyer, seller, args);
        self.attempt(&[trade], &["venue"])
    }

    /// The liquidation that [`World::liquidate`] sends: it passes the open interest of every book of the account.
    pub fn liquidation(&self, by: &Trader, account: Pubkey, fraction: f64, witness: Option<Vec<u8>>) -> Instruction {
        let args = LiquidateArgs { max_fraction: nanos(fraction), witness };
        let liquidate = ix::liquidate(by.owner.pubkey(), by.account, account, args);
        ix::with_remaining(liquidate, &self.risk_accounts(&[account, by.account], &[]))
    }

    /// Open interest accounts of the legs that both accounts hold, to append to a liquidation.
    pub fn shared_interest(&self, one: Pubkey, other: Pubkey) -> Vec<solana_instruction::AccountMeta> {
        let mine = self.legs(one);
        let mut books: Vec<(u16, u32)> = self
            .legs(other)
            .iter()
            .filter(|leg| mine.iter().any(|held| held.key == leg.key))
            .map(|leg| (leg.key.market(), leg.key.expiry_hour()))
            .collect();
        books.sort_unstable();
        books.dedup();
        let metas = books.into_iter().map(|(market, hour)| addresses::interest(market, hour));
        metas.map(|address| solana_instruction::AccountMeta::new(address, false)).collect()
    }

    /// Liquidates an account.
    pub fn liquidate(
        &mut self,
        by: &Trader,
        account: Pubkey,
        fraction: f64,
        witness: Option<Vec<u8>>,
    ) -> Result<TransactionMetadata, Failure> {
        let interest = self.shared_interest(account, by.account);
        let liquidate = ix::with_remaining(self.liquidation(by, account, fraction, witness), &interest);
        self.send(&[liquidate], &[&by.owner])
    }

    /// The witness that `check_margin` suggests.
    pub fn witness(&mut self, account: Pubkey) -> Vec<u8> {
        witness_of(&self.margin(account))
    }

    /// A margin account's fixed part.
    pub fn account(&self, address: Pubkey) -> MarginAccount {
        self.read(&address)
    }

    /// A margin account's legs.
    pub fn legs(&self, address: Pubkey) -> Vec<Leg> {
        AccountRef::load(&self.data(&address)).expect("a margin account").legs.to_vec()
    }

    /// The balance of a token account.
    pub fn balance(&self, address: &Pubkey) -> u64 {
        tokens::amount(&self.data(address))
    }

    /// What the vault holds of a mint less what the given accounts (all there are) own of it: cash less the open cost of
    /// futures and perpetuals for the quote token, amounts otherwise. Always 0.
    pub fn imbalance(&self, mint: Pubkey, accounts: &[Pubkey]) -> i128 {
        let index = self.read::<clearing_house::state::Collateral>(&addresses::collateral(&mint)).index;
        let owed: i128 = accounts
            .iter()
            .map(|address| {
                if mint != self.usdc {
                    return i128::from(self.account(*address).holding(index));
                }
                let open: i128 = self.legs(*address).iter().map(|leg| i128::from(leg.cost.0)).sum();
                i128::from(self.account(*address).cash) - open
            })
            .sum();
        i128::from(self.balance(&addresses::vault(&mint))) - owed
    }
}

/// The rows that decide a margin: of each market, then of each group.
pub fn witness_of(report: &MarginReport) -> Vec<u8> {
    let rows = report.markets.iter().map(|market| market.worst_row);
    rows.chain(report.joint_rows.iter().copied()).collect()
}
