import { describe, expect, it } from 'vitest';

import { Kind, legKey, type Leg, lots, quote, readBook, readMarginAccount } from '../src/index.js';
import { accountOf, addressOf, book, marginAccountData } from './fixtures.js';

const legs: readonly Leg[] = [
  { key: legKey({ market: 0, expiryHour: 500_001, strike: 1, kind: Kind.Call }), size: lots(-10), cost: quote('0') },
  { key: legKey({ market: 2, expiryHour: 0, strike: 0, kind: Kind.Perpetual }), size: lots(7), cost: quote('-1.5') },
];

describe('margin accounts', () => {
  it('are read with their legs and room', () => {
    const state = readMarginAccount(accountOf(addressOf(5), marginAccountData([[2, 30n]], legs, 6, -1n)));
    expect(state.legs).toEqual(legs);
    expect(state.capacity).toBe(8);
    expect(state.header.cash).toBe(-1n);
    expect(state.header.holdings[0]).toMatchObject({ index: 2, amount: 30n });
  });

  it('have the size that the program gives them', () => {
    // discriminator, header of 400 bytes, 8 legs of 24
    expect(marginAccountData([], [], 8).length).toBe(8 + 400 + 8 * 24);
  });

  it('are refused when the data is of another type', () => {
    const { address } = accountOf(addressOf(5), new Uint8Array());
    expect(() => readBook(accountOf(address, marginAccountData([], legs).subarray(0, 100)))).toThrow();
  });
});

describe('books', () => {
  it('are read with a row for each strike', () => {
    const { header, strikes } = book(1, 500_002, [90n, 100n, 110n]);
    expect(header).toMatchObject({ market: 1, expiryHour: 500_002, strikeCount: 3 });
    expect(strikes.map((row) => row.strike)).toEqual([90n, 100n, 110n]);
    expect(strikes[0]?.pnl).toHaveLength(40);
  });
});
