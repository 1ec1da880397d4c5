//! One error for each thing that can be wrong, with a message that says what to do about it.

use anchor_lang::prelude::*;
use novate_risk::RiskError;

/// Everything that the program refuses. Nothing is changed when one of these is returned.
#[error_code]
pub enum ClearingError {
    // Signers and roles
    #[msg(
        "Only the program's upgrade authority can initialise the house: sign with it and pass the program's data account"
    )]
    NotUpgradeAuthority,
    #[msg("This role belongs to another key: sign with the key that docs/PERMISSIONS.md names for the instruction")]
    WrongRole,
    #[msg("Every role needs a key that is not the default one")]
    BadRoles,
    #[msg("Only the owner of the margin account can do this: sign with the owner's key")]
    NotAccountOwner,
    #[msg("Name 1 to 8 different publishers")]
    BadPublishers,
    #[msg("The signer is not an allow-listed publisher: ask the oracle role to add it")]
    NotAPublisher,

    // House
    #[msg("This gate is closed: wait until the authority opens it; reducing, repaying and liquidating stay possible")]
    GateClosed,
    #[msg("No such gate: use the bits of Gate")]
    UnknownGate,
    #[msg("The guardian can only close gates: the authority opens them")]
    GuardianOpensGate,
    #[msg("The notice must be from one hour to 90 days, and a ramp must end")]
    BadNotice,
    #[msg(
        "Liquidation terms are out of bounds: incentives from 0 to 20 %, ramp 1 s to 1 day, buffer up to 50 %, dust up to 1,000 USDC"
    )]
    BadLiquidationTerms,
    #[msg("The account has another layout version: use the program version that wrote it, or migrate it")]
    WrongVersion,
    #[msg("The account's data is too short for what it should hold: pass the right account")]
    AccountTooSmall,

    // Oracles
    #[msg("The oracle binding is out of bounds: feed id not zero, age 1 to 600 s, confidence up to 10 %")]
    BadOracleBinding,
    #[msg("This price update is of another feed: pass the update of the feed that the account is bound to")]
    WrongFeed,
    #[msg("The price update is not fully verified: post it with full verification")]
    NotFullyVerified,
    #[msg("The price is stale: post a newer price update and refresh first")]
    StalePrice,
    #[msg("The price update is older than the stored price: pass a newer one")]
    PriceOlderThanStored,
    #[msg("The price update is from the future: check the feed and the clock")]
    FuturePrice,
    #[msg("The price or its moving average is not positive: wait for a sound price update")]
    NonPositivePrice,
    #[msg("The price's confidence interval is too wide: wait for a narrower one")]
    WideConfidence,
    #[msg("The price's exponent is outside -18 to 0: check the feed")]
    BadExponent,
    #[msg("The price is too large or too small to represent in nanos of quote")]
    PriceOutOfRange,

    // Listing
    #[msg("The mint is of Token-2022 with extensions, which are not accepted: list a mint without extensions")]
    MintHasExtensions,
    #[msg("The mint has more than 18 decimals (6 are required of the quote token)")]
    BadDecimals,
    #[msg("Haircuts must satisfy 0 <= maintenance <= initial <= 100 %")]
    BadHaircut,
    #[msg("The ramp is shorter than the house's notice: use at least that")]
    RampTooShort,
    #[msg("The quote token's haircut is fixed at zero")]
    QuoteHasNoHaircut,
    #[msg("A lot must hold more than 0 and at most 1,000,000 units of underlying")]
    BadLotSize,
    #[msg("Market limits are out of bounds: see MarketLimits")]
    BadMarketLimits,
    #[msg("The scenario grid must have 1 to 40 rows with moves above -100 % and weights from 0 to 1")]
    BadGrid,
    #[msg("A risk parameter is out of bounds: see docs/METHODOLOGY.md")]
    BadRiskParameter,
    #[msg("The market's number is reserved: use 0 to 65534")]
    BadMarketId,
    #[msg("The expiry must be a whole hour between one hour and two years from now")]
    BadExpiry,
    #[msg("A book lists 1 to 32 strikes, at most 25 of them in one instruction")]
    TooManyStrikes,
    #[msg("A strike must be above 0 and at most 1e8 quote per unit")]
    BadStrike,
    #[msg("This strike is listed already")]
    DuplicateStrike,

    // Surfaces and arrays
    #[msg("The surface breaks the no-arbitrage bounds of SVI: publish a sound one")]
    BadSurface,
    #[msg("The surface was not made after the publisher's last one: publish a newer one")]
    SurfaceOlderThanStored,
    #[msg("The surface is from the future: check the publisher's clock")]
    FutureSurface,
    #[msg("The surface's deadline has passed: publish it sooner")]
    SurfaceTooLate,
    #[msg("The surface's at-the-money volatility is outside the market's limits: publish one within them")]
    SurfaceOutOfBounds,
    #[msg(
        "At-the-money volatility is further from the book's than the market's limits allow by now: publish in smaller steps"
    )]
    SurfaceMovesTooFast,
    #[msg(
        "The surface is stale: publish a newer one, then refresh the risk arrays; trades that reduce on both sides pass"
    )]
    StaleSurface,
    #[msg("The book's risk arrays are stale: call refresh_risk first, in the same transaction if need be")]
    StaleArrays,
    #[msg("The book has expired")]
    BookExpired,
    #[msg("A strike is too far from the forward, or a value outside what pricing supports")]
    OutsidePricing,

    // Remaining accounts of a margin check
    #[msg(
        "A remaining account does not belong to the clearing house: pass collaterals, markets, books, then open interest"
    )]
    ForeignAccount,
    #[msg(
        "A remaining account is of a type that a margin check does not read: pass collaterals, markets, books, then open interest"
    )]
    UnexpectedAccount,
    #[msg("A remaining account is passed twice: pass each once")]
    DuplicateAccount,
    #[msg(
        "Remaining accounts are out of order: collaterals by index, markets by id, books and open interest by market and expiry"
    )]
    AccountOrder,
    #[msg("A collateral account that the margin account holds is missing from the remaining accounts")]
    MissingCollateral,
    #[msg("A market account that the margin account needs is missing from the remaining accounts")]
    MissingMarket,
    #[msg("A book account that the margin account needs is missing from the remaining accounts")]
    MissingBook,
    #[msg("An open interest account whose lots change is missing from the remaining accounts, or not writable")]
    MissingOpenInterest,
    #[msg("The open interest account does not count this instrument: pass the one of its market and expiry")]
    OpenInterestMismatch,

    // Margin accounts
    #[msg("The amount must be above 0")]
    ZeroAmount,
    #[msg("The amount, position or price is too large to represent")]
    Overflow,
    #[msg("The deposit would lift the vault over the collateral's cap: deposit less")]
    DepositCapExceeded,
    #[msg("The account holds less than this amount: withdraw less")]
    InsufficientCollateral,
    #[msg("The vault holds less than this amount: withdraw less, or later")]
    VaultShort,
    #[msg("The account holds 8 kinds of collateral already: withdraw one first")]
    TooManyHoldings,
    #[msg("The account would be below initial margin: trade or withdraw less, or deposit more")]
    BelowInitialMargin,
    #[msg("The account has no room for another leg: call grow_account")]
    LegCapacity,
    #[msg("An account can hold positions in at most 24 books")]
    TooManyBooks,
    #[msg("An account can grow to at most 128 legs, and only upwards")]
    BadLegCapacity,
    #[msg("Legs are out of order or empty: report this as a bug")]
    BrokenLegs,
    #[msg("The account still has positions, cash or collateral: close and withdraw everything first")]
    AccountNotEmpty,

    // Trading
    #[msg("The venue is retired and can no longer submit trades")]
    VenueRetired,
    #[msg("A venue has an authority, not the default key, that must sign its trades")]
    WrongVenueAuthority,
    #[msg("The grant is of another account or venue: pass the one of this account and venue")]
    WrongGrant,
    #[msg("The owner's grant for this venue has expired or was revoked: ask the owner to grant again")]
    GrantExpired,
    #[msg("The trade is larger than the owner's grant allows")]
    GrantLotsExceeded,
    #[msg("A grant must expire in the future and allow at least one lot")]
    BadGrant,
    #[msg("The two margin accounts are the same: name two different ones")]
    SameAccount,
    #[msg("A trade needs at least one lot and at most 2^40")]
    BadLots,
    #[msg("The trade price must be above 0 and at most 1e8 quote per unit (an option's may be 0)")]
    BadTradePrice,
    #[msg("No such kind: 0 call, 1 put, 2 future, 3 perpetual")]
    UnknownKind,
    #[msg("Strike or expiry do not suit the kind: futures and perpetuals have strike 0, perpetuals expiry hour 0")]
    BadInstrument,
    #[msg("The strike is not listed in the book")]
    UnknownStrike,

    // Liquidation
    #[msg(
        "The account meets its maintenance margin and cannot be liquidated (or the witness does not prove that it does not)"
    )]
    NotLiquidatable,
    #[msg("The fraction must be above 0 and at most 1")]
    BadFraction,
    #[msg("The witness must name one existing scenario for each market that the account touches, in ascending order")]
    BadWitness,
    #[msg("The fraction moves no whole lot and no collateral: use a larger one")]
    NothingToLiquidate,
    #[msg("The liquidation would not improve the account's health: use a larger fraction")]
    NoImprovement,
    #[msg("The liquidator would be below initial margin: use a smaller fraction or deposit more")]
    LiquidatorBelowInitialMargin,

    // Surfaces: agreement, and trades while one is stale
    #[msg("The quorum must be from 1 to the number of publishers")]
    BadQuorum,
    #[msg("The surface's basis is outside the market's limit: publish a smaller one")]
    BasisOutOfBounds,
    #[msg("The surface's rate is outside the market's limit: publish a smaller one")]
    RateOutOfBounds,
    #[msg("The publisher's last surface for this book landed less than publish_interval ago: wait")]
    SurfaceTooSoon,
    #[msg(
        "While a surface is stale a trade must shrink both positions and leave both accounts with no more initial margin to meet and no less equity above it: trade nearer the mark, or wait for a surface"
    )]
    RiskMayOnlyFall,

    // Fallback feeds, stake pools and the terms of collateral
    #[msg(
        "The fallback is out of bounds: feed and queue not the default key, age 1 s to the primary's, 3 to 32 responses, spread up to 10 %, fallback_after from the primary's age to a day, jump up to 100 %"
    )]
    BadFallbackBinding,
    #[msg("There is no fallback feed here: refresh from the primary feed")]
    NoFallback,
    #[msg("The primary feed has not been silent for long enough: refresh from it, or wait")]
    FallbackNotDue,
    #[msg("The account is not the bound fallback feed, or its queue, jobs or permissions have changed")]
    WrongFallbackFeed,
    #[msg("Too few oracles answered in time: let more of them update the fallback feed")]
    TooFewResponses,
    #[msg("The fallback price is too far from the primary feed's last one for the time that has passed: wait")]
    FallbackJump,
    #[msg(
        "The stake pool's binding is out of bounds: keys not the default one, growth up to 1 % a day, age 1 to 600 s, a market and a mint of 9 decimals"
    )]
    BadPoolBinding,
    #[msg("This collateral is bound to no stake pool: use refresh_collateral")]
    NoPool,
    #[msg("The account is not the bound stake pool of this token and program")]
    WrongStakePool,
    #[msg("The stake pool was not updated in this epoch or the one before: update it first")]
    StalePool,
    #[msg(
        "The collateral's terms are out of bounds: share of the range 0 to 5, scale from 0, giving up after 1 to 48 h, fading over 1 h to 7 days"
    )]
    BadCollateralTerms,

    // Volatility
    #[msg(
        "A parameter of the volatility forecast is out of bounds, or the range is outside floor and cap: see docs/METHODOLOGY.md"
    )]
    BadForecast,
    #[msg(
        "The stored price is too close to the last sample: wait for forecast.min_interval, refresh the price and sample again"
    )]
    SampleTooEarly,
}

/// The program's error for one of the engine's.
pub fn from_risk(error: RiskError) -> ClearingError {
    match error {
        RiskError::Overflow => ClearingError::Overflow,
        RiskError::UnknownMarket => ClearingError::MissingMarket,
        RiskError::UnknownBook => ClearingError::MissingBook,
        RiskError::UnknownStrike => ClearingError::UnknownStrike,
        RiskError::UnknownKind => ClearingError::UnknownKind,
        RiskError::Unordered => ClearingError::BrokenLegs,
        RiskError::ScenarioOutOfRange => ClearingError::BadWitness,
        RiskError::BadGrid => ClearingError::BadGrid,
        RiskError::BadParameter => ClearingError::BadRiskParameter,
        RiskError::BadSurface => ClearingError::BadSurface,
        RiskError::OutOfDomain => ClearingError::OutsidePricing,
        RiskError::BadForecast => ClearingError::BadForecast,
        RiskError::TooEarly => ClearingError::SampleTooEarly,
    }
}
