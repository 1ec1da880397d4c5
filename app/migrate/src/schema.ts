/**
 * The form of a migration file: what a house is at birth, for people to review before it is.
 *
 * All amounts are plain decimals in quotes, so that nothing is rounded on the way in. Addresses are base58, or "@name"
 * where the address is only known when the migration runs; the runner is told what such names stand for.
 */
import { isAddress, type Address } from '@solana/kit';
import { lotSize, parseDecimal, price, quote, ratio, feedIdBytes } from '@novate/client';
import { z } from 'zod';

/** Reads a decimal with `read`, turning what it throws into a message at the field's path. */
function decimal<T>(read: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

const key = z.string().refine((text) => /^@[a-z][a-z0-9_]*$/.test(text) || isAddress(text), {
  message: 'must be a base58 address or a name such as "@governor"',
});
const seconds = z.int().positive();
const symbol = z.string().regex(/^[A-Za-z0-9]{1,12}$/, 'must be 1 to 12 letters and digits');
const percentage = decimal(ratio).refine((value) => value >= 0n && value <= 1_000_000_000n, {
  message: 'must be from 0 to 1',
});
const positive = <T extends bigint>(read: (text: string) => T) =>
  decimal(read).refine((value) => value > 0n, { message: 'must be above 0' });

const oracle = z.strictObject({
  /** Pyth feed id, 64 hexadecimal digits. */
  feed: decimal((text) => {
    feedIdBytes(text);
    return text.replace(/^0x/, '').toLowerCase();
  }),
  max_age_seconds: seconds,
  /** Widest usable confidence as a share of the price. */
  max_confidence: percentage,
});

/** A feed of Switchboard On-Demand that counts while the Pyth feed is silent. */
const fallback = z.strictObject({
  feed: key,
  queue: key,
  /** Hash of its jobs, 64 hexadecimal digits. */
  feed_hash: oracle.shape.feed,
  max_age_seconds: seconds,
  min_responses: z.int().min(3).max(32),
  max_spread: percentage,
  fallback_after_seconds: seconds,
  max_jump: percentage,
});

/** The stake pool that issues a token; `market` is then the market of its underlying. */
const pool = z.strictObject({
  program: key,
  pool: key,
  max_growth_per_day: percentage,
  max_age_seconds: seconds,
});

/** Volatility, deposits and silence; a part that is not named is the house's default. */
const terms = z.strictObject({
  haircut_vol_share: decimal(ratio).optional(),
  scale_start: decimal(quote).optional(),
  give_up_after_seconds: seconds.optional(),
  fade_seconds: seconds.optional(),
});

const house = z.strictObject({
  /** Symbol of the collateral that cash is held in. */
  quote: symbol,
  roles: z.strictObject({ authority: key, risk: key, listing: key, oracle: key, guardian: key }),
  notice_seconds: seconds,
  liquidation: z.strictObject({
    incentive_start: percentage,
    incentive_max: percentage,
    ramp_seconds: seconds,
    buffer: percentage,
    dust: decimal(quote),
  }),
  publishers: z.array(key).min(1).max(8),
  /** How many publishers have to agree on a surface. */
  publisher_quorum: z.int().min(1).max(8),
});

const collateral = z.strictObject({
  symbol,
  mint: key,
  decimals: z.int().min(0).max(18),
  /** Most tokens that the vault may hold. */
  cap: z.string(),
  /** The quote token has none of these; other tokens need a feed or a pool, and a haircut. */
  oracle: oracle.optional(),
  fallback: fallback.optional(),
  pool: pool.optional(),
  terms: terms.optional(),
  haircut: z.strictObject({ mm: percentage, im: percentage }).optional(),
  /** Symbol of the market whose grid holdings enter as delta. */
  market: symbol.optional(),
});

const limits = z.strictObject({
  array_max_age_seconds: seconds,
  array_max_drift: percentage,
  surface_max_age_seconds: seconds,
  vol_min: positive(ratio),
  vol_max: positive(ratio),
  vol_move_per_minute: percentage,
  basis_max: percentage,
  rate_max: percentage,
  quorum_window_seconds: seconds,
  publish_interval_seconds: z.int().min(0),
  dispersion_max: positive(ratio),
  stale_vol_up_per_hour: decimal(ratio),
});

const params = z.strictObject({
  range: percentage,
  vol_up: decimal(ratio),
  vol_down: percentage,
  vol_floor: positive(ratio),
  vol_power_short: percentage,
  vol_power_long: percentage,
  mm_factor: percentage,
  short_option_mm: percentage,
  short_option_im: percentage,
  unrealised_cap: decimal(quote),
  roll_rate: percentage,
  vega_charge: percentage,
  liquidity_depth: decimal(quote),
  oracle_confidence: decimal(ratio),
  oracle_dispersion: decimal(ratio),
  offset_group: z.int().min(0).max(4),
  offset: percentage,
  model: z.enum(['full_revaluation', 'delta_gamma_vega']),
});

const forecast = z.strictObject({
  har_intercept: decimal(ratio),
  har_1h: decimal(ratio),
  har_1d: decimal(ratio),
  har_7d: decimal(ratio),
  z: positive(ratio),
  t: positive(ratio),
  mpor_seconds: seconds,
  range_floor: percentage,
  range_cap: percentage,
  range_fall_per_hour: percentage,
  range_hysteresis: percentage,
  min_interval_seconds: seconds,
});

const expiry = z.union([
  z.strictObject({ at: z.iso.datetime({ message: 'must be a UTC time such as 2026-12-25T08:00:00Z' }) }),
  z.strictObject({ days: z.int().positive() }),
]);

const book = z.strictObject({
  /** A fixed time on a full hour, or, for local use, whole days from now up to the next full hour. */
  expires: expiry,
  strikes: z
    .array(positive(price))
    .min(1)
    .max(32)
    .refine((strikes) => strikes.every((strike, index) => index === 0 || strike > (strikes[index - 1] ?? 0n)), {
      message: 'must ascend without repeats',
    }),
});

const market = z.strictObject({
  id: z.int().min(0).max(65_534),
  symbol,
  lot_size: positive(lotSize),
  oracle,
  fallback: fallback.optional(),
  limits,
  params,
  forecast,
  books: z.array(book).max(24),
});

const venue = z.strictObject({ id: z.int().min(0).max(65_535), authority: key });

/** A migration file. */
export const migrationSchema = z
  .strictObject({
    name: z.string().min(1),
    note: z.string().optional(),
    house,
    collaterals: z.array(collateral).min(1),
    markets: z.array(market),
    venues: z.array(venue),
  })
  .superRefine((file, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const markets = new Set(file.markets.map((one) => one.symbol));
    for (const [list, names] of [
      ['collaterals', file.collaterals.map((one) => one.symbol)],
      ['markets', file.markets.map((one) => one.symbol)],
    ] as const) {
      names.forEach((name, at) => {
        if (names.indexOf(name) !== at) complain([list, at, 'symbol'], `"${name}" stands twice`);
      });
    }
    file.markets.forEach(({ id }, at) => {
      if (file.markets.findIndex((one) => one.id === id) !== at) complain(['markets', at, 'id'], `${id} stands twice`);
    });
    if (file.house.publisher_quorum > file.house.publishers.length) {
      complain(['house', 'publisher_quorum'], `there are only ${file.house.publishers.length} publishers`);
    }
    file.markets.forEach(({ params, forecast }, at) => {
      if (params.range < forecast.range_floor || params.range > forecast.range_cap) {
        complain(['markets', at, 'params', 'range'], 'must be from forecast.range_floor to forecast.range_cap');
      }
    });
    if (!file.collaterals.some((one) => one.symbol === file.house.quote)) {
      complain(['house', 'quote'], `no collateral has the symbol "${file.house.quote}"`);
    }
    file.collaterals.forEach((one, at) => {
      const path = ['collaterals', at];
      const isQuote = one.symbol === file.house.quote;
      for (const field of ['oracle', 'haircut', 'fallback', 'pool', 'terms'] as const) {
        const isRequired = field === 'haircut' || (field === 'oracle' && one.pool === undefined);
        if (isQuote && one[field] !== undefined) complain([...path, field], 'the quote token has none');
        if (!isQuote && isRequired && one[field] === undefined) complain([...path, field], 'is required');
      }
      if (one.fallback !== undefined && one.oracle === undefined) {
        complain([...path, 'fallback'], 'needs an oracle to fall back from');
      }
      if (one.pool !== undefined && one.market === undefined) {
        complain([...path, 'market'], 'is required of a token that a pool prices');
      }
      if (one.haircut !== undefined && one.haircut.mm > one.haircut.im) {
        complain([...path, 'haircut', 'mm'], 'must not be above im');
      }
      if (one.market !== undefined && !markets.has(one.market)) {
        complain([...path, 'market'], `no market has the symbol "${one.market}"`);
      }
      try {
        parseDecimal(one.cap, one.decimals);
      } catch (error) {
        complain([...path, 'cap'], error instanceof Error ? error.message : String(error));
      }
    });
  });

/** A migration file that has been read and checked; names are not resolved yet. */
export type MigrationFile = z.infer<typeof migrationSchema>;
/** A collateral of a file. */
export type CollateralEntry = MigrationFile['collaterals'][number];
/** A market of a file. */
export type MarketEntry = MigrationFile['markets'][number];
/** An expiry of a file. */
export type BookEntry = MarketEntry['books'][number];

/** A migration file that says something impossible; the message has a line for each fault, with its path. */
export class BadMigration extends Error {
  override readonly name = 'BadMigration';
}

/** Checks the parsed JSON of a file. @throws BadMigration */
export function parseMigration(json: unknown): MigrationFile {
  const result = migrationSchema.safeParse(json);
  if (result.success) return result.data;
  throw new BadMigration(result.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`).join('\n'));
}

/** Addresses that stand behind the names of a file. */
export type Bindings = Readonly<Record<string, Address>>;

/** The address that a key of the file stands for. @throws BadMigration for an unbound name. */
export function resolveKey(text: string, bindings: Bindings): Address {
  if (isAddress(text)) return text;
  const bound = bindings[text.slice(1)];
  if (bound === undefined) throw new BadMigration(`"${text}" is not bound: name its address with --bind`);
  return bound;
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? 'file' : text.replace(/^\./, '');
}
