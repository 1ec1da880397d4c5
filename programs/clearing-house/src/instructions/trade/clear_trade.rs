//! Becomes the counterparty of both sides of a trade that a venue matched.

use anchor_lang::prelude::*;
use novate_risk::instrument::{Kind, LegKey};
use novate_risk::trade::{notional, only_reduces};
use novate_risk::units::{LotSize, LotValue, Lots, NANO, Price, Quote};

use crate::error::{ClearingError, from_risk};
use crate::events::TradeCleared;
use crate::loaders::{Purpose, RiskAccounts, Snapshot};
use crate::seeds;
use crate::state::margin_account::{AccountMut, FillEffect};
use crate::state::{Gate, House, MarginAccount, Market, OpenInterest, Venue, VenueGrant};

/// The most lots of one trade.
const MAX_LOTS: u64 = 1 << 40;
/// The highest trade price: 1e8 quote per unit.
const MAX_TRADE_PRICE: i64 = 100_000_000 * NANO;

/// Accounts of `clear_trade`. Remaining accounts: collaterals, markets and books of both margin accounts as they are
/// after the trade.
#[derive(Accounts)]
#[instruction(args: ClearTradeArgs)]
pub struct ClearTrade<'info> {
    /// Signs for the venue.
    #[account(constraint = venue_authority.key() == venue.load()?.authority @ ClearingError::WrongVenueAuthority)]
    pub venue_authority: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The venue.
    pub venue: AccountLoader<'info, Venue>,
    /// Margin account that buys.
    #[account(mut)]
    pub buyer: AccountLoader<'info, MarginAccount>,
    /// Margin account that sells.
    #[account(mut)]
    pub seller: AccountLoader<'info, MarginAccount>,
    /// The buyer's grant for the venue.
    pub buyer_grant: AccountLoader<'info, VenueGrant>,
    /// The seller's grant for the venue.
    pub seller_grant: AccountLoader<'info, VenueGrant>,
    /// The market.
    #[account(constraint = market.load()?.id == args.market @ ClearingError::MissingMarket)]
    pub market: AccountLoader<'info, Market>,
    /// Open interest of the expiry.
    #[account(mut)]
    pub interest: AccountLoader<'info, OpenInterest>,
}

/// Arguments of `clear_trade`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct ClearTradeArgs {
    /// The market's number.
    pub market: u16,
    /// Hours since 1970 at which the instrument expires; 0 for a perpetual.
    pub expiry_hour: u32,
    /// Index of the strike in its book; 0 for futures and perpetuals.
    pub strike: u16,
    /// 0 call, 1 put, 2 future, 3 perpetual.
    pub kind: u8,
    /// Lots that change hands.
    pub lots: u64,
    /// Price per unit of underlying in nanos of quote: an option's premium, a future's or perpetual's price.
    pub price: i64,
}

/// A trade whose arguments have been checked.
pub(super) struct Trade {
    pub(super) key: LegKey,
    pub(super) kind: Kind,
    pub(super) lots: Lots,
    pub(super) price: LotValue,
    pub(super) notional: Quote,
}

impl ClearTradeArgs {
    pub(super) fn parse(&self, lot_size: LotSize) -> Result<Trade> {
        let kind = Kind::from_byte(self.kind).ok_or(ClearingError::UnknownKind)?;
        let key = LegKey::new(self.market, self.expiry_hour, self.strike, kind);
        let key = key.ok_or(ClearingError::BadInstrument)?;
        require!((1..=MAX_LOTS).contains(&self.lots), ClearingError::BadLots);
        let lowest = if kind.is_option() { 0 } else { 1 };
        require!((lowest..=MAX_TRADE_PRICE).contains(&self.price), ClearingError::BadTradePrice);
        let lots = Lots(i64::try_from(self.lots).map_err(|_| ClearingError::BadLots)?);
        let price = LotValue::of(Price(self.price), lot_size).map_err(from_risk)?;
        let notional = notional(lots, price).map_err(from_risk)?;
        Ok(Trade { key, kind, lots, price, notional })
    }
}

