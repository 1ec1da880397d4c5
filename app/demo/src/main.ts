/** The clearing house end to end on a local cluster: npm run demo */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { describeError, fetchDirectory, formatDecimal, Transactor } from '@novate/client';
import { BadMigration, MigrationConflict, type MigrationFile } from '@novate/migrate';
import { getTransferSolInstruction } from '@solana-program/system';
import { createKeyPairSignerFromBytes, type KeyPairSigner } from '@solana/kit';
import { generateKeyPairSync } from 'node:crypto';

import { type Cluster, openCluster } from './cluster/cluster.js';
import { DAY_FILE, KEEPER_LOG_FILE, REPORT_FILE } from './files.js';
import { readPath } from './market/path.js';
import { readOptions } from './options.js';
import { writeReport } from './report/json.js';
import { left, right, table } from './report/table.js';
import { Terminal } from './report/terminal.js';
import { type Actor, type Admission, admit } from './story/actors.js';
import { KEEPER } from './story/cast.js';
import { balance, type MintBalance } from './story/conservation.js';
import { deployHouse, raiseHouse } from './story/house.js';
import { KeeperProcess, type Names } from './story/keeperProcess.js';
import { Playback } from './story/playback.js';
import { compareMargins, enter, letOut, matchTrades, playDay, raiseHaircut, type Stage } from './story/scenes.js';

const KEEPER_LAMPORTS = 10_000_000_000n;
const GRANT_SECONDS = 30n * 86_400n;

async function story(
  cluster: Cluster,
  terminal: Terminal,
  stopAtEnd: (stop: () => Promise<void>) => void,
): Promise<void> {
  const started = performance.now();
  const transactor = new Transactor(cluster.connection, cluster.faucet);
  terminal.title('Novate', 'a portfolio-margin clearing house, end to end');

  terminal.section('The house');
  terminal.done(`cluster at ${cluster.connection.url}`, cluster.own ? 'started here' : 'already running');
  const deployment = await deployHouse(transactor, (at, of) => terminal.progress('writing the program', at, of));
  terminal.done(
    `program ${deployment.program} ${deployment.outcome}`,
    `${deployment.bytes.toLocaleString('en-US')} bytes, transactions: ${deployment.transactions}`,
  );
  const house = await raiseHouse(cluster, transactor, ({ title }, at, of) => {
    terminal.progress('migration', at, of);
    terminal.done(title);
  });

  const { keys, file, tokens, directory, lookupTable } = house;
  const path = await readPath(DAY_FILE);
  const playback = new Playback({
    cheats: cluster.cheats,
    transactor,
    publishers: [keys.publisher, keys.publisher2, keys.publisher3],
    file,
    directory,
    lookupTable,
  });
  const stage: Stage = { terminal, cluster, transactor, house, playback };
  const [start] = path.steps;
  const venueId = file.venues[0]?.id;
  if (start === undefined || venueId === undefined) throw new Error('the day or the venue is missing');

  terminal.section('The cast');
  const grantsUntil = (await cluster.cheats.now()) + GRANT_SECONDS;
  const admission: Admission = { transactor, treasury: cluster.faucet, tokens, directory, venueId, grantsUntil };
  await playback.show(start);
  const actors = await enter(stage, admission);
  const keeper = await startKeeper(cluster, transactor, admission, namesIn(file, actors));
  stopAtEnd(() => keeper.stop());
  await keeper.ready();
  terminal.done('keeper is watching, a process of its own', `log in ${relative('', KEEPER_LOG_FILE)}`);
  await keeper.settled(await playback.show(start));

  terminal.section('Trades, at the house’s own marks');
  await matchTrades(stage, { transactor, authority: keys.venue, venueId, file, lookupTable, actors });

  terminal.section('Static against portfolio margin');
  await keeper.settled(await playback.show(start));
  const margins = await compareMargins(stage, [...actors.values()]);

  terminal.section(`${path.name}, in accelerated time`);
  const kept = await playDay(stage, path, keeper, margins);

  terminal.section('Governance');
  const haircut = await raiseHaircut(stage, path, keeper);

  terminal.section('The books');
  await letOut(stage, actors);
  const symbols = file.collaterals.map((one) => one.symbol);
  const current = await fetchDirectory(transactor.connection, transactor.commitment);
  const balances = await balance(transactor, current, (index) => symbols[index] ?? String(index));
  printBalances(terminal, [balances.cash, ...balances.collaterals], balances.accounts, tokens);

  await keeper.stop();
  const seconds = (performance.now() - started) / 1_000;
  const succeeded = transactor.counts.succeeded + keeper.counts.succeeded;
  const failed = transactor.counts.failed + keeper.counts.failed;
  await writeReport(REPORT_FILE, {
    accounts: margins,
    transactions: succeeded + failed,
    failedTransactions: failed,
    liquidations: keeper.liquidations,
    keptAlive: kept,
    haircut,
    cash: balances.cash,
    collaterals: balances.collaterals,
    seconds,
  });
  terminal.section('In short');
  terminal.done(`${succeeded + failed} transactions, ${failed} failed`);
  terminal.done(
    `${keeper.liquidations.length} liquidations, ${kept.length} kept alive that static margin would have closed`,
  );
  terminal.done(`report in ${relative('', REPORT_FILE)}`, `${seconds.toFixed(0)} s`);
  terminal.line();
  requirePromises(balances, keeper.liquidations.length, kept.length, haircut.liquidationsAtOnce);
}

