/**
 * What an account is worth and needs, by the program's own arithmetic: the client simulates `check_margin` and computes
 * nothing itself, so that there is one implementation of the risk.
 */
import { type Instruction } from '@solana/kit';

import { withRemaining } from './actions/accounts.js';
import type { MarginAccountState } from './accounts.js';
import type { Directory } from './directory.js';
import {
  getCheckMarginInstruction,
  getMarginReportDecoder,
  type Market,
  type MarginReport,
} from './generated/index.js';
import { marginMetas, marginNeeds } from './marginAccounts.js';
import { NANO } from './units.js';
import type { Transactor } from './transactions.js';

/** How a check is made. */
export interface CheckOptions {
  /** Whether to add up what the positions would need one by one, too. */
  readonly withStatic?: boolean;
  /** Instructions to run first, such as refreshes. */
  readonly before?: readonly Instruction[];
}

/** The instruction that {@link checkMargin} simulates. */
export function checkMarginInstruction(
  directory: Directory,
  account: MarginAccountState,
  withStatic: boolean,
): Instruction {
  const instruction = getCheckMarginInstruction({ marginAccount: account.address, withStatic });
  return withRemaining(instruction, marginMetas(directory, marginNeeds(directory, [account])));
}

/** Margin and equity of an account. @throws TransactionFailure when prices or arrays are stale, among others. */
export async function checkMargin(
  transactor: Transactor,
  directory: Directory,
  account: MarginAccountState,
  options: CheckOptions = {},
): Promise<MarginReport> {
  const instruction = checkMarginInstruction(directory, account, options.withStatic ?? false);
  const { returnData } = await transactor.simulate('check margin', [...(options.before ?? []), instruction]);
  if (returnData === undefined)
    throw new Error('check_margin returned nothing: is the program the one of this client?');
  return getMarginReportDecoder().decode(returnData);
}

/** Whether anybody may liquidate the account. */
export const isLiquidatable = (report: MarginReport): boolean => report.equityMm < report.mm;

/** For each market that the account touches, ascending, its worst row: what `liquidate` takes as proof. */
export const witnessOf = (report: MarginReport): number[] => report.markets.map((market) => market.worstRow);

/** A row of a market's grid in words, such as "-16.0 % vol up". */
export function describeRow(market: Market, row: number): string {
  const shock = market.risk.shocks[row];
  if (shock === undefined) return `row ${row}`;
  const move = Number((shock.k * 1_000n) / NANO) / 10;
  return `${move > 0 ? '+' : ''}${move.toFixed(1)} % vol ${['up', 'flat', 'down'][shock.vol] ?? '?'}`;
}
