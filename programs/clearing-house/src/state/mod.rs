//! One account a file: its layout, its invariant and the transitions that change it.
//!
//! Accounts are read in place. Their structs are `repr(C)`, free of padding, with a size assertion, a version byte and a
//! reserved tail; numbers are in the units of [`novate_risk::units`] under the names of METHODOLOGY.

pub mod book;
pub mod collateral;
pub mod forecast;
pub mod house;
pub mod margin_account;
pub mod market;
pub mod open_interest;
pub mod pool;
pub mod price;
pub mod risk_params;
pub mod surface_board;
pub mod tail;
pub mod venue;

pub use book::{Book, SurfaceParams};
pub use collateral::{Collateral, CollateralTerms};
pub use forecast::{MarketForecast, MarketVariance};
pub use house::{Gate, House, LiquidationTerms, Roles};
pub use margin_account::MarginAccount;
pub use market::{Market, MarketLimits};
pub use open_interest::OpenInterest;
pub use pool::{PoolBinding, PoolRate};
pub use price::{FallbackBinding, FallbackPrice, OracleBinding, PriceCell};
pub use risk_params::{GridRow, MarketParams, MarketRisk};
pub use surface_board::{SurfaceBoard, SurfaceSlot};
pub use venue::{Venue, VenueGrant};

/// The layout that this program writes; accounts of another version are refused.
pub const LAYOUT_VERSION: u8 = 1;
