/** Finds the accounts that anybody may liquidate. */
import {
  checkMargin,
  isLiquidatable,
  type MarginAccountState,
  type MarginReport,
  TransactionFailure,
  type Transactor,
} from '@novate/client';
import type { Logger } from 'pino';

import type { Mirror } from './mirror.js';

/** An account below maintenance margin. */
export interface Breach {
  readonly account: MarginAccountState;
  readonly report: MarginReport;
}

/** What a scan found. */
export interface Scan {
  readonly checked: number;
  /** Checks that failed, mostly because a price or an array was stale at that moment. */
  readonly failed: number;
  readonly breaches: readonly Breach[];
}

const PARALLEL_CHECKS = 4;

/** Checks every account that owes something or holds positions, but for the keeper's own. */
export async function scan(transactor: Transactor, mirror: Mirror, own: string, log: Logger): Promise<Scan> {
  const queue = [...mirror.accounts.values()].filter((account) => account.address !== own && isExposed(account));
  const checked = queue.length;
  const breaches: Breach[] = [];
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let account = queue.pop(); account !== undefined; account = queue.pop()) {
      try {
        const report = await checkMargin(transactor, mirror.directory, account);
        if (isLiquidatable(report)) breaches.push({ account, report });
      } catch (error) {
        if (!(error instanceof TransactionFailure)) throw error;
        failed += 1;
        log.debug({ account: account.address, reason: error.reason }, 'check failed');
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CHECKS }, worker));
  return { checked, failed, breaches };
}

function isExposed({ header, legs }: MarginAccountState): boolean {
  return legs.length > 0 || header.cash < 0n;
}
