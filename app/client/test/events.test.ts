import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { LIQUIDATED_DISCRIMINATOR, liquidationsIn } from '../src/index.js';
import { addressOf } from './fixtures.js';

function line(): string {
  const data = Buffer.alloc(8 + 64 + 7 * 8 + 1 + 8);
  data.set(LIQUIDATED_DISCRIMINATOR, 0);
  data.fill(5, 8, 40);
  data.fill(6, 40, 72);
  [250_000_000n, -3n, 4n, 5n, 6n, 7n, 8n].forEach((value, at) => data.writeBigInt64LE(value, 72 + at * 8));
  data.writeUInt8(26, 128);
  data.writeBigInt64LE(1_760_000_000n, 129);
  return `Program data: ${data.toString('base64')}`;
}

describe('events', () => {
  it('are told by Anchor’s discriminator', () => {
    const hash = createHash('sha256').update('event:Liquidated').digest();
    expect(Buffer.from(LIQUIDATED_DISCRIMINATOR).equals(hash.subarray(0, 8))).toBe(true);
  });

  it('are found in a log among other lines', () => {
    expect(liquidationsIn(['Program log: hello', 'Program data: AAAA', line()])).toEqual([
      {
        account: addressOf(5),
        liquidator: addressOf(6),
        fraction: 250_000_000n,
        paid: -3n,
        incentive: 4n,
        equityBefore: 5n,
        mmBefore: 6n,
        equityAfter: 7n,
        mmAfter: 8n,
        worstRow: 26,
        breachSince: 1_760_000_000n,
      },
    ]);
  });
});
