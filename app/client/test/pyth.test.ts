import { describe, expect, it } from 'vitest';

import {
  decodePriceUpdate,
  encodePriceUpdate,
  priceFeedAddress,
  PRICE_UPDATE_BYTES,
  type PriceUpdate,
} from '../src/index.js';
import { addressOf } from './fixtures.js';

const SOL_FEED = 'ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d';
const update: PriceUpdate = {
  writeAuthority: addressOf(3),
  feedId: SOL_FEED,
  price: 22_140_000_000n,
  confidence: 8_856_000n,
  exponent: -8,
  publishTime: 1_760_130_000n,
  previousPublishTime: 1_760_129_999n,
  emaPrice: 22_000_000_000n,
  emaConfidence: 9_000_000n,
  postedSlot: 5n,
};

describe('price updates', () => {
  it('take 134 bytes of which the last stays zero under full verification', () => {
    const data = encodePriceUpdate(update);
    expect(data.length).toBe(PRICE_UPDATE_BYTES);
    expect(data[40]).toBe(1);
    expect(data[133]).toBe(0);
  });

  it('survive a round trip', () => {
    expect(decodePriceUpdate(encodePriceUpdate(update))).toEqual(update);
  });

  it('are not read from other accounts or from partial verification', () => {
    const data = encodePriceUpdate(update);
    expect(decodePriceUpdate(data.map((byte, at) => (at === 0 ? byte + 1 : byte)))).toBeUndefined();
    expect(decodePriceUpdate(data.map((byte, at) => (at === 40 ? 0 : byte)))).toBeUndefined();
    expect(decodePriceUpdate(data.subarray(0, 100))).toBeUndefined();
  });

  it('refuse a feed id of the wrong length', () => {
    expect(() => encodePriceUpdate({ ...update, feedId: 'ab' })).toThrow('64 hexadecimal digits');
  });

  it('lie where Pyth has its push feeds', async () => {
    // the published address of SOL/USD, shard 0
    expect(await priceFeedAddress(SOL_FEED)).toBe('7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE');
    expect(await priceFeedAddress(`0x${SOL_FEED}`)).toBe('7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE');
  });
});
