/** Deploys a program through the upgradeable loader, with the same transactions that a real deployment sends. */
import { readFile } from 'node:fs/promises';

import { LOADER_V3, programDataAddress, type Transactor } from '@novate/client';
import {
  type Address,
  createKeyPairSignerFromBytes,
  fetchEncodedAccount,
  generateKeyPairSigner,
  type KeyPairSigner,
} from '@solana/kit';
import { getCreateAccountInstruction } from '@solana-program/system';

import {
  BUFFER_HEADER_BYTES,
  deployBuffer,
  initializeBuffer,
  PROGRAM_ACCOUNT_BYTES,
  PROGRAM_DATA_HEADER_BYTES,
  upgradeProgram,
  writeBuffer,
} from './loader.js';

/** Program bytes that fit a transaction beside one signature and three keys. */
const CHUNK_BYTES = 1_000;

/** What a deployment did. */
export interface Deployment {
  readonly program: Address;
  readonly bytes: number;
  /** How many it took. */
  readonly transactions: number;
  readonly outcome: 'deployed' | 'upgraded' | 'unchanged';
}

/** Reads a key pair file in the form of Solana's tools: 64 numbers in JSON. */
export async function readKeyPair(path: string): Promise<KeyPairSigner> {
  const numbers = JSON.parse(await readFile(path, 'utf8')) as number[];
  return createKeyPairSignerFromBytes(Uint8Array.from(numbers));
}

/**
 * Puts `code` at the address of `program`: deploys it, or upgrades what is there, or leaves it when it is the same. The
 * transactor's payer becomes (or must be) the upgrade authority.
 */
export async function deployProgram(
  transactor: Transactor,
  program: KeyPairSigner,
  code: Uint8Array,
  onProgress: (written: number, of: number) => void = () => undefined,
): Promise<Deployment> {
  const programData = await programDataAddress(program.address);
  const deployed = await fetchEncodedAccount(transactor.connection.rpc, programData, { commitment: 'confirmed' });
  const before = transactor.counts.succeeded;
  const done = (outcome: Deployment['outcome']): Deployment => {
    const transactions = transactor.counts.succeeded - before;
    return { program: program.address, bytes: code.length, transactions, outcome };
  };
  if (deployed.exists && same(deployed.data.slice(PROGRAM_DATA_HEADER_BYTES), code)) return done('unchanged');

  const buffer = await writeBufferAccount(transactor, code, onProgress);
  const authority = transactor.payer;
  if (deployed.exists) {
    const upgrade = { programData, program: program.address, buffer, spill: authority.address, authority };
    await transactor.send('upgrade the program', [upgradeProgram(upgrade)]);
    return done('upgraded');
  }
  await transactor.send('deploy the program', [
    await createAccount(transactor, program, PROGRAM_ACCOUNT_BYTES),
    deployBuffer({
      payer: authority,
      programData,
      program: program.address,
      buffer,
      authority,
      maxDataLength: code.length,
    }),
  ]);
  return done('deployed');
}

async function writeBufferAccount(
  transactor: Transactor,
  code: Uint8Array,
  onProgress: (written: number, of: number) => void,
): Promise<Address> {
  const buffer = await generateKeyPairSigner();
  const authority = transactor.payer;
  await transactor.send('create the buffer', [
    await createAccount(transactor, buffer, BUFFER_HEADER_BYTES + code.length),
    initializeBuffer(buffer.address, authority.address),
  ]);
  const offsets = Array.from({ length: Math.ceil(code.length / CHUNK_BYTES) }, (_, index) => index * CHUNK_BYTES);
  const writes = offsets.map((offset) => {
    const bytes = code.subarray(offset, offset + CHUNK_BYTES);
    return [writeBuffer(buffer.address, authority, offset, bytes)];
  });
  // Surfpool runs a transaction once for every instruction in it: without a compute limit this takes half as long.
  const options = { computeUnitLimit: null };
  await transactor.sendAll('write the buffer', writes, options, (done) => onProgress(done, writes.length));
  return buffer.address;
}

async function createAccount(transactor: Transactor, account: KeyPairSigner, space: number) {
  const lamports = await transactor.connection.rpc.getMinimumBalanceForRentExemption(BigInt(space)).send();
  return getCreateAccountInstruction({
    payer: transactor.payer,
    newAccount: account,
    lamports,
    space,
    programAddress: LOADER_V3,
  });
}

function same(a: Uint8Array | { readonly [index: number]: number; readonly length: number }, b: Uint8Array): boolean {
  return a.length === b.length && b.every((byte, index) => a[index] === byte);
}
