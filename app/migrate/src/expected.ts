/** What a migration file asks for, in the program's own terms: the arguments of the instructions that create it. */
import {
  type CollateralTermsArgs,
  type FallbackBindingArgs,
  type PoolBindingArgs,
  feedIdBytes,
  type InitializeHouseInstructionDataArgs,
  type ListCollateralInstructionDataArgs,
  type ListMarketInstructionDataArgs,
  NO_MARKET,
  parseDecimal,
} from '@novate/client';
import { type Address } from '@solana/kit';

import { type Bindings, type CollateralEntry, type MarketEntry, type MigrationFile, resolveKey } from './schema.js';

/** A house as the file has it. */
export interface ExpectedHouse {
  readonly quoteMint: Address;
  readonly args: InitializeHouseInstructionDataArgs;
}

/** A collateral as the file has it. */
export interface ExpectedCollateral {
  readonly symbol: string;
  readonly mint: Address;
  readonly decimals: number;
  /** Market id, or NO_MARKET. */
  readonly market: number;
  readonly args: ListCollateralInstructionDataArgs;
}

const NO_FEED = new Uint8Array(32);

/** The house of a file. */
export function expectedHouse(file: MigrationFile, bindings: Bindings): ExpectedHouse {
  const key = (text: string) => resolveKey(text, bindings);
  const { roles, liquidation, notice_seconds, publishers, publisher_quorum } = file.house;
  const quoteEntry = file.collaterals.find((one) => one.symbol === file.house.quote);
  if (quoteEntry === undefined) throw new Error('a checked file always lists its quote token');
  return {
    quoteMint: key(quoteEntry.mint),
    args: {
      roles: {
        authority: key(roles.authority),
        risk: key(roles.risk),
        listing: key(roles.listing),
        oracle: key(roles.oracle),
        guardian: key(roles.guardian),
      },
      noticeSeconds: BigInt(notice_seconds),
      liquidation: {
        incentiveStart: liquidation.incentive_start,
        incentiveMax: liquidation.incentive_max,
        rampSeconds: BigInt(liquidation.ramp_seconds),
        buffer: liquidation.buffer,
        dust: liquidation.dust,
      },
      publishers: publishers.map(key),
      publisherQuorum: publisher_quorum,
    },
  };
}

/** A collateral of a file. */
export function expectedCollateral(
  file: MigrationFile,
  entry: CollateralEntry,
  bindings: Bindings,
): ExpectedCollateral {
  const market = file.markets.find((one) => one.symbol === entry.market);
  return {
    symbol: entry.symbol,
    mint: resolveKey(entry.mint, bindings),
    decimals: entry.decimals,
    market: market?.id ?? NO_MARKET,
    args: {
      oracle: entry.oracle === undefined ? { feedId: NO_FEED, maxAge: 0n, maxConfidence: 0n } : oracle(entry.oracle),
      fallback: fallback(entry.fallback, bindings),
      pool: pool(entry.pool, bindings),
      haircutMm: entry.haircut?.mm ?? 0n,
      haircutIm: entry.haircut?.im ?? 0n,
      terms: entry.symbol === file.house.quote ? NO_TERMS : terms(entry.terms),
      cap: parseDecimal(entry.cap, entry.decimals),
    },
  };
}

