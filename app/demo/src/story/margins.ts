/** What every account is worth and needs, by portfolio and by adding up its positions one by one. */
import { checkMargin, fetchDirectory, type MarginReport, type Transactor } from '@novate/client';

import { type Actor, statesOf } from './actors.js';

/** An account's margin at one moment. */
export interface AccountMargin {
  readonly name: string;
  readonly actor: Actor;
  readonly report: MarginReport;
}

/** An account that met its portfolio margin when static margin would have closed it. */
export interface KeptAlive {
  readonly name: string;
  /** Time of day. */
  readonly at: string;
  readonly equity: bigint;
  readonly mm: bigint;
  readonly staticMm: bigint;
}

/** Checks all actors with both margins. */
export async function marginsOf(transactor: Transactor, actors: readonly Actor[]): Promise<AccountMargin[]> {
  const directory = await fetchDirectory(transactor.connection, transactor.commitment);
  const states = await statesOf(transactor, actors);
  const checks = actors.map(async (actor, at): Promise<AccountMargin> => {
    const state = states[at];
    if (state === undefined) throw new Error(`${actor.name} has no margin account`);
    const report = await checkMargin(transactor, directory, state, { withStatic: true });
    return { name: actor.name, actor, report };
  });
  return Promise.all(checks);
}

/** Accounts that a house with static margin would have let open, too: only of these can it be said that it closes them. */
export function openUnderStatic(margins: readonly AccountMargin[]): ReadonlySet<string> {
  return new Set(margins.filter(({ report }) => report.equityIm >= report.staticIm).map(({ name }) => name));
}

/** Those that live although static margin would have closed them. */
export function keptAlive(margins: readonly AccountMargin[], at: string): KeptAlive[] {
  return margins
    .filter(({ report }) => report.equityMm >= report.mm && report.equityMm < report.staticMm)
    .map(({ name, report }) => ({ name, at, equity: report.equityMm, mm: report.mm, staticMm: report.staticMm }));
}
