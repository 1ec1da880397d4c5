//! Changes a haircut, never at once.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::HaircutChanged;
use crate::seeds;
use crate::state::{Collateral, House};

/// Accounts of `set_haircut`.
#[derive(Accounts)]
pub struct SetHaircut<'info> {
    /// The risk role.
    pub risk: Signer<'info>,
    /// The house.
    #[account(seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
    /// The collateral.
    #[account(
        mut,
        seeds = [seeds::COLLATERAL, collateral.load()?.mint.as_ref()],
        bump = collateral.load()?.bump
    )]
    pub collateral: AccountLoader<'info, Collateral>,
}

/// Arguments of `set_haircut`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SetHaircutArgs {
    /// Maintenance haircut at the end of the ramp, in nanos.
    pub mm: i64,
    /// Initial haircut at the end of the ramp, in nanos.
    pub im: i64,
    /// Seconds that the ramp takes; at least the house's notice.
    pub ramp_seconds: i64,
}

impl SetHaircut<'_> {
    fn validate(&self) -> Result<()> {
        require_keys_eq!(self.risk.key(), self.house.load()?.roles.risk, ClearingError::WrongRole);
        require!(!self.collateral.load()?.is_quote(), ClearingError::QuoteHasNoHaircut);
        Ok(())
    }
}

/// Starts a linear ramp from the haircut in force to the given one: at once if it only raises, after the house's notice
/// if it lowers anything. A ramp still under way is replaced from where it stands.
pub fn set_haircut(ctx: Context<SetHaircut>, args: SetHaircutArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let notice = ctx.accounts.house.load()?.notice_seconds;
    let mut collateral = ctx.accounts.collateral.load_mut()?;
    collateral.haircut = collateral.haircut.change(args.mm, args.im, args.ramp_seconds, notice, now)?;
    collateral.invariant()?;
    let haircut = collateral.haircut;
    emit!(HaircutChanged {
        mint: collateral.mint,
        from_mm: haircut.from_mm,
        from_im: haircut.from_im,
        to_mm: haircut.to_mm,
        to_im: haircut.to_im,
        starts_at: haircut.starts_at,
        ends_at: haircut.ends_at,
    });
    Ok(())
}
