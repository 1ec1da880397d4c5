/** Trades at the house's own marks, as a venue would bring them. */
import {
  type BookState,
  clearTrade,
  type Directory,
  fetchDirectory,
  type Instrument,
  Kind,
  type LookupTable,
  lotsOf,
  type LotSize,
  type Market,
  NANO,
  price as priceOf,
  type Price,
  type Transactor,
} from '@novate/client';
import type { MigrationFile } from '@novate/migrate';
import { type KeyPairSigner } from '@solana/kit';

import { type Actor, statesOf } from './actors.js';

const KINDS = { call: Kind.Call, put: Kind.Put, future: Kind.Future, perpetual: Kind.Perpetual } as const;

/** A trade to bring about. */
export interface TradePlan {
  readonly trader: string;
  readonly maker: string;
  /** The trader's side. */
  readonly side: 'buy' | 'sell';
  /** Symbol of a market of the migration. */
  readonly market: string;
  readonly kind: keyof typeof KINDS;
  /** The nearest expiry or the next; perpetuals have none. */
  readonly expiry?: 'near' | 'far';
  /** Options only. */
  readonly strike?: string;
  /** Decimal number of units of underlying. */
  readonly units: string;
}

/** A trade that was cleared. */
export interface ClearedTrade extends TradePlan {
  /** Per unit of underlying. */
  readonly price: Price;
  readonly signature: string;
}

/** What a venue needs to bring trades. */
export interface VenueDesk {
  readonly transactor: Transactor;
  readonly authority: KeyPairSigner;
  readonly venueId: number;
  readonly file: MigrationFile;
  readonly lookupTable: LookupTable;
  /** By name. */
  readonly actors: ReadonlyMap<string, Actor>;
}

/** Clears one trade at mark. */
export async function trade(desk: VenueDesk, plan: TradePlan): Promise<ClearedTrade> {
  const { transactor, actors, file } = desk;
  const directory = await fetchDirectory(transactor.connection, transactor.commitment);
  const market = marketOf(directory, file, plan.market);
  const book = plan.expiry === undefined ? undefined : bookOf(directory, market, plan.expiry);
  const { instrument, price } = quote(plan, market, book);
  const [trader, maker] = await statesOf(transactor, [actorOf(actors, plan.trader), actorOf(actors, plan.maker)]);
  if (trader === undefined || maker === undefined) throw new Error('both sides need a margin account');
  const [buyer, seller] = plan.side === 'buy' ? [trader, maker] : [maker, trader];
  const lots = lotsOf(plan.units, market.lotSize as LotSize);
  const { venueId, authority, lookupTable } = desk;
  const instruction = await clearTrade(directory, authority, { venueId, buyer, seller, instrument, lots, price });
  const label = `${plan.trader} ${plan.side}s ${plan.units} ${plan.market} ${plan.strike ?? ''} ${plan.kind}`;
  const { signature } = await transactor.send(label, [instruction], { lookupTables: lookupTable.entries });
  return { ...plan, price, signature };
}

/** The mark of an instrument per unit of underlying, and its parts. */
export function quote(
  plan: Pick<TradePlan, 'kind' | 'strike'>,
  market: Market,
  book: BookState | undefined,
): { readonly instrument: Instrument; readonly price: Price } {
  const kind = KINDS[plan.kind];
  if (book === undefined) {
    return { instrument: { market: market.id, expiryHour: 0, strike: 0, kind }, price: market.price.price as Price };
  }
  const { expiryHour, reference, discount } = book.header;
  const perUnit = (lotValue: bigint) => (lotValue * NANO) / market.lotSize;
  const forward = perUnit(reference);
  if (plan.strike === undefined) {
    return { instrument: { market: market.id, expiryHour, strike: 0, kind }, price: forward as Price };
  }
  const wanted = priceOf(plan.strike);
  const strike = book.strikes.findIndex((row) => row.strike === wanted);
  const row = book.strikes[strike];
  if (row === undefined) throw new Error(`the strike ${plan.strike} is not listed`);
  const call = perUnit(row.mark);
  // A put is worth its call less the discounted forward over the strike, and never less than nothing.
  const put = call - ((forward - row.strike) * discount) / NANO;
  const value = kind === Kind.Call ? call : put > 0n ? put : 0n;
  return { instrument: { market: market.id, expiryHour, strike, kind }, price: value as Price };
}

function marketOf(directory: Directory, file: MigrationFile, symbol: string): Market {
  const id = file.markets.find((market) => market.symbol === symbol)?.id ?? -1;
  const market = directory.markets.get(id);
  if (market === undefined) throw new Error(`the house lists no market ${symbol}`);
  return market.data;
}

function bookOf(directory: Directory, market: Market, expiry: 'near' | 'far'): BookState {
  const books = [...directory.books.values()].filter((book) => book.header.market === market.id);
  const book = books[expiry === 'near' ? 0 : 1];
  if (book === undefined) throw new Error(`market ${market.id} has no ${expiry} expiry`);
  return book;
}

function actorOf(actors: ReadonlyMap<string, Actor>, name: string): Actor {
  const actor = actors.get(name);
  if (actor === undefined) throw new Error(`nobody is called ${name}`);
  return actor;
}
