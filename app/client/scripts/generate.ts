/**
 * Generates src/generated from the committed IDL. With --check it generates elsewhere and fails when the committed code
 * differs, so that client and program cannot drift apart unseen.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type AnchorIdl, rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const client = fileURLToPath(new URL('..', import.meta.url));
const committed = join(client, 'src', 'generated');

async function generate(into: string): Promise<void> {
  const idl = JSON.parse(await readFile(join(client, 'idl', 'clearing_house.json'), 'utf8')) as AnchorIdl;
  const codama = createFromRoot(rootNodeFromAnchor(withoutSeeds(idl)));
  await codama.accept(renderVisitor(into, { deleteFolderBeforeRendering: true, syncPackageJson: false }));
}

/**
 * Leaves out the seeds of accounts. Most of them are fields of zero-copy accounts, which the IDL cannot express: it gives
 * the account itself as the seed, and generated code would derive wrong addresses. src/pdas.ts derives the right ones.
 */
function withoutSeeds(idl: AnchorIdl): AnchorIdl {
  const text = JSON.stringify(idl, (key, value: unknown) => (key === 'pda' ? undefined : value));
  return JSON.parse(text) as AnchorIdl;
}

async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.sort().map(async (file) => [file.slice(folder.length), await readFile(file, 'utf8')] as const);
  return new Map(await Promise.all(contents));
}

async function check(): Promise<void> {
  const fresh = await mkdtemp(join(tmpdir(), 'novate-client-'));
  try {
    await generate(fresh);
    const [want, have] = await Promise.all([filesOf(fresh), filesOf(committed)]);
    const names = new Set([...want.keys(), ...have.keys()]);
    const different = [...names].filter((name) => want.get(name) !== have.get(name));
    if (different.length > 0) {
      throw new Error(`the generated client is out of date: run npm run generate in app/ (${different.join(', ')})`);
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

await (process.argv.includes('--check') ? check() : generate(committed));
