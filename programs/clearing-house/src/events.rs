//! What the program announces. Amounts are in the units of the account fields of the same name.

use anchor_lang::prelude::*;

/// The house was created.
#[event]
pub struct HouseInitialised {
    pub quote_mint: Pubkey,
    pub authority: Pubkey,
}

/// Gates were closed or opened.
#[event]
pub struct GatesChanged {
    pub closed_gates: u64,
    pub signer: Pubkey,
}

/// The list of publishers was replaced.
#[event]
pub struct PublishersChanged {
    pub publishers: Vec<Pubkey>,
    pub quorum: u16,
}

/// A haircut's ramp was set.
#[event]
pub struct HaircutChanged {
    pub mint: Pubkey,
    pub from_mm: i64,
    pub from_im: i64,
    pub to_mm: i64,
    pub to_im: i64,
    pub starts_at: i64,
    pub ends_at: i64,
}

/// A token became collateral.
#[event]
pub struct CollateralListed {
    pub mint: Pubkey,
    pub index: u16,
}

/// An underlying was listed.
#[event]
pub struct MarketListed {
    pub id: u16,
    pub lot_size: i64,
}

/// Strikes of an expiry were listed.
#[event]
pub struct StrikesListed {
    pub market: u16,
    pub expiry_hour: u32,
    pub strikes: Vec<i64>,
}

/// A venue was registered.
#[event]
pub struct VenueRegistered {
    pub id: u16,
    pub authority: Pubkey,
}

/// A venue was retired.
#[event]
pub struct VenueRetired {
    pub id: u16,
}

/// An owner lets a venue trade for an account.
#[event]
pub struct VenueGranted {
    pub account: Pubkey,
    pub venue: Pubkey,
    pub expires_at: i64,
    pub max_lots: u64,
}

/// An owner took a grant back.
#[event]
pub struct GrantRevoked {
    pub account: Pubkey,
    pub venue: Pubkey,
}

/// A market's price was refreshed.
#[event]
pub struct PriceRefreshed {
    pub market: u16,
    pub price: i64,
    pub ema: i64,
    pub publish_time: i64,
}

/// A collateral's price was refreshed.
#[event]
pub struct CollateralRefreshed {
    pub mint: Pubkey,
    pub price: i64,
    pub ema: i64,
    pub publish_time: i64,
}

/// A market's price was taken from its fallback feed.
#[event]
pub struct PriceFellBack {
    pub market: u16,
    pub price: i64,
    pub ema: i64,
    pub publish_time: i64,
    pub primary_time: i64,
}

/// A collateral's price was taken from its fallback feed.
#[event]
pub struct CollateralFellBack {
    pub mint: Pubkey,
    pub price: i64,
    pub ema: i64,
    pub publish_time: i64,
    pub primary_time: i64,
}

/// A staked token's price was computed from its underlying's and its pool's rate.
#[event]
pub struct StakedCollateralRefreshed {
    pub mint: Pubkey,
    pub pool_rate: i64,
    pub rate: i64,
    pub price: i64,
    pub ema: i64,
    pub publish_time: i64,
}

/// A surface was published.
#[event]
#[derive(Debug)]
pub struct SurfacePublished {
    pub market: u16,
    pub expiry_hour: u32,
    pub publisher: Pubkey,
    pub vol: i64,
    pub time: i64,
    /// Publishers whose sets were fresh, this one's with them.
    pub fresh: u8,
    /// Distance from the median within which more than half of the fresh sets lie.
    pub dispersion: i64,
    /// What came of combining them.
    pub outcome: SurfaceOutcome,
    /// Volatility at the forward of the book's surface now.
    pub book_vol: i64,
    /// Time of the book's surface now.
    pub book_time: i64,
}

/// What a publication did to the book's surface.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceOutcome {
    /// The book has the surface that publishers agree on.
    Advanced,
    /// Fewer sets than the quorum are fresh.
    NoQuorum,
    /// Fewer than a quorum, or no more than half of the fresh sets, agree.
    Disagreement,
    /// Publishers agree on what is further from the book's surface than volatility may have moved by now.
    MovesTooFast,
    /// Publishers agree on what is older than the book's surface.
    Older,
}

/// A book's risk arrays were computed.
#[event]
pub struct RiskRefreshed {
    pub market: u16,
    pub expiry_hour: u32,
    pub price: i64,
}

/// A market's volatility was sampled.
#[event]
pub struct VolatilitySampled {
    pub market: u16,
    /// Forecast volatility.
    pub sigma: i64,
    /// The range in use from now on.
    pub range: i64,
    pub price: i64,
    pub time: i64,
}

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    pub owner: Pubkey,
    pub id: u16,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    pub owner: Pubkey,
    pub id: u16,
}

/// Money came in.
#[event]
pub struct Deposited {
    pub account: Pubkey,
    pub mint: Pubkey,
    pub amount: u64,
}

/// Money went out.
#[event]
pub struct Withdrawn {
    pub account: Pubkey,
    pub mint: Pubkey,
    pub amount: u64,
}

/// A trade was cleared; `key` is the instrument's [`novate_risk::instrument::LegKey`].
#[event]
pub struct TradeCleared {
    pub venue: Pubkey,
    pub buyer: Pubkey,
    pub seller: Pubkey,
    pub key: u64,
    pub lots: u64,
    pub price: i64,
    pub notional: i64,
}

/// Part of an account went to a liquidator.
#[event]
pub struct Liquidated {
    pub account: Pubkey,
    pub liquidator: Pubkey,
    /// Share taken over, in nanos.
    pub fraction: i64,
    /// Cash that the liquidator paid to the account, negative if the account paid.
    pub paid: i64,
    /// Part of it that the liquidator keeps as incentive.
    pub incentive: i64,
    pub equity_before: i64,
    pub mm_before: i64,
    pub equity_after: i64,
    pub mm_after: i64,
    /// Row of the first market's grid that proved the breach.
    pub worst_row: u8,
    /// When the breach was first seen, Unix seconds.
    pub breach_since: i64,
}
