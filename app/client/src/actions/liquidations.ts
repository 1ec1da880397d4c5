/** Takes over a share of an account that is below maintenance margin. */
import { type Instruction, some, none, type TransactionSigner } from '@solana/kit';

import type { MarginAccountState } from '../accounts.js';
import type { Directory } from '../directory.js';
import { getLiquidateInstruction } from '../generated/index.js';
import { marginMetas, marginNeeds, nettingMetas } from '../marginAccounts.js';
import { NANO } from '../units.js';
import { withRemaining } from './accounts.js';

/** A liquidation. */
export interface Liquidation {
  readonly liquidator: MarginAccountState;
  readonly account: MarginAccountState;
  /** Largest share to take over in nanos; all when absent. The program takes less if that reaches the target. */
  readonly maxFraction?: bigint;
  /** For each market that the account touches, ascending, the row that proves the breach; searched for when absent. */
  readonly witness?: readonly number[];
}

/** Liquidates; `owner` owns the liquidator's margin account. */
export async function liquidate(
  directory: Directory,
  owner: TransactionSigner,
  liquidation: Liquidation,
): Promise<Instruction> {
  const { liquidator, account, maxFraction = NANO, witness } = liquidation;
  const instruction = getLiquidateInstruction({
    owner,
    house: directory.house.address,
    liquidator: liquidator.address,
    account: account.address,
    maxFraction,
    witness: witness === undefined ? none() : some(Uint8Array.from(witness)),
  });
  const needs = marginNeeds(directory, [liquidator, account]);
  const netting = await nettingMetas(liquidator, account);
  return withRemaining(instruction, [...marginMetas(directory, needs), ...netting]);
}
