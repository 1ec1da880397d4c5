import { describe, expect, it } from 'vitest';

import { DAY_FILE } from '../src/files.js';
import { readPath, timeOf } from '../src/market/path.js';
import { surfaceAround } from '../src/market/surface.js';

describe('the fall of 10 October 2025', async () => {
  const path = await readPath(DAY_FILE);
  const prices = (symbol: string) => path.steps.map((step) => Number(step.prices.get(symbol)));
  const fall = (symbol: string) => {
    const [high, low] = [Math.max(...prices(symbol)), Math.min(...prices(symbol))];
    return (low / high - 1) * 100;
  };

  it('falls as far as the day did', () => {
    expect(fall('BTC')).toBeCloseTo(-14.5, 1);
    expect(fall('ETH')).toBeCloseTo(-12.2, 1);
    expect(fall('SOL')).toBeCloseTo(-25, 1);
  });

  it('has SOL 14 % down within an hour and one venue 26 % down within 12 minutes', () => {
    const hour = path.steps.flatMap((from) =>
      path.steps
        .filter((to) => to.minute > from.minute && to.minute - from.minute <= 60)
        .map((to) => (Number(to.prices.get('SOL')) / Number(from.prices.get('SOL')) - 1) * 100),
    );
    expect(Math.min(...hour)).toBeCloseTo(-14.2, 1);
    const { minute, price } = path.venueLow;
    const before = path.steps.find((step) => step.minute === minute - 12);
    expect((price / (Number(before?.prices.get('SOL')) / 1e8) - 1) * 100).toBeCloseTo(-26, 0);
  });

  it('lifts volatility by half', () => {
    expect(Math.max(...path.steps.map((step) => step.volatility))).toBe(1.5);
  });

  it('tells the time of day', () => {
    expect(timeOf(1_284)).toBe('21:24');
  });
});

describe('a surface', () => {
  it.each([
    [0.42, 7 * 86_400],
    [1.17, 86_400],
    [1.2, 30 * 86_400],
  ])('at volatility %s and %s s is that of its forward and free of butterfly arbitrage', (vol, tau) => {
    const { a, b, rho, sigma } = surfaceAround(vol, tau);
    const n = (value: bigint) => Number(value) / 1e9;
    expect(n(a) + n(b) * n(sigma)).toBeCloseTo((vol * vol * tau) / 31_536_000, 6);
    expect(n(a) + n(b) * n(sigma) * Math.sqrt(1 - n(rho) ** 2)).toBeGreaterThan(0);
    expect(n(b) * (1 + Math.abs(n(rho)))).toBeLessThan(2);
  });
});
