/**
 * Delta queries where the tenant has them, and lists where it has not. Microsoft documents that external (CIAM) and B2C
 * tenants have none (https://learn.microsoft.com/graph/delta-query-overview), and not what they answer instead. So a refused
 * delta query is not judged by its text: the smallest one is asked too, and when that is refused as well there are none.
 */
import type { Collection } from '../identity/change.ts';
import type { DeltaFeed, FeedStatistics } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';
import { syncDeltaAvailable, syncDeltaRefused } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { GraphClient } from './graph-client.ts';
import { isRefusal } from './graph-error.ts';
import { graphUrl } from './graph-url.ts';

/** What the choice is made with. */
export interface AutoFeedOptions {
  readonly client: GraphClient;
  readonly origin: string;
  readonly delta: DeltaFeed;
  readonly lists: DeltaFeed;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long lists are read before delta queries are tried again. */
const retryAfterMs = 24 * 60 * 60 * 1000;

/** Whether these collections can be read by delta queries. Throws {@link SourceError} when that cannot be told. */
export async function hasDeltaQueries(
  client: GraphClient,
  origin: string,
  collection: Collection,
  asking: { readonly signal: AbortSignal; readonly statistics: FeedStatistics },
): Promise<boolean> {
  // "latest" answers with a delta link and no data.
  const url = graphUrl(origin, [collection, 'delta'], { $deltatoken: 'latest', $select: 'id' });
  try {
    await client.get({ url, operation: `${collection}/delta`, ...asking });
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** A feed that is one of two. When it becomes the other one, the running enumeration ends with `resyncRequired`. */
export function createAutoFeed(options: AutoFeedOptions): DeltaFeed {
  return new AutoFeed(options);
}

class AutoFeed implements DeltaFeed {
  readonly #options: AutoFeedOptions;
  #current: DeltaFeed;
  /** When it was last found that there are no delta queries; undefined: not by this process. */
  #refusedAtMs: number | undefined;

  constructor(options: AutoFeedOptions) {
    this.#options = options;
    this.#current = options.delta;
  }

  get query(): string {
    return this.#current.query;
  }

  get listsEverything(): boolean {
    return this.#current.listsEverything === true;
  }

  resume(query: string | null): void {
    const { delta, lists } = this.#options;
    this.#current = query === lists.query ? lists : delta;
  }

  async *delta(...enumeration: Parameters<DeltaFeed['delta']>): ReturnType<DeltaFeed['delta']> {
    const [collection, from, signal, statistics] = enumeration;
    const asking = { signal, statistics };
    if (this.listsEverything) {
      // A list that is half read is read to its end first.
      if (from === undefined && collection === 'users') await this.#tryDelta(collection, asking);
      yield* this.#current.delta(...enumeration);
      return;
    }
    try {
      yield* this.#current.delta(...enumeration);
    } catch (error) {
      if (from === undefined && isRefusal(error)) await this.#fallBack(collection, error, asking);
      throw error;
    }
  }

  get existing(): DeltaFeed['existing'] {
    return this.#current.existing;
  }

  async #fallBack(
    collection: Collection,
    error: SourceError,
    asking: Parameters<typeof hasDeltaQueries>[3],
  ): Promise<void> {
    const { client, origin, lists, clock, log } = this.#options;
    if (await hasDeltaQueries(client, origin, collection, asking)) return;
    this.#refusedAtMs = clock.now();
    this.#current = lists;
    syncDeltaRefused(log, { reason: error.message });
    throw changed(error);
  }

  async #tryDelta(collection: Collection, asking: Parameters<typeof hasDeltaQueries>[3]): Promise<void> {
    const { client, origin, delta, clock, log } = this.#options;
    const nowMs = clock.now();
    if (this.#refusedAtMs !== undefined && nowMs - this.#refusedAtMs < retryAfterMs) return;
    this.#refusedAtMs = nowMs;
    if (!(await isOffered(hasDeltaQueries(client, origin, collection, asking)))) return;
    this.#current = delta;
    syncDeltaAvailable(log);
    throw changed(undefined);
  }
}

/** False also when that cannot be told now: lists go on, and nothing is lost by asking another day. */
async function isOffered(answer: Promise<boolean>): Promise<boolean> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    return false;
  }
}

function changed(cause: unknown): SourceError {
  return new SourceError('resyncRequired', 'The tenant is read in another way from now on', {}, { cause });
}
