/** What is already on chain of a house. */
import {
  BOOK_DISCRIMINATOR,
  type BookState,
  type Collateral,
  COLLATERAL_DISCRIMINATOR,
  type Connection,
  decodeAll,
  fetchMaybeHouse,
  fetchProgramAccounts,
  getCollateralDecoder,
  getMarketDecoder,
  getVenueDecoder,
  type House,
  houseAddress,
  type Market,
  MARKET_DISCRIMINATOR,
  readBook,
  type Venue,
  VENUE_DISCRIMINATOR,
} from '@novate/client';

/** A house as it stands, or undefined parts where nothing stands yet. */
export interface OnChain {
  readonly house: House | undefined;
  readonly collaterals: readonly Collateral[];
  readonly markets: readonly Market[];
  readonly books: readonly BookState[];
  readonly venues: readonly Venue[];
}

/** Reads all of it. */
export async function readChain(connection: Connection): Promise<OnChain> {
  const accounts = (discriminator: Uint8Array) => fetchProgramAccounts(connection, discriminator);
  const [house, collaterals, markets, books, venues] = await Promise.all([
    fetchMaybeHouse(connection.rpc, await houseAddress(), { commitment: 'confirmed' }),
    accounts(COLLATERAL_DISCRIMINATOR),
    accounts(MARKET_DISCRIMINATOR),
    accounts(BOOK_DISCRIMINATOR),
    accounts(VENUE_DISCRIMINATOR),
  ]);
  return {
    house: house.exists ? house.data : undefined,
    collaterals: decodeAll(collaterals, getCollateralDecoder()).map((one) => one.data),
    markets: decodeAll(markets, getMarketDecoder()).map((one) => one.data),
    books: books.map(readBook),
    venues: decodeAll(venues, getVenueDecoder()).map((one) => one.data),
  };
}
