//! Takes over a share of an account that is below maintenance margin.

use anchor_lang::prelude::*;
use novate_risk::instrument::LegKey;
use novate_risk::liquidation::{incentive_rate, slice_amount, slice_cost, slice_lots};
use novate_risk::portfolio::{Holding, Margin, margin, witness_margin};
use novate_risk::takeover::{Takeover, Terms, improves, value_at_mark};
use novate_risk::units::{Quote, Ratio};

use super::witness::Witness;
use crate::error::{ClearingError, from_risk};
use crate::events::Liquidated;
use crate::loaders::{Purpose, RiskAccounts, Snapshot};
use crate::seeds;
use crate::state::margin_account::{AccountMut, AccountRef};
use crate::state::{House, LiquidationTerms, MarginAccount, OpenInterest};

/// Accounts of `liquidate`. Remaining accounts: collaterals, markets and books of both margin accounts, then, writable,
/// the open interest of each expiry in which the liquidator's own position nets against what it takes over.
///
/// There is no gate and no house-wide account is written: liquidations must work when all else is shut, side by side.
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner of the margin account that takes over.
    #[account(constraint = owner.key() == liquidator.load()?.owner @ ClearingError::NotAccountOwner)]
    pub owner: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// Margin account that takes over.
    #[account(mut)]
    pub liquidator: AccountLoader<'info, MarginAccount>,
    /// Margin account that is below maintenance margin.
    #[account(mut)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// Arguments of `liquidate`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct LiquidateArgs {
    /// The largest share to take over, in nanos. The program takes less if that lifts the account to its target.
    pub max_fraction: i64,
    /// For each market that the account touches, ascending, the row of the grid that proves the breach, and then one for
    /// each group of markets with an offset, in the order of their first markets. Without it the program finds the
    /// worst rows itself, at a higher price in compute.
    pub witness: Option<Vec<u8>>,
}

impl Liquidate<'_> {
    fn validate(&self) -> Result<()> {
        require_keys_neq!(self.liquidator.key(), self.account.key(), ClearingError::SameAccount);
        Ok(())
    }
}

/// Moves a share of every leg and of all collateral to the liquidator at mark, which pays for it in cash less the
/// incentive. The account must be below maintenance margin, is not lifted past its target and ends up healthier; the
/// liquidator must meet initial margin afterwards.
pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, args: LiquidateArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let clock = Clock::get()?;
    let terms = ctx.accounts.house.load()?.liquidation;
    let remaining = RiskAccounts::borrow(ctx.remaining_accounts)?;
    let snapshot = remaining.readable.snapshot(clock.unix_timestamp, Purpose::Assess)?;
    let account_info = ctx.accounts.account.to_account_info();
    let mut account_data = account_info.try_borrow_mut_data()?;
    let mut account = AccountMut::load(&mut account_data)?;
    let liquidator_info = ctx.accounts.liquidator.to_account_info();
    let mut liquidator_data = liquidator_info.try_borrow_mut_data()?;
    let mut liquidator = AccountMut::load(&mut liquidator_data)?;

    let witness = read_witness(&snapshot, account.as_ref(), &args)?;
    let before = assess(&snapshot, account.as_ref(), witness.as_ref())?;
    require!(before.margin.equity_mm < before.margin.mm, ClearingError::NotLiquidatable);
    let elapsed = account.header.observe_breach(clock.unix_timestamp, clock.slot);
    let breach_since = account.header.breach.since;
    let takeover = decide(&before, account.header.cash, &terms, elapsed, args.max_fraction)?;

    let moved = transfer(&mut account, &mut liquidator, takeover.fraction, remaining.interest)?;
    require!(moved, ClearingError::NothingToLiquidate);
    let after = assess(&snapshot, account.as_ref(), witness.as_ref())?;
    let paid = takeover.payment(before.value, after.value).map_err(from_risk)?;
    account.header.change_cash(paid.0)?;
    liquidator.header.change_cash(-paid.0)?;

    let equity_after = after.margin.equity_mm.checked_add(paid).ok_or(ClearingError::Overflow)?;
    let healthier = improves(before.margin.equity_mm, before.margin.mm, equity_after, after.margin.mm);
    require!(healthier, ClearingError::NoImprovement);
    let margin = snapshot.margin_of_taker(liquidator.as_ref())?;
    require!(margin.equity_im >= margin.im, ClearingError::LiquidatorBelowInitialMargin);

    account.header.liquidations = account.header.liquidations.saturating_add(1);
    if equity_after >= after.margin.mm {
        account.header.clear_breach();
    }
    account.invariant()?;
    liquidator.invariant()?;
    emit!(Liquidated {
        account: ctx.accounts.account.key(),
        liquidator: ctx.accounts.liquidator.key(),
        fraction: takeover.fraction.0,
        paid: paid.0,
        incentive: takeover.incentive.0,
        equity_before: before.margin.equity_mm.0,
        mm_before: before.margin.mm.0,
        equity_after: equity_after.0,
        mm_after: after.margin.mm.0,
        worst_row: before.worst_row,
        breach_since,
    });
    Ok(())
}

