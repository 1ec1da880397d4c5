/**
 * Pyth on a local cluster: writes price update accounts, as the guardians' network would post them.
 *
 * Publish times are the cluster's own clock, so that ages are honest however fast the day is played.
 */
import { encodePriceUpdate, priceFeedAddress, PYTH_RECEIVER_PROGRAM } from '@novate/client';
import { type Address } from '@solana/kit';

import type { Cheats } from '../cluster/cheats.js';
import { PRICE_DECIMALS } from './path.js';

/** Time constant of Pyth's moving average: about an hour. */
const EMA_SECONDS = 3_600;
const RENT_LAMPORTS = 2_000_000n;

/** A price to publish, with {@link PRICE_DECIMALS} decimals. */
export interface Quotation {
  readonly feedId: string;
  readonly price: bigint;
  /** Share of the price. */
  readonly confidence: number;
}

interface Published {
  readonly time: bigint;
  readonly ema: number;
}

/** Publishes prices and keeps each feed's moving average. */
export class LocalOracle {
  readonly #last = new Map<string, Published>();

  constructor(private readonly cheats: Cheats) {}

  /** Publishes all quotations at one time, in seconds since 1970; returns the accounts written. */
  async publish(quotations: readonly Quotation[], time: bigint): Promise<readonly Address[]> {
    return Promise.all(quotations.map((quotation) => this.#publish(quotation, time)));
  }

  async #publish({ feedId, price, confidence }: Quotation, time: bigint): Promise<Address> {
    const last = this.#last.get(feedId);
    const ema = last === undefined ? Number(price) : average(last, Number(price), time);
    this.#last.set(feedId, { time, ema });
    const at = await priceFeedAddress(feedId);
    const width = BigInt(Math.round(Number(price) * confidence));
    const data = encodePriceUpdate({
      writeAuthority: at,
      feedId,
      price,
      confidence: width,
      exponent: -PRICE_DECIMALS,
      publishTime: time,
      previousPublishTime: last?.time ?? time,
      emaPrice: BigInt(Math.round(ema)),
      emaConfidence: width,
      postedSlot: 0n,
    });
    await this.cheats.setAccount(at, { lamports: RENT_LAMPORTS, owner: PYTH_RECEIVER_PROGRAM, data });
    return at;
  }
}

function average(last: Published, price: number, time: bigint): number {
  const weight = Math.exp(-Number(time - last.time) / EMA_SECONDS);
  return last.ema * weight + price * (1 - weight);
}
