/** Events in a transaction's log: Anchor writes each as a line of base64. */
import {
  type Address,
  containsBytes,
  getAddressDecoder,
  getBase64Encoder,
  getI64Decoder,
  getStructDecoder,
  getU8Decoder,
} from '@solana/kit';

/** sha256("event:Liquidated"), first 8 bytes. */
export const LIQUIDATED_DISCRIMINATOR = Uint8Array.of(231, 57, 55, 75, 0, 170, 246, 68);

/** Part of an account went to a liquidator. Amounts in quote atoms. */
export interface Liquidated {
  readonly account: Address;
  readonly liquidator: Address;
  /** Share taken over, in nanos. */
  readonly fraction: bigint;
  /** Cash that the liquidator paid to the account, negative if the account paid. */
  readonly paid: bigint;
  /** Part of it that the liquidator keeps as incentive. */
  readonly incentive: bigint;
  readonly equityBefore: bigint;
  readonly mmBefore: bigint;
  readonly equityAfter: bigint;
  readonly mmAfter: bigint;
  /** Row of the first market's grid that proved the breach. */
  readonly worstRow: number;
  /** When the breach was first seen, seconds since 1970. */
  readonly breachSince: bigint;
}

const DATA = 'Program data: ';
const decoder = getStructDecoder([
  ['account', getAddressDecoder()],
  ['liquidator', getAddressDecoder()],
  ['fraction', getI64Decoder()],
  ['paid', getI64Decoder()],
  ['incentive', getI64Decoder()],
  ['equityBefore', getI64Decoder()],
  ['mmBefore', getI64Decoder()],
  ['equityAfter', getI64Decoder()],
  ['mmAfter', getI64Decoder()],
  ['worstRow', getU8Decoder()],
  ['breachSince', getI64Decoder()],
]);

/** The liquidations that a log reports. */
export function liquidationsIn(logs: readonly string[]): Liquidated[] {
  return logs
    .filter((line) => line.startsWith(DATA))
    .map((line) => getBase64Encoder().encode(line.slice(DATA.length)))
    .filter((data) => containsBytes(data, LIQUIDATED_DISCRIMINATOR, 0))
    .map((data) => decoder.decode(data, LIQUIDATED_DISCRIMINATOR.length));
}
