/** Addresses of the program's accounts. Seeds as in programs/clearing-house/src/seeds.rs. */
import {
  type Address,
  address,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU16Encoder,
  getU32Encoder,
  getUtf8Encoder,
  type ReadonlyUint8Array,
} from '@solana/kit';

import { CLEARING_HOUSE_PROGRAM_ADDRESS } from './generated/index.js';

/** The upgradeable loader, which owns programs. */
export const LOADER_V3 = address('BPFLoaderUpgradeab1e11111111111111111111111');

const text = getUtf8Encoder();
const key = getAddressEncoder();
const u16 = getU16Encoder();
const u32 = getU32Encoder();

async function derive(...seeds: readonly ReadonlyUint8Array[]): Promise<Address> {
  const programAddress = CLEARING_HOUSE_PROGRAM_ADDRESS;
  const [derived] = await getProgramDerivedAddress({ programAddress, seeds: [...seeds] });
  return derived;
}

/** The house. */
export const houseAddress = (): Promise<Address> => derive(text.encode('house'));
/** A collateral. */
export const collateralAddress = (mint: Address): Promise<Address> =>
  derive(text.encode('collateral'), key.encode(mint));
/** The token account that holds all of a collateral. */
export const vaultAddress = (mint: Address): Promise<Address> => derive(text.encode('vault'), key.encode(mint));
/** A market. */
export const marketAddress = (id: number): Promise<Address> => derive(text.encode('market'), u16.encode(id));
/** A market's book of one expiry. */
export const bookAddress = (market: number, expiryHour: number): Promise<Address> =>
  derive(text.encode('book'), u16.encode(market), u32.encode(expiryHour));
/** What publishers say of a book. */
export const boardAddress = (market: number, expiryHour: number): Promise<Address> =>
  derive(text.encode('board'), u16.encode(market), u32.encode(expiryHour));
/** Open interest of one expiry; hour 0 is the perpetual's. */
export const interestAddress = (market: number, expiryHour: number): Promise<Address> =>
  derive(text.encode('interest'), u16.encode(market), u32.encode(expiryHour));
/** An owner's margin account. */
export const marginAccountAddress = (owner: Address, id: number): Promise<Address> =>
  derive(text.encode('margin'), key.encode(owner), u16.encode(id));
/** A venue. */
export const venueAddress = (id: number): Promise<Address> => derive(text.encode('venue'), u16.encode(id));
/** What the owner of a margin account lets a venue do. */
export const grantAddress = (marginAccount: Address, venue: Address): Promise<Address> =>
  derive(text.encode('grant'), key.encode(marginAccount), key.encode(venue));

/** Where the loader keeps a program's code and upgrade authority. */
export async function programDataAddress(program: Address): Promise<Address> {
  const [data] = await getProgramDerivedAddress({ programAddress: LOADER_V3, seeds: [key.encode(program)] });
  return data;
}
