/** Waits for transactions by websocket, with polling beside it in case the notification is lost. */
import { type Commitment, commitmentComparator, type Signature, type TransactionError } from '@solana/kit';

import type { Connection } from './connection.js';

/** How long to rely on the websocket before asking for the status as well. */
const POLL_INTERVAL_MS = 500;
/** Signatures that one status request may name. */
const MAX_STATUSES = 256;

/** What became of a transaction: its error, or null when it succeeded. */
export type Outcome = TransactionError | null;

/** A transaction whose blockhash expired before anybody included it. */
export class TransactionExpired extends Error {
  override readonly name = 'TransactionExpired';

  constructor(readonly signature: Signature) {
    super('its blockhash expired before it was included: send it again');
  }
}

/**
 * Subscribes to a signature, then sends, then waits. In this order the notification cannot be missed, however fast the
 * cluster is.
 *
 * @throws TransactionExpired when the blockhash ran out, and whatever `send` throws.
 */
export async function sendAndWait(
  connection: Connection,
  signature: Signature,
  lastValidBlockHeight: bigint,
  commitment: Commitment,
  send: () => Promise<unknown>,
): Promise<Outcome> {
  const stop = new AbortController();
  try {
    const notifications = await connection.rpcSubscriptions
      .signatureNotifications(signature, { commitment })
      .subscribe({ abortSignal: stop.signal });
    const notified = (async (): Promise<Outcome> => {
      for await (const { value } of notifications) {
        if (typeof value === 'object') return value.err;
      }
      return new Promise(() => undefined);
    })();
    // A dropped websocket ends in polling, not in an unhandled rejection.
    const heard = notified.catch(() => new Promise<Outcome>(() => undefined));
    await send();
    return await Promise.race([heard, poll(connection, signature, lastValidBlockHeight, commitment, stop.signal)]);
  } finally {
    stop.abort();
  }
}

/** Statuses of many signatures, in their order; undefined for those that the cluster does not know at `commitment`. */
export async function statusesOf(
  connection: Connection,
  signatures: readonly Signature[],
  commitment: Commitment,
): Promise<(Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = [];
  for (let at = 0; at < signatures.length; at += MAX_STATUSES) {
    const { value } = await connection.rpc.getSignatureStatuses(signatures.slice(at, at + MAX_STATUSES)).send();
    for (const status of value) {
      const reached = status?.confirmationStatus ?? null;
      const enough = reached !== null && commitmentComparator(reached, commitment) >= 0;
      outcomes.push(enough ? (status?.err ?? null) : undefined);
    }
  }
  return outcomes;
}

async function poll(
  connection: Connection,
  signature: Signature,
  lastValidBlockHeight: bigint,
  commitment: Commitment,
  stop: AbortSignal,
): Promise<Outcome> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    if (stop.aborted) return null;
    const height = await connection.rpc.getBlockHeight({ commitment: 'confirmed' }).send();
    const [outcome] = await statusesOf(connection, [signature], commitment);
    if (outcome !== undefined) return outcome;
    if (height > lastValidBlockHeight) throw new TransactionExpired(signature);
  }
}
