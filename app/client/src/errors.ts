/** Turns what a cluster says about a failed transaction into the sentence that the program's authors wrote for it. */
import {
  isSolanaError,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
} from '@solana/kit';

import { type ClearingHouseError, getClearingHouseErrorMessage } from './generated/index.js';

/** A transaction that was refused or failed, with the reason in words. */
export class TransactionFailure extends Error {
  override readonly name = 'TransactionFailure';

  constructor(
    /** What the transaction was for. */
    readonly label: string,
    /** Why it failed. */
    readonly reason: string,
    /** The program's error number, when a program refused. */
    readonly code: number | undefined,
    /** The program's log, when the cluster gave it. */
    readonly logs: readonly string[],
    cause?: unknown,
  ) {
    super(`${label}: ${reason}`, { cause });
  }

  /** A failure from the `err` and `logs` of a simulation or of a landed transaction. */
  static fromStatus(label: string, err: unknown, logs: readonly string[]): TransactionFailure {
    const code = customCodeOf(err);
    const reason = reasonInLogs(logs) ?? (code === undefined ? printed(err) : messageOf(code));
    return new TransactionFailure(label, reason, code, logs, err);
  }
}

/** The failure behind any error that sending a transaction can throw. */
export function failureOf(label: string, error: unknown): TransactionFailure {
  if (error instanceof TransactionFailure) return error;
  const logs = logsOf(error);
  const code = codeOf(error);
  const message = error instanceof Error ? innermostMessage(error) : String(error);
  return new TransactionFailure(label, reasonInLogs(logs) ?? message, code, logs, error);
}

/**
 * What a command line prints of an error: a refused transaction with its log and a wrong option explain themselves, and a
 * stack would only hide the sentence; anything else is a fault of ours and keeps its stack.
 */
export function describeError(error: unknown): string {
  if (error instanceof TransactionFailure) return [error.message, ...error.logs].join('\n  ');
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('ERR_PARSE_ARGS') || error instanceof RangeError) return `${error.message} (see --help)`;
  return error.stack ?? error.message;
}

/** The clearing house's message for an error number. Anchor numbers a program's own errors from 6000. */
export function messageOf(code: number): string {
  const message = getClearingHouseErrorMessage(code as ClearingHouseError) as string | undefined;
  return message ?? `program error ${code}`;
}

/** The last Anchor error that a log reports: its message without the name and number, or undefined. */
export function reasonInLogs(logs: readonly string[]): string | undefined {
  for (const line of logs.toReversed()) {
    const anchor = /AnchorError .*?Error Code: (\w+)\..*?Error Message: (.*?)\.?$/.exec(line);
    if (anchor !== null) return `${anchor[2] ?? ''} (${anchor[1] ?? ''})`;
    const failed = /^Program \w+ failed: (?!custom program error)(.*)$/.exec(line);
    if (failed !== null) return failed[1];
  }
  return undefined;
}

function logsOf(error: unknown): readonly string[] {
  if (!isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE)) return [];
  return error.context.logs ?? [];
}

function codeOf(error: unknown): number | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isSolanaError(at, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM)) return at.context.code;
  }
  return undefined;
}

function innermostMessage(error: Error): string {
  let message = error.message;
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) message = at.message;
  return message;
}

function customCodeOf(err: unknown): number | undefined {
  if (typeof err !== 'object' || err === null || !('InstructionError' in err)) return undefined;
  const detail: unknown = Array.isArray(err.InstructionError) ? err.InstructionError[1] : undefined;
  if (typeof detail !== 'object' || detail === null || !('Custom' in detail)) return undefined;
  return Number(detail.Custom);
}

function printed(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}