/** A market of a file; its grid is the house's own. */
export function expectedMarket(entry: MarketEntry, bindings: Bindings): ListMarketInstructionDataArgs {
  const { limits, params, forecast } = entry;
  return {
    id: entry.id,
    lotSize: entry.lot_size,
    oracle: oracle(entry.oracle),
    fallback: fallback(entry.fallback, bindings),
    limits: {
      arrayMaxAge: BigInt(limits.array_max_age_seconds),
      arrayMaxDrift: limits.array_max_drift,
      surfaceMaxAge: BigInt(limits.surface_max_age_seconds),
      volMin: limits.vol_min,
      volMax: limits.vol_max,
      volMovePerMinute: limits.vol_move_per_minute,
      basisMax: limits.basis_max,
      rateMax: limits.rate_max,
      quorumWindow: BigInt(limits.quorum_window_seconds),
      publishInterval: BigInt(limits.publish_interval_seconds),
      dispersionMax: limits.dispersion_max,
      staleVolUpPerHour: limits.stale_vol_up_per_hour,
    },
    params: {
      range: params.range,
      volUp: params.vol_up,
      volDown: params.vol_down,
      volFloor: params.vol_floor,
      volPowerShort: params.vol_power_short,
      volPowerLong: params.vol_power_long,
      mmFactor: params.mm_factor,
      shortOptionMm: params.short_option_mm,
      shortOptionIm: params.short_option_im,
      unrealisedCap: params.unrealised_cap,
      rollRate: params.roll_rate,
      vegaCharge: params.vega_charge,
      liquidityDepth: params.liquidity_depth,
      oracleConfidence: params.oracle_confidence,
      oracleDispersion: params.oracle_dispersion,
      offsetGroup: BigInt(params.offset_group),
      offset: params.offset,
      model: params.model === 'full_revaluation' ? 0n : 1n,
    },
    forecast: {
      harIntercept: forecast.har_intercept,
      har1h: forecast.har_1h,
      har1d: forecast.har_1d,
      har7d: forecast.har_7d,
      z: forecast.z,
      t: forecast.t,
      mpor: BigInt(forecast.mpor_seconds),
      rangeFloor: forecast.range_floor,
      rangeCap: forecast.range_cap,
      rangeFallPerHour: forecast.range_fall_per_hour,
      rangeHysteresis: forecast.range_hysteresis,
      minInterval: BigInt(forecast.min_interval_seconds),
    },
    grid: null,
  };
}

function oracle(entry: MarketEntry['oracle']) {
  return {
    feedId: feedIdBytes(entry.feed),
    maxAge: BigInt(entry.max_age_seconds),
    maxConfidence: entry.max_confidence,
  };
}

const NO_KEY = '11111111111111111111111111111111' as Address;
/** What the chain has where there is no second feed. */
export const NO_FALLBACK: FallbackBindingArgs = {
  feed: NO_KEY,
  queue: NO_KEY,
  feedHash: NO_FEED,
  maxAge: 0n,
  minResponses: 0n,
  maxSpread: 0n,
  fallbackAfter: 0n,
  maxJump: 0n,
};
/** What the chain has where there is no pool. */
export const NO_POOL: PoolBindingArgs = { program: NO_KEY, pool: NO_KEY, maxGrowthPerDay: 0n, maxAge: 0n };

function fallback(entry: CollateralEntry['fallback'], bindings: Bindings): FallbackBindingArgs | null {
  if (entry === undefined) return null;
  return {
    feed: resolveKey(entry.feed, bindings),
    queue: resolveKey(entry.queue, bindings),
    feedHash: feedIdBytes(entry.feed_hash),
    maxAge: BigInt(entry.max_age_seconds),
    minResponses: BigInt(entry.min_responses),
    maxSpread: entry.max_spread,
    fallbackAfter: BigInt(entry.fallback_after_seconds),
    maxJump: entry.max_jump,
  };
}

function pool(entry: CollateralEntry['pool'], bindings: Bindings): PoolBindingArgs | null {
  if (entry === undefined) return null;
  return {
    program: resolveKey(entry.program, bindings),
    pool: resolveKey(entry.pool, bindings),
    maxGrowthPerDay: entry.max_growth_per_day,
    maxAge: BigInt(entry.max_age_seconds),
  };
}

const NO_TERMS: CollateralTermsArgs = { haircutVolShare: 0n, scaleStart: 0n, giveUpAfter: 0n, fadeSeconds: 0n };

/** Given up after six hours and faded over two days, unless the file says otherwise. */
function terms(entry: CollateralEntry['terms']): CollateralTermsArgs {
  return {
    haircutVolShare: entry?.haircut_vol_share ?? 0n,
    scaleStart: entry?.scale_start ?? 0n,
    giveUpAfter: BigInt(entry?.give_up_after_seconds ?? 6 * 3_600),
    fadeSeconds: BigInt(entry?.fade_seconds ?? 2 * 86_400),
  };
}
