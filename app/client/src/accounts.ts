/** The program's accounts with the rows behind their headers, and how to fetch them. */
import {
  type Account,
  type Address,
  decodeAccount,
  fetchEncodedAccounts,
  getArrayDecoder,
  getBase58Decoder,
  getBase64Encoder,
  getI64Decoder,
  getStructDecoder,
  getU64Decoder,
  type EncodedAccount,
  type ReadonlyUint8Array,
  type Base58EncodedBytes,
  type Commitment,
} from '@solana/kit';

import type { Connection } from './connection.js';
import {
  type Book,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  getBookDecoder,
  getMarginAccountDecoder,
  type MarginAccount,
} from './generated/index.js';
import type { Lots, Price, Quote } from './units.js';

/** Rows that a risk array has room for. */
export const MAX_ROWS = 40;

/** One position. */
export interface Leg {
  readonly key: bigint;
  /** Signed lots. */
  readonly size: Lots;
  /** What an open future or perpetual cost, signed like the size; 0 for options. */
  readonly cost: Quote;
}

/** Mark, greeks and scenario vector of the call at one strike, in nanos of quote per lot unless it says otherwise. */
export interface StrikeRisk {
  readonly strike: Price;
  /** Strike × discount. */
  readonly strikeValue: bigint;
  /** Nanos. */
  readonly vol: bigint;
  readonly mark: bigint;
  /** Nanos. */
  readonly delta: bigint;
  readonly gamma: bigint;
  readonly vega: bigint;
  readonly theta: bigint;
  readonly peak: bigint;
  /** P&L of one long call lot in each row of the grid. */
  readonly pnl: readonly bigint[];
}

/** A margin account with its legs. */
export interface MarginAccountState {
  readonly address: Address;
  readonly header: MarginAccount;
  /** Ascending by key. */
  readonly legs: readonly Leg[];
  /** Legs that it has room for. */
  readonly capacity: number;
}

/** A book with the risk arrays of its strikes. */
export interface BookState {
  readonly address: Address;
  readonly header: Book;
  readonly strikes: readonly StrikeRisk[];
}

const LEG_BYTES = 24;
const i64 = getI64Decoder();
const legDecoder = getStructDecoder([
  ['key', getU64Decoder()],
  ['size', i64],
  ['cost', i64],
]);
const strikeDecoder = getStructDecoder([
  ['strike', i64],
  ['strikeValue', i64],
  ['vol', i64],
  ['mark', i64],
  ['delta', i64],
  ['gamma', i64],
  ['vega', i64],
  ['theta', i64],
  ['peak', i64],
  ['pnl', getArrayDecoder(i64, { size: MAX_ROWS })],
]);

/** Reads a margin account. */
export function readMarginAccount(account: EncodedAccount): MarginAccountState {
  const decoder = getMarginAccountDecoder();
  const header = decodeAccount(account, decoder).data;
  const capacity = Math.floor((account.data.length - decoder.fixedSize) / LEG_BYTES);
  const legs = Array.from({ length: header.legCount }, (_, index) =>
    legDecoder.decode(account.data, decoder.fixedSize + index * LEG_BYTES),
  );
  return { address: account.address, header, legs: legs as unknown as Leg[], capacity };
}

/** Reads a book. @throws RangeError when its rows have another length than the ones that this client knows. */
export function readBook(account: EncodedAccount): BookState {
  const decoder = getBookDecoder();
  const header = decodeAccount(account, decoder).data;
  const rows = account.data.length - decoder.fixedSize;
  if (rows !== header.strikeCount * strikeDecoder.fixedSize) {
    throw new RangeError(`book ${account.address} has rows of another layout: use the client of the deployed program`);
  }
  const strikes = Array.from({ length: header.strikeCount }, (_, index) =>
    strikeDecoder.decode(account.data, decoder.fixedSize + index * strikeDecoder.fixedSize),
  );
  return { address: account.address, header, strikes: strikes as unknown as StrikeRisk[] };
}

/** Fetches margin accounts in the order of their addresses. @throws Error for one that does not exist. */
export async function fetchMarginAccounts(
  connection: Connection,
  addresses: readonly Address[],
  commitment: Commitment = 'confirmed',
): Promise<MarginAccountState[]> {
  const accounts = await fetchEncodedAccounts(connection.rpc, [...addresses], { commitment });
  return accounts.map((account) => {
    if (!account.exists) throw new Error(`there is no margin account at ${account.address}`);
    return readMarginAccount(account);
  });
}

/** Fetches every account of the program that begins with a discriminator. */
export async function fetchProgramAccounts(
  connection: Connection,
  discriminator: ReadonlyUint8Array,
  commitment: Commitment = 'confirmed',
): Promise<EncodedAccount[]> {
  const bytes = getBase58Decoder().decode(discriminator) as Base58EncodedBytes;
  const found = await connection.rpc
    .getProgramAccounts(CLEARING_HOUSE_PROGRAM_ADDRESS, {
      commitment,
      encoding: 'base64',
      filters: [{ memcmp: { offset: 0n, bytes, encoding: 'base58' } }],
    })
    .send();
  return found.map(({ pubkey, account }) => ({
    address: pubkey,
    data: getBase64Encoder().encode(account.data[0]),
    executable: account.executable,
    lamports: account.lamports,
    programAddress: account.owner,
    space: account.space,
  }));
}

/** Decodes fetched accounts of one type. */
export function decodeAll<T extends object>(
  accounts: readonly EncodedAccount[],
  decoder: Parameters<typeof decodeAccount<T>>[1],
): Account<T>[] {
  return accounts.map((account) => decodeAccount(account, decoder));
}
