//! What actors do on the stage: open accounts, bring tokens, trade, liquidate and look.

use anchor_lang::AnchorDeserialize;
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::system_instruction;
use anchor_spl::associated_token::get_associated_token_address;
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anchor_spl::token::spl_token::instruction as token;
use clearing_house::state::margin_account::AccountRef;
use clearing_house::state::{Collateral, MarginAccount, OpenInterest};
use clearing_house::{ClearTradeArgs, GrantVenueArgs, LiquidateArgs, MarginReport};
use novate_risk::collateral::value;
use novate_risk::instrument::{Kind, Leg};
use novate_risk::units::{NANO, NANOS_PER_ATOM, Ratio};
use novate_tests::layout::nanos;
use novate_tests::{Trader, addresses, instructions as ix, tokens};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::Stage;
use crate::stage::MARKET;

impl Stage {
    /// A new owner opens margin account 0.
    pub async fn open(&mut self) -> Trader {
        let owner = Keypair::new();
        let account = addresses::margin_account(&owner.pubkey(), 0);
        self.books.accounts.push(account);
        self.must(&[ix::open_account(self.bank.payer(), owner.pubkey(), 0)], &[&owner]).await;
        Trader { owner, account }
    }

    /// Lets venue 0 trade for an account, for a day.
    pub async fn grant(&mut self, trader: &Trader) {
        let args = GrantVenueArgs { expires_at: self.bank.now().await + 86_400, max_lots: 10_000 };
        let grant = ix::grant_venue(self.bank.payer(), trader.owner.pubkey(), trader.account, 0, args);
        self.must(&[grant], &[&trader.owner]).await;
    }

    /// A new owner with a margin account, a grant and deposits.
    pub async fn trader(&mut self, deposits: &[(Pubkey, u64)]) -> Trader {
        let trader = self.open().await;
        self.grant(&trader).await;
        for (mint, atoms) in deposits {
            self.fund(&trader, *mint, *atoms).await;
            self.must(&[self.deposit(&trader, *mint, *atoms)], &[&trader.owner]).await;
        }
        trader
    }

    /// The owner's token account.
    pub fn wallet(&self, trader: &Trader, mint: Pubkey) -> Pubkey {
        get_associated_token_address(&trader.owner.pubkey(), &mint)
    }

    /// What is in the owner's token account.
    pub async fn balance(&self, trader: &Trader, mint: Pubkey) -> u64 {
        tokens::amount(&self.bank.data(self.wallet(trader, mint)).await)
    }

    /// Creates the owner's token account if there is none, and mints or wraps tokens into it.
    pub async fn fund(&mut self, trader: &Trader, mint: Pubkey, atoms: u64) {
        let (payer, wallet) = (self.bank.payer(), self.wallet(trader, mint));
        let issuer = self.keys.issuer.insecure_clone();
        let owner = trader.owner.pubkey();
        let create = create_associated_token_account_idempotent(&payer, &owner, &mint, &ix::TOKEN);
        if !self.books.wallets.contains(&wallet) {
            self.must(&[create], &[]).await;
            self.books.wallets.push(wallet);
        }
        if mint == self.sol {
            let wrap = token::sync_native(&ix::TOKEN, &wallet).expect("a token instruction");
            self.must(&[system_instruction::transfer(&payer, &wallet, atoms), wrap], &[]).await;
        } else if atoms > 0 {
            let supply = token::mint_to(&ix::TOKEN, &mint, &wallet, &issuer.pubkey(), &[], atoms);
            self.must(&[supply.expect("a token instruction")], &[&issuer]).await;
        }
    }

    /// A deposit out of the owner's token account.
    pub fn deposit(&self, trader: &Trader, mint: Pubkey, atoms: u64) -> Instruction {
        ix::deposit(trader.owner.pubkey(), trader.account, mint, self.wallet(trader, mint), atoms)
    }

    /// A withdrawal into the owner's token account.
    pub async fn withdrawal(&self, trader: &Trader, mint: Pubkey, atoms: u64) -> Instruction {
        let withdraw = ix::withdraw(trader.owner.pubkey(), trader.account, mint, self.wallet(trader, mint), atoms);
        ix::with_remaining(withdraw, &self.risk_accounts(&[trader.account], &[]).await)
    }

    /// A trade through venue 0.
    pub async fn trade(&self, buyer: &Trader, seller: &Trader, args: ClearTradeArgs) -> Instruction {
        let trade = ix::clear_trade(self.keys.venue.pubkey(), 0, buyer.account, seller.account, args);
        let risk = self.risk_accounts(&[buyer.account, seller.account], &[(args.market, args.expiry_hour)]).await;
        ix::with_remaining(trade, &risk)
    }

    /// Clears a trade.
    pub async fn clear(&mut self, buyer: &Trader, seller: &Trader, args: ClearTradeArgs) {
        let venue = self.keys.venue.insecure_clone();
        let trade = self.trade(buyer, seller, args).await;
        self.must(&[trade], &[&venue]).await;
    }

    /// Arguments of a trade in an option: index of the strike, call or put, lots and premium.
    pub fn option(&self, strike: u16, kind: Kind, lots: u64, price: f64) -> ClearTradeArgs {
        let kind = kind as u8;
        ClearTradeArgs { market: MARKET, expiry_hour: self.expiry_hour, strike, kind, lots, price: nanos(price) }
    }

