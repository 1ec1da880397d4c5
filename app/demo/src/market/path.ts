/** A day's prices to play back, read from a data file. */
import { readFile } from 'node:fs/promises';

import { parseDecimal } from '@novate/client';
import { z } from 'zod';

const decimal = z.string().regex(/^\d+(\.\d+)?$/, 'must be a plain decimal');

const schema = z.strictObject({
  name: z.string(),
  source: z.string(),
  venue_low: z.strictObject({ market: z.string(), minute: z.int(), price: decimal, note: z.string() }),
  steps: z
    .array(
      z.strictObject({
        minute: z.int().min(0),
        prices: z.record(z.string(), decimal),
        volatility: decimal,
        confidence: decimal,
      }),
    )
    .min(2)
    .refine((steps) => steps.every((step, at) => at === 0 || step.minute > (steps[at - 1]?.minute ?? -1)), {
      message: 'minutes must ascend',
    }),
});

/** Decimals in which the path's prices are kept, those of Pyth's crypto feeds. */
export const PRICE_DECIMALS = 8;

/** A moment of the day. */
export interface PathStep {
  /** Minutes since midnight UTC. */
  readonly minute: number;
  /** USD by symbol, with {@link PRICE_DECIMALS} decimals. */
  readonly prices: ReadonlyMap<string, bigint>;
  /** Implied volatility as a multiple of the first step's. */
  readonly volatility: number;
  /** Confidence interval of the oracle as a share of the price. */
  readonly confidence: number;
}

/** A day to play back. */
export interface PricePath {
  readonly name: string;
  readonly source: string;
  readonly steps: readonly PathStep[];
  /** What one venue printed at worst, which the oracle did not follow. */
  readonly venueLow: {
    readonly market: string;
    readonly minute: number;
    readonly price: number;
    readonly note: string;
  };
}

/** Reads and checks a path. */
export async function readPath(file: URL): Promise<PricePath> {
  const data = schema.parse(JSON.parse(await readFile(file, 'utf8')));
  const steps = data.steps.map((step) => ({
    minute: step.minute,
    prices: new Map(Object.entries(step.prices).map(([symbol, text]) => [symbol, parseDecimal(text, PRICE_DECIMALS)])),
    volatility: Number(step.volatility),
    confidence: Number(step.confidence),
  }));
  const low = data.venue_low;
  return { name: data.name, source: data.source, steps, venueLow: { ...low, price: Number(low.price) } };
}

/** "21:24": the time of day of a minute. */
export function timeOf(minute: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(minute / 60) % 24)}:${pad(minute % 60)}`;
}
