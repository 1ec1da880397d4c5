/**
 * What a local cluster lets a test do and no real one: write any account, move the clock.
 *
 * The demo needs both, for prices (no program of Pyth's is to be had as a binary, so its accounts are written) and for a
 * day that passes in a minute. A cluster that does not know these methods cannot host the demo, and is told apart here.
 */
import type { Connection } from '@novate/client';
import { type Address, getBase16Decoder, type ReadonlyUint8Array } from '@solana/kit';
import { fetchSysvarClock } from '@solana/sysvars';

/** An account to write. */
export interface AccountState {
  readonly lamports: bigint;
  readonly owner: Address;
  readonly data: ReadonlyUint8Array;
}

/** Cheat codes of a Surfpool cluster. */
export class Cheats {
  #sequence = 0;

  constructor(private readonly connection: Connection) {}

  /** @throws Error when the cluster is not one that can be cheated. */
  async require(): Promise<void> {
    await this.#call('surfnet_getSurfnetInfo', []).catch((cause: unknown) => {
      throw new Error(
        `${this.connection.url} has no surfnet_* methods: the demo writes oracle prices and moves the clock, ` +
          'which needs a Surfpool cluster (leave --url away to start one)',
        { cause },
      );
    });
  }

  /** Writes an account as it stands. */
  async setAccount(at: Address, state: AccountState): Promise<void> {
    const update = {
      lamports: Number(state.lamports),
      owner: state.owner,
      data: getBase16Decoder().decode(state.data),
      executable: false,
    };
    await this.#call('surfnet_setAccount', [at, update]);
  }

  /** Funds an address. */
  async setLamports(at: Address, lamports: bigint): Promise<void> {
    await this.#call('surfnet_setAccount', [at, { lamports: Number(lamports) }]);
  }

  /** Moves the clock to a later second; it keeps running from there. */
  async travelTo(unixSeconds: bigint): Promise<void> {
    await this.#call('surfnet_timeTravel', [{ absoluteTimestamp: Number(unixSeconds) * 1000 }]);
  }

  /** Seconds since 1970 by the cluster's own clock. */
  async now(): Promise<bigint> {
    const clock = await fetchSysvarClock(this.connection.rpc, { commitment: 'processed' });
    return clock.unixTimestamp;
  }

  async #call(method: string, params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.connection.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: (this.#sequence += 1), method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }
}
