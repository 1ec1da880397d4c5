import { describe, expect, it } from 'vitest';

import { instrumentOf, Kind, legKey } from '../src/index.js';

describe('leg keys', () => {
  const put = { market: 2, expiryHour: 490_000, strike: 5, kind: Kind.Put };

  it('pack market, expiry, strike and kind from high to low', () => {
    expect(legKey(put)).toBe((2n << 48n) | (490_000n << 24n) | (5n << 8n) | 1n);
    expect(legKey({ market: 1, expiryHour: 0, strike: 0, kind: Kind.Perpetual })).toBe((1n << 48n) | 3n);
  });

  it('survive a round trip at the extremes', () => {
    for (const instrument of [put, { market: 65_535, expiryHour: 16_777_215, strike: 65_535, kind: Kind.Call }]) {
      expect(instrumentOf(legKey(instrument))).toEqual(instrument);
    }
  });

  it('refuse an unknown kind', () => {
    expect(() => instrumentOf(4n)).toThrow('unknown kind 4');
  });
});
