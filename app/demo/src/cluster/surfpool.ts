/**
 * Surfpool in this process: a local cluster with the full JSON-RPC and websockets, from a prebuilt package.
 *
 * The package is a native module without types; what is declared here is what is used of it.
 */
import { createRequire } from 'node:module';

interface Surfnet {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly payerSecretKey: Uint8Array;
  drainEvents(): unknown[];
  stop(): void;
}

interface SurfpoolModule {
  readonly Surfnet: { startWithConfig(config: Readonly<Record<string, unknown>>): Surfnet };
}

/** A running Surfpool. */
export interface Surfpool {
  readonly rpcPort: number;
  readonly wsPort: number;
  /** 64 bytes of the key pair that the cluster made at birth. */
  readonly payerSecretKey: Uint8Array;
  stop(): void;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@solana/surfpool-linux-x64-gnu',
  'darwin-x64': '@solana/surfpool-darwin-x64',
  'darwin-arm64': '@solana/surfpool-darwin-arm64',
};

/** Main net's slots at the time the program's limits were set; short enough for a demo, honest for the clock. */
const SLOT_TIME_MS = 400;
/** The module queues an event for everything that it does and stalls under bursts unless they are taken away. */
const DRAIN_INTERVAL_MS = 100;

/** Starts a cluster on ports of its own choice. @throws Error where no prebuilt package exists. */
export function startSurfpool(): Surfpool {
  const surfnet = load().Surfnet.startWithConfig({
    offline: true,
    blockProductionMode: 'clock',
    slotTimeMs: SLOT_TIME_MS,
  });
  const drain = setInterval(() => surfnet.drainEvents(), DRAIN_INTERVAL_MS);
  return {
    rpcPort: Number(new URL(surfnet.rpcUrl).port),
    wsPort: Number(new URL(surfnet.wsUrl).port),
    payerSecretKey: Uint8Array.from(surfnet.payerSecretKey),
    stop() {
      clearInterval(drain);
      surfnet.stop();
    },
  };
}

function load(): SurfpoolModule {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  const advice = 'start a Surfpool elsewhere and name it with --url and --ws';
  if (name === undefined) throw new Error(`no local cluster is packaged for ${platform}: ${advice}`);
  try {
    return createRequire(import.meta.url)(name) as SurfpoolModule;
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci in app/, or ${advice}`, { cause });
  }
}
