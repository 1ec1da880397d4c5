/** What the house lists: every collateral, market and book, by the numbers that margin accounts use for them. */
import { type Account, type Address, type Commitment } from '@solana/kit';

import { type BookState, decodeAll, readBook, fetchProgramAccounts } from './accounts.js';
import type { Connection } from './connection.js';
import {
  BOOK_DISCRIMINATOR,
  type Collateral,
  COLLATERAL_DISCRIMINATOR,
  fetchHouse,
  getCollateralDecoder,
  getMarketDecoder,
  type House,
  type Market,
  MARKET_DISCRIMINATOR,
} from './generated/index.js';
import { bookKey } from './instruments.js';
import { houseAddress } from './pdas.js';

/** `Collateral.market` when the token enters no market's grid. */
export const NO_MARKET = 0xffff;

/** The house and everything that it lists. */
export interface Directory {
  readonly house: Account<House>;
  /** By index. */
  readonly collaterals: ReadonlyMap<number, Account<Collateral>>;
  /** By id. */
  readonly markets: ReadonlyMap<number, Account<Market>>;
  /** By market and expiry, see `bookKey`. */
  readonly books: ReadonlyMap<bigint, BookState>;
}

/** Fetches all of it. */
export async function fetchDirectory(connection: Connection, commitment: Commitment = 'confirmed'): Promise<Directory> {
  const [house, collaterals, markets, books] = await Promise.all([
    fetchHouse(connection.rpc, await houseAddress(), { commitment }),
    fetchProgramAccounts(connection, COLLATERAL_DISCRIMINATOR, commitment),
    fetchProgramAccounts(connection, MARKET_DISCRIMINATOR, commitment),
    fetchProgramAccounts(connection, BOOK_DISCRIMINATOR, commitment),
  ]);
  return {
    house,
    collaterals: ascending(decodeAll(collaterals, getCollateralDecoder()), (one) => one.data.index),
    markets: ascending(decodeAll(markets, getMarketDecoder()), (one) => one.data.id),
    books: ascending(books.map(readBook), ({ header }) => bookKey(header.market, header.expiryHour)),
  };
}

/** The listed collateral of a mint. @throws Error when there is none. */
export function collateralOf(directory: Directory, mint: Address): Account<Collateral> {
  for (const collateral of directory.collaterals.values()) {
    if (collateral.data.mint === mint) return collateral;
  }
  throw new Error(`the house lists no collateral with the mint ${mint}`);
}

/** Every address that margin checks may name, for lookup tables. */
export function addressesOf(directory: Directory): Address[] {
  const { house, collaterals, markets, books } = directory;
  const listed = [...collaterals.values(), ...markets.values(), ...books.values()];
  return [house.address, ...listed.map((one) => one.address)];
}

function ascending<K extends number | bigint, V>(items: readonly V[], key: (item: V) => K): Map<K, V> {
  const entries = items.map((item) => [key(item), item] as const);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