/// What an account is worth and needs at one moment, by the witness where there is one.
struct Assessment {
    margin: Margin,
    holdings: Vec<Holding>,
    /// Value of legs and holdings at mark.
    value: Quote,
    /// The deciding row of the account's first market.
    worst_row: u8,
}

fn read_witness(snapshot: &Snapshot, account: AccountRef, args: &LiquidateArgs) -> Result<Option<Witness>> {
    let Some(rows) = args.witness.as_deref() else { return Ok(None) };
    let holdings = snapshot.holdings(account)?;
    Witness::of(&snapshot.portfolio(account, &holdings), rows).map(Some)
}

fn assess(snapshot: &Snapshot, account: AccountRef, witness: Option<&Witness>) -> Result<Assessment> {
    let holdings = snapshot.holdings(account)?;
    let portfolio = snapshot.portfolio(account, &holdings);
    let mut first = witness.map(Witness::first);
    let margin = match witness {
        Some(witness) => witness_margin(&portfolio, &witness.rows(&portfolio).as_rows()),
        None => margin(&portfolio, |market| {
            first.get_or_insert(market.worst_row);
        }),
    };
    let margin = margin.map_err(from_risk)?;
    let value = value_at_mark(&margin, Quote(account.header.cash), &holdings).map_err(from_risk)?;
    Ok(Assessment { margin, holdings, value, worst_row: first.unwrap_or_default() })
}

fn decide(
    before: &Assessment,
    cash: i64,
    terms: &LiquidationTerms,
    elapsed: i64,
    max_fraction: i64,
) -> Result<Takeover> {
    require!((1..=Ratio::ONE.0).contains(&max_fraction), ClearingError::BadFraction);
    let (start, max) = (Ratio(terms.incentive_start), Ratio(terms.incentive_max));
    let terms = Terms {
        max_fraction: Ratio(max_fraction),
        buffer: Ratio(terms.buffer),
        dust: Quote(terms.dust),
        incentive_rate: incentive_rate(start, max, terms.ramp_seconds, elapsed).map_err(from_risk)?,
    };
    Takeover::decide(&before.margin, Quote(cash), &before.holdings, &terms).map_err(|error| from_risk(error).into())
}

/// Moves the share of every leg and holding; says whether anything moved.
fn transfer(
    account: &mut AccountMut,
    liquidator: &mut AccountMut,
    fraction: Ratio,
    interest: &[AccountInfo],
) -> Result<bool> {
    let mut moved = false;
    // from the last to the first, since a leg that goes whole is removed
    for index in (0..account.legs().len()).rev() {
        let leg = account.legs()[index];
        let lots = slice_lots(leg.size, fraction).map_err(from_risk)?;
        let cost = slice_cost(&leg, lots).map_err(from_risk)?;
        let given = account.take_from_leg(index, lots, cost)?;
        let taken = liquidator.fill(leg.key, lots, cost)?;
        let change = given.long_change.checked_add(taken.long_change).ok_or(ClearingError::Overflow)?;
        count_interest(interest, leg.key, change)?;
        moved = true;
    }
    for slot in account.header.holdings {
        let amount = slice_amount(slot.amount, fraction).map_err(from_risk)?;
        account.header.take_holding(slot.index, amount)?;
        liquidator.header.add_holding(slot.index, amount)?;
        moved |= amount > 0;
    }
    Ok(moved)
}

/// Lots that the liquidator nets against its own position are no longer open.
fn count_interest(accounts: &[AccountInfo], key: LegKey, change: i64) -> Result<()> {
    if change == 0 {
        return Ok(());
    }
    let kind = key.kind().ok_or(ClearingError::UnknownKind)?;
    for account in accounts {
        let mut data = account.try_borrow_mut_data()?;
        require_keys_eq!(*account.owner, crate::ID, ClearingError::ForeignAccount);
        require!(data.starts_with(OpenInterest::DISCRIMINATOR), ClearingError::UnexpectedAccount);
        let (interest, _) = crate::state::tail::split_mut::<OpenInterest, u8>(&mut data)?;
        if interest.covers(key) {
            require!(account.is_writable, ClearingError::MissingOpenInterest);
            interest.apply(kind, change)?;
            return interest.invariant();
        }
    }
    err!(ClearingError::MissingOpenInterest)
}
