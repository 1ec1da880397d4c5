/** The migration against the built program, in a virtual machine in this process. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  BOOK_DISCRIMINATOR,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  COLLATERAL_DISCRIMINATOR,
  decodeAll,
  getCollateralDecoder,
  getHouseDecoder,
  getMarketDecoder,
  getVenueDecoder,
  houseAddress,
  LOADER_V3,
  MARKET_DISCRIMINATOR,
  programDataAddress,
  readBook,
  VENUE_DISCRIMINATOR,
} from '@novate/client';
import {
  type Address,
  appendTransactionMessageInstructions,
  containsBytes,
  createTransactionMessage,
  decodeAccount,
  type EncodedAccount,
  generateKeyPairSigner,
  getAddressEncoder,
  type Instruction,
  type KeyPairSigner,
  lamports,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { getMintEncoder, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { FailedTransactionMetadata, LiteSVM } from 'litesvm';
import { beforeAll, describe, expect, it } from 'vitest';

import { type OnChain, parseMigration, planMigration, type Step } from '../src/index.js';

const PROGRAM = fileURLToPath(new URL('../../../target/deploy/clearing_house.so', import.meta.url));
const FILE = new URL('../../../migrations/local.json', import.meta.url);
const NOW = 1_760_000_000n;
const file = parseMigration(JSON.parse(readFileSync(FILE, 'utf8')));

const svm = new LiteSVM();
let payer: KeyPairSigner;
let bindings: Record<string, Address>;

/** The program as the upgradeable loader keeps it, with an upgrade authority: only that one can create the house. */
async function deploy(authority: Address): Promise<void> {
  const code = readFileSync(PROGRAM);
  svm.addProgram(CLEARING_HOUSE_PROGRAM_ADDRESS, code);
  const header = Buffer.alloc(45);
  header.writeUInt32LE(3, 0);
  header.writeUInt8(1, 12);
  header.set(getAddressEncoder().encode(authority), 13);
  const programData = await programDataAddress(CLEARING_HOUSE_PROGRAM_ADDRESS);
  svm.setAccount(account(programData, Buffer.concat([header, code]), LOADER_V3));
}

function account(address: Address, data: Uint8Array, programAddress: Address): EncodedAccount {
  const rent = lamports(svm.minimumBalanceForRentExemption(BigInt(data.length)));
  return { address, data, executable: false, lamports: rent, programAddress, space: BigInt(data.length) };
}

async function mint(address: Address, decimals: number): Promise<void> {
  const authority = { mintAuthority: null, freezeAuthority: null };
  const data = getMintEncoder().encode({ ...authority, supply: 0n, decimals, isInitialized: true });
  svm.setAccount(account(address, Uint8Array.from(data), TOKEN_PROGRAM_ADDRESS));
  await Promise.resolve();
}

async function send(instructions: readonly Instruction[]): Promise<void> {
  svm.expireBlockhash();
  const lifetime = { blockhash: svm.latestBlockhash(), lastValidBlockHeight: 0n };
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (draft) => setTransactionMessageFeePayerSigner(payer, draft),
    (draft) => setTransactionMessageLifetimeUsingBlockhash(lifetime, draft),
    (draft) => appendTransactionMessageInstructions(instructions, draft),
  );
  const result = svm.sendTransaction(await signTransactionMessageWithSigners(message));
  if (result instanceof FailedTransactionMetadata) throw new Error(result.meta().logs().join('\n'));
}

async function chain(): Promise<OnChain> {
  const accounts = svm.getProgramAccounts(CLEARING_HOUSE_PROGRAM_ADDRESS);
  const of = (discriminator: Uint8Array) => accounts.filter((one) => containsBytes(one.data, discriminator, 0));
  const house = svm.getAccount(await houseAddress());
  return {
    house: house.exists ? decodeAccount(house as EncodedAccount, getHouseDecoder()).data : undefined,
    collaterals: decodeAll(of(COLLATERAL_DISCRIMINATOR), getCollateralDecoder()).map((one) => one.data),
    markets: decodeAll(of(MARKET_DISCRIMINATOR), getMarketDecoder()).map((one) => one.data),
    books: of(BOOK_DISCRIMINATOR).map(readBook),
    venues: decodeAll(of(VENUE_DISCRIMINATOR), getVenueDecoder()).map((one) => one.data),
  };
}

async function plan(migration = file): Promise<Step[]> {
  const signers = { payer, upgradeAuthority: payer, listing: payer };
  return planMigration(migration, await chain(), signers, bindings, NOW);
}

describe.skipIf(!existsSync(PROGRAM))('a migration of the built program', () => {
  beforeAll(async () => {
    payer = await generateKeyPairSigner();
    svm.airdrop(payer.address, lamports(1_000_000_000_000n));
    const clock = svm.getClock();
    clock.unixTimestamp = NOW;
    svm.setClock(clock);
    await deploy(payer.address);
    const fresh = async () => (await generateKeyPairSigner()).address;
    bindings = {
      governor: await fresh(),
      listing: payer.address,
      guardian: await fresh(),
      publisher: await fresh(),
      publisher2: await fresh(),
      publisher3: await fresh(),
      venue: await fresh(),
      usdc: await fresh(),
      jitosol: await fresh(),
    };
    for (const { mint: key, decimals } of file.collaterals) {
      await mint(key.startsWith('@') ? (bindings[key.slice(1)] as Address) : (key as Address), decimals);
    }
  });

  it('lists the whole house', async () => {
    for (const { instructions } of await plan()) await send(instructions);
    const { house, collaterals, markets, books, venues } = await chain();
    expect(house).toMatchObject({
      quoteMint: bindings['usdc'],
      collaterals: 3,
      closedGates: 0n,
      noticeSeconds: 3_600n,
    });
    expect(collaterals.map((one) => one.market).sort()).toEqual([2, 65_535, 65_535]);
    expect(markets.map((market) => market.risk.shocksLen)).toEqual([33n, 33n, 33n]);
    expect(books.map((book) => book.strikes.length)).toEqual([16, 16, 16, 16, 16, 16]);
    expect(venues).toMatchObject([{ id: 1, authority: bindings['venue'] }]);
  });

  it('changes nothing when it is run again', async () => {
    expect(await plan()).toEqual([]);
  });

  it('refuses to run over a house that is not the file’s', async () => {
    const [first, ...others] = file.markets;
    if (first === undefined) throw new Error('the file lists markets');
    const changed = { ...file, markets: [{ ...first, params: { ...first.params, range: 150_000_000n } }, ...others] };
    await expect(plan(changed as typeof file)).rejects.toThrow(
      'markets.BTC.params.range: the file says 150000000, the chain has 160000000',
    );
  });
});
