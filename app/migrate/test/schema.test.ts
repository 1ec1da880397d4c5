import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { BadMigration, parseMigration, resolveKey } from '../src/index.js';

const text = readFileSync(new URL('../../../migrations/local.json', import.meta.url), 'utf8');

const SECOND = {
  feed: '@feed',
  queue: '@queue',
  feed_hash: '11'.repeat(32),
  max_age_seconds: 60,
  min_responses: 3,
  max_spread: '0.01',
  fallback_after_seconds: 300,
  max_jump: '0.1',
};
const POOL = { program: '@program', pool: '@pool', max_growth_per_day: '0.001', max_age_seconds: 60 };

/** What is said of the file with other values at some paths; undefined takes a field away. */
function complaint(changes: Readonly<Record<string, unknown>>): string {
  const file: unknown = JSON.parse(text);
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const parent = parts.reduce((at, part) => (at as Record<string, unknown>)[part], file) as Record<string, unknown>;
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else parent[last] = value;
  }
  try {
    parseMigration(file);
  } catch (error) {
    if (error instanceof BadMigration) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the local migration file', () => {
  it('is sound', () => {
    const file = parseMigration(JSON.parse(text));
    expect(file.markets.map((market) => market.symbol)).toEqual(['BTC', 'ETH', 'SOL']);
    for (const market of file.markets) expect(market.books.map((book) => book.strikes.length)).toEqual([16, 16]);
    expect(file.markets[0]?.lot_size).toBe(1_000_000n);
  });
});

describe('a bad file', () => {
  it.each<[name: string, path: string, value: unknown, message: string]>([
    ['an unknown field', 'house.colour', 'red', 'house: Unrecognized key: "colour"'],
    ['a missing field', 'markets.1.lot_size', undefined, 'markets[1].lot_size: '],
    ['a number where a decimal belongs', 'markets.0.lot_size', 0.001, 'markets[0].lot_size: '],
    ['too many digits', 'house.liquidation.dust', '0.0000001', 'house.liquidation.dust: "0.0000001" has more'],
    ['a fraction above 1', 'markets.2.params.range', '1.5', 'markets[2].params.range: must be from 0 to 1'],
    ['a range below its floor', 'markets.1.params.range', '0.05', 'markets[1].params.range: must be from forecast'],
    ['a missing forecast', 'markets.1.forecast', undefined, 'markets[1].forecast: '],
    ['a bad feed', 'markets.0.oracle.feed', 'abc', 'markets[0].oracle.feed: "abc" is not a feed id'],
    ['a quorum of nobody', 'house.publisher_quorum', 0, 'house.publisher_quorum: '],
    ['a quorum of more than all', 'house.publisher_quorum', 4, 'house.publisher_quorum: there are only 3 publishers'],
    [
      'no room to disagree',
      'markets.0.limits.dispersion_max',
      '0',
      'markets[0].limits.dispersion_max: must be above 0',
    ],
    ['a bad key', 'house.roles.risk', 'nobody', 'house.roles.risk: must be a base58 address'],
    ['falling strikes', 'markets.0.books.1.strikes', ['2', '1'], 'markets[0].books[1].strikes: must ascend'],
    ['a symbol twice', 'collaterals.2.symbol', 'wSOL', 'collaterals[2].symbol: "wSOL" stands twice'],
    ['a market id twice', 'markets.2.id', 0, 'markets[2].id: 0 stands twice'],
    ['no quote token', 'house.quote', 'EUR', 'house.quote: no collateral has the symbol "EUR"'],
    [
      'a haircut of cash',
      'collaterals.0.haircut',
      { mm: '0', im: '0' },
      'collaterals[0].haircut: the quote token has none',
    ],
    ['collateral without a price', 'collaterals.1.oracle', undefined, 'collaterals[1].oracle: is required'],
    [
      'a larger maintenance haircut',
      'collaterals.1.haircut.mm',
      '0.2',
      'collaterals[1].haircut.mm: must not be above im',
    ],
    ['an unknown market', 'collaterals.1.market', 'XRP', 'collaterals[1].market: no market has the symbol "XRP"'],
    [
      'a second feed without a first',
      'collaterals.1',
      {
        symbol: 'X',
        mint: '@x',
        decimals: 9,
        cap: '1',
        haircut: { mm: '0', im: '0' },
        market: 'SOL',
        fallback: SECOND,
      },
      'collaterals[1].fallback: needs an oracle',
    ],
    ['too few responses', 'markets.0.fallback', { ...SECOND, min_responses: 2 }, 'markets[0].fallback.min_responses: '],
    ['a pool without a market', 'collaterals.2.pool', POOL, 'collaterals[2].market: is required'],
    ['terms of cash', 'collaterals.0.terms', {}, 'collaterals[0].terms: the quote token has none'],
    ['a cap with too many digits', 'collaterals.0.cap', '1.0000001', 'collaterals[0].cap: "1.0000001" has more'],
    ['an expiry of neither kind', 'markets.0.books.0.expires', { weeks: 1 }, 'markets[0].books[0].expires: '],
  ])('with %s is refused at its path', (_, path, value, message) => {
    expect(complaint({ [path]: value })).toContain(message);
  });

  it('is told all its faults at once', () => {
    expect(complaint({ 'house.notice_seconds': -1, 'venues.0.id': 70_000 }).split('\n')).toHaveLength(2);
  });
});

describe('names in a file', () => {
  it('stand for what they are bound to', () => {
    const address = 'So11111111111111111111111111111111111111112';
    expect(resolveKey(address, {})).toBe(address);
    expect(resolveKey('@governor', { governor: resolveKey(address, {}) })).toBe(address);
    expect(() => resolveKey('@governor', {})).toThrow('"@governor" is not bound');
  });
});
