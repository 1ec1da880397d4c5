//! Lists an underlying with its perpetual.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::MarketListed;
use crate::seeds;
use crate::state::collateral::NO_MARKET;
use crate::state::{
    FallbackBinding, GridRow, House, LAYOUT_VERSION, Market, MarketForecast, MarketLimits, MarketParams, OpenInterest,
    OracleBinding,
};

/// Accounts of `list_market`.
#[derive(Accounts)]
#[instruction(args: ListMarketArgs)]
pub struct ListMarket<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The market.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Market>(),
        seeds = [seeds::MARKET, args.id.to_le_bytes().as_ref()],
        bump
    )]
    pub market: AccountLoader<'info, Market>,
    /// Open interest of its perpetual.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<OpenInterest>(),
        seeds = [seeds::INTEREST, args.id.to_le_bytes().as_ref(), 0_u32.to_le_bytes().as_ref()],
        bump
    )]
    pub interest: AccountLoader<'info, OpenInterest>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// Arguments of `list_market`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct ListMarketArgs {
    /// The market's number.
    pub id: u16,
    /// Units of underlying in one lot, in nanos.
    pub lot_size: i64,
    /// Where its price comes from.
    pub oracle: OracleBinding,
    /// Where it comes from while that feed is silent.
    pub fallback: Option<FallbackBinding>,
    /// Freshness and bounds of published values.
    pub limits: MarketLimits,
    /// Risk parameters.
    pub params: MarketParams,
    /// How the range follows the price's volatility; `params.range` is what it starts with.
    pub forecast: MarketForecast,
    /// Scenario grid; the house's own 33 rows if absent.
    pub grid: Option<Vec<GridRow>>,
}

impl ListMarket<'_> {
    fn validate(&self, args: &ListMarketArgs) -> Result<()> {
        require_keys_eq!(self.listing.key(), self.house.load()?.roles.listing, ClearingError::WrongRole);
        // the largest number means "no market" where a collateral names its market
        require!(args.id != NO_MARKET, ClearingError::BadMarketId);
        Ok(())
    }
}

/// Lists an underlying. Its perpetual can be traded once a price is set.
pub fn list_market(ctx: Context<ListMarket>, args: ListMarketArgs) -> Result<()> {
    ctx.accounts.validate(&args)?;
    let mut market = ctx.accounts.market.load_init()?;
    market.version = LAYOUT_VERSION;
    market.bump = ctx.bumps.market;
    market.id = args.id;
    market.risk_version = 1;
    market.lot_size = args.lot_size;
    market.oracle = args.oracle;
    market.fallback = args.fallback.unwrap_or_default();
    market.limits = args.limits;
    market.risk.set(args.params, args.grid)?;
    market.forecast = args.forecast;
    market.variance.range = args.params.range;
    market.invariant()?;
    let mut interest = ctx.accounts.interest.load_init()?;
    interest.version = LAYOUT_VERSION;
    interest.bump = ctx.bumps.interest;
    interest.market = args.id;
    interest.invariant()?;
    emit!(MarketListed { id: args.id, lot_size: args.lot_size });
    Ok(())
}
