//! Says what a trade would leave an account with. Changes nothing: clients simulate it before they sign.

use anchor_lang::prelude::*;
use novate_risk::instrument::Leg;
use novate_risk::preview::{Candidate, preview};
use novate_risk::units::Lots;

use super::clear_trade::{ClearTradeArgs, require_listed};
use crate::error::from_risk;
use crate::instructions::account::check_margin::MarginReport;
use crate::loaders::{Purpose, RiskAccounts};
use crate::state::margin_account::AccountRef;
use crate::state::{MarginAccount, Market};

/// Accounts of `preview_trade`. Remaining accounts: collaterals, markets and books of the margin account as it is after
/// the trade.
#[derive(Accounts)]
#[instruction(args: PreviewTradeArgs)]
pub struct PreviewTrade<'info> {
    /// The margin account.
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The market.
    #[account(constraint = market.load()?.id == args.trade.market @ crate::error::ClearingError::MissingMarket)]
    pub market: AccountLoader<'info, Market>,
}

/// Arguments of `preview_trade`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct PreviewTradeArgs {
    /// The trade.
    pub trade: ClearTradeArgs,
    /// Whether the account buys.
    pub buys: bool,
}

/// Computes equity and margin of an account as they would be after a trade: it passes iff `equity_im` is not below `im`.
/// The report has no static margin.
pub fn preview_trade<'info>(ctx: Context<'info, PreviewTrade<'info>>, args: PreviewTradeArgs) -> Result<MarginReport> {
    let now = Clock::get()?.unix_timestamp;
    let trade = args.trade.parse(ctx.accounts.market.load()?.lot())?;
    let accounts = RiskAccounts::borrow(ctx.remaining_accounts)?;
    let snapshot = accounts.readable.snapshot(now, Purpose::TakeRisk)?;
    require_listed(&snapshot, trade.key, trade.kind, now)?;
    let info = ctx.accounts.margin_account.to_account_info();
    let data = info.try_borrow_data()?;
    let account = AccountRef::load(&data)?;
    let holdings = snapshot.holdings(account)?;
    let portfolio = snapshot.portfolio(account, &holdings);
    let lots = if args.buys { trade.lots } else { Lots(-trade.lots.0) };
    let candidate = Candidate { key: trade.key, lots, price: trade.price };
    let mut scratch = vec![Leg::default(); account.legs.len() + 1];
    let mut markets = Vec::new();
    let margin = preview(&portfolio, &candidate, &mut scratch, |market| markets.push(market.into()));
    Ok(MarginReport::new(&margin.map_err(from_risk)?, markets))
}
