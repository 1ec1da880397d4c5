/**
 * The keeper's loop: whenever a price, a surface or an account changes it refreshes what is behind, checks every account
 * and liquidates those that can no longer pay.
 */
import { addressesOf, type Connection, type LookupTable, TransactionFailure, type Transactor } from '@novate/client';
import { fetchSysvarClock } from '@solana/sysvars';
import type { Address, TransactionSigner } from '@solana/kit';
import type { Logger } from 'pino';

import { LiveFeeds } from './feeds.js';
import { type FirstSeen, runLiquidation } from './liquidator.js';
import { LiveMirror } from './mirror.js';
import { isCurrent, planRefresh, planSamples, type RefreshBatch } from './refresher.js';
import { type Breach, scan } from './scanner.js';

/** How a keeper is set up. */
export interface KeeperOptions {
  readonly transactor: Transactor;
  readonly owner: TransactionSigner;
  /** The keeper's own margin account, which takes over positions. */
  readonly marginAccount: Address;
  readonly lookupTable: LookupTable;
  readonly log: Logger;
  /** Longest time between two cycles: ages grow even when nothing happens. */
  readonly idleMs?: number;
}

/** Changes come in bursts (a price, then its surfaces): wait this long for the rest of one. */
const SETTLE_MS = 60;
const DEFAULT_IDLE_MS = 10_000;
const RECONNECT_MS = 1_000;
/** Slices of one account in one cycle; each takes as much as the program allows, so that more mean something is wrong. */
const MAX_SLICES = 4;

/** Runs until `stop`. */
export class Keeper {
  readonly #firstSeen = new Map<Address, FirstSeen>();
  readonly #mirror: LiveMirror;
  readonly #feeds: LiveFeeds;
  readonly #connection: Connection;
  #wake: () => void = () => undefined;
  #dirty = true;

  constructor(private readonly options: KeeperOptions) {
    const { connection, commitment } = options.transactor;
    const changed = () => {
      this.#dirty = true;
      this.#wake();
    };
    this.#connection = connection;
    this.#mirror = new LiveMirror(connection, commitment, changed);
    this.#feeds = new LiveFeeds(connection, commitment, changed);
  }

