/** Command-line options of the demo and of the bare cluster. */
import { parseArgs } from 'node:util';

import type { ClusterOptions } from './cluster/cluster.js';

const USAGE = `usage: npm run demo -- [options]     the whole story
       npm run cluster -- [options]  a bare local cluster, until Ctrl-C

  --url URL        use a running, fresh Surfpool cluster instead of starting one
  --ws URL         its websocket (one port above the RPC)
  --rpc-port PORT  RPC port of a cluster started here (8899; another one if it is taken)
  --ws-port PORT   its websocket port (8900; another one if it is taken)
  --help           this text

Colour is left out when NO_COLOR is set or the output is no terminal.`;

/** The options, or undefined when only help was wanted. @throws Error for an unknown one. */
export function readOptions(args: readonly string[]): ClusterOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      ws: { type: 'string' },
      'rpc-port': { type: 'string', default: '8899' },
      'ws-port': { type: 'string', default: '8900' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  return {
    rpcPort: port(values['rpc-port']),
    wsPort: port(values['ws-port']),
    ...(values.url === undefined ? {} : { url: values.url }),
    ...(values.ws === undefined ? {} : { wsUrl: values.ws }),
  };
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new RangeError(`"${text}" is not a port`);
  return value;
}