impl ClearTrade<'_> {
    fn validate(&self, args: &ClearTradeArgs, now: i64) -> Result<()> {
        self.venue.load()?.require_active()?;
        require_keys_neq!(self.buyer.key(), self.seller.key(), ClearingError::SameAccount);
        for (grant, account) in [(&self.buyer_grant, &self.buyer), (&self.seller_grant, &self.seller)] {
            let grant = grant.load()?;
            require_keys_eq!(grant.account, account.key(), ClearingError::WrongGrant);
            require_keys_eq!(grant.venue, self.venue.key(), ClearingError::WrongGrant);
            grant.require_allows(args.lots, now)?;
        }
        Ok(())
    }
}

/// Books a trade on both accounts; each must meet initial margin on the full grid afterwards. With the gate closed,
/// only trades that shrink both positions pass. With a stale surface too, and then neither account may need more initial
/// margin than before, or have less equity above it.
pub fn clear_trade<'info>(ctx: Context<'info, ClearTrade<'info>>, args: ClearTradeArgs) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    ctx.accounts.validate(&args, now)?;
    let trade = args.parse(ctx.accounts.market.load()?.lot())?;
    let accounts = RiskAccounts::borrow(ctx.remaining_accounts)?;
    let snapshot = accounts.readable.snapshot(now, Purpose::Trade)?;
    require_listed(&snapshot, trade.key, trade.kind, now)?;

    let bought = settle(&ctx.accounts.buyer, &snapshot, trade.key, trade.lots, trade.notional)?;
    let sold = settle(&ctx.accounts.seller, &snapshot, trade.key, Lots(-trade.lots.0), Quote(-trade.notional.0))?;
    if !(bought.reduces && sold.reduces) {
        ctx.accounts.house.load()?.require_open(Gate::ClearTrade)?;
    }

    let mut interest = ctx.accounts.interest.load_mut()?;
    require!(interest.covers(trade.key), ClearingError::OpenInterestMismatch);
    let change = bought.long_change.checked_add(sold.long_change).ok_or(ClearingError::Overflow)?;
    interest.apply(trade.kind, change)?;
    interest.record_volume(trade.kind, args.lots)?;
    interest.invariant()?;
    emit!(TradeCleared {
        venue: ctx.accounts.venue.key(),
        buyer: ctx.accounts.buyer.key(),
        seller: ctx.accounts.seller.key(),
        key: trade.key.0,
        lots: args.lots,
        price: args.price,
        notional: trade.notional.0,
    });
    Ok(())
}

/// Refuses an instrument that does not exist or can no longer be traded.
pub(super) fn require_listed(snapshot: &Snapshot, key: LegKey, kind: Kind, now: i64) -> Result<()> {
    snapshot.market(key.market())?;
    if kind == Kind::Perpetual {
        return Ok(());
    }
    let (header, view) = snapshot.book(key.market(), key.expiry_hour())?;
    header.require_live(now)?;
    if kind.is_option() {
        require!(usize::from(key.strike()) < view.strikes.len(), ClearingError::UnknownStrike);
    }
    Ok(())
}

/// Books one side and requires its initial margin or, with a stale surface, that the trade only takes risk off.
fn settle(
    loader: &AccountLoader<MarginAccount>,
    snapshot: &Snapshot,
    key: LegKey,
    lots: Lots,
    notional: Quote,
) -> Result<FillEffect> {
    let info = loader.to_account_info();
    let mut data = info.try_borrow_mut_data()?;
    let mut account = AccountMut::load(&mut data)?;
    let before = if snapshot.has_stale_surface() { Some(snapshot.margin(account.as_ref())?) } else { None };
    let effect = account.fill(key, lots, notional)?;
    let margin = snapshot.margin(account.as_ref())?;
    match before {
        Some(before) => {
            require!(effect.reduces, ClearingError::StaleSurface);
            let falls = only_reduces(before.equity_im, before.im, margin.equity_im, margin.im);
            require!(falls, ClearingError::RiskMayOnlyFall);
        }
        None => require!(margin.equity_im >= margin.im, ClearingError::BelowInitialMargin),
    }
    account.header.trades = account.header.trades.saturating_add(1);
    if margin.equity_im >= margin.im {
        account.header.clear_breach();
    }
    account.invariant()?;
    Ok(effect)
}
