/** The scenes of the story, each of which does its part and prints it. */
import {
  failureOf,
  fetchDirectory,
  formatDecimal,
  formatPercent,
  formatPrice,
  formatQuote,
  parseDecimal,
  ratio,
  type Transactor,
  withdraw,
} from '@novate/client';

import type { Cluster } from '../cluster/cluster.js';
import { PRICE_DECIMALS, type PricePath, timeOf } from '../market/path.js';
import { tokenAccountOf } from '../market/tokens.js';
import { left, right, table } from '../report/table.js';
import type { Terminal } from '../report/terminal.js';
import { type Actor, type Admission, admit, statesOf } from './actors.js';
import { ACTORS, TRADES } from './cast.js';
import { type HaircutStory, maintenanceHaircutAt, readHaircut, setHaircut } from './haircut.js';
import type { House } from './house.js';
import type { KeeperProcess } from './keeperProcess.js';
import { type AccountMargin, type KeptAlive, keptAlive, marginsOf, openUnderStatic } from './margins.js';
import type { Playback } from './playback.js';
import { trade, type VenueDesk } from './trades.js';

/** What every scene works with. */
export interface Stage {
  readonly terminal: Terminal;
  readonly cluster: Cluster;
  readonly transactor: Transactor;
  readonly house: House;
  readonly playback: Playback;
}

/** Brings the cast in, side by side. */
export async function enter(stage: Stage, admission: Admission): Promise<Map<string, Actor>> {
  const { terminal } = stage;
  const actors = await Promise.all(ACTORS.map((plan) => admit(plan, admission)));
  const rows = actors.map(({ name, role, idea, brings }) => [
    name,
    role,
    brings.map(({ symbol, amount }) => `${Number(amount).toLocaleString('en-US')} ${symbol}`).join(', '),
    idea,
  ]);
  for (const line of table([left('account'), left('role'), right('deposit'), left('idea')], rows)) terminal.line(line);
  return new Map(actors.map((actor) => [actor.name, actor]));
}

/** Clears every trade of the cast. */
export async function matchTrades(stage: Stage, desk: VenueDesk): Promise<void> {
  const { terminal } = stage;
  for (const [at, plan] of TRADES.entries()) {
    terminal.progress(`clearing trades`, at + 1, TRADES.length);
    const { price } = await trade(desk, plan);
    const what = [plan.units, plan.market, plan.expiry ?? '', plan.strike ?? '', plan.kind].filter(
      (part) => part !== '',
    );
    const side = plan.side === 'buy' ? 'buys ' : 'sells';
    terminal.done(
      `${plan.trader.padEnd(12)} ${side} ${what.join(' ').padEnd(28)} at ${formatPrice(price).padStart(11)}`,
      `against ${plan.maker}`,
    );
  }
}

/** Shows what each account needs, by portfolio and one position at a time. */
export async function compareMargins(stage: Stage, actors: readonly Actor[]): Promise<AccountMargin[]> {
  const margins = await marginsOf(stage.transactor, actors);
  const columns = [left('account'), right('equity'), right('static IM'), right('portfolio IM'), right('efficiency')];
  const rows = margins.map(({ name, report }) => [
    name,
    formatQuote(report.equityIm, 0),
    formatQuote(report.staticIm, 0),
    formatQuote(report.im, 0),
    report.im === 0n ? '–' : `${(Number(report.staticIm) / Number(report.im)).toFixed(2)}×`,
  ]);
  for (const line of table(columns, rows)) stage.terminal.line(line);
  return margins;
}

/**
 * Plays the day, waits at each step until the keeper is done, and notes who lives on netting alone: who had the static
 * margin when it opened (`opening`) and lost it, but not the portfolio margin.
 */
export async function playDay(
  stage: Stage,
  path: PricePath,
  keeper: KeeperProcess,
  opening: readonly AccountMargin[],
): Promise<KeptAlive[]> {
  const { terminal, playback, transactor } = stage;
  const survivors = new Map<string, KeptAlive>();
  const eligible = openUnderStatic(opening);
  const actors = opening.map((one) => one.actor);
  let before = path.steps[0]?.minute ?? 0;
  for (const step of path.steps.slice(1)) {
    const seen = keeper.liquidations.length;
    const time = await playback.show(step, (step.minute - before) * 60);
    before = step.minute;
    await keeper.settled(time);
    const prices = [...step.prices].map(([symbol, price]) => {
      return `${symbol} ${formatDecimal(price, PRICE_DECIMALS, { digits: symbol === 'SOL' ? 1 : 0, group: true }).padStart(7)}`;
    });
    terminal.line(
      `${terminal.paint('dim', timeOf(step.minute))}  ${prices.join('   ')}   vol ×${step.volatility.toFixed(2)}`,
    );
    if (step.minute === path.venueLow.minute) {
      const { market, price, note } = path.venueLow;
      terminal.line(`       ${terminal.paint('yellow', `${market} ${price} elsewhere: ${note}`)}`);
    }
    for (const one of keeper.liquidations.slice(seen)) {
      const share = formatPercent(one.fraction);
      terminal.alert(
        `${one.account} liquidated: ${share} taken over ${Math.round(one.latencyMs)} ms after the breach was seen ` +
          `(${one.computeUnits.toLocaleString('en-US')} CU; ${one.worstScenario})`,
      );
    }
    for (const one of keptAlive(await marginsOf(transactor, actors), timeOf(step.minute))) {
      if (eligible.has(one.name) && !survivors.has(one.name)) {
        terminal.done(
          `${one.name} lives: equity ${formatQuote(one.equity, 0)} covers ${formatQuote(one.mm, 0)} of portfolio margin`,
          `static margin would have closed it at ${formatQuote(one.staticMm, 0)}`,
        );
        survivors.set(one.name, one);
      }
    }
  }
  return [...survivors.values()];
}

