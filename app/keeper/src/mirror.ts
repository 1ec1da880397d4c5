/** A copy of the house in memory, kept current by websocket subscriptions. */
import {
  BOOK_DISCRIMINATOR,
  bookKey,
  CLEARING_HOUSE_PROGRAM_ADDRESS,
  COLLATERAL_DISCRIMINATOR,
  type Connection,
  type Directory,
  fetchDirectory,
  fetchProgramAccounts,
  getCollateralDecoder,
  getMarketDecoder,
  MARGIN_ACCOUNT_DISCRIMINATOR,
  type MarginAccountState,
  MARKET_DISCRIMINATOR,
  readBook,
  readMarginAccount,
} from '@novate/client';
import {
  type Address,
  type Commitment,
  containsBytes,
  decodeAccount,
  type EncodedAccount,
  getBase64Encoder,
} from '@solana/kit';

/** The house and its margin accounts as last heard. */
export interface Mirror {
  readonly directory: Directory;
  readonly accounts: ReadonlyMap<Address, MarginAccountState>;
}

/** Keeps a {@link Mirror} and says when it changes. */
export class LiveMirror implements Mirror {
  #directory: Directory | undefined;
  readonly #accounts = new Map<Address, MarginAccountState>();

  constructor(
    private readonly connection: Connection,
    private readonly commitment: Commitment,
    private readonly onChange: () => void,
  ) {}

  get directory(): Directory {
    if (this.#directory === undefined) throw new Error('the mirror has not been loaded');
    return this.#directory;
  }

  get accounts(): ReadonlyMap<Address, MarginAccountState> {
    return this.#accounts;
  }

  /** Fetches everything anew. */
  async load(): Promise<void> {
    const [directory, accounts] = await Promise.all([
      fetchDirectory(this.connection, this.commitment),
      fetchProgramAccounts(this.connection, MARGIN_ACCOUNT_DISCRIMINATOR, this.commitment),
    ]);
    this.#directory = directory;
    this.#accounts.clear();
    for (const account of accounts) this.apply(account);
  }

  /** Takes in one account of the program as it is now. */
  apply(account: EncodedAccount): void {
    const is = (discriminator: Uint8Array) => containsBytes(account.data, discriminator, 0);
    if (is(MARGIN_ACCOUNT_DISCRIMINATOR)) {
      this.#accounts.set(account.address, readMarginAccount(account));
    } else if (is(MARKET_DISCRIMINATOR)) {
      const market = decodeAccount(account, getMarketDecoder());
      this.#update({ markets: replaced(this.directory.markets, market.data.id, market) });
    } else if (is(COLLATERAL_DISCRIMINATOR)) {
      const collateral = decodeAccount(account, getCollateralDecoder());
      this.#update({ collaterals: replaced(this.directory.collaterals, collateral.data.index, collateral) });
    } else if (is(BOOK_DISCRIMINATOR)) {
      const book = readBook(account);
      const key = bookKey(book.header.market, book.header.expiryHour);
      this.#update({ books: replaced(this.directory.books, key, book) });
    }
  }

  /** Listens to the program until `stop`; throws when the websocket is lost. */
  async follow(stop: AbortSignal): Promise<void> {
    const notifications = await this.connection.rpcSubscriptions
      .programNotifications(CLEARING_HOUSE_PROGRAM_ADDRESS, { commitment: this.commitment, encoding: 'base64' })
      .subscribe({ abortSignal: stop });
    for await (const { value } of notifications) {
      const { pubkey, account } = value;
      this.apply({
        address: pubkey,
        data: getBase64Encoder().encode(account.data[0]),
        executable: account.executable,
        lamports: account.lamports,
        programAddress: account.owner,
        space: account.space,
      });
      this.onChange();
    }
  }

  #update(change: Partial<Directory>): void {
    this.#directory = { ...this.directory, ...change };
  }
}

function replaced<K extends number | bigint, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> {
  return new Map([...map, [key, value] as const].sort(([a], [b]) => (a < b ? -1 : 1)));
}
