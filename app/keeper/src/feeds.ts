/** Publish times of the oracle feeds that the house follows, kept current by websocket subscriptions. */
import {
  type Connection,
  decodePriceUpdate,
  type Directory,
  feedIdOf,
  priceFeedAddress,
  pricedCollaterals,
} from '@novate/client';
import {
  type Address,
  type Commitment,
  fetchEncodedAccounts,
  getBase64Encoder,
  type ReadonlyUint8Array,
} from '@solana/kit';

/** The latest publish time of each feed, in seconds since 1970. */
export class LiveFeeds {
  readonly #times = new Map<string, bigint>();

  constructor(
    private readonly connection: Connection,
    private readonly commitment: Commitment,
    private readonly onChange: () => void,
  ) {}

  /** When a feed last published; 0 before it ever did. */
  timeOf(feedId: string): bigint {
    return this.#times.get(feedId) ?? 0n;
  }

  /** Fetches the feeds of a directory and listens to them until `stop`; throws when the websocket is lost. */
  async follow(directory: Directory, stop: AbortSignal): Promise<void> {
    const listed = [...directory.markets.values(), ...pricedCollaterals(directory)];
    const ids = [...new Set(listed.map(feedIdOf))];
    const addresses = await Promise.all(ids.map((id) => priceFeedAddress(id)));
    const listening = addresses.map((address) => this.#listen(address, stop));
    const current = await fetchEncodedAccounts(this.connection.rpc, addresses, { commitment: this.commitment });
    for (const account of current) {
      if (account.exists) this.#take(account.data);
    }
    this.onChange();
    await Promise.all(listening);
  }

  async #listen(address: Address, stop: AbortSignal): Promise<void> {
    const notifications = await this.connection.rpcSubscriptions
      .accountNotifications(address, { commitment: this.commitment, encoding: 'base64' })
      .subscribe({ abortSignal: stop });
    for await (const { value } of notifications) {
      this.#take(getBase64Encoder().encode(value.data[0]));
      this.onChange();
    }
  }

  #take(data: ReadonlyUint8Array): void {
    const update = decodePriceUpdate(data);
    if (update !== undefined) this.#times.set(update.feedId, update.publishTime);
  }
}
