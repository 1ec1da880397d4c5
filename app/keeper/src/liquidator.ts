/** Liquidates one account and says what came of it. */
import {
  checkMargin,
  describeRow,
  fetchMarginAccounts,
  isLiquidatable,
  liquidate,
  type Liquidated,
  liquidationsIn,
  type MarginReport,
  type Transactor,
  witnessOf,
} from '@novate/client';
import { type Address, type AddressesByLookupTableAddress, type TransactionSigner } from '@solana/kit';

import type { Mirror } from './mirror.js';
import type { Breach } from './scanner.js';

/** When a breach was first seen here. */
export interface FirstSeen {
  readonly atMs: number;
  readonly slot: bigint;
}

/** A row of a market's grid that a liquidation named as proof. */
export interface WitnessRow {
  readonly market: number;
  readonly row: number;
  /** Such as "-20.0 % vol up". */
  readonly words: string;
}

/** A liquidation that landed. */
export interface LiquidationOutcome {
  readonly account: Address;
  readonly signature: string;
  /** From the first sight of the breach to confirmation. */
  readonly latencyMs: number;
  readonly latencySlots: bigint;
  readonly computeUnits: bigint;
  readonly event: Liquidated | undefined;
  /** The row of each market that proved the breach. */
  readonly witness: readonly WitnessRow[];
  /** Whether the account is still below maintenance margin. */
  readonly stillBreached: boolean;
}

/** Who liquidates, and with what. */
export interface LiquidatorSetup {
  readonly transactor: Transactor;
  /** Owns the liquidator's margin account. */
  readonly owner: TransactionSigner;
  readonly marginAccount: Address;
  readonly lookupTables: AddressesByLookupTableAddress;
}

/** Takes over as much of the account as the program lets it, with the witness of the breach's own report. */
export async function runLiquidation(
  setup: LiquidatorSetup,
  mirror: Mirror,
  breach: Breach,
  firstSeen: FirstSeen,
): Promise<LiquidationOutcome> {
  const { transactor, owner, marginAccount, lookupTables } = setup;
  const addresses = [marginAccount, breach.account.address] as const;
  const [liquidator, account] = await fetchMarginAccounts(transactor.connection, addresses, transactor.commitment);
  if (liquidator === undefined || account === undefined) throw new Error('a margin account vanished');
  const witness = witnessOf(breach.report);
  const instruction = await liquidate(mirror.directory, owner, { liquidator, account, witness });
  const receipt = await transactor.send(`liquidate ${account.address}`, [instruction], { lookupTables });
  const latencyMs = performance.now() - firstSeen.atMs;
  const landed = await transactor.landed(receipt.signature);
  const [after] = await fetchMarginAccounts(transactor.connection, [account.address], transactor.commitment);
  const report = after === undefined ? undefined : await checkMargin(transactor, mirror.directory, after);
  return {
    account: account.address,
    signature: receipt.signature,
    latencyMs,
    latencySlots: landed.slot - firstSeen.slot,
    computeUnits: landed.computeUnits,
    event: liquidationsIn(landed.logs)[0],
    witness: witnessRows(mirror, breach.report),
    stillBreached: report !== undefined && isLiquidatable(report),
  };
}

function witnessRows(mirror: Mirror, report: MarginReport): WitnessRow[] {
  return report.markets.map(({ market, worstRow: row }) => {
    const listed = mirror.directory.markets.get(market);
    return { market, row, words: listed === undefined ? `row ${row}` : describeRow(listed.data, row) };
  });
}
