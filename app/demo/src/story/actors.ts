/** Who takes part: makers with deep pockets, traders with an idea each, and those who run the place. */
import {
  deposit,
  type Directory,
  fetchMarginAccounts,
  grantVenue,
  growAccount,
  type MarginAccountState,
  marginAccountAddress,
  openAccount,
  parseDecimal,
  pricedCollaterals,
  refreshCollateral,
  type Transactor,
} from '@novate/client';
import { type Address, generateKeyPairSigner, type KeyPairSigner, type TransactionSigner } from '@solana/kit';

import { giveInstructions, tokenAccountOf } from '../market/tokens.js';

/** A token that is brought in at the start. */
export interface Endowment {
  /** Symbol of a collateral of the migration. */
  readonly symbol: string;
  /** Decimal amount. */
  readonly amount: string;
}

/** An actor before the story begins. */
export interface ActorPlan {
  readonly name: string;
  readonly role: 'maker' | 'trader' | 'liquidator';
  readonly idea: string;
  readonly brings: readonly Endowment[];
  /** Legs to make room for beyond the 8 of a new account. */
  readonly legs?: number;
}

/** An actor with a margin account. */
export interface Actor extends ActorPlan {
  readonly signer: KeyPairSigner;
  readonly marginAccount: Address;
}

/** A token of the local cluster. */
export interface Token {
  readonly mint: Address;
  readonly decimals: number;
}

const ACCOUNT_ID = 0;
const MAX_TRADE_LOTS = 10_000_000n;

/** Everything needed to bring an actor in. */
export interface Admission {
  readonly transactor: Transactor;
  /** Mints tokens and has SOL to wrap. */
  readonly treasury: TransactionSigner;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly directory: Directory;
  readonly venueId: number;
  /** When grants end, seconds since 1970. */
  readonly grantsUntil: bigint;
}

/** Gives an actor its tokens, opens its margin account, deposits and grants the venue. */
export async function admit(plan: ActorPlan, admission: Admission, signer?: KeyPairSigner): Promise<Actor> {
  const { transactor, treasury, tokens, venueId, grantsUntil } = admission;
  const owner = signer ?? (await generateKeyPairSigner());
  const marginAccount = await marginAccountAddress(owner.address, ACCOUNT_ID);
  const opening = [await openAccount(transactor.payer, owner, ACCOUNT_ID)];
  if (plan.legs !== undefined) opening.push(growAccount(transactor.payer, owner, marginAccount, plan.legs));
  const terms = { expiresAt: grantsUntil, maxLots: MAX_TRADE_LOTS };
  opening.push(await grantVenue(transactor.payer, owner, marginAccount, venueId, terms));
  await transactor.send(`open the account of ${plan.name}`, opening);
  for (const { symbol, amount } of plan.brings) {
    const token = tokens.get(symbol);
    if (token === undefined) throw new Error(`${plan.name} brings ${symbol}, which is no collateral here`);
    const atoms = parseDecimal(amount, token.decimals);
    const gift = await giveInstructions(treasury, owner.address, token.mint, atoms);
    const tokenAccount = await tokenAccountOf(owner.address, token.mint);
    // collateral is only taken at a fresh price
    const priced = pricedCollaterals(admission.directory).filter(({ data }) => data.mint === token.mint);
    const refreshed = await Promise.all(priced.map(refreshCollateral));
    const paid = await deposit(owner, { marginAccount, mint: token.mint, tokenAccount, amount: atoms });
    await transactor.send(`deposit ${amount} ${symbol} for ${plan.name}`, [...gift, ...refreshed, paid]);
  }
  return { ...plan, signer: owner, marginAccount };
}

/** The current state of actors' margin accounts, in their order. */
export async function statesOf(transactor: Transactor, actors: readonly Actor[]): Promise<MarginAccountState[]> {
  const addresses = actors.map((actor) => actor.marginAccount);
  return fetchMarginAccounts(transactor.connection, addresses, transactor.commitment);
}
