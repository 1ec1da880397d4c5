import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { openProxy, type Proxy } from '../src/cluster/proxy.js';

const open: (Proxy | Server)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function service(): Promise<number> {
  const server = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

describe('the proxy', () => {
  it('gives a service another port', async () => {
    const proxy = await openProxy(0, await service());
    open.push(proxy);
    const response = await fetch(`http://127.0.0.1:${proxy.port}/`);
    expect(await response.text()).toBe('hello');
  });

  it('takes another port when the wanted one is busy', async () => {
    const busy = await service();
    const proxy = await openProxy(busy, busy);
    open.push(proxy);
    expect(proxy.port).not.toBe(busy);
  });
});
