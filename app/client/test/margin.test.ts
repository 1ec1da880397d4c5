import { describe, expect, it } from 'vitest';

import { describeRow, isLiquidatable, type MarginReport, witnessOf } from '../src/index.js';
import { market } from './fixtures.js';

const report: MarginReport = {
  equityMm: 99n,
  equityIm: 90n,
  equityWithdraw: 90n,
  mm: 100n,
  im: 120n,
  staticMm: 0n,
  staticIm: 0n,
  markets: [
    { market: 0, worstRow: 26, scan: 1n, shortOptionIm: 0n },
    { market: 2, worstRow: 0, scan: 1n, shortOptionIm: 0n },
  ],
};

describe('margin reports', () => {
  it('tell a breach only below maintenance margin', () => {
    expect(isLiquidatable(report)).toBe(true);
    expect(isLiquidatable({ ...report, equityMm: 100n })).toBe(false);
  });

  it('give the witness of each market in order', () => {
    expect(witnessOf(report)).toEqual([26, 0]);
  });

  it('describe rows for people', () => {
    const { data } = market(0);
    expect(describeRow(data, 0)).toBe('-16.0 % vol up');
    expect(describeRow(data, 1)).toBe('+4.0 % vol down');
    expect(describeRow(data, 99)).toBe('row 99');
  });
});
