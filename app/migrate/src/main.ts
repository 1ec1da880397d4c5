/** Command line: npm run migrate -- FILE --url URL --keypair FILE [--bind NAME=ADDRESS …] [--plan] */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { connect, describeError, Transactor } from '@novate/client';
import { address, createKeyPairSignerFromBytes, type KeyPairSigner } from '@solana/kit';

import { MigrationConflict } from './differences.js';
import { readMigration, runMigration } from './run.js';
import { BadMigration, type Bindings } from './schema.js';

const USAGE = `usage: npm run migrate -- FILE [options]

  FILE                    a migration file, such as ../migrations/local.json
  --url URL               RPC of the cluster (http://127.0.0.1:8899)
  --ws URL                its websocket (one port above the RPC)
  --keypair FILE          pays, and is the program's upgrade authority
  --listing FILE          holds the listing role (the same key if absent)
  --bind NAME=ADDRESS     what "@NAME" in the file stands for; may be repeated
  --plan                  print what would be done and do nothing`;

function options() {
  return parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8899' },
      ws: { type: 'string' },
      keypair: { type: 'string' },
      listing: { type: 'string' },
      bind: { type: 'string', multiple: true, default: [] },
      plan: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}

async function keyPair(path: string): Promise<KeyPairSigner> {
  return createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(await readFile(path, 'utf8')) as number[]));
}

function bindingsOf(pairs: readonly string[]): Bindings {
  const entries = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return [name, address(value)] as const;
  });
  return Object.fromEntries(entries);
}

async function main(): Promise<void> {
  const { values, positionals } = options();
  const [path] = positionals;
  if (values.help || path === undefined || values.keypair === undefined) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const file = await readMigration(path);
  const payer = await keyPair(values.keypair);
  const listing = values.listing === undefined ? payer : await keyPair(values.listing);
  const steps = await runMigration(new Transactor(connect(values.url, values.ws), payer), {
    file,
    signers: { payer, upgradeAuthority: payer, listing },
    bindings: bindingsOf(values.bind),
    now: BigInt(Math.floor(Date.now() / 1_000)),
    dryRun: values.plan,
    onStep: (step, at, of) => console.log(`${values.plan ? 'would ' : ''}[${at}/${of}] ${step.title}`),
  });
  if (steps.length === 0) console.log(`nothing to do: the house is as ${path} has it`);
}

try {
  await main();
} catch (error) {
  const expected = error instanceof BadMigration || error instanceof MigrationConflict;
  console.error(expected ? error.message : describeError(error));
  process.exitCode = 1;
}
