/** Sums all margin accounts against the vaults: what the house owes must be what it holds, to the last atom. */
import {
  type Directory,
  fetchProgramAccounts,
  instrumentOf,
  isOption,
  MARGIN_ACCOUNT_DISCRIMINATOR,
  type MarginAccountState,
  readMarginAccount,
  type Transactor,
} from '@novate/client';
import { fetchToken } from '@solana-program/token';

/** A token's vault against what accounts have in it, in atoms. */
export interface MintBalance {
  readonly symbol: string;
  readonly vault: bigint;
  readonly owed: bigint;
}

/** All balances; cash is the quote token's. */
export interface Balances {
  readonly cash: MintBalance;
  readonly collaterals: readonly MintBalance[];
  /** Margin accounts that were summed. */
  readonly accounts: number;
}

/**
 * Balances every vault. Cash that the house owes is the sum of all cash less what open futures and perpetuals cost: the
 * profit of a closed position is in cash already, that of an open one is not, and its cost is what lies between.
 */
export async function balance(
  transactor: Transactor,
  directory: Directory,
  symbolOf: (index: number) => string,
): Promise<Balances> {
  const { connection, commitment } = transactor;
  const encoded = await fetchProgramAccounts(connection, MARGIN_ACCOUNT_DISCRIMINATOR, commitment);
  const accounts = encoded.map(readMarginAccount);
  const balances = await Promise.all(
    [...directory.collaterals.values()].map(async ({ data }) => {
      const vault = await fetchToken(connection.rpc, data.vault, { commitment });
      const owed = data.isQuote === 1 ? sum(accounts.map(cashOf)) : sum(accounts.map((one) => heldOf(one, data.index)));
      return { isQuote: data.isQuote === 1, symbol: symbolOf(data.index), vault: vault.data.amount, owed };
    }),
  );
  const cash = balances.find((one) => one.isQuote);
  if (cash === undefined) throw new Error('the quote token is not listed');
  return { cash, collaterals: balances.filter((one) => !one.isQuote), accounts: accounts.length };
}

/** Cash of an account, less the cost of its open futures and perpetuals. */
export function cashOf({ header, legs }: Pick<MarginAccountState, 'header' | 'legs'>): bigint {
  const open = legs.filter((leg) => !isOption(instrumentOf(leg.key).kind));
  return header.cash - sum(open.map((leg) => leg.cost));
}

function heldOf({ header }: MarginAccountState, index: number): bigint {
  return sum(header.holdings.filter((slot) => slot.index === index).map((slot) => slot.amount));
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
