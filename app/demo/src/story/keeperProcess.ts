/** The keeper as the separate process that it is, seen through its log. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Connection } from '@novate/client';

/** A liquidation that the keeper reports. */
export interface KeeperLiquidation {
  /** Name of the account where it is known, else its address. */
  readonly account: string;
  readonly latencyMs: number;
  readonly latencySlots: number;
  readonly computeUnits: number;
  /** Nanos. */
  readonly fraction: bigint;
  /** The row of each market that proved the breach, in words. */
  readonly worstScenario: string;
  /** Quote atoms. */
  readonly incentive: bigint;
}

/** What addresses and market numbers are called here. */
export interface Names {
  account(address: string): string;
  market(id: number): string;
}

type LogLine = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 45_000;
const STOP_TIMEOUT_MS = 5_000;

/** A running keeper. */
export class KeeperProcess {
  readonly liquidations: KeeperLiquidation[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #log: WriteStream;
  readonly #lines: LogLine[] = [];
  #waiting: (() => void)[] = [];
  #exited = false;

  constructor(
    connection: Connection,
    keypairFile: string,
    logFile: string,
    private readonly names: Names,
  ) {
    const entry = fileURLToPath(import.meta.resolve('@novate/keeper/main'));
    const options = ['--keypair', keypairFile, '--url', connection.url, '--ws', connection.wsUrl];
    this.#child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, ...options]);
    this.#log = createWriteStream(logFile);
    this.#child.stderr.pipe(this.#log, { end: false });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    this.#child.once('exit', () => {
      this.#exited = true;
      this.#wake();
    });
  }

  /** Waits until the keeper watches. */
  async ready(): Promise<void> {
    await this.#until(() => this.#lines.some((line) => line['event'] === 'ready'), 'to start');
  }

  /**
   * Waits for a cycle that saw prices and surfaces of at least this time (seconds since 1970), found all of it refreshed
   * and nobody left to liquidate.
   */
  async settled(since: bigint): Promise<void> {
    const calm = (line: LogLine) =>
      line['event'] === 'cycle' &&
      Number(line['price_time']) >= Number(since) &&
      Number(line['surface_time']) >= Number(since) &&
      line['current'] === true &&
      line['breaches'] === 0 &&
      line['failed_checks'] === 0;
    await this.#until(() => this.#lines.some(calm), `to settle at ${since}`);
  }

  /** Transactions that it has sent so far. */
  get counts(): { readonly succeeded: number; readonly failed: number } {
    const last = this.#lines.findLast((line) => 'transactions' in line);
    return { succeeded: Number(last?.['transactions'] ?? 0), failed: Number(last?.['failed_transactions'] ?? 0) };
  }

  /** Ends it and waits for its last word. */
  async stop(): Promise<void> {
    if (!this.#exited) {
      this.#child.kill('SIGTERM');
      const deadline = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await new Promise((resolve) => this.#child.once('close', resolve));
      clearTimeout(deadline);
    }
    this.#log.end();
  }

  #take(text: string): void {
    this.#log.write(`${text}\n`);
    let line: LogLine;
    try {
      line = JSON.parse(text) as LogLine;
    } catch {
      return;
    }
    this.#lines.push(line);
    if (line['event'] === 'liquidation') this.liquidations.push(this.#liquidation(line));
    this.#wake();
  }

  #liquidation(line: LogLine): KeeperLiquidation {
    const rows = line['witness'] as readonly { readonly market: number; readonly words: string }[];
    return {
      account: this.names.account(String(line['account'])),
      latencyMs: Number(line['latencyMs']),
      latencySlots: Number(line['latencySlots']),
      computeUnits: Number(line['computeUnits']),
      fraction: BigInt(String(line['fraction'])),
      worstScenario: rows.map(({ market, words }) => `${this.names.market(market)} ${words}`).join('; '),
      incentive: BigInt(String(line['incentive'])),
    };
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!condition()) {
      const left = deadline - Date.now();
      if (this.#exited || left <= 0) {
        const tail = this.#lines.slice(-5).map((line) => JSON.stringify(line));
        throw new Error(
          `the keeper ${this.#exited ? 'ended' : `took too long ${what}`}; its last lines:\n${tail.join('\n')}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}
