/** The report for machines: target/demo/report.json. Money in USDC, vault figures in the token's atoms. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { NANO_DECIMALS, QUOTE_DECIMALS, toNumber } from '@novate/client';

import type { MintBalance } from '../story/conservation.js';
import type { HaircutStory } from '../story/haircut.js';
import type { KeeperLiquidation } from '../story/keeperProcess.js';
import type { AccountMargin, KeptAlive } from '../story/margins.js';

/** What a run found. */
export interface Findings {
  readonly accounts: readonly AccountMargin[];
  readonly transactions: number;
  readonly failedTransactions: number;
  readonly liquidations: readonly KeeperLiquidation[];
  readonly keptAlive: readonly KeptAlive[];
  readonly haircut: HaircutStory;
  readonly cash: MintBalance;
  readonly collaterals: readonly MintBalance[];
  readonly seconds: number;
}

const usdc = (atoms: bigint): number => toNumber(atoms, QUOTE_DECIMALS);
const fraction = (nanos: bigint): number => toNumber(nanos, NANO_DECIMALS);

/** The report as plain JSON. */
export function reportOf(findings: Findings): Record<string, unknown> {
  const { haircut, cash } = findings;
  return {
    accounts: findings.accounts.map(({ name, report }) => ({
      name,
      equity: usdc(report.equityIm),
      static_margin: usdc(report.staticIm),
      portfolio_margin: usdc(report.im),
      efficiency: report.im === 0n ? null : Number((Number(report.staticIm) / Number(report.im)).toFixed(4)),
    })),
    transactions: findings.transactions,
    failed_transactions: findings.failedTransactions,
    liquidations: findings.liquidations.map((one) => ({
      account: one.account,
      latency_ms: Math.round(one.latencyMs),
      latency_slots: one.latencySlots,
      compute_units: one.computeUnits,
      fraction: fraction(one.fraction),
      worst_scenario: one.worstScenario,
    })),
    kept_alive: findings.keptAlive.map((one) => ({
      account: one.name,
      at: one.at,
      equity: usdc(one.equity),
      static_margin: usdc(one.staticMm),
      portfolio_margin: usdc(one.mm),
    })),
    haircut: {
      before: fraction(haircut.before),
      target: fraction(haircut.target),
      effective_after: fraction(haircut.after),
      effective_half_way: fraction(haircut.halfWay),
      effective_at_end: fraction(haircut.atEnd),
      liquidations_at_once: haircut.liquidationsAtOnce,
    },
    conservation: {
      vault: Number(cash.vault),
      owed: Number(cash.owed),
      difference: Number(cash.vault - cash.owed),
      collateral: findings.collaterals.map(({ symbol, vault, owed }) => ({
        symbol,
        vault: Number(vault),
        owed: Number(owed),
        difference: Number(vault - owed),
      })),
    },
    seconds: Math.round(findings.seconds),
  };
}

/** Writes the report, making its folder. */
export async function writeReport(path: string, findings: Findings): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(reportOf(findings), null, 2)}\n`);
}
