import { type BookState, type Collateral, type Directory, type Market } from '@novate/client';
import { type Account, getAddressDecoder } from '@solana/kit';
import { describe, expect, it } from 'vitest';

import { isCurrent, type LiveFeeds, planRefresh, planSamples } from '../src/index.js';

const NOW = 10_000n;
const FEED = 'aa'.repeat(32);
const address = (seed: number) => getAddressDecoder().decode(new Uint8Array(32).fill(seed));
const feeds = (time: bigint) => ({ timeOf: () => time }) as unknown as LiveFeeds;
const NONE = address(0);
const fallback = { feed: NONE, fallbackAfter: 300n };
const pool = { pool: NONE };
const oracle = { feedId: new Uint8Array(32).fill(0xaa), maxAge: 60n };

/** A house with one market, one book and one collateral, all as new as `time`. */
function house(time: bigint, book: Partial<BookState['header']> = {}): Directory {
  const market = {
    address: address(1),
    data: {
      id: 0,
      oracle,
      fallback,
      price: { price: 5n, publishTime: time, primaryTime: time },
      limits: { arrayMaxAge: 120n, surfaceMaxAge: 900n },
      riskVersion: 1,
      forecast: { minInterval: 300n },
      variance: { samples: 3n, time: time - 300n },
    },
  } as unknown as Account<Market>;
  const collateral = {
    address: address(2),
    data: { index: 1, isQuote: 0, market: 0, oracle, fallback, pool, price: { publishTime: time, primaryTime: time } },
  } as unknown as Account<Collateral>;
  const cash = {
    address: address(3),
    data: { index: 0, isQuote: 1, oracle: { maxAge: 0n }, pool },
  } as unknown as Account<Collateral>;
  const header = {
    market: 0,
    expiryHour: 9,
    surfaceTime: time,
    refreshedAt: time,
    referencePrice: 5n,
    riskVersion: 1,
    ...book,
  };
  const state = { address: address(4), header, strikes: [] } as unknown as BookState;
  return {
    house: {} as Directory['house'],
    collaterals: new Map([
      [0, cash],
      [1, collateral],
    ]),
    markets: new Map([[0, market]]),
    books: new Map([[9n, state]]),
  };
}

const titles = async (directory: Directory, feedTime: bigint, now = NOW) =>
  (await planRefresh(directory, feeds(feedTime), now)).map(
    ({ title, instructions }) => `${title}: ${instructions.length}`,
  );

describe('a refresh', () => {
  it(`is not needed while everything is as new as its feed (${FEED.slice(0, 4)}…)`, async () => {
    expect(await titles(house(NOW), NOW)).toEqual([]);
    expect(isCurrent(house(NOW), feeds(NOW))).toBe(true);
  });

  it('takes a new price together with the arrays that depend on it', async () => {
    expect(await titles(house(NOW - 5n), NOW)).toEqual(['refresh collateral: 1', 'refresh market 0: 2']);
    expect(isCurrent(house(NOW - 5n), feeds(NOW))).toBe(false);
  });

  it('waits for a price that is young enough to be taken', async () => {
    expect(await titles(house(NOW - 500n), NOW - 61n)).toEqual([]);
  });

  it('follows a new surface', async () => {
    const directory = house(NOW, { surfaceTime: NOW, refreshedAt: NOW - 1n });
    expect(await titles(directory, NOW)).toEqual(['refresh market 0: 1']);
    expect(isCurrent(directory, feeds(NOW))).toBe(false);
  });

  it('renews arrays at half their age', async () => {
    expect(await titles(house(NOW, { surfaceTime: NOW - 100n, refreshedAt: NOW - 60n }), NOW)).toEqual([]);
    expect(await titles(house(NOW, { surfaceTime: NOW - 100n, refreshedAt: NOW - 61n }), NOW)).toHaveLength(1);
  });

  it('goes on with a stale surface', async () => {
    expect(await titles(house(NOW, { surfaceTime: NOW - 901n, refreshedAt: NOW - 61n }), NOW)).toHaveLength(1);
  });

  it('does not try what would fail: a missing surface', async () => {
    expect(await titles(house(NOW, { surfaceTime: 0n, refreshedAt: 0n }), NOW)).toEqual([]);
  });

  it('turns to the second feed only when the first has been silent for long enough', async () => {
    const silent = (seconds: bigint) => {
      const directory = house(NOW - seconds, { surfaceTime: NOW, refreshedAt: NOW });
      for (const listed of [...directory.markets.values(), ...directory.collaterals.values()]) {
        Object.assign(listed.data, { fallback: { ...fallback, feed: address(9) } });
      }
      return directory;
    };
    expect(await titles(silent(300n), NOW - 300n)).toEqual([]);
    expect(await titles(silent(301n), NOW - 301n)).toEqual([
      'refresh collateral 1 from its second feed: 1',
      'refresh market 0 from its second feed: 1',
    ]);
    // it speaks again
    const again = await titles(silent(301n), NOW);
    expect(again).toEqual(['refresh collateral: 1', 'refresh market 0: 2']);
  });

  it('follows its market with a staked token', async () => {
    const staked = (time: bigint) => {
      const directory = house(NOW);
      const collateral = directory.collaterals.get(1);
      Object.assign(collateral?.data ?? {}, { pool: { pool: address(8) }, poolPrice: { publishTime: time } });
      return directory;
    };
    expect(await titles(staked(NOW), NOW)).toEqual([]);
    expect(await titles(staked(NOW - 1n), NOW)).toEqual(['refresh staked collateral 1: 1']);
  });

  it('follows a range that moved', async () => {
    const directory = house(NOW, { riskVersion: 0 });
    expect(await titles(directory, NOW)).toEqual(['refresh market 0: 1']);
    expect(isCurrent(directory, feeds(NOW))).toBe(false);
  });
});

describe('a sample of volatility', () => {
  const sampled = async (time: bigint, now: bigint, last?: { samples: bigint; time: bigint }) => {
    const directory = house(time);
    const market = directory.markets.get(0);
    if (market !== undefined && last !== undefined) Object.assign(market.data.variance, last);
    return (await planSamples(directory, now)).map(({ title, instructions }) => `${title}: ${instructions.length}`);
  };

  it('goes with the arrays that it may make stale', async () => {
    expect(await sampled(NOW, NOW)).toEqual(['sample market 0: 2']);
    expect(await sampled(NOW, NOW, { samples: 0n, time: 0n })).toHaveLength(1);
  });

  it('waits for the interval, by the times of prices', async () => {
    expect(await sampled(NOW, NOW + 30n, { samples: 1n, time: NOW - 299n })).toEqual([]);
  });

  it('waits for a fresh price', async () => {
    expect(await sampled(NOW - 61n, NOW)).toEqual([]);
  });
});
