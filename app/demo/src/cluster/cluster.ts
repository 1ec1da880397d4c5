/** The cluster that a run uses: one started here, or one that is already running elsewhere. */
import { connect, type Connection } from '@novate/client';
import { createKeyPairSignerFromBytes, generateKeyPairSigner, type KeyPairSigner } from '@solana/kit';

import { Cheats } from './cheats.js';
import { openProxy } from './proxy.js';
import { startSurfpool } from './surfpool.js';

/** How to get a cluster. */
export interface ClusterOptions {
  /** Address of a running cluster; one is started here when absent. */
  readonly url?: string;
  /** Its websocket; one port above the RPC when absent. */
  readonly wsUrl?: string;
  /** Ports wanted for a cluster started here; others are taken when these are busy. */
  readonly rpcPort: number;
  readonly wsPort: number;
}

/** A cluster in use. */
export interface Cluster {
  readonly connection: Connection;
  readonly cheats: Cheats;
  /** Has enough lamports for everything. */
  readonly faucet: KeyPairSigner;
  /** Whether it was started here and ends with this process. */
  readonly own: boolean;
  stop(): void;
}

const READY_TIMEOUT_MS = 20_000;
const FAUCET_LAMPORTS = 1_000_000_000_000n;

/** Starts or joins a cluster and waits until it answers. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = options.url === undefined ? await startHere(options) : await join(options.url, options.wsUrl);
  await ready(cluster.connection);
  await cluster.cheats.require();
  await cluster.cheats.setLamports(cluster.faucet.address, FAUCET_LAMPORTS);
  return cluster;
}

async function startHere(options: ClusterOptions): Promise<Cluster> {
  const surfpool = startSurfpool();
  const rpc = await openProxy(options.rpcPort, surfpool.rpcPort);
  const ws = await openProxy(options.wsPort, surfpool.wsPort);
  const connection = connect(`http://127.0.0.1:${rpc.port}`, `ws://127.0.0.1:${ws.port}`);
  return {
    connection,
    cheats: new Cheats(connection),
    faucet: await createKeyPairSignerFromBytes(surfpool.payerSecretKey),
    own: true,
    stop() {
      rpc.close();
      ws.close();
      surfpool.stop();
    },
  };
}

async function join(url: string, wsUrl: string | undefined): Promise<Cluster> {
  const connection = connect(url, wsUrl);
  return {
    connection,
    cheats: new Cheats(connection),
    faucet: await generateKeyPairSigner(),
    own: false,
    stop: () => undefined,
  };
}

async function ready(connection: Connection): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await connection.rpc.getHealth().send();
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`no cluster answers at ${connection.url}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
