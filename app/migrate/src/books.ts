/** Which expiries a file asks for, given the time and what is listed already. */
import { HOUR_SECONDS } from '@novate/client';

import type { OnChain } from './chain.js';
import { BadMigration, type BookEntry, type MarketEntry } from './schema.js';

/** A book to list. */
export interface MissingBook {
  readonly expiryHour: number;
  readonly strikes: readonly bigint[];
}

const DAY_SECONDS = 86_400;

/** What has to be listed of a market, and what contradicts the file. */
export interface BookPlan {
  readonly missing: readonly MissingBook[];
  readonly conflicts: readonly string[];
}

/**
 * Matches a market's entries with the listed books.
 *
 * An entry with a fixed time stands for the book of that hour. An entry in days is met by a live book with the same
 * strikes that expires no later than a new one would: the one that an earlier run listed.
 */
export function planBooks(market: MarketEntry, chain: OnChain, now: bigint): BookPlan {
  const missing: MissingBook[] = [];
  const conflicts: string[] = [];
  const free = chain.books
    .filter(({ header }) => header.market === market.id && BigInt(header.expiryHour * HOUR_SECONDS) > now)
    .sort((a, b) => a.header.expiryHour - b.header.expiryHour);
  market.books.forEach((entry, at) => {
    const path = `markets.${market.symbol}.books[${at}]`;
    const expiryHour = expiryHourOf(entry, path, now);
    const strikes: readonly bigint[] = entry.strikes;
    const match = free.findIndex(({ header, strikes: listed }) => {
      if ('at' in entry.expires) return header.expiryHour === expiryHour;
      return (
        header.expiryHour <= expiryHour &&
        equal(
          strikes,
          listed.map((one) => one.strike),
        )
      );
    });
    const [found] = match === -1 ? [] : free.splice(match, 1);
    if (found === undefined) missing.push({ expiryHour, strikes });
    else if (
      !equal(
        strikes,
        found.strikes.map((one) => one.strike),
      )
    ) {
      conflicts.push(`${path}.strikes: the file and the chain list different strikes`);
    }
  });
  return { missing, conflicts };
}

function expiryHourOf(entry: BookEntry, path: string, now: bigint): number {
  if ('days' in entry.expires) {
    return Math.ceil((Number(now) + entry.expires.days * DAY_SECONDS) / HOUR_SECONDS);
  }
  const seconds = Date.parse(entry.expires.at) / 1_000;
  if (seconds % HOUR_SECONDS !== 0) throw new BadMigration(`${path}.expires.at: must be on a full hour`);
  return seconds / HOUR_SECONDS;
}

function equal(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
