/**
 * The remaining accounts of a margin check.
 *
 * The program wants every collateral (by index), then every market (by id), then every book (by market and expiry) that
 * the margin accounts of the instruction need, ascending and without repeats; a liquidation adds open interest accounts.
 * A holding needs the market whose grid it enters; a perpetual needs its market but no book.
 */
import { type AccountMeta, AccountRole } from '@solana/kit';

import type { MarginAccountState } from './accounts.js';
import { type Directory, NO_MARKET } from './directory.js';
import { bookKey, type Instrument, instrumentOf } from './instruments.js';
import { interestAddress } from './pdas.js';

/** Which listed things a margin check reads. */
export interface MarginNeeds {
  /** Indices. */
  readonly collaterals: ReadonlySet<number>;
  /** Ids. */
  readonly markets: ReadonlySet<number>;
  /** Keys, see `bookKey`. */
  readonly books: ReadonlySet<bigint>;
}

/** What the margin of these accounts depends on, with instruments that they are about to hold. */
export function marginNeeds(
  directory: Directory,
  accounts: readonly Pick<MarginAccountState, 'header' | 'legs'>[],
  instruments: readonly Instrument[] = [],
): MarginNeeds {
  const collaterals = new Set<number>();
  const markets = new Set<number>();
  const books = new Set<bigint>();
  for (const { header } of accounts) {
    for (const { index, amount } of header.holdings) {
      if (amount === 0n) continue;
      collaterals.add(index);
      const market = directory.collaterals.get(index)?.data.market ?? NO_MARKET;
      if (market !== NO_MARKET) markets.add(market);
    }
  }
  const held = accounts.flatMap(({ legs }) => legs.map((leg) => instrumentOf(leg.key)));
  for (const { market, expiryHour } of [...held, ...instruments]) {
    markets.add(market);
    if (expiryHour !== 0) books.add(bookKey(market, expiryHour));
  }
  return { collaterals, markets, books };
}

/** The accounts themselves, in the program's order. @throws Error for something that the house does not list. */
export function marginMetas(directory: Directory, needs: MarginNeeds): AccountMeta[] {
  const metas = [
    ...pick('collateral', directory.collaterals, needs.collaterals),
    ...pick('market', directory.markets, needs.markets),
    ...pick('book', directory.books, needs.books),
  ];
  return metas.map(({ address }) => ({ address, role: AccountRole.READONLY }));
}

/** Open interest accounts of the expiries in which a liquidator's positions net against those that it takes over. */
export async function nettingMetas(
  liquidator: Pick<MarginAccountState, 'legs'>,
  account: Pick<MarginAccountState, 'legs'>,
): Promise<AccountMeta[]> {
  const own = new Map(liquidator.legs.map((leg) => [leg.key, leg.size]));
  const expiries = new Map<bigint, Instrument>();
  for (const { key, size } of account.legs) {
    const mine = own.get(key) ?? 0n;
    if (mine !== 0n && mine < 0n !== size < 0n) {
      const instrument = instrumentOf(key);
      expiries.set(bookKey(instrument.market, instrument.expiryHour), instrument);
    }
  }
  const ordered = [...expiries.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    ordered.map(async ([, { market, expiryHour }]) => ({
      address: await interestAddress(market, expiryHour),
      role: AccountRole.WRITABLE,
    })),
  );
}

function pick<K extends number | bigint, V>(what: string, listed: ReadonlyMap<K, V>, wanted: ReadonlySet<K>): V[] {
  return [...wanted]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => {
      const found = listed.get(key);
      if (found === undefined) throw new Error(`the house lists no ${what} ${key}: fetch the directory again`);
      return found;
    });
}
