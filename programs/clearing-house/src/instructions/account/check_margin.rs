//! Says what an account is worth and what it needs. Changes nothing: clients simulate it, so that there is one
//! implementation of the risk.

use anchor_lang::prelude::*;
use novate_risk::portfolio::{Margin, MarketMargin, margin, static_margin};

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

/// A market's part in a margin, by name, in quote atoms.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketReport {
    /// The market's number.
    pub market: u16,
    /// Row of the grid that decides scan and vega.
    pub worst_row: u8,
    /// Loss in the worst row.
    pub scan: i64,
    /// What the scan grows by when gains from volatility count in part.
    pub vega: i64,
    /// For what takes longer than a day to unwind.
    pub liquidity: i64,
    /// For the basis of each expiry.
    pub roll: i64,
    /// For errors of price and surface.
    pub oracle: i64,
    /// Short option minimum of maintenance margin.
    pub short_option_mm: i64,
    /// Short option minimum of initial margin.
    pub short_option_im: i64,
}

impl From<&MarketMargin> for MarketReport {
    fn from(margin: &MarketMargin) -> Self {
        Self {
            market: margin.market,
            worst_row: margin.worst_row,
            scan: margin.scan.0,
            vega: margin.vega.0,
            liquidity: margin.liquidity.0,
            roll: margin.roll.0,
            oracle: margin.oracle.0,
            short_option_mm: margin.short_option_mm.0,
            short_option_im: margin.short_option_im.0,
        }
    }
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
    /// What maintenance margin is lower by for markets that are margined together.
    pub offset_mm: i64,
    /// What initial margin is lower by for markets that are margined together.
    pub offset_im: i64,
    /// Maintenance margin without netting; 0 unless asked for.
    pub static_mm: i64,
    /// Initial margin without netting; 0 unless asked for.
    pub static_im: i64,
    /// The markets that the account touches, ascending.
    pub markets: Vec<MarketReport>,
    /// For each group of these that has an offset, in the order of their first markets, the row that decides it.
    pub joint_rows: Vec<u8>,
}

impl MarginReport {
    /// A report without static margin.
    pub fn new(margin: &Margin, markets: Vec<MarketReport>) -> Self {
        Self {
            equity_mm: margin.equity_mm.0,
            equity_im: margin.equity_im.0,
            equity_withdraw: margin.equity_withdraw.0,
            mm: margin.mm.0,
            im: margin.im.0,
            offset_mm: margin.offset_mm.0,
            offset_im: margin.offset_im.0,
            static_mm: 0,
            static_im: 0,
            markets,
            joint_rows: margin.joint_rows().to_vec(),
        }
    }
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
    let margin = margin(&portfolio, |market| markets.push(market.into())).map_err(from_risk)?;
    let mut report = MarginReport::new(&margin, markets);
    if with_static {
        let apart = static_margin(&portfolio).map_err(from_risk)?;
        (report.static_mm, report.static_im) = (apart.mm.0, apart.im.0);
    }
    Ok(report)
}
