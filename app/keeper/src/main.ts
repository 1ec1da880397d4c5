/** The keeper as a process: npm run keeper -- --keypair FILE [--url URL] [--ws URL] [--account ID] */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { connect, describeError, LookupTable, marginAccountAddress, Transactor } from '@novate/client';
import { createKeyPairSignerFromBytes } from '@solana/kit';
import { pino } from 'pino';

import { Keeper } from './keeper.js';

const USAGE = `usage: npm run keeper -- --keypair FILE [options]

  --keypair FILE     pays and owns the margin account that takes over positions
  --url URL          RPC of the cluster (http://127.0.0.1:8899)
  --ws URL           its websocket (one port above the RPC)
  --account ID       number of the owner's margin account (0)
  --commitment WORD  processed, confirmed or finalized (confirmed)
  --level LEVEL      trace, debug, info, warn or error (info); logs are JSON lines on standard output`;

function options() {
  return parseArgs({
    options: {
      keypair: { type: 'string' },
      url: { type: 'string', default: 'http://127.0.0.1:8899' },
      ws: { type: 'string' },
      account: { type: 'string', default: '0' },
      commitment: { type: 'string', default: 'confirmed' },
      level: { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

function commitmentOf(word: string) {
  if (word === 'processed' || word === 'confirmed' || word === 'finalized') return word;
  throw new RangeError(`--commitment ${word}: use processed, confirmed or finalized`);
}

async function run(keypair: string, values: ReturnType<typeof options>): Promise<void> {
  const log = pino({ level: values.level, base: null });
  const owner = await createKeyPairSignerFromBytes(
    Uint8Array.from(JSON.parse(await readFile(keypair, 'utf8')) as number[]),
  );
  const transactor = new Transactor(connect(values.url, values.ws), owner, commitmentOf(values.commitment));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const keeper = new Keeper({
    transactor,
    owner,
    marginAccount: await marginAccountAddress(owner.address, Number(values.account)),
    lookupTable: await LookupTable.create(transactor),
    log,
  });
  await keeper.run(stop.signal);
  const { succeeded, failed } = transactor.counts;
  log.info({ event: 'stopped', transactions: succeeded, failed_transactions: failed }, 'stopped');
}

async function main(): Promise<void> {
  const values = options();
  if (values.help || values.keypair === undefined) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await run(values.keypair, values);
}

try {
  await main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
