/** Runs a migration. */
import { readFile } from 'node:fs/promises';

import type { Transactor } from '@novate/client';

import { readChain } from './chain.js';
import { type MigrationSigners, planMigration, type Step } from './plan.js';
import { BadMigration, type Bindings, type MigrationFile, parseMigration } from './schema.js';

/** Reads and checks a file. @throws BadMigration with the file's name and a line for each fault. */
export async function readMigration(path: string): Promise<MigrationFile> {
  const text = await readFile(path, 'utf8');
  try {
    return parseMigration(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadMigration(`${path}:\n${reason}`, { cause: error });
  }
}

/** What to do with a file. */
export interface MigrationRun {
  readonly file: MigrationFile;
  readonly signers: MigrationSigners;
  readonly bindings: Bindings;
  /** Seconds since 1970; expiries in days count from here. */
  readonly now: bigint;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Told of each step before it is sent. */
  readonly onStep?: (step: Step, at: number, of: number) => void;
}

/**
 * Sends the steps that are missing, one transaction each and in order, and gives them back. A second run finds nothing
 * to do; a run that was interrupted goes on where it stopped.
 */
export async function runMigration(transactor: Transactor, run: MigrationRun): Promise<Step[]> {
  const chain = await readChain(transactor.connection);
  const steps = await planMigration(run.file, chain, run.signers, run.bindings, run.now);
  for (const [at, step] of steps.entries()) {
    run.onStep?.(step, at + 1, steps.length);
    if (run.dryRun !== true) await transactor.send(step.title, step.instructions);
  }
  return steps;
}
