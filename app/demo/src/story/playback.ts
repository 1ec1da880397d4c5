/** Plays a day's prices on a cluster: moves the clock, publishes volatility surfaces, then oracle prices. */
import {
  type BookState,
  type Directory,
  HOUR_SECONDS,
  type LookupTable,
  publishSurface,
  type Transactor,
} from '@novate/client';
import type { MigrationFile } from '@novate/migrate';
import { type KeyPairSigner } from '@solana/kit';

import type { Cheats } from '../cluster/cheats.js';
import { LocalOracle, type Quotation } from '../market/oracle.js';
import type { PathStep } from '../market/path.js';
import { surfaceAround } from '../market/surface.js';

/** At-the-money volatility at the start of the day, for the nearest expiry and for later ones. */
const START_VOLATILITY: Readonly<Record<string, readonly [near: number, far: number]>> = {
  BTC: [0.42, 0.44],
  ETH: [0.66, 0.68],
  SOL: [0.78, 0.8],
};
/** SOL that a staked token is redeemed for. */
const STAKE_RATE = 1.228;
const STAKED_SYMBOL = 'JitoSOL';
const SURFACE_DEADLINE_SECONDS = 60n;
/** How far publishers lie apart, as a share of volatility. */
const PUBLISHER_SPREAD = 0.01;

/** What a playback needs. */
export interface PlaybackSetup {
  readonly cheats: Cheats;
  readonly transactor: Transactor;
  /** They see about the same; the house takes what two of them agree on. */
  readonly publishers: readonly KeyPairSigner[];
  readonly file: MigrationFile;
  readonly directory: Directory;
  readonly lookupTable: LookupTable;
}

/** The day's prices and volatilities on a cluster. */
export class Playback {
  readonly #oracle: LocalOracle;
  #last = 0n;

  constructor(private readonly setup: PlaybackSetup) {
    this.#oracle = new LocalOracle(setup.cheats);
  }

  /** Lets `seconds` pass, then shows a step of the path; returns the time of its prices, seconds since 1970. */
  async show(step: PathStep, seconds = 0): Promise<bigint> {
    const { cheats } = this.setup;
    if (seconds > 0) await cheats.travelTo((await cheats.now()) + BigInt(seconds));
    const now = await cheats.now();
    // Surfaces must be newer than the ones before, also within one second of the clock.
    const time = now > this.#last ? now : this.#last + 1n;
    this.#last = time;
    await this.#publishSurfaces(step, time);
    await this.#oracle.publish(this.#quotations(step), time);
    return time;
  }

  async #publishSurfaces(step: PathStep, time: bigint): Promise<void> {
    const { transactor, publishers, directory, lookupTable } = this.setup;
    const books = [...directory.books.values()];
    for (const [at, publisher] of publishers.entries()) {
      const factor = step.volatility * (1 + PUBLISHER_SPREAD * (at - (publishers.length - 1) / 2));
      const surfaces = books.map((book) => {
        const tau = book.header.expiryHour * HOUR_SECONDS - Number(time);
        const surface = surfaceAround(this.#volatility(book) * factor, tau);
        return publishSurface(publisher, book, surface, time, time + SURFACE_DEADLINE_SECONDS);
      });
      const instructions = await Promise.all(surfaces);
      await transactor.send('publish surfaces', instructions, { lookupTables: lookupTable.entries });
    }
  }

  #volatility({ header }: BookState): number {
    const { file, directory } = this.setup;
    const symbol = file.markets.find((market) => market.id === header.market)?.symbol ?? '';
    const [near, far] = START_VOLATILITY[symbol] ?? [0.6, 0.6];
    const hours = [...directory.books.values()].filter((one) => one.header.market === header.market);
    const first = Math.min(...hours.map((one) => one.header.expiryHour));
    return header.expiryHour === first ? near : far;
  }

  #quotations(step: PathStep): Quotation[] {
    const { file } = this.setup;
    const feeds = new Map<string, bigint>();
    for (const { symbol, oracle } of file.markets) feeds.set(oracle.feed, priceIn(step, symbol));
    for (const { symbol, oracle } of file.collaterals) {
      if (oracle === undefined || feeds.has(oracle.feed)) continue;
      if (symbol !== STAKED_SYMBOL) throw new Error(`the playback has no price for ${symbol}`);
      feeds.set(oracle.feed, BigInt(Math.round(Number(priceIn(step, 'SOL')) * STAKE_RATE)));
    }
    return [...feeds].map(([feedId, price]) => ({ feedId, price, confidence: step.confidence }));
  }
}

function priceIn(step: PathStep, symbol: string): bigint {
  const price = step.prices.get(symbol);
  if (price === undefined) throw new Error(`the path has no price for ${symbol}`);
  return price;
}
