/** Files of the repository that the demo reads and writes, wherever it is started from. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const inRepository = (path: string): string => fileURLToPath(new URL(path, root));

/** The built program. */
export const PROGRAM_FILE = inRepository('target/deploy/clearing_house.so');
/** Key pair of the program's address on local clusters. */
export const PROGRAM_KEYPAIR_FILE = inRepository('migrations/localnet/clearing_house-keypair.json');
/** The house of local clusters. */
export const MIGRATION_FILE = inRepository('migrations/local.json');
/** The report for machines. */
export const REPORT_FILE = inRepository('target/demo/report.json');
/** The keeper's log. */
export const KEEPER_LOG_FILE = inRepository('target/demo/keeper.log');
/** The day that is played back. */
export const DAY_FILE = new URL('../data/2025-10-10.json', import.meta.url);

/** @throws Error that says how to make the file. */
export async function requireFile(path: string, advice: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    throw new Error(`${path} is missing: ${advice}`, { cause });
  });
}
