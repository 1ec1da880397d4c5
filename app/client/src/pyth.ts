/**
 * Pyth's price update accounts (`PriceUpdateV2` of pyth-solana-receiver-sdk 2.0.0).
 *
 * An account takes 134 bytes, sized for the longer, partially verified form. A fully verified one, the only kind that the
 * clearing house reads, is one byte shorter and leaves the last byte zero.
 */
import {
  type Address,
  address,
  getAddressDecoder,
  getAddressEncoder,
  getBase16Encoder,
  getProgramDerivedAddress,
  getU16Encoder,
  type ReadonlyUint8Array,
} from '@solana/kit';

/** Pyth's receiver program: owner of every price update account. */
export const PYTH_RECEIVER_PROGRAM = address('rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ');
/** Pyth's push oracle: its accounts keep one address per feed and are updated in place. */
export const PYTH_PUSH_ORACLE_PROGRAM = address('pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT');
/** Bytes of a price update account. */
export const PRICE_UPDATE_BYTES = 134;

const DISCRIMINATOR = Uint8Array.of(34, 241, 35, 99, 157, 126, 244, 205);
const VERIFICATION_OFFSET = 40;
const VERIFICATION_FULL = 1;
const MESSAGE_OFFSET = 41;

/** What a price update says. Price and confidence are integers times 10^exponent. */
export interface PriceUpdate {
  readonly writeAuthority: Address;
  /** 32 bytes as 64 hexadecimal digits, without 0x. */
  readonly feedId: string;
  readonly price: bigint;
  readonly confidence: bigint;
  readonly exponent: number;
  /** Seconds since 1970. */
  readonly publishTime: bigint;
  readonly previousPublishTime: bigint;
  readonly emaPrice: bigint;
  readonly emaConfidence: bigint;
  readonly postedSlot: bigint;
}

/** The bytes of a feed id. @throws RangeError when it is not 64 hexadecimal digits, with or without 0x. */
export function feedIdBytes(feedId: string): Uint8Array {
  const digits = feedId.replace(/^0x/, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new RangeError(`"${feedId}" is not a feed id of 64 hexadecimal digits`);
  return Uint8Array.from(getBase16Encoder().encode(digits));
}

/** The account in which Pyth's push oracle keeps a feed. */
export async function priceFeedAddress(feedId: string, shard = 0): Promise<Address> {
  const [feed] = await getProgramDerivedAddress({
    programAddress: PYTH_PUSH_ORACLE_PROGRAM,
    seeds: [getU16Encoder().encode(shard), feedIdBytes(feedId)],
  });
  return feed;
}

/** Account data of a fully verified price update. */
export function encodePriceUpdate(update: PriceUpdate): Uint8Array {
  const data = new Uint8Array(PRICE_UPDATE_BYTES);
  const view = new DataView(data.buffer);
  data.set(DISCRIMINATOR, 0);
  data.set(getAddressEncoder().encode(update.writeAuthority), 8);
  data[VERIFICATION_OFFSET] = VERIFICATION_FULL;
  data.set(feedIdBytes(update.feedId), MESSAGE_OFFSET);
  const message = MESSAGE_OFFSET + 32;
  view.setBigInt64(message, update.price, true);
  view.setBigUint64(message + 8, update.confidence, true);
  view.setInt32(message + 16, update.exponent, true);
  view.setBigInt64(message + 20, update.publishTime, true);
  view.setBigInt64(message + 28, update.previousPublishTime, true);
  view.setBigInt64(message + 36, update.emaPrice, true);
  view.setBigUint64(message + 44, update.emaConfidence, true);
  view.setBigUint64(message + 52, update.postedSlot, true);
  return data;
}

/** Reads a price update, or undefined when the bytes are not a fully verified one. */
export function decodePriceUpdate(data: ReadonlyUint8Array): PriceUpdate | undefined {
  const known = data.length >= PRICE_UPDATE_BYTES - 1 && DISCRIMINATOR.every((byte, index) => data[index] === byte);
  if (!known || data[VERIFICATION_OFFSET] !== VERIFICATION_FULL) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const message = MESSAGE_OFFSET + 32;
  return {
    writeAuthority: getAddressDecoder().decode(data, 8),
    feedId: Buffer.from(data.slice(MESSAGE_OFFSET, message)).toString('hex'),
    price: view.getBigInt64(message, true),
    confidence: view.getBigUint64(message + 8, true),
    exponent: view.getInt32(message + 16, true),
    publishTime: view.getBigInt64(message + 20, true),
    previousPublishTime: view.getBigInt64(message + 28, true),
    emaPrice: view.getBigInt64(message + 36, true),
    emaConfidence: view.getBigUint64(message + 44, true),
    postedSlot: view.getBigUint64(message + 52, true),
  };
}
