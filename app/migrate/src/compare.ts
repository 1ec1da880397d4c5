/** Checks that nothing on chain contradicts a file. */
import { type ExpectedCollateral, type ExpectedHouse, NO_FALLBACK, NO_POOL } from './expected.js';
import type { OnChain } from './chain.js';
import { differences } from './differences.js';
import type { ListMarketInstructionDataArgs } from '@novate/client';

/** Differences between the file's house and the one on chain. */
export function compareHouse(expected: ExpectedHouse, chain: OnChain): string[] {
  const { house } = chain;
  if (house === undefined) return [];
  return differences(
    'house',
    { quoteMint: expected.quoteMint, ...expected.args },
    { ...house, publishers: house.publishers.slice(0, house.publisherCount) },
  );
}

/** Differences between a collateral of the file, `at` its place there, and the one on chain. */
export function compareCollateral(expected: ExpectedCollateral, at: number, chain: OnChain): string[] {
  const found = chain.collaterals.find((one) => one.mint === expected.mint);
  const path = `collaterals.${expected.symbol}`;
  if (found === undefined) return indexTaken(path, at, chain);
  const { oracle, fallback, pool, terms, haircutMm, haircutIm, cap } = expected.args;
  // Where a ramp is under way, what counts is where it leads.
  return differences(
    path,
    {
      index: at,
      decimals: expected.decimals,
      market: expected.market,
      oracle,
      fallback: fallback ?? NO_FALLBACK,
      pool: pool ?? NO_POOL,
      terms,
      cap,
      haircut: { toMm: haircutMm, toIm: haircutIm },
    },
    found,
  );
}

/**
 * Differences between a market of the file and the one on chain. The file's range is what a market starts with: from the
 * first sample of volatility on it moves within the bounds of the forecast, and is not compared.
 */
export function compareMarket(symbol: string, expected: ListMarketInstructionDataArgs, chain: OnChain): string[] {
  const found = chain.markets.find((one) => one.id === expected.id);
  if (found === undefined) return [];
  const { id, lotSize, oracle, fallback, limits, forecast } = expected;
  const params = found.variance.samples > 0n ? { ...expected.params, range: found.risk.params.range } : expected.params;
  return differences(
    `markets.${symbol}`,
    { id, lotSize, oracle, fallback: fallback ?? NO_FALLBACK, limits, params, forecast },
    { ...found, params: found.risk.params },
  );
}

/** Differences between a venue of the file and the one on chain. */
export function compareVenue(id: number, authority: string, chain: OnChain): string[] {
  const found = chain.venues.find((one) => one.id === id);
  return found === undefined ? [] : differences(`venues.${id}`, { authority }, found);
}

/** Indices are given in the order of listing, so that a new collateral must come last. */
function indexTaken(path: string, at: number, chain: OnChain): string[] {
  const other = chain.collaterals.find((one) => one.index === at);
  return other === undefined ? [] : [`${path}.index: the file says ${at}, the chain has ${other.mint} there`];
}
