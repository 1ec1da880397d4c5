//! Lists a token as collateral and creates its vault.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::error::ClearingError;
use crate::events::CollateralListed;
use crate::loaders::mint::require_plain;
use crate::seeds;
use crate::state::collateral::{Haircut, NO_MARKET};
use crate::state::{
    Collateral, CollateralTerms, FallbackBinding, House, LAYOUT_VERSION, Market, OracleBinding, PoolBinding,
};

/// Accounts of `list_collateral`.
#[derive(Accounts)]
pub struct ListCollateral<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// The house.
    #[account(mut, seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The collateral.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Collateral>(),
        seeds = [seeds::COLLATERAL, mint.key().as_ref()],
        bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// The token account that will hold all of it.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::VAULT, mint.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = collateral,
        token::token_program = token_program
    )]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The market whose grid holdings enter, if any; of a staked token, the market of its underlying.
    pub market: Option<AccountLoader<'info, Market>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// Arguments of `list_collateral`. For the quote token, which needs no price and has no haircut, all but `cap` is zero.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct ListCollateralArgs {
    /// Its own feed; zero for a staked token that is priced by its pool alone.
    pub oracle: OracleBinding,
    /// Where its price comes from while that feed is silent.
    pub fallback: Option<FallbackBinding>,
    /// The stake pool that issues it: it then counts at most at the market's price × the pool's rate.
    pub pool: Option<PoolBinding>,
    /// Maintenance haircut in nanos.
    pub haircut_mm: i64,
    /// Initial haircut in nanos.
    pub haircut_im: i64,
    /// Volatility, deposits and silence.
    pub terms: CollateralTerms,
    /// Most atoms that the vault may hold after a deposit.
    pub cap: u64,
}

impl ListCollateral<'_> {
    fn validate(&self, args: &ListCollateralArgs) -> Result<()> {
        let house = self.house.load()?;
        require_keys_eq!(self.listing.key(), house.roles.listing, ClearingError::WrongRole);
        if self.mint.key() == house.quote_mint {
            require!(args.haircut_mm == 0 && args.haircut_im == 0, ClearingError::QuoteHasNoHaircut);
            require!(args.oracle == OracleBinding::default(), ClearingError::BadOracleBinding);
            require!(args.fallback.is_none() && args.pool.is_none(), ClearingError::BadOracleBinding);
            require!(args.terms == CollateralTerms::default(), ClearingError::BadCollateralTerms);
        }
        require_plain(&self.mint.to_account_info())
    }
}

/// Lists a token as collateral.
pub fn list_collateral(ctx: Context<ListCollateral>, args: ListCollateralArgs) -> Result<()> {
    ctx.accounts.validate(&args)?;
    let market = match &ctx.accounts.market {
        Some(market) => market.load()?.id,
        None => NO_MARKET,
    };
    let mut house = ctx.accounts.house.load_mut()?;
    let mut collateral = ctx.accounts.collateral.load_init()?;
    collateral.version = LAYOUT_VERSION;
    collateral.bump = ctx.bumps.collateral;
    collateral.index = house.collaterals;
    collateral.market = market;
    collateral.decimals = ctx.accounts.mint.decimals;
    collateral.is_quote = u8::from(ctx.accounts.mint.key() == house.quote_mint);
    collateral.mint = ctx.accounts.mint.key();
    collateral.vault = ctx.accounts.vault.key();
    collateral.oracle = args.oracle;
    collateral.fallback = args.fallback.unwrap_or_default();
    collateral.pool = args.pool.unwrap_or_default();
    collateral.terms = args.terms;
    collateral.haircut = Haircut::fixed(args.haircut_mm, args.haircut_im);
    collateral.cap = args.cap;
    collateral.invariant()?;
    house.collaterals = house.collaterals.checked_add(1).ok_or(ClearingError::Overflow)?;
    emit!(CollateralListed { mint: collateral.mint, index: collateral.index });
    Ok(())
}
