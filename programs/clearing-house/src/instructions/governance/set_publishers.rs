//! Names the keys that may publish surfaces, and how many of them have to agree.

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

/// Replaces the list of publishers and how many of them have to agree. Sets of a publisher that is off the list count for
/// nothing from now on; surfaces that books have taken stay until they are stale.
pub fn set_publishers(ctx: Context<SetPublishers>, publishers: Vec<Pubkey>, quorum: u16) -> Result<()> {
    ctx.accounts.validate()?;
    let mut house = ctx.accounts.house.load_mut()?;
    house.set_publishers(&publishers, quorum)?;
    house.invariant()?;
    emit!(PublishersChanged { publishers, quorum });
    Ok(())
}
