import { type Haircut, Kind, legKey, lots, type MarginAccountState, quote as usdc } from '@novate/client';
import { describe, expect, it } from 'vitest';

import { ACTORS, TRADES } from '../src/story/cast.js';
import { cashOf } from '../src/story/conservation.js';
import { maintenanceHaircutAt } from '../src/story/haircut.js';

describe('the cast', () => {
  it('trades only with itself', () => {
    const names = new Set(ACTORS.map((actor) => actor.name));
    for (const { trader, maker } of TRADES) expect([...names]).toEqual(expect.arrayContaining([trader, maker]));
  });
});

describe('cash that is owed', () => {
  it('leaves out what open futures and perpetuals cost, but not options', () => {
    const leg = (kind: Kind, cost: string) => ({
      key: legKey({ market: 0, expiryHour: kind === Kind.Perpetual ? 0 : 9, strike: 0, kind }),
      size: lots(1),
      cost: usdc(cost),
    });
    const account = {
      header: { cash: 1_000_000n },
      legs: [leg(Kind.Call, '0'), leg(Kind.Future, '5'), leg(Kind.Perpetual, '-2')],
    } as unknown as MarginAccountState;
    expect(cashOf(account)).toBe(1_000_000n - 5_000_000n + 2_000_000n);
  });
});

describe('a haircut', () => {
  const haircut: Haircut = { fromMm: 100n, fromIm: 0n, toMm: 300n, toIm: 0n, startsAt: 1_000n, endsAt: 2_000n };

  it.each([
    [999n, 100n],
    [1_000n, 100n],
    [1_250n, 150n],
    [2_000n, 300n],
    [9_999n, 300n],
  ])('at %s stands at %s', (now, value) => {
    expect(maintenanceHaircutAt(haircut, now)).toBe(value);
  });
});
