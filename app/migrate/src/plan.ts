/** Turns a file and the state of the chain into the steps that are still missing. */
import {
  boardAddress,
  bookAddress,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  collateralAddress,
  formatDecimal,
  formatPrice,
  getInitializeHouseInstruction,
  getListBookInstruction,
  getListCollateralInstruction,
  getListMarketInstruction,
  getRegisterVenueInstruction,
  HOUR_SECONDS,
  houseAddress,
  interestAddress,
  marketAddress,
  NANO_DECIMALS,
  NO_MARKET,
  programDataAddress,
  vaultAddress,
  venueAddress,
} from '@novate/client';
import { type Instruction, type TransactionSigner } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';

import { type MissingBook, planBooks } from './books.js';
import type { OnChain } from './chain.js';
import { compareCollateral, compareHouse, compareMarket, compareVenue } from './compare.js';
import { MigrationConflict } from './differences.js';
import { type ExpectedCollateral, expectedCollateral, expectedHouse, expectedMarket } from './expected.js';
import { BadMigration, type Bindings, type MarketEntry, type MigrationFile, resolveKey } from './schema.js';

/** Who signs a migration. */
export interface MigrationSigners {
  readonly payer: TransactionSigner;
  /** The program's upgrade authority; only it can create the house. */
  readonly upgradeAuthority: TransactionSigner;
  /** Holder of the listing role. */
  readonly listing: TransactionSigner;
}

/** One transaction of a migration. */
export interface Step {
  readonly title: string;
  readonly instructions: readonly Instruction[];
}

/**
 * The steps from `chain` to `file`; none when it is all there.
 *
 * @throws MigrationConflict when something on chain is not as the file has it, BadMigration when the file cannot be met.
 */
export async function planMigration(
  file: MigrationFile,
  chain: OnChain,
  signers: MigrationSigners,
  bindings: Bindings,
  now: bigint,
): Promise<Step[]> {
  const house = expectedHouse(file, bindings);
  if (house.args.roles.listing !== signers.listing.address) {
    throw new BadMigration(`house.roles.listing: is ${house.args.roles.listing}, but ${signers.listing.address} signs`);
  }
  const collaterals = file.collaterals.map((entry) => expectedCollateral(file, entry, bindings));
  collaterals.forEach(({ symbol, mint }, at) => {
    const other = collaterals.findIndex((one) => one.mint === mint);
    if (other !== at) throw new BadMigration(`collaterals[${at}].mint: ${symbol} has the mint of another collateral`);
  });
  const books = file.markets.map((market) => ({ market, ...planBooks(market, chain, now) }));
  const conflicts = [
    ...compareHouse(house, chain),
    ...collaterals.flatMap((collateral, at) => compareCollateral(collateral, at, chain)),
    ...file.markets.flatMap((market) => compareMarket(market.symbol, expectedMarket(market, bindings), chain)),
    ...books.flatMap((one) => one.conflicts),
    ...file.venues.flatMap((venue) => compareVenue(venue.id, resolveKey(venue.authority, bindings), chain)),
  ];
  if (conflicts.length > 0) throw new MigrationConflict(conflicts);

  const steps: Promise<Step>[] = [];
  if (chain.house === undefined) steps.push(initialise(house, signers));
  // A collateral may name a market, so that markets come first.
  for (const market of file.markets) {
    if (!chain.markets.some((one) => one.id === market.id)) steps.push(listMarket(market, bindings, signers));
  }
  for (const collateral of collaterals) {
    if (!chain.collaterals.some((one) => one.mint === collateral.mint)) steps.push(listCollateral(collateral, signers));
  }
  for (const { market, missing } of books) {
    for (const book of missing) steps.push(listBook(market, book, signers));
  }
  for (const { id, authority } of file.venues) {
    if (!chain.venues.some((one) => one.id === id)) {
      steps.push(registerVenue(id, resolveKey(authority, bindings), signers));
    }
  }
  return Promise.all(steps);
}

async function initialise(house: ReturnType<typeof expectedHouse>, signers: MigrationSigners): Promise<Step> {
  const instruction = getInitializeHouseInstruction({
    payer: signers.payer,
    upgradeAuthority: signers.upgradeAuthority,
    program: CLEARING_HOUSE_PROGRAM_ADDRESS,
    programData: await programDataAddress(CLEARING_HOUSE_PROGRAM_ADDRESS),
    house: await houseAddress(),
    quoteMint: house.quoteMint,
    ...house.args,
  });
  return { title: `create the house, cash in ${house.quoteMint}`, instructions: [instruction] };
}

async function listMarket(entry: MarketEntry, bindings: Bindings, signers: MigrationSigners): Promise<Step> {
  const instruction = getListMarketInstruction({
    payer: signers.payer,
    listing: signers.listing,
    house: await houseAddress(),
    market: await marketAddress(entry.id),
    interest: await interestAddress(entry.id, 0),
    ...expectedMarket(entry, bindings),
  });
  const lot = formatDecimal(entry.lot_size, NANO_DECIMALS);
  return {
    title: `list market ${entry.symbol} (${entry.id}) and its perpetual, lots of ${lot}`,
    instructions: [instruction],
  };
}

async function listCollateral(collateral: ExpectedCollateral, signers: MigrationSigners): Promise<Step> {
  const { mint, market } = collateral;
  const instruction = getListCollateralInstruction({
    payer: signers.payer,
    listing: signers.listing,
    house: await houseAddress(),
    mint,
    collateral: await collateralAddress(mint),
    vault: await vaultAddress(mint),
    ...(market === NO_MARKET ? {} : { market: await marketAddress(market) }),
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
    ...collateral.args,
  });
  return { title: `list collateral ${collateral.symbol} (${mint})`, instructions: [instruction] };
}

async function listBook(market: MarketEntry, book: MissingBook, signers: MigrationSigners): Promise<Step> {
  const instruction = getListBookInstruction({
    payer: signers.payer,
    listing: signers.listing,
    house: await houseAddress(),
    market: await marketAddress(market.id),
    book: await bookAddress(market.id, book.expiryHour),
    board: await boardAddress(market.id, book.expiryHour),
    interest: await interestAddress(market.id, book.expiryHour),
    expiryHour: book.expiryHour,
    strikes: [...book.strikes],
  });
  const date = new Date(book.expiryHour * HOUR_SECONDS * 1_000).toISOString().slice(0, 16);
  const [first = 0n, last = first] = [book.strikes[0], book.strikes.at(-1)];
  const range = `${book.strikes.length} strikes ${formatPrice(first, 0)} to ${formatPrice(last, 0)}`;
  return { title: `list ${market.symbol} ${date}Z, ${range}`, instructions: [instruction] };
}

async function registerVenue(
  id: number,
  authority: ReturnType<typeof resolveKey>,
  signers: MigrationSigners,
): Promise<Step> {
  const instruction = getRegisterVenueInstruction({
    payer: signers.payer,
    listing: signers.listing,
    house: await houseAddress(),
    venue: await venueAddress(id),
    id,
    authority,
  });
  return { title: `register venue ${id}, signed by ${authority}`, instructions: [instruction] };
}
