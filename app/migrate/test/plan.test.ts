import { readFileSync } from 'node:fs';

import { type BookState, type Collateral, type House, type Market, type Venue } from '@novate/client';
import { type Address, generateKeyPairSigner, getAddressDecoder, type TransactionSigner } from '@solana/kit';
import { beforeAll, describe, expect, it } from 'vitest';

import {
  BadMigration,
  type Bindings,
  MigrationConflict,
  type OnChain,
  parseMigration,
  planMigration,
} from '../src/index.js';
import { expectedCollateral, expectedHouse, expectedMarket, NO_FALLBACK, NO_POOL } from '../src/expected.js';

const NOW = 1_760_000_000n;
const json = readFileSync(new URL('../../../migrations/local.json', import.meta.url), 'utf8');
const file = parseMigration(JSON.parse(json));
const EMPTY: OnChain = { house: undefined, collaterals: [], markets: [], books: [], venues: [] };

let signer: TransactionSigner;
let bindings: Bindings;
beforeAll(async () => {
  signer = await generateKeyPairSigner();
  const key = (seed: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(seed));
  bindings = {
    governor: key(1),
    listing: signer.address,
    guardian: key(2),
    publisher: key(3),
    publisher2: key(7),
    publisher3: key(8),
    venue: key(4),
    usdc: key(5),
    jitosol: key(6),
  };
});

const plan = (chain: OnChain, now = NOW) =>
  planMigration(file, chain, { payer: signer, upgradeAuthority: signer, listing: signer }, bindings, now);

/** The chain after the file has been run at a time. */
function migrated(now = NOW): OnChain {
  const { quoteMint, args } = expectedHouse(file, bindings);
  const publishers = [...args.publishers, ...Array.from({ length: 5 }, () => args.roles.risk)];
  const books = file.markets.flatMap((market) =>
    market.books.map(({ expires, strikes }) => {
      const days = 'days' in expires ? expires.days : 0;
      const expiryHour = Math.ceil((Number(now) + days * 86_400) / 3_600);
      return {
        header: { market: market.id, expiryHour },
        strikes: strikes.map((strike) => ({ strike })),
      } as unknown as BookState;
    }),
  );
  return {
    house: { ...args, quoteMint, publishers, publisherCount: 3 } as unknown as House,
    collaterals: file.collaterals.map((entry, index) => {
      const { mint, decimals, market, args: listed } = expectedCollateral(file, entry, bindings);
      const haircut = { toMm: listed.haircutMm, toIm: listed.haircutIm };
      return {
        index,
        mint,
        decimals,
        market,
        oracle: listed.oracle,
        fallback: NO_FALLBACK,
        pool: NO_POOL,
        terms: listed.terms,
        cap: listed.cap,
        haircut,
      } as unknown as Collateral;
    }),
    markets: file.markets.map((entry) => {
      const { params, ...rest } = expectedMarket(entry, bindings);
      return { ...rest, fallback: NO_FALLBACK, risk: { params }, variance: { samples: 0n } } as unknown as Market;
    }),
    books,
    venues: file.venues.map(({ id }) => ({ id, authority: bindings['venue'] }) as unknown as Venue),
  };
}

