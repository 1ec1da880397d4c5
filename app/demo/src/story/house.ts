/** Sets the house up: the program, the keys of its roles, its tokens and everything that the migration file lists. */
import { readFile } from 'node:fs/promises';

import { addressesOf, type Directory, fetchDirectory, LookupTable, Transactor } from '@novate/client';
import { type MigrationFile, readMigration, runMigration, type Step } from '@novate/migrate';
import { type Address, generateKeyPairSigner, isAddress, type KeyPairSigner } from '@solana/kit';

import type { Cluster } from '../cluster/cluster.js';
import { type Deployment, deployProgram, readKeyPair } from '../deploy/deploy.js';
import { MIGRATION_FILE, PROGRAM_FILE, PROGRAM_KEYPAIR_FILE, requireFile } from '../files.js';
import { createMint } from '../market/tokens.js';
import type { Token } from './actors.js';

/** Who runs the place. */
export interface Keys {
  readonly governor: KeyPairSigner;
  readonly listing: KeyPairSigner;
  readonly guardian: KeyPairSigner;
  readonly publisher: KeyPairSigner;
  readonly publisher2: KeyPairSigner;
  readonly publisher3: KeyPairSigner;
  readonly venue: KeyPairSigner;
}

/** A house that stands. */
export interface House {
  readonly file: MigrationFile;
  readonly keys: Keys;
  /** By symbol. */
  readonly tokens: ReadonlyMap<string, Token>;
  readonly directory: Directory;
  readonly lookupTable: LookupTable;
}

/** Deploys the built program through the upgradeable loader. */
export async function deployHouse(
  transactor: Transactor,
  onProgress: (written: number, of: number) => void,
): Promise<Deployment> {
  await requireFile(PROGRAM_FILE, 'build the program first (make build)');
  const [program, code] = await Promise.all([readKeyPair(PROGRAM_KEYPAIR_FILE), readFile(PROGRAM_FILE)]);
  return deployProgram(transactor, program, code, onProgress);
}

/** Makes keys and tokens, and runs the migration file. */
export async function raiseHouse(
  cluster: Cluster,
  transactor: Transactor,
  onStep: (step: Step, at: number, of: number) => void,
): Promise<House> {
  const file = await readMigration(MIGRATION_FILE);
  const keys = await makeKeys();
  const tokens = await makeTokens(transactor, file);
  const bindings: Record<string, Address> = {};
  for (const [name, signer] of Object.entries(keys)) bindings[name] = (signer as KeyPairSigner).address;
  for (const { symbol, mint } of file.collaterals) {
    const token = tokens.get(symbol);
    if (token !== undefined && !isAddress(mint)) bindings[mint.slice(1)] = token.mint;
  }
  const now = await cluster.cheats.now();
  const signers = { payer: transactor.payer, upgradeAuthority: transactor.payer, listing: keys.listing };
  await runMigration(transactor, { file, signers, bindings, now, onStep });
  const directory = await fetchDirectory(transactor.connection, transactor.commitment);
  const lookupTable = await LookupTable.create(transactor);
  await lookupTable.add(addressesOf(directory));
  return { file, keys, tokens, directory, lookupTable };
}

async function makeKeys(): Promise<Keys> {
  const [governor, listing, guardian, publisher, publisher2, publisher3, venue] = await Promise.all([
    generateKeyPairSigner(),
    generateKeyPairSigner(),
    generateKeyPairSigner(),
    generateKeyPairSigner(),
    generateKeyPairSigner(),
    generateKeyPairSigner(),
    generateKeyPairSigner(),
  ]);
  return { governor, listing, guardian, publisher, publisher2, publisher3, venue };
}

/** Mints the file's tokens that have no address of their own. */
async function makeTokens(transactor: Transactor, file: MigrationFile): Promise<Map<string, Token>> {
  const tokens = new Map<string, Token>();
  for (const { symbol, mint, decimals } of file.collaterals) {
    tokens.set(symbol, { mint: isAddress(mint) ? mint : await createMint(transactor, decimals), decimals });
  }
  return tokens;
}
