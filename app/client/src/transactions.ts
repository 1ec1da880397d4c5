/** Builds, sends, confirms and simulates version 0 transactions, and counts what became of them. */
import {
  type AddressesByLookupTableAddress,
  appendTransactionMessageInstructions,
  type Base64EncodedDataResponse,
  type Commitment,
  compileTransaction,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getBase64Encoder,
  getSignatureFromTransaction,
  type Instruction,
  pipe,
  type ReadonlyUint8Array,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
  assertIsTransactionWithBlockhashLifetime,
  assertIsSendableTransaction,
  type TransactionSigner,
} from '@solana/kit';
import { getSetComputeUnitLimitInstruction } from '@solana-program/compute-budget';

import { sendAndWait, statusesOf } from './confirmation.js';
import type { Connection } from './connection.js';
import { TransactionFailure, failureOf } from './errors.js';

/** Compute units a transaction may ask for. */
export const MAX_COMPUTE_UNITS = 1_400_000;

/** Sends under way at once: enough to hide the round trip, few enough not to drown a small cluster. */
const PARALLEL_SENDS = 16;
const SETTLE_INTERVAL_MS = 200;
const LANDED_ATTEMPTS = 10;
/** After this, a transaction without a status is taken for lost. */
const SETTLE_TIMEOUT_MS = 30_000;

type BlockhashLifetime = Parameters<typeof setTransactionMessageLifetimeUsingBlockhash>[0];
const UNUSED_LIFETIME: BlockhashLifetime = {
  blockhash: '11111111111111111111111111111111' as BlockhashLifetime['blockhash'],
  lastValidBlockHeight: 0n,
};

/** How one transaction is built. */
export interface TransactionOptions {
  /**
   * Compute units to ask for; the most there are when absent, which is fine without priority fees. With null the
   * transaction says nothing of it and gets 200,000 an instruction.
   */
  readonly computeUnitLimit?: number | null;
  /** Lookup tables that may stand in for full addresses. */
  readonly lookupTables?: AddressesByLookupTableAddress;
  /** Pays the fee instead of the transactor's own payer. */
  readonly feePayer?: TransactionSigner;
}

/** A transaction that landed and did what it should. */
export interface Receipt {
  readonly signature: Signature;
  /** Milliseconds from sending to confirmation. */
  readonly latencyMs: number;
}

/** What a transaction left behind. */
export interface Landed {
  readonly slot: bigint;
  readonly computeUnits: bigint;
  readonly logs: readonly string[];
}

/** What a transaction would do. */
export interface Simulation {
  readonly unitsConsumed: bigint;
  readonly logs: readonly string[];
  readonly returnData: ReadonlyUint8Array | undefined;
}

/** Counts over the life of a transactor. */
export interface TransactionCounts {
  /** Transactions that landed and succeeded. */
  readonly succeeded: number;
  /** Transactions that the cluster refused or that failed on it. */
  readonly failed: number;
}

/** Sends transactions for one fee payer over one connection. */
export class Transactor {
  #succeeded = 0;
  #failed = 0;

  constructor(
    readonly connection: Connection,
    readonly payer: TransactionSigner,
    readonly commitment: Commitment = 'confirmed',
  ) {}

