//! Says what an account is worth and what it needs. Changes nothing: clients simulate it, so that there is one
//! implementation of the risk.

use anchor_lang::prelude::*;
use novate_risk::portfolio::{margin, static_margin};

use crate::error::from_risk;
use crate::loaders::{Purpose, RiskAccounts};
use crate::state::MarginAccount;
use crate::state::margin_account::AccountRef;

/// Accounts of `check_margin`. Remaining accounts: collaterals, markets and books of the margin account.
#[derive(Accounts)]
pub struct CheckMargin<'info> {
    /// The margin account.
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// A market's part in a margin.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketReport {
    /// The market's number.
    pub market: u16,
    /// Row of the grid with the worst weighted P&L.
    pub worst_row: u8,
    /// Loss in it, in quote atoms.
    pub scan: i64,
    /// Short option minimum of initial margin, in quote atoms.
    pub short_option_im: i64,
}

/// What `check_margin` returns, in quote atoms.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct MarginReport {
    /// Equity with maintenance haircuts: the account is liquidatable iff it is below `mm`.
    pub equity_mm: i64,
    /// Equity with initial haircuts and capped unrealised profit.
    pub equity_im: i64,
    /// Equity with initial haircuts and no unrealised profit.
    pub equity_withdraw: i64,
    /// Maintenance margin.
    pub mm: i64,
    /// Initial margin.
    pub im: i64,
    /// Maintenance margin without netting; 0 unless asked for.
    pub static_mm: i64,
    /// Initial margin without netting; 0 unless asked for.
    pub static_im: i64,
    /// The markets that the account touches, ascending.
    pub markets: Vec<MarketReport>,
}

/// Computes the margin of an account, and with `with_static` also what adding up its positions one by one would ask.
pub fn check_margin<'info>(ctx: Context<'info, CheckMargin<'info>>, with_static: bool) -> Result<MarginReport> {
    let accounts = RiskAccounts::borrow(ctx.remaining_accounts)?;
    let snapshot = accounts.readable.snapshot(Clock::get()?.unix_timestamp, Purpose::Assess)?;
    let info = ctx.accounts.margin_account.to_account_info();
    let data = info.try_borrow_data()?;
    let account = AccountRef::load(&data)?;
    let holdings = snapshot.holdings(account)?;
    let portfolio = snapshot.portfolio(account, &holdings);
    let mut markets = Vec::new();
    let margin = margin(&portfolio, |market| {
        markets.push(MarketReport {
            market: market.market,
            worst_row: market.worst_row,
            scan: market.scan.0,
            short_option_im: market.short_option_im.0,
        });
    })
    .map_err(from_risk)?;
    let apart = if with_static { static_margin(&portfolio).map_err(from_risk)? } else { Default::default() };
    Ok(MarginReport {
        equity_mm: margin.equity_mm.0,
        equity_im: margin.equity_im.0,
        equity_withdraw: margin.equity_withdraw.0,
        mm: margin.mm.0,
        im: margin.im.0,
        static_mm: apart.mm.0,
        static_im: apart.im.0,
        markets,
    })
}
