import { getAddressEncoder, getProgramDerivedAddress } from '@solana/kit';
import { describe, expect, it } from 'vitest';

import {
  boardAddress,
  bookAddress,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  grantAddress,
  houseAddress,
  interestAddress,
  marginAccountAddress,
  marketAddress,
  vaultAddress,
} from '../src/index.js';
import { addressOf } from './fixtures.js';

const bytes = getAddressEncoder();

async function derived(...seeds: (string | number[] | Uint8Array)[]): Promise<string> {
  const [address] = await getProgramDerivedAddress({
    programAddress: CLEARING_HOUSE_PROGRAM_ADDRESS,
    seeds: seeds.map((seed) => (typeof seed === 'string' ? seed : Uint8Array.from(seed))),
  });
  return address;
}

describe('addresses', () => {
  const owner = addressOf(8);
  const key = Uint8Array.from(bytes.encode(owner));

  it('have the seeds of the program, numbers little-endian', async () => {
    expect(await houseAddress()).toBe(await derived('house'));
    expect(await vaultAddress(owner)).toBe(await derived('vault', key));
    expect(await marketAddress(258)).toBe(await derived('market', [2, 1]));
    expect(await bookAddress(1, 500_001)).toBe(await derived('book', [1, 0], [0x21, 0xa1, 0x07, 0]));
    expect(await boardAddress(1, 500_001)).toBe(await derived('board', [1, 0], [0x21, 0xa1, 0x07, 0]));
    expect(await interestAddress(1, 0)).toBe(await derived('interest', [1, 0], [0, 0, 0, 0]));
    expect(await marginAccountAddress(owner, 3)).toBe(await derived('margin', key, [3, 0]));
    expect(await grantAddress(owner, addressOf(4))).toBe(await derived('grant', key, new Uint8Array(32).fill(4)));
  });
});
