/**
 * Fixed-point quantities as the program stores them, and their decimal forms for people.
 *
 * Fractions, prices, strikes and volatilities are nanos (1e-9); cash is atoms of the quote token (1e-6 USDC); positions
 * are whole lots. Each has a type of its own, so that a price cannot be added to an amount of cash by accident.
 */

declare const unit: unique symbol;
type Quantity<Name extends string> = bigint & { readonly [unit]: Name };

/** Atoms of the quote token, signed: 1,000,000 is one USDC. */
export type Quote = Quantity<'quote'>;
/** Nanos of quote per unit of underlying: prices and strikes. */
export type Price = Quantity<'price'>;
/** A pure fraction or an annualised volatility in nanos: 16 % is 160,000,000. */
export type Ratio = Quantity<'ratio'>;
/** Signed whole lots; positive is long. */
export type Lots = Quantity<'lots'>;
/** Units of underlying in one lot, in nanos of a unit. */
export type LotSize = Quantity<'lotSize'>;

/** Billionths in one. */
export const NANO = 1_000_000_000n;
/** Decimals of nanos. */
export const NANO_DECIMALS = 9;
/** Decimals of the quote token. */
export const QUOTE_DECIMALS = 6;
/** Nanos in one quote atom. */
export const NANOS_PER_ATOM = 1_000n;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads a plain decimal exactly.
 *
 * @throws RangeError when the text is no plain decimal or has more than `decimals` digits after the point: silently
 * dropping digits of money is how books stop balancing.
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const match = DECIMAL.exec(text.trim());
  if (match === null) throw new RangeError(`"${text}" is not a plain decimal number such as 12.5`);
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length > decimals) {
    throw new RangeError(`"${text}" has more than ${decimals} digits after the point`);
  }
  const magnitude = BigInt(whole + fraction.padEnd(decimals, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** How {@link formatDecimal} prints. */
export interface FormatOptions {
  /** Digits kept after the point (rounded half away from zero); all significant ones when absent. */
  readonly digits?: number;
  /** Whether thousands are separated by commas. */
  readonly group?: boolean;
}

/** Prints a fixed-point integer with `decimals` digits after the point as a plain decimal. */
export function formatDecimal(value: bigint, decimals: number, options: FormatOptions = {}): string {
  const digits = Math.min(options.digits ?? decimals, decimals);
  const negative = value < 0n;
  const step = 10n ** BigInt(decimals - digits);
  const rounded = ((negative ? -value : value) + step / 2n) / step;
  const text = rounded.toString().padStart(digits + 1, '0');
  let whole = text.slice(0, text.length - digits);
  let fraction = digits === 0 ? '' : text.slice(-digits);
  if (options.digits === undefined) fraction = fraction.replace(/0+$/, '');
  if (options.group === true) whole = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${negative && rounded !== 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Quote atoms of a decimal amount of USDC. */
export const quote = (usdc: string): Quote => parseDecimal(usdc, QUOTE_DECIMALS) as Quote;
/** A price or strike of a decimal amount of USDC per unit. */
export const price = (usdc: string): Price => parseDecimal(usdc, NANO_DECIMALS) as Price;
/** A fraction or volatility of its decimal form: "0.16" is 16 %. */
export const ratio = (fraction: string): Ratio => parseDecimal(fraction, NANO_DECIMALS) as Ratio;
/** A lot size of a decimal number of units. */
export const lotSize = (units: string): LotSize => parseDecimal(units, NANO_DECIMALS) as LotSize;
/** Whole lots. */
export const lots = (count: bigint | number): Lots => BigInt(count) as Lots;

/** The whole lots in a decimal number of units of underlying. @throws RangeError when it is no whole number of lots. */
export function lotsOf(units: string, size: LotSize): Lots {
  const nanos = parseDecimal(units, NANO_DECIMALS);
  if (nanos % size !== 0n) {
    throw new RangeError(`${units} is not a multiple of the lot size ${formatDecimal(size, NANO_DECIMALS)}`);
  }
  return (nanos / size) as Lots;
}

/** A decimal number of a double, for values that come from formulas and not from people: at most nine digits. */
export function nanosOf(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
  return parseDecimal(value.toFixed(NANO_DECIMALS), NANO_DECIMALS);
}

/** The nearest double of a fixed-point integer: for display and charts, never for money. */
export const toNumber = (value: bigint, decimals: number): number => Number(value) / 10 ** decimals;

/** "1,234.56": USDC for people. */
export const formatQuote = (amount: bigint, digits = 2): string =>
  formatDecimal(amount, QUOTE_DECIMALS, { digits, group: true });
/** "95,663.50": a price for people. */
export const formatPrice = (value: bigint, digits = 2): string =>
  formatDecimal(value, NANO_DECIMALS, { digits, group: true });
/** "16.0 %": a ratio for people. */
export const formatPercent = (value: bigint, digits = 1): string =>
  `${formatDecimal(value, NANO_DECIMALS - 2, { digits })} %`;
