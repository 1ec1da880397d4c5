//! Creates the house, once.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;

use crate::error::ClearingError;
use crate::events::HouseInitialised;
use crate::loaders::mint::require_plain;
use crate::program::ClearingHouse;
use crate::seeds;
use crate::state::{House, LAYOUT_VERSION, LiquidationTerms, Roles};

/// Decimals that the quote token must have: cash is counted in millionths.
const QUOTE_DECIMALS: u8 = 6;

/// Accounts of `initialize_house`.
#[derive(Accounts)]
pub struct InitializeHouse<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's upgrade authority: nobody can get in before the deployer.
    pub upgrade_authority: Signer<'info>,
    /// This program, which names its data account.
    #[account(constraint = program.programdata_address()? == Some(program_data.key()) @ ClearingError::NotUpgradeAuthority)]
    pub program: Program<'info, ClearingHouse>,
    /// The program's data account, which names the upgrade authority.
    #[account(
        constraint = program_data.upgrade_authority_address == Some(upgrade_authority.key())
            @ ClearingError::NotUpgradeAuthority
    )]
    pub program_data: Account<'info, ProgramData>,
    /// The house.
    #[account(init, payer = payer, space = 8 + size_of::<House>(), seeds = [seeds::HOUSE], bump)]
    pub house: AccountLoader<'info, House>,
    /// Token that cash is held in.
    pub quote_mint: InterfaceAccount<'info, Mint>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// Arguments of `initialize_house`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct InitializeHouseArgs {
    /// Keys of the roles.
    pub roles: Roles,
    /// Shortest ramp of a raised haircut, and notice of a lowered one, in seconds.
    pub notice_seconds: i64,
    /// Terms of liquidation.
    pub liquidation: LiquidationTerms,
    /// Keys that may publish surfaces.
    pub publishers: Vec<Pubkey>,
    /// How many of them have to agree on a surface.
    pub publisher_quorum: u16,
}

impl InitializeHouse<'_> {
    fn validate(&self) -> Result<()> {
        require!(self.quote_mint.decimals == QUOTE_DECIMALS, ClearingError::BadDecimals);
        require_plain(&self.quote_mint.to_account_info())
    }
}

/// Creates the house. The quote token still has to be listed as a collateral before anyone can deposit.
pub fn initialize_house(ctx: Context<InitializeHouse>, args: InitializeHouseArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let mut house = ctx.accounts.house.load_init()?;
    house.version = LAYOUT_VERSION;
    house.bump = ctx.bumps.house;
    house.quote_mint = ctx.accounts.quote_mint.key();
    house.roles = args.roles;
    house.notice_seconds = args.notice_seconds;
    house.liquidation = args.liquidation;
    house.set_publishers(&args.publishers, args.publisher_quorum)?;
    house.invariant()?;
    emit!(HouseInitialised { quote_mint: house.quote_mint, authority: house.roles.authority });
    Ok(())
}
