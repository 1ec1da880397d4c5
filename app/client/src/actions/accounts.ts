/** Instructions of a margin account's owner: open, grow, deposit, withdraw. */
import { type AccountMeta, type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';

import type { MarginAccountState } from '../accounts.js';
import { collateralOf, type Directory } from '../directory.js';
import {
  getDepositInstruction,
  getGrowAccountInstruction,
  getOpenAccountInstruction,
  getWithdrawInstruction,
} from '../generated/index.js';
import { marginMetas, marginNeeds } from '../marginAccounts.js';
import { collateralAddress, houseAddress, marginAccountAddress, vaultAddress } from '../pdas.js';

/** Opens a margin account with room for 8 legs. */
export async function openAccount(
  payer: TransactionSigner,
  owner: TransactionSigner,
  id: number,
): Promise<Instruction> {
  return getOpenAccountInstruction({
    payer,
    owner,
    house: await houseAddress(),
    marginAccount: await marginAccountAddress(owner.address, id),
    id,
  });
}

/** Gives a margin account room for more legs, up to 128. */
export function growAccount(
  payer: TransactionSigner,
  owner: TransactionSigner,
  marginAccount: Address,
  legs: number,
): Instruction {
  return getGrowAccountInstruction({ payer, owner, marginAccount, legs });
}

/** A movement of tokens between an owner's token account and a margin account. */
export interface TokenMovement {
  readonly marginAccount: Address;
  readonly mint: Address;
  /** The token account outside. */
  readonly tokenAccount: Address;
  readonly amount: bigint;
  /** SPL Token when absent. */
  readonly tokenProgram?: Address;
}

/** Brings tokens in. Anybody may deposit into any margin account. */
export async function deposit(depositor: TransactionSigner, movement: TokenMovement): Promise<Instruction> {
  const { marginAccount, mint, tokenAccount, amount, tokenProgram = TOKEN_PROGRAM_ADDRESS } = movement;
  return getDepositInstruction({
    depositor,
    house: await houseAddress(),
    marginAccount,
    collateral: await collateralAddress(mint),
    mint,
    vault: await vaultAddress(mint),
    source: tokenAccount,
    tokenProgram,
    amount,
  });
}

/** Takes tokens out, as far as initial margin allows. */
export async function withdraw(
  directory: Directory,
  owner: TransactionSigner,
  account: MarginAccountState,
  movement: Omit<TokenMovement, 'marginAccount'>,
): Promise<Instruction> {
  const { mint, tokenAccount, amount, tokenProgram = TOKEN_PROGRAM_ADDRESS } = movement;
  const instruction = getWithdrawInstruction({
    owner,
    house: directory.house.address,
    marginAccount: account.address,
    collateral: collateralOf(directory, mint).address,
    mint,
    vault: await vaultAddress(mint),
    destination: tokenAccount,
    tokenProgram,
    amount,
  });
  return withRemaining(instruction, marginMetas(directory, marginNeeds(directory, [account])));
}

/** An instruction with accounts behind its own. */
export function withRemaining(instruction: Instruction, remaining: readonly AccountMeta[]): Instruction {
  return { ...instruction, accounts: [...(instruction.accounts ?? []), ...remaining] };
}
