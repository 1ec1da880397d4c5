/** Prices, surfaces and risk arrays: what keeps margin checks possible. */
import { type Account, type Instruction, type TransactionSigner } from '@solana/kit';

import type { BookState } from '../accounts.js';
import type { Directory } from '../directory.js';
import {
  type Collateral,
  getPublishSurfaceInstruction,
  getRefreshCollateralInstruction,
  getRefreshPriceInstruction,
  getRefreshRiskInstruction,
  getSampleVolatilityInstruction,
  type Market,
  type SurfaceParamsArgs,
} from '../generated/index.js';
import { houseAddress, marketAddress } from '../pdas.js';
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

/** Brings a collateral's price up to date from Pyth's push feed; not for the quote token, which has none. */
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

/** Collaterals that have a price of their own. */
export function pricedCollaterals(directory: Directory): Account<Collateral>[] {
  return [...directory.collaterals.values()].filter((one) => one.data.isQuote === 0);
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
    surface,
    time,
    deadline,
  });
}
