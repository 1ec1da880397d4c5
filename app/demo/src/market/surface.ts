/** A plausible volatility surface for one expiry, around a given at-the-money volatility. */
import { nanosOf } from '@novate/client';

const YEAR_SECONDS = 31_536_000;
/** Share of at-the-money variance that the smile's curvature carries; the rest is flat. */
const CURVED_SHARE = 0.5;
/** Puts dearer than calls, as in every fall. */
const SKEW = -0.3;
/** Width of the smile in log-moneyness for an expiry of a year. */
const YEAR_WIDTH = 0.6;

/** SVI parameters and carry in nanos, under the program's names. */
export interface Surface {
  readonly a: bigint;
  readonly b: bigint;
  readonly rho: bigint;
  readonly m: bigint;
  readonly sigma: bigint;
  readonly basis: bigint;
  readonly rate: bigint;
}

/**
 * SVI total variance w(x) = a + b(ρx + √(x² + σ²)) with w(0) = `vol`²·τ. It is free of butterfly arbitrage for the
 * volatilities and expiries that the demo uses: a > 0 and the wings' slope b(1+|ρ|) is far below its bound.
 */
export function surfaceAround(vol: number, tauSeconds: number, annualBasis = 0.08): Surface {
  const tau = tauSeconds / YEAR_SECONDS;
  const variance = vol * vol * tau;
  const sigma = Math.max(YEAR_WIDTH * Math.sqrt(tau), 0.02);
  const b = (CURVED_SHARE * variance) / sigma;
  return {
    a: nanosOf(variance * (1 - CURVED_SHARE)),
    b: nanosOf(b),
    rho: nanosOf(SKEW),
    m: 0n,
    sigma: nanosOf(sigma),
    basis: nanosOf(annualBasis * tau),
    rate: 0n,
  };
}
