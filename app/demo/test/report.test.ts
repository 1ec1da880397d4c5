import { type MarginReport } from '@novate/client';
import { describe, expect, it } from 'vitest';

import { type Findings, reportOf } from '../src/report/json.js';
import { left, right, table } from '../src/report/table.js';
import type { Actor } from '../src/story/actors.js';

const margin: MarginReport = {
  equityMm: 10_000_000n,
  equityIm: 9_500_000n,
  equityWithdraw: 0n,
  mm: 4_000_000n,
  im: 5_000_000n,
  offsetMm: 0n,
  offsetIm: 0n,
  staticMm: 8_000_000n,
  staticIm: 10_000_000n,
  markets: [],
  jointRows: new Uint8Array(),
};
const findings: Findings = {
  accounts: [
    { name: 'condor', actor: {} as Actor, report: margin },
    { name: 'idle', actor: {} as Actor, report: { ...margin, im: 0n, staticIm: 0n } },
  ],
  transactions: 12,
  failedTransactions: 1,
  liquidations: [
    {
      account: 'strangle',
      latencyMs: 412.7,
      latencySlots: 1,
      computeUnits: 81_000,
      fraction: 312_500_000n,
      worstScenario: 'market 2: -20.0 % vol up',
      incentive: 1n,
    },
  ],
  keptAlive: [{ name: 'hedged-perp', at: '21:24', equity: 13_000_000n, mm: 3_000_000n, staticMm: 14_000_000n }],
  haircut: {
    before: 100_000_000n,
    target: 250_000_000n,
    after: 100_001_736n,
    halfWay: 175_000_000n,
    atEnd: 250_000_000n,
    liquidationsAtOnce: 0,
  },
  cash: { symbol: 'USDC', vault: 4_000_000_000_001n, owed: 4_000_000_000_000n },
  collaterals: [{ symbol: 'wSOL', vault: 5n, owed: 5n }],
  seconds: 99.6,
};

describe('the report', () => {
  it('has the agreed form', () => {
    expect(reportOf(findings)).toMatchObject({
      accounts: [
        { name: 'condor', equity: 9.5, static_margin: 10, portfolio_margin: 5, efficiency: 2 },
        { name: 'idle', efficiency: null },
      ],
      transactions: 12,
      failed_transactions: 1,
      liquidations: [
        {
          account: 'strangle',
          latency_ms: 413,
          compute_units: 81_000,
          fraction: 0.3125,
          worst_scenario: 'market 2: -20.0 % vol up',
        },
      ],
      haircut: { before: 0.1, target: 0.25, effective_after: 0.100001736 },
      conservation: { vault: 4_000_000_000_001, owed: 4_000_000_000_000, difference: 1 },
    });
  });

  it('is plain JSON', () => {
    expect(() => JSON.stringify(reportOf(findings))).not.toThrow();
  });
});

describe('a table', () => {
  it('sets names left and numbers right', () => {
    const lines = table(
      [left('name'), right('n')],
      [
        ['a', '1'],
        ['bcdef', '22'],
      ],
    );
    expect(lines).toEqual(['name     n', '──────────', 'a        1', 'bcdef   22']);
  });
});
