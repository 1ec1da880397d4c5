/** A cluster's two doors: JSON-RPC over HTTP and subscriptions over websockets. */
import {
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  type Rpc,
  type RpcSubscriptions,
  type SolanaRpcApi,
  type SolanaRpcSubscriptionsApi,
} from '@solana/kit';

/** Where a cluster is reached. */
export interface Connection {
  readonly url: string;
  readonly wsUrl: string;
  readonly rpc: Rpc<SolanaRpcApi>;
  readonly rpcSubscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>;
}

/** Opens a cluster. Without `wsUrl` the websocket is taken to be one port above the RPC, as validators have it. */
export function connect(url: string, wsUrl: string = defaultWebsocketUrl(url)): Connection {
  return { url, wsUrl, rpc: createSolanaRpc(url), rpcSubscriptions: createSolanaRpcSubscriptions(wsUrl) };
}

/** The websocket address that goes with an RPC address by the validators' convention. */
export function defaultWebsocketUrl(url: string): string {
  const parsed = new URL(url);
  parsed.protocol = parsed.protocol === 'https:' ? 'wss:' : 'ws:';
  if (parsed.port !== '') parsed.port = String(Number(parsed.port) + 1);
  return parsed.toString().replace(/\/$/, '');
}
