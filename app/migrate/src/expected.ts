/** What a migration file asks for, in the program's own terms: the arguments of the instructions that create it. */
import {
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
  const { roles, liquidation, notice_seconds, publishers } = file.house;
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
      haircutMm: entry.haircut?.mm ?? 0n,
      haircutIm: entry.haircut?.im ?? 0n,
      cap: parseDecimal(entry.cap, entry.decimals),
    },
  };
}

/** A market of a file; its grid is the house's own. */
export function expectedMarket(entry: MarketEntry): ListMarketInstructionDataArgs {
  const { limits, params, forecast } = entry;
  return {
    id: entry.id,
    lotSize: entry.lot_size,
    oracle: oracle(entry.oracle),
    limits: {
      arrayMaxAge: BigInt(limits.array_max_age_seconds),
      arrayMaxDrift: limits.array_max_drift,
      surfaceMaxAge: BigInt(limits.surface_max_age_seconds),
      volMin: limits.vol_min,
      volMax: limits.vol_max,
      volMovePerMinute: limits.vol_move_per_minute,
      basisMax: limits.basis_max,
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