  /** Watches and acts until the signal aborts. A lost websocket is opened again and everything is fetched anew. */
  async run(stop: AbortSignal): Promise<void> {
    const { log, lookupTable } = this.options;
    while (!stop.aborted) {
      const session = new AbortController();
      const either = AbortSignal.any([stop, session.signal]);
      try {
        await this.#mirror.load();
        await lookupTable.add(addressesOf(this.#mirror.directory));
        const following = [this.#mirror.follow(either), this.#feeds.follow(this.#mirror.directory, either)];
        log.info({ event: 'ready', accounts: this.#mirror.accounts.size }, 'watching');
        await Promise.race([...following, this.#cycles(either)]);
      } catch (error) {
        if (!isAborted(stop)) log.error({ event: 'reconnect', err: error }, 'lost the cluster');
      } finally {
        session.abort();
      }
      if (!isAborted(stop)) await sleep(RECONNECT_MS);
    }
  }

  async #cycles(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#changeOrIdle(stop);
      await sleep(SETTLE_MS);
      if (isAborted(stop)) return;
      this.#dirty = false;
      await this.#cycle();
    }
  }

  async #cycle(): Promise<void> {
    const { log, transactor, marginAccount } = this.options;
    const started = performance.now();
    const { unixTimestamp: now, slot } = await fetchSysvarClock(this.#connection.rpc, {
      commitment: transactor.commitment,
    });
    const refreshed = await this.#refresh(now);
    const found = await scan(transactor, this.#mirror, marginAccount, log);
    this.#note(found.breaches, slot);
    for (const breach of found.breaches) await this.#liquidate(breach);
    const { markets, books } = this.#mirror.directory;
    log.info(
      {
        event: 'cycle',
        refreshed,
        checked: found.checked,
        failed_checks: found.failed,
        breaches: found.breaches.length,
        current: isCurrent(this.#mirror.directory, this.#feeds),
        dirty: this.#dirty,
        price_time: oldest([...markets.values()].map((one) => one.data.price.publishTime)),
        surface_time: oldest([...books.values()].map((one) => one.header.surfaceTime)),
        transactions: transactor.counts.succeeded,
        failed_transactions: transactor.counts.failed,
        ms: Math.round(performance.now() - started),
      },
      'cycle',
    );
  }

  /** Refreshes, then samples what is due at the new prices, then refreshes what a moved range left behind. */
  async #refresh(now: bigint): Promise<number> {
    let count = await this.#sendAll(await planRefresh(this.#mirror.directory, this.#feeds, now));
    const sampled = await this.#sendAll(await planSamples(this.#mirror.directory, now));
    count += sampled;
    if (sampled > 0) count += await this.#sendAll(await planRefresh(this.#mirror.directory, this.#feeds, now));
    return count;
  }

  async #sendAll(batches: readonly RefreshBatch[]): Promise<number> {
    const { log, transactor, lookupTable } = this.options;
    if (batches.length === 0) return 0;
    const sent = batches.map(async ({ title, instructions }) => {
      try {
        await transactor.send(title, instructions, { lookupTables: lookupTable.entries });
      } catch (error) {
        if (!(error instanceof TransactionFailure)) throw error;
        log.warn({ event: 'refresh_failed', title, reason: error.reason }, 'refresh failed');
      }
    });
    await Promise.all(sent);
    // Notifications may trail the confirmations; the checks that follow need the result.
    await this.#mirror.load();
    return batches.length;
  }

  /** Starts the clock of new breaches and stops that of those that are over. */
  #note(breaches: readonly Breach[], slot: bigint): void {
    const current = new Set(breaches.map((one) => one.account.address));
    for (const address of this.#firstSeen.keys()) {
      if (!current.has(address)) this.#firstSeen.delete(address);
    }
    for (const { account, report } of breaches) {
      if (this.#firstSeen.has(account.address)) continue;
      this.#firstSeen.set(account.address, { atMs: performance.now(), slot });
      const { equityMm, mm } = report;
      this.options.log.warn(
        { event: 'breach', account: account.address, equity: String(equityMm), mm: String(mm) },
        'below maintenance margin',
      );
    }
  }

  async #liquidate(breach: Breach): Promise<void> {
    const { log, transactor, owner, marginAccount, lookupTable } = this.options;
    const { address } = breach.account;
    const setup = { transactor, owner, marginAccount, lookupTables: lookupTable.entries };
    for (let slice = 0; slice < MAX_SLICES; slice += 1) {
      const firstSeen = this.#firstSeen.get(address);
      if (firstSeen === undefined) return;
      try {
        const outcome = await runLiquidation(setup, this.#mirror, breach, firstSeen);
        log.info({ event: 'liquidation', ...printable(outcome) }, 'liquidated');
        if (!outcome.stillBreached) return;
      } catch (error) {
        if (!(error instanceof TransactionFailure)) throw error;
        log.error({ event: 'liquidation_failed', account: address, reason: error.reason }, 'liquidation failed');
        return;
      }
    }
  }

  async #changeOrIdle(stop: AbortSignal): Promise<void> {
    if (this.#dirty) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stop.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, this.options.idleMs ?? DEFAULT_IDLE_MS);
      stop.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}

function printable(outcome: Awaited<ReturnType<typeof runLiquidation>>): Record<string, unknown> {
  const { event, latencySlots, computeUnits, ...rest } = outcome;
  return {
    ...rest,
    latencySlots: Number(latencySlots),
    computeUnits: Number(computeUnits),
    fraction: String(event?.fraction ?? 0n),
    paid: String(event?.paid ?? 0n),
    incentive: String(event?.incentive ?? 0n),
    equityBefore: String(event?.equityBefore ?? 0n),
    mmBefore: String(event?.mmBefore ?? 0n),
    equityAfter: String(event?.equityAfter ?? 0n),
    mmAfter: String(event?.mmAfter ?? 0n),
  };
}

function oldest(times: readonly bigint[]): number {
  return times.length === 0 ? 0 : Number(times.reduce((a, b) => (a < b ? a : b)));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The signal's state now; asked through a function because it may change while something is awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
