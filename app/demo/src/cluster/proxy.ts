/** A TCP proxy that gives a service a well-known port. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A listening proxy. */
export interface Proxy {
  readonly port: number;
  close(): void;
}

/**
 * Forwards `port` on loopback to `target`. When the port is taken by somebody else the system picks a free one: a demo
 * should not fail because a validator runs beside it.
 */
export async function openProxy(port: number, target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
      // Either end may vanish at any time, above all at shutdown; the other end is closed with it.
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const bound = await listen(server, port).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return listen(server, 0);
    throw error;
  });
  return {
    port: bound,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
