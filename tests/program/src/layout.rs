//! What the standard world consists of.

use clearing_house::ListCollateralArgs;
use clearing_house::state::{
    CollateralTerms, LiquidationTerms, MarketForecast, MarketLimits, MarketParams, OracleBinding, SurfaceParams,
};
use novate_risk::params::RiskParams;
use novate_risk::surface::Svi;
use novate_risk::units::{NANO, Ratio, Vol};
use novate_risk::volatility::ForecastParams;

/// The moment at which every world starts: 1 November 2026, 00:00 UTC, a whole hour.
pub const START: i64 = 1_793_491_200;
/// Seconds from [`START`] to the first expiry of every market.
pub const NEAR: i64 = 7 * 86_400;
/// Seconds from [`START`] to the second.
pub const FAR: i64 = 30 * 86_400;

/// An underlying of the standard world.
#[derive(Clone, Copy, Debug)]
pub struct Underlying {
    /// Its market's number.
    pub id: u16,
    /// Price at the start, in quote.
    pub price: f64,
    /// Units in a lot.
    pub lot: f64,
    /// Volatility of all strikes.
    pub vol: f64,
}

/// BTC, ETH and SOL at their prices of early October 2025.
pub const UNDERLYINGS: [Underlying; 3] = [
    Underlying { id: 0, price: 120_000.0, lot: 0.001, vol: 0.45 },
    Underlying { id: 1, price: 4_300.0, lot: 0.01, vol: 0.65 },
    Underlying { id: 2, price: 220.0, lot: 0.1, vol: 0.80 },
];

/// Nanos of a fraction or price.
pub fn nanos(value: f64) -> i64 {
    (value * NANO as f64).round() as i64
}

/// Hours since 1970 of an expiry this many seconds after the start.
pub fn hour(seconds: i64) -> u32 {
    u32::try_from((START + seconds) / 3_600).expect("a time in this century")
}

/// Strikes around a price, from 60 % in even steps to 140 %.
pub fn strikes(price: f64, count: usize) -> Vec<i64> {
    let step = 0.8 / (count.max(2) - 1) as f64;
    (0..count).map(|index| nanos((price * (0.6 + step * index as f64) * 100.0).round() / 100.0)).collect()
}

/// Feed of a market or, from 100 on, of a collateral.
pub fn feed(number: u16) -> [u8; 32] {
    let mut id = [7; 32];
    id[..2].copy_from_slice(&number.to_le_bytes());
    id
}

/// Binding with a minute's age and 2 % confidence.
pub fn oracle(number: u16) -> OracleBinding {
    OracleBinding { feed_id: feed(number), max_age: 60, max_confidence: NANO / 50 }
}

/// Given up after 6 hours, faded over two days; neither volatility nor deposits count.
pub fn terms() -> CollateralTerms {
    CollateralTerms { haircut_vol_share: 0, scale_start: 0, give_up_after: 6 * 3_600, fade_seconds: 2 * 86_400 }
}

/// A collateral with a feed of its own and no cap.
pub fn collateral(feed: u16, haircut_mm: f64, haircut_im: f64) -> ListCollateralArgs {
    ListCollateralArgs {
        oracle: oracle(feed),
        fallback: None,
        pool: None,
        haircut_mm: nanos(haircut_mm),
        haircut_im: nanos(haircut_im),
        terms: terms(),
        cap: u64::MAX,
    }
}

/// The quote token.
pub fn quote_token() -> ListCollateralArgs {
    ListCollateralArgs {
        oracle: OracleBinding::default(),
        fallback: None,
        pool: None,
        haircut_mm: 0,
        haircut_im: 0,
        terms: CollateralTerms::default(),
        cap: u64::MAX,
    }
}

/// Freshness and bounds.
pub fn limits() -> MarketLimits {
    MarketLimits {
        array_max_age: 60,
        array_max_drift: NANO / 100,
        surface_max_age: 3_600,
        vol_min: NANO / 20,
        vol_max: 4 * NANO,
        vol_move_per_minute: NANO,
        basis_max: NANO / 5,
        rate_max: NANO / 2,
        quorum_window: 60,
        publish_interval: 1,
        dispersion_max: NANO / 20,
        stale_vol_up_per_hour: NANO / 10,
    }
}

/// METHODOLOGY's defaults, with all markets margined together at an offset of 60 %.
pub fn params() -> MarketParams {
    bytemuck::cast(RiskParams { offset_group: 1, offset: Ratio(600_000_000), ..RiskParams::DEFAULT })
}

/// METHODOLOGY's defaults of the dynamic range.
pub fn forecast() -> MarketForecast {
    bytemuck::cast(ForecastParams::DEFAULT)
}

/// 1 % rising to 5 % in ten minutes, 10 % buffer, 10 USDC of dust.
pub fn liquidation_terms() -> LiquidationTerms {
    LiquidationTerms {
        incentive_start: NANO / 100,
        incentive_max: NANO / 20,
        ramp_seconds: 600,
        buffer: NANO / 10,
        dust: 10_000_000,
    }
}

/// A flat surface without carry, made `tenor` seconds before the expiry.
pub fn flat_surface(vol: f64, tenor: i64) -> SurfaceParams {
    let svi = Svi::flat(Vol(nanos(vol)), tenor).expect("a sound volatility");
    SurfaceParams { a: svi.a, b: svi.b, rho: svi.rho, m: svi.m, sigma: svi.sigma, basis: 0, rate: 0 }
}