describe('a migration', () => {
  it('creates everything on an empty chain, the house first and markets before collateral', async () => {
    const titles = (await plan(EMPTY)).map((step) => step.title);
    expect(titles).toHaveLength(1 + 3 + 3 + 6 + 1);
    expect(titles[0]).toContain('create the house');
    expect(titles[1]).toContain('list market BTC');
    expect(titles[4]).toContain('list collateral USDC');
    expect(titles[7]).toMatch(/list BTC .*16 strikes 90,000 to 140,000/);
  });

  it('does nothing the second time, also an hour later', async () => {
    expect(await plan(migrated())).toEqual([]);
    expect(await plan(migrated(), NOW + 3_700n)).toEqual([]);
  });

  it('goes on where an earlier run stopped', async () => {
    const chain = migrated();
    const steps = await plan({ ...chain, books: chain.books.slice(0, 5), venues: [] });
    expect(steps.map((step) => step.title.split(' ').slice(0, 2).join(' '))).toEqual(['list SOL', 'register venue']);
  });

  it('lists a new expiry once the old one is over', async () => {
    expect(await plan(migrated(), NOW + 8n * 86_400n)).toHaveLength(3);
  });

  it.each<[string, (chain: OnChain) => OnChain]>([
    [
      'house.roles.risk',
      (c) => ({ ...c, house: { ...c.house, roles: { ...c.house?.roles, risk: 'else' } } as unknown as House }),
    ],
    ['house.notice_seconds', (c) => ({ ...c, house: { ...c.house, noticeSeconds: 7_200n } as House })],
    [
      'markets.BTC.params.range',
      (c) => ({
        ...c,
        markets: withFirst(c.markets, (m) => ({ ...m, risk: { ...m.risk, params: { ...m.risk.params, range: 1n } } })),
      }),
    ],
    [
      'markets.BTC.forecast.range_floor',
      (c) => ({
        ...c,
        markets: withFirst(c.markets, (m) => ({ ...m, forecast: { ...m.forecast, rangeFloor: 1n } })),
      }),
    ],
    ['markets.BTC.lot_size', (c) => ({ ...c, markets: withFirst(c.markets, (m) => ({ ...m, lotSize: 2n })) })],
    ['collaterals.USDC.cap', (c) => ({ ...c, collaterals: withFirst(c.collaterals, (one) => ({ ...one, cap: 0n })) })],
    [
      'venues.1.authority',
      (c) => ({
        ...c,
        venues: withFirst(c.venues, (v) => ({ ...v, authority: v.authority.replace(/.$/, 'x') as Address })),
      }),
    ],
  ])('refuses a chain with another %s and names it', async (path, change) => {
    await expect(plan(change(migrated()))).rejects.toThrow(MigrationConflict);
    await expect(plan(change(migrated()))).rejects.toThrow(`${path}: the file says`);
  });

  it('lets the range move once volatility has been sampled, and nothing else', async () => {
    const sampled = (change: object) => {
      const chain = migrated();
      const moved = (m: Market) =>
        ({ ...m, variance: { samples: 2n }, risk: { ...m.risk, params: { ...m.risk.params, ...change } } }) as Market;
      return plan({ ...chain, markets: withFirst(chain.markets, moved) });
    };
    expect(await sampled({ range: 200_000_000n })).toEqual([]);
    await expect(sampled({ volUp: 1n })).rejects.toThrow('markets.BTC.params.vol_up: the file says');
  });

  it('refuses a collateral whose place is taken', async () => {
    const chain = migrated();
    const collaterals = chain.collaterals.map((one) =>
      one.index === 2 ? { ...one, mint: bindings['governor'] as Address } : one,
    );
    await expect(plan({ ...chain, collaterals })).rejects.toThrow('collaterals.JitoSOL.index: the file says 2');
  });

  it('refuses two collaterals with one mint', async () => {
    const signers = { payer: signer, upgradeAuthority: signer, listing: signer };
    const same = { ...bindings, jitosol: bindings['usdc'] as Address };
    await expect(planMigration(file, EMPTY, signers, same, NOW)).rejects.toThrow('collaterals[2].mint: JitoSOL');
  });

  it('refuses to sign for a role that the file gives to another key', async () => {
    const other = await generateKeyPairSigner();
    const signers = { payer: signer, upgradeAuthority: signer, listing: other };
    await expect(planMigration(file, EMPTY, signers, bindings, NOW)).rejects.toThrow(BadMigration);
  });
});

function withFirst<T>(items: readonly T[], change: (item: T) => T): T[] {
  return items.map((item, at) => (at === 0 ? change(item) : item));
}