    /// Arguments of a trade in the perpetual at the present price.
    pub fn perpetual(&self, lots: u64) -> ClearTradeArgs {
        ClearTradeArgs {
            market: MARKET,
            expiry_hour: 0,
            strike: 0,
            kind: Kind::Perpetual as u8,
            lots,
            price: nanos(self.price),
        }
    }

    /// A liquidation of as much as the program takes, by the witness that `check_margin` names.
    pub async fn liquidation(&mut self, by: &Trader, account: Pubkey) -> Instruction {
        let margin = self.margin(account).await;
        let witness = margin.markets.iter().map(|market| market.worst_row).chain(margin.joint_rows).collect();
        let args = LiquidateArgs { max_fraction: NANO, witness: Some(witness) };
        let liquidate = ix::liquidate(by.owner.pubkey(), by.account, account, args);
        let risk = self.risk_accounts(&[account, by.account], &[]).await;
        let interest = self.shared_interest(account, by.account).await;
        ix::with_remaining(ix::with_remaining(liquidate, &risk), &interest)
    }

    /// Open interest of the expiries in which both accounts hold the same instrument, which net in a liquidation.
    async fn shared_interest(&self, one: Pubkey, other: Pubkey) -> Vec<AccountMeta> {
        let (mine, theirs) = (self.legs(one).await, self.legs(other).await);
        let shared = theirs.iter().filter(|leg| mine.iter().any(|held| held.key == leg.key));
        let mut expiries: Vec<(u16, u32)> = shared.map(|leg| (leg.key.market(), leg.key.expiry_hour())).collect();
        expiries.sort_unstable();
        expiries.dedup();
        let interest = expiries.into_iter().map(|(market, hour)| addresses::interest(market, hour));
        interest.map(|address| AccountMeta::new(address, false)).collect()
    }

    /// What `check_margin` says, static margin included.
    pub async fn margin(&mut self, account: Pubkey) -> MarginReport {
        let risk = self.risk_accounts(&[account], &[]).await;
        let check = ix::with_remaining(ix::check_margin(account, true), &risk);
        let returned = self.bank.simulate(&check).await.unwrap_or_else(|failure| panic!("{failure:#?}"));
        MarginReport::deserialize(&mut returned.as_slice()).expect("a report")
    }

    /// What an account is worth at mark, before haircuts, in quote atoms.
    pub async fn equity_at_mark(&mut self, address: Pubkey) -> i64 {
        let mut equity = self.margin(address).await.equity_mm;
        let (account, now) = (self.account(address).await, self.bank.now().await);
        for mint in &self.books.mints {
            let collateral = self.collateral(*mint).await;
            let (mm, im) = collateral.haircut.at(now);
            let (held, price) = (account.holding(collateral.index), collateral.price.as_collateral());
            let value = value(held, collateral.decimals, price, mm, im, Ratio::ONE).expect("a small holding");
            equity += value.full.0 / NANOS_PER_ATOM - value.mm.0;
        }
        equity
    }

    /// A margin account's fixed part.
    pub async fn account(&self, address: Pubkey) -> MarginAccount {
        self.bank.read(address).await
    }

    /// Open interest of an expiry; hour 0 is the perpetual.
    pub async fn interest(&self, expiry_hour: u32) -> OpenInterest {
        self.bank.read(addresses::interest(MARKET, expiry_hour)).await
    }

    /// A margin account's legs.
    pub async fn legs(&self, address: Pubkey) -> Vec<Leg> {
        AccountRef::load(&self.bank.data(address).await).expect("a margin account").legs.to_vec()
    }

    /// What is in a token's vault.
    pub async fn vault(&self, mint: Pubkey) -> u64 {
        tokens::amount(&self.bank.data(addresses::vault(&mint)).await)
    }

    /// A listed collateral.
    pub async fn collateral(&self, mint: Pubkey) -> Collateral {
        self.bank.read(addresses::collateral(&mint)).await
    }

    /// Remaining accounts of a margin check of these margin accounts and of books that they are not in yet.
    async fn risk_accounts(&self, accounts: &[Pubkey], more: &[(u16, u32)]) -> Vec<AccountMeta> {
        let mut books = more.to_vec();
        let mut collaterals: Vec<(u16, Pubkey)> = Vec::new();
        for address in accounts {
            let account = self.account(*address).await;
            for mint in &self.books.mints {
                let collateral = self.collateral(*mint).await;
                if !collateral.is_quote() && account.holding(collateral.index) > 0 {
                    collaterals.push((collateral.index, addresses::collateral(mint)));
                    books.extend(collateral.market().map(|market| (market, 0)));
                }
            }
            books.extend(self.legs(*address).await.iter().map(|leg| (leg.key.market(), leg.key.expiry_hour())));
        }
        collaterals.sort_unstable();
        collaterals.dedup();
        books.sort_unstable();
        books.dedup();
        let mut markets: Vec<u16> = books.iter().map(|(market, _)| *market).collect();
        markets.dedup();
        let collaterals = collaterals.into_iter().map(|(_, address)| address);
        let markets = markets.into_iter().map(addresses::market);
        let books = books.iter().filter(|(_, hour)| *hour > 0).map(|(market, hour)| addresses::book(*market, *hour));
        collaterals.chain(markets).chain(books).map(|address| AccountMeta::new_readonly(address, false)).collect()
    }
}
