import { describe, expect, it } from 'vitest';

import { describeRow, isLiquidatable, type MarginReport, witnessOf } from '../src/index.js';
import { market } from './fixtures.js';

const part = { scan: 1n, vega: 0n, liquidity: 0n, roll: 0n, oracle: 0n, shortOptionMm: 0n, shortOptionIm: 0n };
const report: MarginReport = {
  equityMm: 99n,
  equityIm: 90n,
  equityWithdraw: 90n,
  mm: 100n,
  im: 120n,
  offsetMm: 0n,
  offsetIm: 0n,
  staticMm: 0n,
  staticIm: 0n,
  markets: [
    { ...part, market: 0, worstRow: 26 },
    { ...part, market: 2, worstRow: 0 },
  ],
  jointRows: Uint8Array.of(5),
};

describe('margin reports', () => {
  it('tell a breach only below maintenance margin', () => {
    expect(isLiquidatable(report)).toBe(true);
    expect(isLiquidatable({ ...report, equityMm: 100n })).toBe(false);
  });

  it('give the witness of each market in order, then of each group', () => {
    expect(witnessOf(report)).toEqual([26, 0, 5]);
  });

  it('describe rows for people', () => {
    const { data } = market(0);
    expect(describeRow(data, 0)).toBe('-16.0 % vol up');
    expect(describeRow(data, 1)).toBe('+4.0 % vol down');
    expect(describeRow(data, 99)).toBe('row 99');
  });
});
