/** Prices, surfaces and risk arrays: what keeps margin checks possible. */
import { type Account, type Address, type Instruction, type TransactionSigner } from '@solana/kit';

import type { BookState } from '../accounts.js';
import type { Directory } from '../directory.js';
import {
  type Collateral,
  getPublishSurfaceInstruction,
  getRefreshCollateralFallbackInstruction,
  getRefreshCollateralInstruction,
  getRefreshPriceFallbackInstruction,
  getRefreshPriceInstruction,
  getRefreshRiskInstruction,
  getRefreshStakedCollateralInstruction,
  getSampleVolatilityInstruction,
  type Market,
  type SurfaceParamsArgs,
} from '../generated/index.js';
import { boardAddress, houseAddress, marketAddress } from '../pdas.js';
import { priceFeedAddress } from '../pyth.js';

/** The feed of an oracle binding as 64 hexadecimal digits. */
export function feedIdOf(listed: Account<Market> | Account<Collateral>): string {
  return Buffer.from(listed.data.oracle.feedId).toString('hex');
}

/** Brings a market's price up to date from Pyth's push feed. */
export async function refreshPrice(market: Account<Market>): Promise<Instruction> {
  const priceUpdate = await priceFeedAddress(feedIdOf(market));
  return getRefreshPriceInstruction({ market: market.address, priceUpdate });
}

/** An account's address that stands for none. */
const NO_ACCOUNT = '11111111111111111111111111111111' as Address;

/** Whether a market or collateral has a second feed. */
export function hasFallback(listed: Account<Market> | Account<Collateral>): boolean {
  return listed.data.fallback.feed !== NO_ACCOUNT;
}

/** Brings a market's price up to date from its second feed; passes only while the first is silent. */
export function refreshPriceFallback(market: Account<Market>): Instruction {
  return getRefreshPriceFallbackInstruction({ market: market.address, feed: market.data.fallback.feed });
}

/** Brings a collateral's price up to date from its second feed; passes only while the first is silent. */
export function refreshCollateralFallback(collateral: Account<Collateral>): Instruction {
  return getRefreshCollateralFallbackInstruction({
    collateral: collateral.address,
    feed: collateral.data.fallback.feed,
  });
}

/** Brings a staked token's price up to date from its market's price and its pool. */
export async function refreshStakedCollateral(collateral: Account<Collateral>): Promise<Instruction> {
  return getRefreshStakedCollateralInstruction({
    collateral: collateral.address,
    market: await marketAddress(collateral.data.market),
    stakePool: collateral.data.pool.pool,
  });
}

/** Brings a collateral's price up to date from Pyth's push feed; not for one that has none. */
export async function refreshCollateral(collateral: Account<Collateral>): Promise<Instruction> {
  const priceUpdate = await priceFeedAddress(feedIdOf(collateral));
  return getRefreshCollateralInstruction({ collateral: collateral.address, priceUpdate });
}

/** Computes a book's risk arrays at its market's stored price. */
export async function refreshRisk(book: BookState): Promise<Instruction> {
  return getRefreshRiskInstruction({ market: await marketAddress(book.header.market), book: book.address });
}

/** Takes a market's stored price as a sample of volatility, which may move its range and make its arrays stale. */
export function sampleVolatility(market: Account<Market>): Instruction {
  return getSampleVolatilityInstruction({ market: market.address });
}

/** Collaterals that have a feed of their own. */
export function pricedCollaterals(directory: Directory): Account<Collateral>[] {
  return [...directory.collaterals.values()].filter((one) => one.data.oracle.maxAge > 0n);
}

/** Collaterals that a stake pool prices. */
export function stakedCollaterals(directory: Directory): Account<Collateral>[] {
  return [...directory.collaterals.values()].filter((one) => one.data.pool.pool !== NO_ACCOUNT);
}

/** Publishes a surface made at `time`, worthless after `deadline` (both in seconds since 1970). */
export async function publishSurface(
  publisher: TransactionSigner,
  book: BookState,
  surface: SurfaceParamsArgs,
  time: bigint,
  deadline: bigint,
): Promise<Instruction> {
  return getPublishSurfaceInstruction({
    publisher,
    house: await houseAddress(),
    market: await marketAddress(book.header.market),
    book: book.address,
    board: await boardAddress(book.header.market, book.header.expiryHour),
    surface,
    time,
    deadline,
  });
}
