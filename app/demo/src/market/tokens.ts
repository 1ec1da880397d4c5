/** Tokens of a local cluster: mints made on the spot and given to actors. */
import type { Transactor } from '@novate/client';
import { type Address, generateKeyPairSigner, type Instruction, type TransactionSigner } from '@solana/kit';
import { getCreateAccountInstruction, getTransferSolInstruction } from '@solana-program/system';
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstruction,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  getSyncNativeInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from '@solana-program/token';

/** The mint of wrapped SOL, which every cluster has. */
export const NATIVE_MINT = 'So11111111111111111111111111111111111111112' as Address;

/** Creates a mint of SPL Token whose supply the transactor's payer controls. */
export async function createMint(transactor: Transactor, decimals: number): Promise<Address> {
  const mint = await generateKeyPairSigner();
  const space = getMintSize();
  const lamports = await transactor.connection.rpc.getMinimumBalanceForRentExemption(BigInt(space)).send();
  const authority = transactor.payer.address;
  await transactor.send('create a mint', [
    getCreateAccountInstruction({
      payer: transactor.payer,
      newAccount: mint,
      lamports,
      space,
      programAddress: TOKEN_PROGRAM_ADDRESS,
    }),
    getInitializeMint2Instruction({ mint: mint.address, decimals, mintAuthority: authority, freezeAuthority: null }),
  ]);
  return mint.address;
}

/** The associated token account of an owner. */
export async function tokenAccountOf(owner: Address, mint: Address): Promise<Address> {
  const [account] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
  return account;
}

/** Instructions that give `owner` an amount: minted by `authority`, or wrapped from its lamports. */
export async function giveInstructions(
  authority: TransactionSigner,
  owner: Address,
  mint: Address,
  amount: bigint,
): Promise<readonly Instruction[]> {
  const ata = await tokenAccountOf(owner, mint);
  const create = getCreateAssociatedTokenIdempotentInstruction({ payer: authority, ata, owner, mint });
  if (mint !== NATIVE_MINT) {
    return [create, getMintToInstruction({ mint, token: ata, mintAuthority: authority, amount })];
  }
  const transfer = getTransferSolInstruction({ source: authority, destination: ata, amount });
  return [create, transfer, getSyncNativeInstruction({ account: ata })];
}
