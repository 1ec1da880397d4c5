/** A local cluster with the program deployed, to play with: npm run cluster */
import { Transactor } from '@novate/client';

import { openCluster } from './cluster/cluster.js';
import { readOptions } from './options.js';
import { Terminal } from './report/terminal.js';
import { deployHouse } from './story/house.js';

const options = readOptions(process.argv.slice(2));
if (options !== undefined) {
  const terminal = new Terminal();
  const cluster = await openCluster(options);
  const transactor = new Transactor(cluster.connection, cluster.faucet);
  const deployment = await deployHouse(transactor, (at, of) => terminal.progress('writing the program', at, of));
  terminal.done(`program ${deployment.program} ${deployment.outcome}`);
  terminal.done(`RPC ${cluster.connection.url}, websocket ${cluster.connection.wsUrl}`, 'Ctrl-C ends it');
  process.once('SIGINT', () => {
    cluster.stop();
    process.exit(0);
  });
}
