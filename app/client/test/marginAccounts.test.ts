import { AccountRole } from '@solana/kit';
import { describe, expect, it } from 'vitest';

import {
  interestAddress,
  Kind,
  legKey,
  type Leg,
  lots,
  marginMetas,
  marginNeeds,
  nettingMetas,
  quote,
  readMarginAccount,
} from '../src/index.js';
import { accountOf, addressOf, directory, marginAccountData } from './fixtures.js';

const leg = (market: number, expiryHour: number, size = 1): Leg => {
  const kind = expiryHour === 0 ? Kind.Perpetual : Kind.Future;
  return { key: legKey({ market, expiryHour, strike: 0, kind }), size: lots(size), cost: quote('0') };
};
const account = (holdings: readonly (readonly [number, bigint])[], legs: readonly Leg[]) =>
  readMarginAccount(accountOf(addressOf(5), marginAccountData(holdings, legs)));

describe('the remaining accounts of a margin check', () => {
  const house = directory();
  const addresses = (...accounts: Parameters<typeof marginNeeds>[1]) =>
    marginMetas(house, marginNeeds(house, accounts)).map((meta) => meta.address);

  it('are none for an account with cash only', () => {
    expect(addresses(account([], []))).toEqual([]);
  });

  it('ascend: collaterals, markets, books, without repeats over both sides', () => {
    const one = account([[2, 5n]], [leg(2, 500_002), leg(2, 0)]);
    const other = account([[1, 5n]], [leg(0, 500_001), leg(2, 500_002), leg(2, 500_001)]);
    expect(addresses(one, other)).toEqual([
      house.collaterals.get(1)?.address,
      house.collaterals.get(2)?.address,
      house.markets.get(0)?.address,
      house.markets.get(2)?.address,
      house.books.get(500_001n)?.address,
      house.books.get((2n << 32n) | 500_001n)?.address,
      house.books.get((2n << 32n) | 500_002n)?.address,
    ]);
  });

  it('include the market that a holding enters, and no book for a perpetual', () => {
    expect(addresses(account([[2, 1n]], []))).toEqual([
      house.collaterals.get(2)?.address,
      house.markets.get(2)?.address,
    ]);
    expect(addresses(account([], [leg(1, 0)]))).toEqual([house.markets.get(1)?.address]);
  });

  it('include what is about to be traded', () => {
    const instrument = { market: 1, expiryHour: 500_001, strike: 0, kind: Kind.Future };
    const metas = marginMetas(house, marginNeeds(house, [account([], [])], [instrument]));
    expect(metas).toEqual([
      { address: house.markets.get(1)?.address, role: AccountRole.READONLY },
      { address: house.books.get((1n << 32n) | 500_001n)?.address, role: AccountRole.READONLY },
    ]);
  });

  it('cannot name what is not listed', () => {
    expect(() => addresses(account([], [leg(1, 500_009)]))).toThrow('lists no book');
  });
});

describe('the open interest accounts of a liquidation', () => {
  it('are those where the liquidator nets, ascending and once each', async () => {
    const liquidator = account([], [leg(2, 0, -5), leg(0, 500_001, -1), leg(1, 0, 3)]);
    const taken = account([], [leg(0, 500_001, 4), leg(1, 0, 2), leg(2, 0, 9), leg(2, 500_001, 1)]);
    expect(await nettingMetas(liquidator, taken)).toEqual([
      { address: await interestAddress(0, 500_001), role: AccountRole.WRITABLE },
      { address: await interestAddress(2, 0), role: AccountRole.WRITABLE },
    ]);
  });
});
