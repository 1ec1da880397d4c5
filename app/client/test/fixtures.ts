/** Accounts as the chain would have them, for tests that need no chain. */
import {
  type Address,
  type EncodedAccount,
  getAddressDecoder,
  getI64Encoder,
  getU64Encoder,
  lamports,
  type ReadonlyUint8Array,
} from '@solana/kit';

import {
  type BookState,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  type Directory,
  getBookEncoder,
  getCollateralEncoder,
  getHouseEncoder,
  getMarginAccountEncoder,
  getMarketEncoder,
  getCollateralDecoder,
  getHouseDecoder,
  getMarketDecoder,
  type Leg,
  MAX_ROWS,
  NO_MARKET,
  readBook,
} from '../src/index.js';

/** A different address for every number. */
export function addressOf(seed: number): Address {
  return getAddressDecoder().decode(new Uint8Array(32).fill(seed));
}

/** Data in an account of the program. */
export function accountOf(address: Address, data: ReadonlyUint8Array): EncodedAccount {
  return {
    address,
    data,
    executable: false,
    lamports: lamports(1n),
    programAddress: CLEARING_HOUSE_PROGRAM_ADDRESS,
    space: BigInt(data.length),
  };
}

/** Joins bytes. */
export function join(...parts: readonly ReadonlyUint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const zeros = (length: number): bigint[] => Array.from({ length }, () => 0n);
const price = {
  price: 100_000_000_000n,
  confidence: 0n,
  ema: 100_000_000_000n,
  publishTime: 1_000n,
  primaryPrice: 100_000_000_000n,
  primaryTime: 1_000n,
};
const fallback = {
  feed: addressOf(0),
  queue: addressOf(0),
  feedHash: new Uint8Array(32),
  maxAge: 0n,
  minResponses: 0n,
  maxSpread: 0n,
  fallbackAfter: 0n,
  maxJump: 0n,
};
const oracle = { feedId: new Uint8Array(32).fill(7), maxAge: 60n, maxConfidence: 20_000_000n };

/** Data of a margin account with the given holdings (index, amount), legs and room for more legs. */
export function marginAccountData(
  holdings: readonly (readonly [number, bigint])[],
  legs: readonly Leg[],
  spareLegs = 2,
  cash = 0n,
): Uint8Array {
  const slots = Array.from({ length: 8 }, (_, at) => {
    const [index, amount] = holdings[at] ?? [0, 0n];
    return { index, padding: new Uint8Array(6), amount };
  });
  const header = getMarginAccountEncoder().encode({
    version: 1,
    bump: 255,
    id: 0,
    legCount: legs.length,
    padding: new Uint8Array(2),
    owner: addressOf(9),
    cash,
    holdings: slots,
    breach: { since: 0n, slot: 0n },
    trades: 0n,
    liquidations: 0n,
    reserved: zeros(24),
  });
  const rows = legs.flatMap(({ key, size, cost }) => [
    getU64Encoder().encode(key),
    getI64Encoder().encode(size),
    getI64Encoder().encode(cost),
  ]);
  return join(header, ...rows, new Uint8Array(24 * spareLegs));
}

/** A book of a market with the given strikes. */
export function book(market: number, expiryHour: number, strikes: readonly bigint[], surfaceTime = 900n): BookState {
  const header = getBookEncoder().encode({
    version: 1,
    bump: 255,
    market,
    expiryHour,
    strikeCount: strikes.length,
    riskVersion: 1,
    surface: { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n, basis: 0n, rate: 0n },
    surfaceTime,
    surfaceVol: 0n,
    surfaceMade: surfaceTime,
    dispersion: 0n,
    previousVol: 0n,
    previousTime: 0n,
    refreshedAt: 1_000n,
    referencePrice: price.price,
    reference: 0n,
    discount: 1_000_000_000n,
    reserved: zeros(12),
  });
  const rows = strikes.map((strike) =>
    join(...[strike, ...zeros(8), ...zeros(MAX_ROWS)].map((value) => getI64Encoder().encode(value))),
  );
  return readBook(accountOf(addressOf(100 + market * 10 + (expiryHour % 10)), join(header, ...rows)));
}

/** A market. */
export function market(id: number) {
  const row = { k: 0n, weight: 0, unit: 0, vol: 0, reserved: new Uint8Array(2) };
  const shock = { k: 0n, weight: 0, vol: 0, flat: 0, triples: 0, reserved: 0 };
  const data = getMarketEncoder().encode({
    version: 1,
    bump: 255,
    id,
    riskVersion: 1,
    lotSize: 100_000_000n,
    oracle,
    fallback,
    price,
    limits: {
      arrayMaxAge: 120n,
      arrayMaxDrift: 5_000_000n,
      surfaceMaxAge: 900n,
      volMin: 1n,
      volMax: 2n,
      volMovePerMinute: 1n,
      basisMax: 1n,
      rateMax: 1n,
      quorumWindow: 60n,
      publishInterval: 1n,
      dispersionMax: 1n,
      staleVolUpPerHour: 1n,
    },
    risk: {
      params: {
        range: 160_000_000n,
        volUp: 1n,
        volDown: 1n,
        volFloor: 1n,
        volPowerShort: 1n,
        volPowerLong: 1n,
        mmFactor: 1n,
        shortOptionMm: 1n,
        shortOptionIm: 1n,
        unrealisedCap: 1n,
        rollRate: 1n,
        vegaCharge: 1n,
        liquidityDepth: 0n,
        oracleConfidence: 1n,
        oracleDispersion: 1n,
        offsetGroup: 0n,
        offset: 0n,
        model: 0n,
      },
      gridLen: 1n,
      grid: Array.from({ length: MAX_ROWS }, () => row),
      shocksLen: 2n,
      shocks: [
        { ...shock, k: -160_000_000n },
        { ...shock, k: 40_000_000n, vol: 2 },
        ...Array.from({ length: MAX_ROWS - 2 }, () => shock),
      ],
    },
    forecast: {
      harIntercept: 1n,
      har1h: 1n,
      har1d: 1n,
      har7d: 1n,
      z: 1n,
      t: 1n,
      mpor: 28_800n,
      rangeFloor: 1n,
      rangeCap: 2n,
      rangeFallPerHour: 1n,
      rangeHysteresis: 1n,
      minInterval: 300n,
    },
    variance: {
      price: 0n,
      high: 0n,
      low: 0n,
      time: 0n,
      since: 0n,
      variance1h: 0n,
      variance1d: 0n,
      variance7d: 0n,
      sigma: 0n,
      range: 160_000_000n,
      samples: 0n,
    },
    reserved: zeros(32),
  });
  return { ...accountOf(addressOf(50 + id), data), data: getMarketDecoder().decode(data) };
}

/** A collateral; `isQuote` for the token of cash. */
export function collateral(index: number, marketId = NO_MARKET, isQuote = false) {
  const data = getCollateralEncoder().encode({
    version: 1,
    bump: 255,
    index,
    market: marketId,
    decimals: 9,
    isQuote: isQuote ? 1 : 0,
    mint: addressOf(20 + index),
    vault: addressOf(30 + index),
    oracle: isQuote ? { feedId: new Uint8Array(32), maxAge: 0n, maxConfidence: 0n } : oracle,
    fallback,
    price,
    pool: { program: addressOf(0), pool: addressOf(0), maxGrowthPerDay: 0n, maxAge: 0n },
    poolRate: { rate: 0n, anchor: 0n, anchoredAt: 0n },
    poolPrice: price,
    terms: { haircutVolShare: 0n, scaleStart: 0n, giveUpAfter: 21_600n, fadeSeconds: 172_800n },
    haircut: { fromMm: 0n, fromIm: 0n, toMm: 0n, toIm: 0n, startsAt: 0n, endsAt: 0n },
    deposited: 0n,
    cap: 0n,
    reserved: zeros(16),
  });
  return { ...accountOf(addressOf(40 + index), data), data: getCollateralDecoder().decode(data) };
}

/** A house with three collaterals (the third enters market 2), three markets and two books of each. */
export function directory(): Directory {
  const key = addressOf(1);
  const house = getHouseEncoder().encode({
    version: 1,
    bump: 255,
    collaterals: 3,
    publisherCount: 1,
    publisherQuorum: 1,
    closedGates: 0n,
    noticeSeconds: 3_600n,
    quoteMint: addressOf(20),
    roles: { authority: key, risk: key, listing: key, oracle: key, guardian: key },
    publishers: Array.from({ length: 8 }, () => key),
    liquidation: { incentiveStart: 0n, incentiveMax: 0n, rampSeconds: 1n, buffer: 0n, dust: 0n },
    reserved: zeros(32),
  });
  const collaterals = [collateral(0, NO_MARKET, true), collateral(1), collateral(2, 2)];
  const markets = [market(0), market(1), market(2)];
  const books = [0, 1, 2].flatMap((id) => [book(id, 500_001, [1n, 2n]), book(id, 500_002, [1n, 2n])]);
  return {
    house: { ...accountOf(addressOf(2), house), data: getHouseDecoder().decode(house) },
    collaterals: new Map(collaterals.map((one) => [one.data.index, one])),
    markets: new Map(markets.map((one) => [one.data.id, one])),
    books: new Map(books.map((one) => [(BigInt(one.header.market) << 32n) | BigInt(one.header.expiryHour), one])),
  };
}
