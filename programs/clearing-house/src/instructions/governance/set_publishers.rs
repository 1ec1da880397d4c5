//! Names the keys that may publish surfaces.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::PublishersChanged;
use crate::seeds;
use crate::state::House;

/// Accounts of `set_publishers`.
#[derive(Accounts)]
pub struct SetPublishers<'info> {
    /// The oracle role.
    pub oracle: Signer<'info>,
    /// The house.
    #[account(mut, seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
}

impl SetPublishers<'_> {
    fn validate(&self) -> Result<()> {
        require_keys_eq!(self.oracle.key(), self.house.load()?.roles.oracle, ClearingError::WrongRole);
        Ok(())
    }
}

/// Replaces the list of publishers.
pub fn set_publishers(ctx: Context<SetPublishers>, publishers: Vec<Pubkey>) -> Result<()> {
    ctx.accounts.validate()?;
    let mut house = ctx.accounts.house.load_mut()?;
    house.set_publishers(&publishers)?;
    house.invariant()?;
    emit!(PublishersChanged { publishers });
    Ok(())
}
