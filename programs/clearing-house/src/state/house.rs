//! The house: who may do what, which doors are open, and the terms of liquidation.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use novate_risk::units::NANO;
use static_assertions::const_assert_eq;

use super::LAYOUT_VERSION;
use crate::error::ClearingError;

/// The most volatility publishers that can be allow-listed.
pub const MAX_PUBLISHERS: usize = 8;
/// Shortest ramp and notice that governance may set, in seconds: no signature changes a haircut within an hour.
pub const MIN_NOTICE_SECONDS: i64 = 3_600;
/// Longest ramp and notice, in seconds.
pub const MAX_NOTICE_SECONDS: i64 = 90 * 86_400;
/// Largest incentive a liquidator can be promised, as a share of the maintenance margin taken over.
pub const MAX_INCENTIVE: i64 = NANO / 5;
/// Largest remainder that a liquidation may close whole, in quote atoms.
pub const MAX_DUST: i64 = 1_000_000_000;

/// A door that the guardian can close at once. Liquidating, refreshing prices and risk, and depositing into an account
/// that has positions or owes cash have no gate: they must work when everything else is shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Gate {
    /// `open_account`
    OpenAccount = 1 << 0,
    /// `deposit` into an account without positions or debt
    Deposit = 1 << 1,
    /// `withdraw`
    Withdraw = 1 << 2,
    /// `clear_trade` that is not reducing on both sides
    ClearTrade = 1 << 3,
    /// `grant_venue`
    GrantVenue = 1 << 4,
    /// `publish_surface`
    PublishSurface = 1 << 5,
}

/// Every gate that exists.
pub const ALL_GATES: u64 = (1 << 6) - 1;

/// The keys that hold the roles. docs/PERMISSIONS.md says what each can and cannot do.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Pod, Zeroable, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Roles {
    /// Opens gates and hands over roles.
    pub authority: Pubkey,
    /// Changes haircuts.
    pub risk: Pubkey,
    /// Lists collateral, markets, books and venues.
    pub listing: Pubkey,
    /// Names the volatility publishers.
    pub oracle: Pubkey,
    /// Closes gates.
    pub guardian: Pubkey,
}

/// Terms of liquidation.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Pod, Zeroable, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct LiquidationTerms {
    /// Incentive at the first observed breach, as a share of the maintenance margin taken over, in nanos.
    pub incentive_start: i64,
    /// Incentive after `ramp_seconds`.
    pub incentive_max: i64,
    /// Seconds from the first observed breach to the full incentive.
    pub ramp_seconds: i64,
    /// How far above initial margin a liquidation may lift the account, as a share of it, in nanos.
    pub buffer: i64,
    /// A remainder with less maintenance margin than this closes whole, in quote atoms.
    pub dust: i64,
}

impl LiquidationTerms {
    /// Checks the hard bounds.
    pub fn validate(&self) -> Result<()> {
        let incentive = 0 <= self.incentive_start
            && self.incentive_start <= self.incentive_max
            && self.incentive_max <= MAX_INCENTIVE;
        require!(incentive, ClearingError::BadLiquidationTerms);
        require!((1..=86_400).contains(&self.ramp_seconds), ClearingError::BadLiquidationTerms);
        require!((0..=NANO / 2).contains(&self.buffer), ClearingError::BadLiquidationTerms);
        require!((0..=MAX_DUST).contains(&self.dust), ClearingError::BadLiquidationTerms);
        Ok(())
    }
}

/// Seeds: `["house"]`. There is one.
#[account(zero_copy)]
#[derive(Debug)]
pub struct House {
    /// [`LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Number of collaterals listed; the next one's index.
    pub collaterals: u16,
    /// Number of publishers in use.
    pub publisher_count: u16,
    /// Publishers that have to agree on a surface.
    pub publisher_quorum: u16,
    /// Bits of the [`Gate`]s that are closed.
    pub closed_gates: u64,
    /// Seconds over which a raised haircut takes effect at the least, and that a lowered one waits.
    pub notice_seconds: i64,
    /// Mint of the quote token, in which cash is held and everything settles.
    pub quote_mint: Pubkey,
    /// Keys of the roles.
    pub roles: Roles,
    /// Keys that may publish surfaces.
    pub publishers: [Pubkey; MAX_PUBLISHERS],
    /// Terms of liquidation.
    pub liquidation: LiquidationTerms,
    /// Zero.
    pub reserved: [u64; 32],
}

const_assert_eq!(size_of::<House>(), 8 + 8 + 8 + 32 + 160 + 256 + 40 + 256);

impl House {
    /// Refuses when a gate is closed.
    pub fn require_open(&self, gate: Gate) -> Result<()> {
        require!(self.is_open(gate), ClearingError::GateClosed);
        Ok(())
    }

    /// Whether a gate is open.
    pub fn is_open(&self, gate: Gate) -> bool {
        self.closed_gates & gate as u64 == 0
    }

    /// Replaces the publishers and how many of them have to agree.
    pub fn set_publishers(&mut self, publishers: &[Pubkey], quorum: u16) -> Result<()> {
        require!(!publishers.is_empty() && publishers.len() <= MAX_PUBLISHERS, ClearingError::BadPublishers);
        require!((1..=publishers.len()).contains(&usize::from(quorum)), ClearingError::BadQuorum);
        self.publishers = [Pubkey::default(); MAX_PUBLISHERS];
        for (index, publisher) in publishers.iter().enumerate() {
            require_keys_neq!(*publisher, Pubkey::default(), ClearingError::BadPublishers);
            require!(!publishers[..index].contains(publisher), ClearingError::BadPublishers);
            self.publishers[index] = *publisher;
        }
        self.publisher_count = u16::try_from(publishers.len()).map_err(|_| ClearingError::BadPublishers)?;
        self.publisher_quorum = quorum;
        Ok(())
    }

    /// Whether a key may publish surfaces.
    pub fn is_publisher(&self, key: &Pubkey) -> bool {
        self.publishers.iter().take(usize::from(self.publisher_count)).any(|publisher| publisher == key)
    }

    /// What must hold after every instruction that changes the house.
    pub fn invariant(&self) -> Result<()> {
        require!(self.version == LAYOUT_VERSION, ClearingError::WrongVersion);
        require!(self.closed_gates & !ALL_GATES == 0, ClearingError::UnknownGate);
        require!((MIN_NOTICE_SECONDS..=MAX_NOTICE_SECONDS).contains(&self.notice_seconds), ClearingError::BadNotice);
        let roles = &self.roles;
        for key in [roles.authority, roles.risk, roles.listing, roles.oracle, roles.guardian] {
            require_keys_neq!(key, Pubkey::default(), ClearingError::BadRoles);
        }
        self.liquidation.validate()
    }
}
