//! The house's books against the vaults.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::token::spl_token::native_mint;
use anchor_spl::token::spl_token::state::{Account as TokenAccount, Mint};
use clearing_house::state::margin_account::AccountRef;
use clearing_house::state::{Collateral, MarginAccount, OpenInterest};
use novate_risk::instrument::Leg;
use novate_tests::addresses;

use crate::Bank;

/// What there is to count.
pub struct Books {
    /// Mints of the listed collaterals, the quote token's first.
    pub mints: Vec<Pubkey>,
    /// All margin accounts.
    pub accounts: Vec<Pubkey>,
    /// All token accounts but the vaults.
    pub wallets: Vec<Pubkey>,
    /// Market and expiry hour of every instrument's expiry.
    pub expiries: Vec<(u16, u32)>,
}

impl Books {
    /// Panics unless all that is owed is there, to the last unit:
    /// - each vault holds what the margin accounts own of it,
    /// - no token came from or went to anywhere but the vault and the wallets,
    /// - each instrument is held long as much as short, which is its open interest.
    pub async fn audit(&self, bank: &Bank) {
        let mut accounts: Vec<(MarginAccount, Vec<Leg>)> = Vec::new();
        for address in &self.accounts {
            // a closed one is gone
            if let Some(account) = bank.account(*address).await {
                let account = AccountRef::load(&account.data).expect("a margin account");
                accounts.push((*account.header, account.legs.to_vec()));
            }
        }
        for mint in &self.mints {
            self.audit_token(bank, *mint, &accounts).await;
        }
        let legs: Vec<Leg> = accounts.iter().flat_map(|(_, legs)| legs).copied().collect();
        for (market, expiry_hour) in &self.expiries {
            let interest: OpenInterest = bank.read(addresses::interest(*market, *expiry_hour)).await;
            audit_interest(&interest, &legs);
        }
    }

    async fn audit_token(&self, bank: &Bank, mint: Pubkey, accounts: &[(MarginAccount, Vec<Leg>)]) {
        let collateral: Collateral = bank.read(addresses::collateral(&mint)).await;
        let vault = bank.account(addresses::vault(&mint)).await.expect("a listed token has a vault");
        let held = TokenAccount::unpack(&vault.data).expect("a vault is a token account");
        let owed: i128 = if collateral.is_quote() {
            // the cost of open futures and perpetuals is owed between the accounts and adds up to nothing
            let cash: i128 = accounts.iter().map(|(account, _)| i128::from(account.cash)).sum();
            let open: i128 = accounts.iter().flat_map(|(_, legs)| legs).map(|leg| i128::from(leg.cost.0)).sum();
            cash - open
        } else {
            let held = accounts.iter().map(|(account, _)| i128::from(account.holding(collateral.index)));
            let held = held.sum();
            assert_eq!(i128::from(collateral.deposited), held, "what the collateral says was deposited of {mint}");
            held
        };
        assert_eq!(i128::from(held.amount) - owed, 0, "the vault of {mint} holds {}, owed are {owed}", held.amount);

        if mint == native_mint::ID {
            let rent = bank.rent(TokenAccount::LEN).await;
            assert_eq!(vault.lamports, rent + held.amount, "every unit of wrapped SOL is a lamport");
            return;
        }
        let mut circulating = u128::from(held.amount);
        for address in &self.wallets {
            let wallet = TokenAccount::unpack(&bank.data(*address).await).expect("a wallet is a token account");
            if wallet.mint == mint {
                circulating += u128::from(wallet.amount);
            }
        }
        let supply = Mint::unpack(&bank.data(mint).await).expect("a mint").supply;
        assert_eq!(circulating, u128::from(supply), "units of {mint} in vault and wallets against its supply");
    }
}

fn audit_interest(interest: &OpenInterest, legs: &[Leg]) {
    let mut long = [0_u64; 4];
    let mut short = [0_u64; 4];
    for leg in legs.iter().filter(|leg| interest.covers(leg.key)) {
        let kind = leg.key.kind().expect("a leg has a kind") as usize;
        let side = if leg.size.0 > 0 { &mut long } else { &mut short };
        side[kind] += leg.size.0.unsigned_abs();
    }
    let expiry = (interest.market, interest.expiry_hour);
    assert_eq!(long, short, "lots held long against lots held short of {expiry:?}, by kind");
    assert_eq!(interest.lots, long, "open interest of {expiry:?}, by kind");
}
