/** Works out which prices and risk arrays are behind, and brings them up to date. */
import {
  type BookState,
  type Collateral,
  type Directory,
  feedIdOf,
  hasFallback,
  type Market,
  pricedCollaterals,
  refreshCollateral,
  refreshCollateralFallback,
  refreshPrice,
  refreshPriceFallback,
  refreshRisk,
  refreshStakedCollateral,
  stakedCollaterals,
  sampleVolatility,
} from '@novate/client';
import { type Account, type Instruction } from '@solana/kit';

import type { LiveFeeds } from './feeds.js';

/** Refreshes that belong into one transaction. */
export interface RefreshBatch {
  readonly title: string;
  readonly instructions: readonly Instruction[];
}

/** Books whose arrays take one transaction: each costs about 150,000 compute units at 16 strikes. */
const BOOKS_PER_TRANSACTION = 4;

/**
 * What has to be refreshed at `now`. A market's price and its books go together, so that no margin check can fall between
 * a new price and arrays of the old one.
 */
export async function planRefresh(directory: Directory, feeds: LiveFeeds, now: bigint): Promise<RefreshBatch[]> {
  const batches: RefreshBatch[] = [];
  const collaterals = pricedCollaterals(directory).filter((one) => hasNewPrice(one, feeds, now));
  if (collaterals.length > 0) {
    batches.push({ title: 'refresh collateral', instructions: await Promise.all(collaterals.map(refreshCollateral)) });
  }
  // Each in a transaction of its own: it fails while the second feed has nothing new, and must not take others with it.
  for (const collateral of pricedCollaterals(directory).filter((one) => needsFallback(one, feeds, now))) {
    const title = `refresh collateral ${collateral.data.index} from its second feed`;
    batches.push({ title, instructions: [refreshCollateralFallback(collateral)] });
  }
  for (const market of directory.markets.values()) {
    const priceComing = hasNewPrice(market, feeds, now);
    if (needsFallback(market, feeds, now)) {
      const title = `refresh market ${market.data.id} from its second feed`;
      batches.push({ title, instructions: [refreshPriceFallback(market)] });
    }
    const books = [...directory.books.values()]
      .filter((book) => book.header.market === market.data.id)
      .filter((book) => needsArrays(book, market.data, priceComing, now));
    const price = priceComing ? [await refreshPrice(market)] : [];
    const risk = await Promise.all(books.map(refreshRisk));
    for (let at = 0; at < Math.max(risk.length, price.length); at += BOOKS_PER_TRANSACTION) {
      const instructions = [...(at === 0 ? price : []), ...risk.slice(at, at + BOOKS_PER_TRANSACTION)];
      batches.push({ title: `refresh market ${market.data.id}`, instructions });
    }
  }
  for (const collateral of stakedCollaterals(directory)) {
    const market = directory.markets.get(collateral.data.market);
    if (market === undefined || !isBehind(collateral.data, market.data, now)) continue;
    const title = `refresh staked collateral ${collateral.data.index}`;
    batches.push({ title, instructions: [await refreshStakedCollateral(collateral)] });
  }
  return batches;
}

/**
 * Samples of volatility that are due at `now`: the stored price is fresh and late enough. Each goes with its market's
 * arrays, which it makes stale if the range moves; books beyond the first four follow with the next
 * refresh. The price goes apart, so that a sample that somebody else took first holds nothing up.
 */
export async function planSamples(directory: Directory, now: bigint): Promise<RefreshBatch[]> {
  const due = [...directory.markets.values()].filter(({ data: { price, oracle, variance, forecast } }) => {
    const fresh = price.price > 0n && now - price.publishTime <= oracle.maxAge;
    return fresh && (variance.samples === 0n || price.publishTime - variance.time >= forecast.minInterval);
  });
  const planned = due.map(async (market) => {
    const books = [...directory.books.values()].filter(
      (book) => book.header.market === market.data.id && book.header.surfaceTime > 0n,
    );
    const risk = await Promise.all(books.slice(0, BOOKS_PER_TRANSACTION).map(refreshRisk));
    return { title: `sample market ${market.data.id}`, instructions: [sampleVolatility(market), ...risk] };
  });
  return Promise.all(planned);
}

/** Whether every price and array is as new as the feeds and surfaces are. */
export function isCurrent(directory: Directory, feeds: LiveFeeds): boolean {
  const priced = [...directory.markets.values(), ...pricedCollaterals(directory)];
  const prices = priced.every((one) => one.data.price.primaryTime >= feeds.timeOf(feedIdOf(one)));
  const current = ({ header }: BookState) =>
    header.refreshedAt >= header.surfaceTime &&
    header.riskVersion === directory.markets.get(header.market)?.data.riskVersion;
  return prices && [...directory.books.values()].every(current);
}

/** Whether the feed has a price that is newer than the stored one and young enough to be taken. */
function hasNewPrice(listed: Account<Market> | Account<Collateral>, feeds: LiveFeeds, now: bigint): boolean {
  const time = feeds.timeOf(feedIdOf(listed));
  return time > listed.data.price.primaryTime && now - time <= listed.data.oracle.maxAge;
}

/** Whether the first feed has been silent for long enough that the second counts, and the stored price is getting old. */
function needsFallback(listed: Account<Market> | Account<Collateral>, feeds: LiveFeeds, now: bigint): boolean {
  const { price, oracle, fallback } = listed.data;
  const isDue = hasFallback(listed) && now - price.primaryTime > fallback.fallbackAfter;
  return isDue && !hasNewPrice(listed, feeds, now) && now - price.publishTime > oracle.maxAge / 2n;
}

/** Whether a staked token's price is of an older price of its market than the stored one, which is fresh. */
function isBehind({ poolPrice }: Collateral, { price, oracle }: Market, now: bigint): boolean {
  return now - price.publishTime <= oracle.maxAge && poolPrice.publishTime !== price.publishTime;
}

/** Whether arrays can be computed now and would differ from the stored ones. */
function needsArrays({ header }: BookState, market: Market, priceComing: boolean, now: bigint): boolean {
  const priceIsFresh = priceComing || now - market.price.publishTime <= market.oracle.maxAge;
  // A stale surface still serves, with a wider shock: positions must be margined and liquidated without a feed too.
  if (!priceIsFresh || header.surfaceTime === 0n) return false;
  const moved = priceComing || header.referencePrice !== market.price.price;
  const old = now - header.refreshedAt > market.limits.arrayMaxAge / 2n;
  const newRange = header.riskVersion !== market.riskVersion;
  return moved || old || newRange || header.refreshedAt < header.surfaceTime;
}
