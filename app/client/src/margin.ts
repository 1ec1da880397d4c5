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
  getPreviewTradeInstruction,
  type Market,
  type MarginReport,
} from './generated/index.js';
import type { Instrument } from './instruments.js';
import { marginMetas, marginNeeds } from './marginAccounts.js';
import { marketAddress } from './pdas.js';
import { type Lots, NANO, type Price } from './units.js';
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

/** A trade that has not happened, for one of its sides. */
export interface Candidate {
  readonly instrument: Instrument;
  /** Positive. */
  readonly lots: Lots;
  /** Per unit of underlying: an option's premium, a future's or perpetual's price. */
  readonly price: Price;
  readonly buys: boolean;
}

/**
 * Margin and equity that an account would have after a trade; it passes iff {@link meetsInitialMargin} of it.
 * @throws TransactionFailure when prices, surfaces or arrays are stale, or the instrument is not listed.
 */
export async function previewTrade(
  transactor: Transactor,
  directory: Directory,
  account: MarginAccountState,
  candidate: Candidate,
): Promise<MarginReport> {
  const { instrument, lots, price, buys } = candidate;
  const instruction = getPreviewTradeInstruction({
    marginAccount: account.address,
    market: await marketAddress(instrument.market),
    trade: { ...instrument, lots, price },
    buys,
  });
  const metas = marginMetas(directory, marginNeeds(directory, [account], [instrument]));
  const { returnData } = await transactor.simulate('preview trade', [withRemaining(instruction, metas)]);
  if (returnData === undefined)
    throw new Error('preview_trade returned nothing: is the program the one of this client?');
  return getMarginReportDecoder().decode(returnData);
}

/** Whether the account may trade. */
export const meetsInitialMargin = (report: MarginReport): boolean => report.equityIm >= report.im;

/** Whether anybody may liquidate the account. */
export const isLiquidatable = (report: MarginReport): boolean => report.equityMm < report.mm;

/**
 * For each market that the account touches, ascending, its worst row, and then one for each group of these that has an
 * offset: what `liquidate` takes as proof.
 */
export const witnessOf = (report: MarginReport): number[] => [
  ...report.markets.map((market) => market.worstRow),
  ...report.jointRows,
];

/** A row of a market's grid in words, such as "-16.0 % vol up". */
export function describeRow(market: Market, row: number): string {
  const shock = market.risk.shocks[row];
  if (shock === undefined) return `row ${row}`;
  const move = Number((shock.k * 1_000n) / NANO) / 10;
  return `${move > 0 ? '+' : ''}${move.toFixed(1)} % vol ${['up', 'flat', 'down'][shock.vol] ?? '?'}`;
}
