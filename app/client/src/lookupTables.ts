/** Lookup tables: addresses that many transactions name, kept on chain so that a transaction names each in one byte. */
import { type Address, type AddressesByLookupTableAddress, type TransactionSigner } from '@solana/kit';

import {
  createLookupTableInstruction,
  extendLookupTableInstruction,
  lookupTableAddress,
  MAX_EXTENSION,
} from './addressLookupTable.js';
import type { Transactor } from './transactions.js';

/** A table that its authority can still extend. */
export class LookupTable {
  readonly #addresses: Address[] = [];

  private constructor(
    readonly address: Address,
    private readonly transactor: Transactor,
    private readonly authority: TransactionSigner,
  ) {}

  /** Creates an empty table. */
  static async create(transactor: Transactor, authority: TransactionSigner = transactor.payer): Promise<LookupTable> {
    const recentSlot = await transactor.connection.rpc.getSlot({ commitment: 'finalized' }).send();
    const [table, bump] = await lookupTableAddress(authority.address, recentSlot);
    const create = createLookupTableInstruction({ table, bump, recentSlot, authority });
    await transactor.send('create lookup table', [create]);
    return new LookupTable(table, transactor, authority);
  }

  /** Adds the addresses that the table does not hold yet and waits until they can be used. */
  async add(addresses: readonly Address[]): Promise<void> {
    const known = new Set(this.#addresses);
    const missing = [...new Set(addresses)].filter((one) => !known.has(one));
    if (missing.length === 0) return;
    for (let at = 0; at < missing.length; at += MAX_EXTENSION) {
      const part = missing.slice(at, at + MAX_EXTENSION);
      const extend = extendLookupTableInstruction({ table: this.address, authority: this.authority, addresses: part });
      await this.transactor.send('extend lookup table', [extend]);
      this.#addresses.push(...part);
    }
    await this.#nextSlot();
  }

  /** The form in which transactions take it. */
  get entries(): AddressesByLookupTableAddress {
    return { [this.address]: [...this.#addresses] };
  }

  /** The runtime resolves an address only in slots after the one that added it. */
  async #nextSlot(): Promise<void> {
    const { rpc } = this.transactor.connection;
    const slot = await rpc.getSlot({ commitment: 'processed' }).send();
    while ((await rpc.getSlot({ commitment: 'processed' }).send()) <= slot) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