/** What the demo promises to show; a run that does not show it has failed. */
function requirePromises(
  balances: Awaited<ReturnType<typeof balance>>,
  liquidations: number,
  kept: number,
  atOnce: number,
): void {
  const off = [balances.cash, ...balances.collaterals].filter(({ vault, owed }) => vault !== owed);
  if (off.length > 0) throw new Error(`the books do not balance: ${off.map((one) => one.symbol).join(', ')}`);
  if (liquidations === 0) throw new Error('nobody was liquidated');
  if (kept === 0) throw new Error('nobody was kept alive that static margin would have closed');
  if (atOnce > 0) throw new Error('the haircut liquidated somebody at once');
}

async function startKeeper(
  cluster: Cluster,
  transactor: Transactor,
  admission: Admission,
  names: Names,
): Promise<KeeperProcess> {
  const { signer, bytes } = await newKeyPair();
  await admit(KEEPER, admission, signer);
  const fee = getTransferSolInstruction({
    source: cluster.faucet,
    destination: signer.address,
    amount: KEEPER_LAMPORTS,
  });
  await transactor.send('fund the keeper', [fee]);
  const folder = await mkdtemp(join(tmpdir(), 'novate-keeper-'));
  const file = join(folder, 'keypair.json');
  await writeFile(file, JSON.stringify([...bytes]), { mode: 0o600 });
  await mkdir(dirname(KEEPER_LOG_FILE), { recursive: true });
  const keeper = new KeeperProcess(cluster.connection, file, KEEPER_LOG_FILE, names);
  await keeper.ready();
  // It has read its key by now.
  await rm(folder, { recursive: true });
  return keeper;
}

/** A key pair whose secret can be handed to another process; kit's own keys cannot be taken out. */
async function newKeyPair(): Promise<{ signer: KeyPairSigner; bytes: Uint8Array }> {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  const bytes = Uint8Array.from(Buffer.concat([part(jwk.d), part(jwk.x)]));
  return { signer: await createKeyPairSignerFromBytes(bytes), bytes };
}

function namesIn(file: MigrationFile, actors: ReadonlyMap<string, Actor>): Names {
  const accounts = new Map([...actors.values()].map((actor) => [String(actor.marginAccount), actor.name]));
  const markets = new Map(file.markets.map((market) => [market.id, market.symbol]));
  return {
    account: (address) => accounts.get(address) ?? address,
    market: (id) => markets.get(id) ?? `market ${id}`,
  };
}

function printBalances(
  terminal: Terminal,
  balances: readonly MintBalance[],
  accounts: number,
  tokens: ReadonlyMap<string, { decimals: number }>,
): void {
  const columns = [left('token'), right('vault'), right('owed'), right('difference')];
  const rows = balances.map(({ symbol, vault, owed }) => {
    const decimals = tokens.get(symbol)?.decimals ?? 0;
    const amounts = [vault, owed, vault - owed].map((value) =>
      formatDecimal(value, decimals, { digits: decimals, group: true }),
    );
    return [symbol, ...amounts];
  });
  for (const line of table(columns, rows)) terminal.line(line);
  terminal.done(`${accounts} margin accounts summed against ${balances.length} vaults`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return;
  const terminal = new Terminal();
  const cluster = await openCluster(options);
  let stopKeeper = (): Promise<void> => Promise.resolve();
  try {
    await story(cluster, terminal, (stop) => (stopKeeper = stop));
  } finally {
    await stopKeeper();
    cluster.stop();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // What contradicts a migration file is told in the error's own words.
  const known = error instanceof MigrationConflict || error instanceof BadMigration;
  console.error(known ? error.message : describeError(error));
  process.exit(1);
}
