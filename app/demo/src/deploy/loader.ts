/**
 * Instructions of the upgradeable loader (loader v3).
 *
 * Written by hand: the published client of that program does not go with this version of kit yet.
 */
import { LOADER_V3 } from '@novate/client';
import {
  AccountRole,
  type Address,
  address,
  getU32Encoder,
  getU64Encoder,
  type Instruction,
  type ReadonlyUint8Array,
  type TransactionSigner,
} from '@solana/kit';
import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';

/** Bytes in front of the program in a buffer account. */
export const BUFFER_HEADER_BYTES = 37;
/** Bytes in front of the program in a program data account. */
export const PROGRAM_DATA_HEADER_BYTES = 45;
/** Bytes of a program account. */
export const PROGRAM_ACCOUNT_BYTES = 36;

const RENT_SYSVAR = address('SysvarRent111111111111111111111111111111111');
const CLOCK_SYSVAR = address('SysvarC1ock11111111111111111111111111111111');

const INITIALIZE_BUFFER = 0;
const WRITE = 1;
const DEPLOY_WITH_MAX_DATA_LEN = 2;
const UPGRADE = 3;

/** Makes a fresh account a buffer that `authority` may write. */
export function initializeBuffer(buffer: Address, authority: Address): Instruction {
  return instruction(
    [
      { address: buffer, role: AccountRole.WRITABLE },
      { address: authority, role: AccountRole.READONLY },
    ],
    u32(INITIALIZE_BUFFER),
  );
}

/** Writes bytes into a buffer. */
export function writeBuffer(
  buffer: Address,
  authority: TransactionSigner,
  offset: number,
  bytes: Uint8Array,
): Instruction {
  return instruction(
    [{ address: buffer, role: AccountRole.WRITABLE }, signer(authority, AccountRole.READONLY_SIGNER)],
    concat(u32(WRITE), u32(offset), u64(bytes.length), bytes),
  );
}

/** Deploys a full buffer as a new program; `program` must have been created in the same transaction. */
export function deployBuffer(input: {
  readonly payer: TransactionSigner;
  readonly programData: Address;
  readonly program: Address;
  readonly buffer: Address;
  readonly authority: TransactionSigner;
  readonly maxDataLength: number;
}): Instruction {
  return instruction(
    [
      signer(input.payer, AccountRole.WRITABLE_SIGNER),
      { address: input.programData, role: AccountRole.WRITABLE },
      { address: input.program, role: AccountRole.WRITABLE },
      { address: input.buffer, role: AccountRole.WRITABLE },
      { address: RENT_SYSVAR, role: AccountRole.READONLY },
      { address: CLOCK_SYSVAR, role: AccountRole.READONLY },
      { address: SYSTEM_PROGRAM_ADDRESS, role: AccountRole.READONLY },
      signer(input.authority, AccountRole.READONLY_SIGNER),
    ],
    concat(u32(DEPLOY_WITH_MAX_DATA_LEN), u64(input.maxDataLength)),
  );
}

/** Replaces a program by the contents of a buffer; what the buffer's rent leaves over goes to `spill`. */
export function upgradeProgram(input: {
  readonly programData: Address;
  readonly program: Address;
  readonly buffer: Address;
  readonly spill: Address;
  readonly authority: TransactionSigner;
}): Instruction {
  return instruction(
    [
      { address: input.programData, role: AccountRole.WRITABLE },
      { address: input.program, role: AccountRole.WRITABLE },
      { address: input.buffer, role: AccountRole.WRITABLE },
      { address: input.spill, role: AccountRole.WRITABLE },
      { address: RENT_SYSVAR, role: AccountRole.READONLY },
      { address: CLOCK_SYSVAR, role: AccountRole.READONLY },
      signer(input.authority, AccountRole.READONLY_SIGNER),
    ],
    u32(UPGRADE),
  );
}

function instruction(accounts: NonNullable<Instruction['accounts']>, data: Uint8Array): Instruction {
  return { programAddress: LOADER_V3, accounts, data };
}

function signer(of: TransactionSigner, role: AccountRole.READONLY_SIGNER | AccountRole.WRITABLE_SIGNER) {
  return { address: of.address, role, signer: of };
}

const u32 = (value: number): Uint8Array => Uint8Array.from(getU32Encoder().encode(value));
const u64 = (value: number): Uint8Array => Uint8Array.from(getU64Encoder().encode(value));

function concat(...parts: readonly (ReadonlyUint8Array | number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