  /** What became of the transactions sent so far; simulations do not count. */
  get counts(): TransactionCounts {
    return { succeeded: this.#succeeded, failed: this.#failed };
  }

  /**
   * Sends and waits for confirmation through a websocket subscription.
   *
   * @throws TransactionFailure with the program's own message when the cluster refuses it or it fails.
   */
  async send(label: string, instructions: readonly Instruction[], options: TransactionOptions = {}): Promise<Receipt> {
    const started = performance.now();
    try {
      const transaction = await this.#sign(instructions, options);
      const signature = getSignatureFromTransaction(transaction);
      const { lastValidBlockHeight } = transaction.lifetimeConstraint;
      const outcome = await sendAndWait(this.connection, signature, lastValidBlockHeight, this.commitment, () =>
        this.#submit(transaction, false),
      );
      if (outcome !== null) throw TransactionFailure.fromStatus(label, outcome, await this.#logsOf(signature));
      this.#succeeded += 1;
      return { signature, latencyMs: performance.now() - started };
    } catch (error) {
      this.#failed += 1;
      throw failureOf(label, error);
    }
  }

  /**
   * Sends transactions that do not depend on each other, without the cluster's preliminary simulation, and waits until
   * all are confirmed; those that got lost are sent again. For bulk work such as writing a program's code.
   *
   * @throws TransactionFailure for the first one that fails.
   */
  async sendAll(
    label: string,
    batches: readonly (readonly Instruction[])[],
    options: TransactionOptions = {},
    onProgress: (submitted: number) => void = () => undefined,
  ): Promise<void> {
    let waiting = batches;
    while (waiting.length > 0) {
      let submitted = batches.length - waiting.length;
      const sent = await inParallel(waiting, PARALLEL_SENDS, async (instructions) => {
        const transaction = await this.#sign(instructions, options);
        await this.#submit(transaction, true);
        onProgress((submitted += 1));
        return { instructions, signature: getSignatureFromTransaction(transaction) };
      });
      waiting = await this.#settle(label, sent);
    }
  }

  /**
   * Runs a transaction without sending it.
   *
   * @throws TransactionFailure when it would fail.
   */
  async simulate(
    label: string,
    instructions: readonly Instruction[],
    options: TransactionOptions = {},
  ): Promise<Simulation> {
    // Neither a signature nor a living blockhash is needed to simulate, which saves a round trip.
    const message = this.#message(instructions, options, UNUSED_LIFETIME);
    const { value } = await this.connection.rpc
      .simulateTransaction(getBase64EncodedWireTransaction(compileTransaction(message)), {
        encoding: 'base64',
        commitment: this.commitment,
        sigVerify: false,
        replaceRecentBlockhash: true,
      })
      .send();
    const logs = value.logs ?? [];
    if (value.err !== null) throw TransactionFailure.fromStatus(label, value.err, logs);
    return { unitsConsumed: value.unitsConsumed ?? 0n, logs, returnData: bytesOf(value.returnData?.data) };
  }

  /** What a transaction that landed left behind. @throws Error when the cluster does not know it. */
  async landed(signature: Signature): Promise<Landed> {
    // The history of a cluster may trail its confirmations a little.
    for (let attempt = 0; attempt < LANDED_ATTEMPTS; attempt += 1) {
      const found = await this.connection.rpc
        .getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0, encoding: 'base64' })
        .send();
      if (found !== null) {
        const { meta, slot } = found;
        return { slot, computeUnits: meta?.computeUnitsConsumed ?? 0n, logs: meta?.logMessages ?? [] };
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL_MS));
    }
    throw new Error(`the cluster does not know the transaction ${signature}`);
  }

  /** Waits for sent transactions; gives back the instructions of those that did not show up in time. */
  async #settle(
    label: string,
    sent: readonly { instructions: readonly Instruction[]; signature: Signature }[],
  ): Promise<readonly (readonly Instruction[])[]> {
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    let left = sent;
    while (left.length > 0 && Date.now() < deadline) {
      const signatures = left.map((one) => one.signature);
      const outcomes = await statusesOf(this.connection, signatures, this.commitment);
      const failed = outcomes.findIndex((outcome) => outcome !== undefined && outcome !== null);
      this.#succeeded += outcomes.filter((outcome) => outcome === null).length;
      const bad = left[failed];
      if (bad !== undefined) {
        this.#failed += 1;
        throw TransactionFailure.fromStatus(label, outcomes[failed], await this.#logsOf(bad.signature));
      }
      left = left.filter((_, index) => outcomes[index] === undefined);
      if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL_MS));
    }
    return left.map((one) => one.instructions);
  }

  #submit(transaction: Parameters<typeof getBase64EncodedWireTransaction>[0], skipPreflight: boolean) {
    return this.connection.rpc
      .sendTransaction(getBase64EncodedWireTransaction(transaction), {
        encoding: 'base64',
        preflightCommitment: this.commitment,
        skipPreflight,
      })
      .send();
  }

  /** The log of a failed transaction, for its message; without it the error number has to do. */
  async #logsOf(signature: Signature): Promise<readonly string[]> {
    return this.landed(signature).then(
      ({ logs }) => logs,
      () => [],
    );
  }

  async #sign(instructions: readonly Instruction[], options: TransactionOptions) {
    const { value: lifetime } = await this.connection.rpc.getLatestBlockhash({ commitment: this.commitment }).send();
    const transaction = await signTransactionMessageWithSigners(this.#message(instructions, options, lifetime));
    assertIsTransactionWithBlockhashLifetime(transaction);
    assertIsSendableTransaction(transaction);
    return transaction;
  }

  #message(instructions: readonly Instruction[], options: TransactionOptions, lifetime: BlockhashLifetime) {
    const all = [...limitInstructions(options.computeUnitLimit), ...instructions];
    return pipe(
      createTransactionMessage({ version: 0 }),
      (draft) => setTransactionMessageFeePayerSigner(options.feePayer ?? this.payer, draft),
      (draft) => setTransactionMessageLifetimeUsingBlockhash(lifetime, draft),
      (draft) => appendTransactionMessageInstructions(all, draft),
      (draft) => compressTransactionMessageUsingAddressLookupTables(draft, options.lookupTables ?? {}),
    );
  }
}

function limitInstructions(units: number | null = MAX_COMPUTE_UNITS): readonly Instruction[] {
  return units === null ? [] : [getSetComputeUnitLimitInstruction({ units })];
}

function bytesOf(data: Base64EncodedDataResponse | undefined): ReadonlyUint8Array | undefined {
  return data === undefined ? undefined : getBase64Encoder().encode(data[0]);
}

async function inParallel<In, Out>(items: readonly In[], width: number, run: (item: In) => Promise<Out>) {
  const results: Out[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
