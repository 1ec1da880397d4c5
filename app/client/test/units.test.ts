import { describe, expect, it } from 'vitest';

import {
  formatDecimal,
  formatPercent,
  formatQuote,
  lotSize,
  lotsOf,
  nanosOf,
  parseDecimal,
  price,
  quote,
} from '../src/index.js';

describe('decimals', () => {
  it.each([
    ['95663.5', 95_663_500_000_000n],
    ['-0.000000001', -1n],
    ['+7', 7_000_000_000n],
    ['0', 0n],
  ])('reads %s exactly', (text, nanos) => {
    expect(price(text)).toBe(nanos);
  });

  it.each(['', '1e9', '1,000', '.5', '1.', 'abc', '--1', '0x10'])('refuses "%s"', (text) => {
    expect(() => parseDecimal(text, 9)).toThrow(RangeError);
  });

  it('refuses digits that it could not keep', () => {
    expect(() => quote('0.0000001')).toThrow('more than 6 digits');
  });

  it.each([
    [1_234_567_890n, 6, { digits: 2, group: true }, '1,234.57'],
    [-5n, 1, { digits: 0 }, '-1'],
    [-4n, 1, { digits: 0 }, '0'],
    [1_500_000_000n, 9, {}, '1.5'],
    [7n, 9, {}, '0.000000007'],
  ] as const)('prints %s with %s decimals', (value, decimals, options, text) => {
    expect(formatDecimal(value, decimals, options)).toBe(text);
  });

  it('prints what people read', () => {
    expect(formatQuote(1_999_999_999n)).toBe('2,000.00');
    expect(formatPercent(161_250_000n)).toBe('16.1 %');
  });

  it('survives a round trip', () => {
    for (const nanos of [0n, 1n, 999_999_999n, 123_456_789_012_345_678n, -42n]) {
      expect(parseDecimal(formatDecimal(nanos, 9), 9)).toBe(nanos);
    }
  });

  it('takes doubles of formulas, but no infinities', () => {
    expect(nanosOf(0.1)).toBe(100_000_000n);
    expect(() => nanosOf(Number.NaN)).toThrow(RangeError);
  });
});

describe('lots', () => {
  it('counts whole lots only', () => {
    expect(lotsOf('0.8', lotSize('0.001'))).toBe(800n);
    expect(() => lotsOf('0.0005', lotSize('0.001'))).toThrow('not a multiple');
  });
});
