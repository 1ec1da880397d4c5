//! Closes or opens gates.

use anchor_lang::prelude::*;

use crate::error::ClearingError;
use crate::events::GatesChanged;
use crate::seeds;
use crate::state::House;

/// Accounts of `set_gates`.
#[derive(Accounts)]
pub struct SetGates<'info> {
    /// The guardian, who can only close, or the authority, who can also open.
    pub signer: Signer<'info>,
    /// The house.
    #[account(mut, seeds = [seeds::HOUSE], bump = house.load()?.bump)]
    pub house: AccountLoader<'info, House>,
}

impl SetGates<'_> {
    fn validate(&self, closed_gates: u64) -> Result<()> {
        let house = self.house.load()?;
        let signer = self.signer.key();
        require!(signer == house.roles.authority || signer == house.roles.guardian, ClearingError::WrongRole);
        let opens = house.closed_gates & !closed_gates != 0;
        require!(!opens || signer == house.roles.authority, ClearingError::GuardianOpensGate);
        Ok(())
    }
}

/// Sets which gates are closed; `closed_gates` holds the bits of [`crate::state::Gate`].
pub fn set_gates(ctx: Context<SetGates>, closed_gates: u64) -> Result<()> {
    ctx.accounts.validate(closed_gates)?;
    let mut house = ctx.accounts.house.load_mut()?;
    house.closed_gates = closed_gates;
    house.invariant()?;
    emit!(GatesChanged { closed_gates, signer: ctx.accounts.signer.key() });
    Ok(())
}
