import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

import { type Answer, loadMarginEngine, Refusal } from '@novate/risk';
import { Command } from 'commander';

import { marginTable } from './table.js';

/** Exit status for a file that is refused. */
const REFUSED = 2;

/** `novate risk margin <file> [--json]` */
export function marginCommand(): Command {
  return new Command('margin')
    .description('margins a portfolio file (docs/PORTFOLIO_JSON.md)')
    .argument('<file>', 'the file, or - for standard input')
    .option('--json', 'print the answer as JSON, with every digit')
    .addHelpText('after', `\nA file that is refused ends in status ${REFUSED}, with the field and the reason.`)
    .action(async (path: string, options: { json?: true }, command: Command) => {
      const file = await read(path).catch((error: unknown) =>
        command.error(`${path}: ${error instanceof Error ? error.message : String(error)}`),
      );
      const engine = await loadMarginEngine();
      try {
        const answer = engine.margin(file);
        process.stdout.write(options.json ? answer : marginTable(JSON.parse(answer) as Answer));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        command.error(error.message, { exitCode: REFUSED });
      }
    });
}

async function read(path: string): Promise<Uint8Array> {
  return path === '-' ? buffer(process.stdin) : readFile(path);
}
