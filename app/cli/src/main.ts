import { Command } from 'commander';

import { marginCommand } from './risk/margin.js';

const program = new Command('novate').description('Novate, a clearing house for derivatives on Solana');
program.command('risk').description('what positions need and do').addCommand(marginCommand());

await program.parseAsync().catch((error: unknown) => {
  program.error(error instanceof Error ? error.message : String(error));
});
