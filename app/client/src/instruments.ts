/** What can be held, and the one number that names it (crates/risk/src/instrument.rs). */

/** The payoff of an instrument. */
export const Kind = { Call: 0, Put: 1, Future: 2, Perpetual: 3 } as const;
/** A value of {@link Kind}. */
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Seconds in an hour, the step of expiries. */
export const HOUR_SECONDS = 3_600;

/** An instrument by its parts. */
export interface Instrument {
  readonly market: number;
  /** Hours since 1970 at which it expires; 0 for a perpetual. */
  readonly expiryHour: number;
  /** Index of the strike in its book; 0 for futures and perpetuals. */
  readonly strike: number;
  readonly kind: Kind;
}

/** The key under which a leg of the instrument is stored; ascending keys are the order of legs. */
export function legKey(instrument: Instrument): bigint {
  const { market, expiryHour, strike, kind } = instrument;
  return (BigInt(market) << 48n) | (BigInt(expiryHour) << 24n) | (BigInt(strike) << 8n) | BigInt(kind);
}

/** The parts of a leg's key. @throws RangeError when its last byte is no kind. */
export function instrumentOf(key: bigint): Instrument {
  const kind = Number(key & 0xffn);
  if (kind > Kind.Perpetual) throw new RangeError(`leg key ${key} has the unknown kind ${kind}`);
  return {
    market: Number(key >> 48n),
    expiryHour: Number((key >> 24n) & 0xff_ffffn),
    strike: Number((key >> 8n) & 0xffffn),
    kind: kind as Kind,
  };
}

/** Market and expiry in one number, ascending as books are ordered in a margin check. */
export const bookKey = (market: number, expiryHour: number): bigint => (BigInt(market) << 32n) | BigInt(expiryHour);

/** Whether the kind is a call or a put. */
export const isOption = (kind: Kind): boolean => kind === Kind.Call || kind === Kind.Put;
