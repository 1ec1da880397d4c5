import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { beforeAll, describe, expect, it } from 'vitest';

import { loadMarginEngine, type MarginEngine, Refusal } from '../src/index.js';

// the files that crates/portfolio/tests/corpus.rs checks the native engine with
const tests = new URL('../../../crates/portfolio/tests/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, tests), 'utf8');
const names = (folder: string) =>
  readdirSync(new URL(folder, tests))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

let engine: MarginEngine;
beforeAll(async () => {
  engine = await loadMarginEngine();
});

function refusalOf(file: string | Uint8Array): Refusal {
  try {
    engine.margin(file);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('the file is answered');
}

describe('WebAssembly answers what the native engine answers', () => {
  it('has a corpus', () => {
    expect(names('corpus/').length).toBeGreaterThanOrEqual(40);
    expect(names('refused/').length).toBeGreaterThanOrEqual(100);
  });

  it.each(names('corpus/'))('%s', (name) => {
    expect(engine.margin(read(`corpus/${name}.json`))).toBe(read(`expected/${name}.json`));
  });

  it.each(names('refused/'))('refused: %s', (name) => {
    expect(`${refusalOf(read(`refused/${name}.json`)).message}\n`).toBe(read(`refused/${name}.txt`));
  });
});

describe('the loader', () => {
  it('tells path and reason apart', () => {
    const refusal = refusalOf('{"markets": [{"id": "BTC", "spot": "1"}], "legs": []}');
    expect(refusal.path).toBe('markets[0].spot');
    expect(refusal.reason).toBe('must be a number, but is a text');
  });

  it('takes bytes, whether they are text or not', () => {
    expect(engine.margin(new TextEncoder().encode('{"markets": [], "legs": []}'))).toContain('"equity": 0,');
    expect(refusalOf(Uint8Array.of(0xff)).message).toMatch(/^portfolio: is not UTF-8/);
  });

  it('fetches the module in a browser, and says so when it is not there', async () => {
    const bytes = readFileSync(new URL('../wasm/novate_risk.wasm', import.meta.url));
    const server = createServer((request, response) => {
      if (request.url === '/novate_risk.wasm') response.end(bytes);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const fetched = await loadMarginEngine(new URL(`http://127.0.0.1:${port}/novate_risk.wasm`));
      expect(fetched.margin(read('corpus/box.json'))).toBe(read('expected/box.json'));
      await expect(loadMarginEngine(new URL(`http://127.0.0.1:${port}/other.wasm`))).rejects.toThrow('404');
    } finally {
      server.close();
    }
    await expect(loadMarginEngine(new URL('other.wasm', import.meta.url))).rejects.toThrow('make wasm');
  });

  it('goes on after files that make memory grow', () => {
    const small = read('corpus/covered_call.json');
    const answer = engine.margin(small);
    const spaces = ' '.repeat(8_000_000);
    for (let time = 0; time < 3; time += 1) {
      expect(engine.margin(`${spaces}${small}`)).toBe(answer);
      expect(refusalOf(`${spaces}x`).path).toBe('');
    }
    expect(engine.margin(small)).toBe(answer);
  });
});
