/** A bare local cluster, to play with: npm run cluster */
import { describeError } from '@novate/client';

import { openCluster } from './cluster/cluster.js';
import { readOptions } from './options.js';
import { Terminal } from './report/terminal.js';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return;
  const terminal = new Terminal();
  const cluster = await openCluster(options);
  terminal.done(`RPC ${cluster.connection.url}, websocket ${cluster.connection.wsUrl}`, 'Ctrl-C ends it');
  process.once('SIGINT', () => {
    cluster.stop();
    process.exit(0);
  });
}

try {
  await main();
} catch (error) {
  console.error(describeError(error));
  process.exit(1);
}
