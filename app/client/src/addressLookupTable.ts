/**
 * Instructions of the address lookup table program.
 *
 * Written by hand: the published client of that program does not go with this version of kit yet.
 */
import {
  AccountRole,
  type Address,
  address,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU32Encoder,
  getU64Encoder,
  type Instruction,
  type TransactionSigner,
} from '@solana/kit';
import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';

/** The address lookup table program. */
export const LOOKUP_TABLE_PROGRAM = address('AddressLookupTab1e1111111111111111111111111');
/** Addresses that one extension can add and still fit a transaction. */
export const MAX_EXTENSION = 20;

const CREATE = 0;
const EXTEND = 2;

/** Address and bump of the table that `authority` creates at `recentSlot`. */
export async function lookupTableAddress(authority: Address, recentSlot: bigint): Promise<readonly [Address, number]> {
  return getProgramDerivedAddress({
    programAddress: LOOKUP_TABLE_PROGRAM,
    seeds: [getAddressEncoder().encode(authority), getU64Encoder().encode(recentSlot)],
  });
}

/** Creates a table; `recentSlot` must be in the slot hashes sysvar. */
export function createLookupTableInstruction(input: {
  readonly table: Address;
  readonly bump: number;
  readonly recentSlot: bigint;
  readonly authority: TransactionSigner;
}): Instruction {
  return {
    programAddress: LOOKUP_TABLE_PROGRAM,
    accounts: [
      { address: input.table, role: AccountRole.WRITABLE },
      { address: input.authority.address, role: AccountRole.READONLY_SIGNER, signer: input.authority },
      { address: input.authority.address, role: AccountRole.WRITABLE_SIGNER, signer: input.authority },
      { address: SYSTEM_PROGRAM_ADDRESS, role: AccountRole.READONLY },
    ],
    data: concat(getU32Encoder().encode(CREATE), getU64Encoder().encode(input.recentSlot), [input.bump]),
  } as Instruction;
}

/** Appends addresses to a table. They can be used from the next slot on. */
export function extendLookupTableInstruction(input: {
  readonly table: Address;
  readonly authority: TransactionSigner;
  readonly addresses: readonly Address[];
}): Instruction {
  const encoder = getAddressEncoder();
  return {
    programAddress: LOOKUP_TABLE_PROGRAM,
    accounts: [
      { address: input.table, role: AccountRole.WRITABLE },
      { address: input.authority.address, role: AccountRole.READONLY_SIGNER, signer: input.authority },
      { address: input.authority.address, role: AccountRole.WRITABLE_SIGNER, signer: input.authority },
      { address: SYSTEM_PROGRAM_ADDRESS, role: AccountRole.READONLY },
    ],
    data: concat(
      getU32Encoder().encode(EXTEND),
      getU64Encoder().encode(input.addresses.length),
      ...input.addresses.map((one) => encoder.encode(one)),
    ),
  } as Instruction;
}

function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