const HAIRCUT_SYMBOL = 'JitoSOL';
const HAIRCUT_TARGET = { mm: ratio('0.25'), im: ratio('0.3') };
const RAMP_SECONDS = 86_400n;

/** The governor raises the staked token's haircut; the ramp is followed to its end. */
export async function raiseHaircut(stage: Stage, path: PricePath, keeper: KeeperProcess): Promise<HaircutStory> {
  const { terminal, transactor, house, playback, cluster } = stage;
  const last = path.steps.at(-1);
  const mint = house.tokens.get(HAIRCUT_SYMBOL)?.mint;
  if (last === undefined || mint === undefined) throw new Error(`the house does not list ${HAIRCUT_SYMBOL}`);
  const inForce = async () =>
    maintenanceHaircutAt(await readHaircut(transactor, house.directory, mint), await cluster.cheats.now());
  const before = await inForce();
  const liquidations = keeper.liquidations.length;
  await setHaircut(transactor, house.directory, house.keys.governor, mint, {
    ...HAIRCUT_TARGET,
    rampSeconds: RAMP_SECONDS,
  });
  const after = await inForce();
  terminal.done(`${HAIRCUT_SYMBOL}: from ${formatPercent(before)} to ${formatPercent(HAIRCUT_TARGET.mm)} over a day`);
  await keeper.settled(await playback.show(last));
  const liquidationsAtOnce = keeper.liquidations.length - liquidations;
  terminal.done(`in force once signed: ${formatPercent(after, 3)}`, `${liquidationsAtOnce} liquidations at once`);
  await keeper.settled(await playback.show(last, Number(RAMP_SECONDS) / 2));
  const halfWay = await inForce();
  terminal.done(`in force half a day later: ${formatPercent(halfWay, 3)}`);
  await keeper.settled(await playback.show(last, Number(RAMP_SECONDS) / 2));
  const atEnd = await inForce();
  terminal.done(
    `in force at the end: ${formatPercent(atEnd, 3)}`,
    `${keeper.liquidations.length - liquidations} liquidations along the way`,
  );
  return { before, target: HAIRCUT_TARGET.mm, after, halfWay, atEnd, liquidationsAtOnce };
}

const WITHDRAWAL = { actor: 'maker-south', symbol: 'USDC', amount: '100000' };
const REFUSED = 'calendar';

/** Money goes out as far as initial margin allows: a maker takes some, and a trader is told why it cannot have all. */
export async function letOut(stage: Stage, actors: ReadonlyMap<string, Actor>): Promise<void> {
  const { terminal, transactor, house } = stage;
  const token = house.tokens.get(WITHDRAWAL.symbol);
  const [maker, trader] = [actors.get(WITHDRAWAL.actor), actors.get(REFUSED)];
  if (token === undefined || maker === undefined || trader === undefined) throw new Error('the cast is incomplete');
  const directory = await fetchDirectory(transactor.connection, transactor.commitment);
  const [makerState, traderState] = await statesOf(transactor, [maker, trader]);
  if (makerState === undefined || traderState === undefined) throw new Error('a margin account vanished');
  const lookupTables = house.lookupTable.entries;
  const paidTo = async (actor: Actor) => ({
    mint: token.mint,
    tokenAccount: await tokenAccountOf(actor.signer.address, token.mint),
  });

  const amount = parseDecimal(WITHDRAWAL.amount, token.decimals);
  const paid = await withdraw(directory, maker.signer, makerState, { ...(await paidTo(maker)), amount });
  await transactor.send('withdraw', [paid], { lookupTables });
  terminal.done(`${maker.name} withdraws ${formatQuote(amount, 0)} ${WITHDRAWAL.symbol}`);

  const all = { ...(await paidTo(trader)), amount: traderState.header.cash };
  const wish = await withdraw(directory, trader.signer, traderState, all);
  const refusal = await transactor.simulate('withdraw', [wish], { lookupTables }).then(
    () => undefined,
    (error: unknown) => failureOf('withdraw', error).reason,
  );
  if (refusal === undefined) throw new Error(`${trader.name} could have taken all its cash`);
  terminal.done(`${trader.name} may not take all its cash:`, refusal);
}
