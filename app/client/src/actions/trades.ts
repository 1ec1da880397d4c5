/** Instructions of venues and of those who trade on them. */
import { type Address, type Instruction, type TransactionSigner } from '@solana/kit';

import type { MarginAccountState } from '../accounts.js';
import type { Directory } from '../directory.js';
import { getClearTradeInstruction, getGrantVenueInstruction } from '../generated/index.js';
import type { Instrument } from '../instruments.js';
import { marginMetas, marginNeeds } from '../marginAccounts.js';
import { grantAddress, houseAddress, interestAddress, marketAddress, venueAddress } from '../pdas.js';
import type { Lots, Price } from '../units.js';
import { withRemaining } from './accounts.js';

/** What an owner lets a venue do. */
export interface GrantTerms {
  /** Seconds since 1970. */
  readonly expiresAt: bigint;
  /** Most lots that one trade may have. */
  readonly maxLots: bigint;
}

/** Lets a venue submit trades for a margin account; an earlier grant is replaced. */
export async function grantVenue(
  payer: TransactionSigner,
  owner: TransactionSigner,
  marginAccount: Address,
  venueId: number,
  terms: GrantTerms,
): Promise<Instruction> {
  const venue = await venueAddress(venueId);
  return getGrantVenueInstruction({
    payer,
    owner,
    house: await houseAddress(),
    marginAccount,
    venue,
    grant: await grantAddress(marginAccount, venue),
    ...terms,
  });
}

/** A trade that a venue matched. */
export interface Trade {
  readonly venueId: number;
  readonly buyer: MarginAccountState;
  readonly seller: MarginAccountState;
  readonly instrument: Instrument;
  /** Positive. */
  readonly lots: Lots;
  /** Per unit of underlying: an option's premium, a future's or perpetual's price. */
  readonly price: Price;
}

/** Has the house become the counterparty of both sides. */
export async function clearTrade(
  directory: Directory,
  venueAuthority: TransactionSigner,
  trade: Trade,
): Promise<Instruction> {
  const { buyer, seller, instrument } = trade;
  const venue = await venueAddress(trade.venueId);
  const instruction = getClearTradeInstruction({
    venueAuthority,
    house: directory.house.address,
    venue,
    buyer: buyer.address,
    seller: seller.address,
    buyerGrant: await grantAddress(buyer.address, venue),
    sellerGrant: await grantAddress(seller.address, venue),
    market: await marketAddress(instrument.market),
    interest: await interestAddress(instrument.market, instrument.expiryHour),
    args: { ...instrument, lots: trade.lots, price: trade.price },
  });
  const needs = marginNeeds(directory, [buyer, seller], [instrument]);
  return withRemaining(instruction, marginMetas(directory, needs));
}
