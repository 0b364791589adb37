/**
 * Reads a tenant by lists, for where there are no delta queries: each round lists all users and all groups, and the direct
 * members of each group (https://learn.microsoft.com/graph/api/user-list, …/group-list, …/group-list-members).
 *
 * What is soft-deleted is listed first, so that who is restored meanwhile counts as restored. Lists of Graph are no snapshot:
 * an object can slip through between two pages. So what a list does not have although it was there before is asked for by its
 * id before it counts as gone.
 */
import { createHash } from 'node:crypto';
import type { Collection, DeltaPage, ObjectPage } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { DeltaFeed } from '../identity/ports.ts';
import { type Scope, wholeTenant } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { readObjects } from './admission.ts';
import { decodeId } from './decode-object.ts';
import { decodeList } from './decode-page.ts';
import type { GraphClient } from './graph-client.ts';
import { isRefusal } from './graph-error.ts';
import { graphUrl } from './graph-url.ts';
import { decodePlace, encodePlace, isListed, listStart, type ListPlace, type OpenMembers } from './list-place.ts';
import { decodeListPage, type LinkedPage, type ListQuery, pageObjectsMax } from './listing.ts';
import { memberListsMax, membersFrom, readMembers } from './member-lists.ts';
import { noPages, pageChain, type PageRequest } from './page-chain.ts';
import { listOptions, type Selection } from './selection.ts';

/** What lists are read with. */
export interface ListFeedOptions {
  readonly client: GraphClient;
  readonly origin: string;
  /** What is read of each collection. */
  readonly selections: Readonly<Record<Collection, Selection>>;
  /** The whole tenant when left out. */
  readonly scope?: Scope | undefined;
}

type Asking = Pick<ListQuery, 'signal' | 'statistics'>;

/** A page of a round, and where the next one is. */
interface Step {
  readonly page: ObjectPage;
  readonly place: ListPlace;
  readonly read: number;
}

const type: Readonly<Record<Collection, string>> = { users: 'microsoft.graph.user', groups: 'microsoft.graph.group' };

/** A feed that lists everything in each enumeration; its links are places in the lists. */
export function createListFeed({ client, origin, selections, scope = wholeTenant }: ListFeedOptions): DeltaFeed {
  const lists = new Lists({ client, origin, selections });
  return {
    query: createHash('sha256')
      .update(JSON.stringify(['lists', origin, selections, scope]))
      .digest('hex')
      .slice(0, 32),
    listsEverything: true,
    delta: (collection, from, signal, statistics) =>
      scope[collection].enabled
        ? pageChain((request) => lists.page(request), { collection, from, signal, statistics })
        : noPages(),
    existing: (collection, ids, signal, statistics) => lists.existing(collection, ids, { signal, statistics }),
  };
}

type ListsOptions = Parameters<typeof readObjects>[0];

class Lists {
  readonly #options: ListsOptions;

  constructor(options: ListsOptions) {
    this.#options = options;
  }

  async page({ collection, from, signal, statistics }: PageRequest): Promise<DeltaPage> {
    const asking = { signal, statistics };
    const start = from === undefined ? listStart : decodePlace(from);
    const { page, place, read } = await this.#step(collection, start, asking);
    return { ...page, read, link: { kind: isListed(place) ? 'delta' : 'next', url: encodePlace(place) } };
  }

  /** Those of these objects that exist after all; groups with their members. */
  async *existing(
    collection: Collection,
    ids: readonly ObjectId[],
    asking: Asking,
  ): AsyncGenerator<ObjectPage, void, void> {
    for await (const page of readObjects(this.#options, collection, ids, asking)) {
      yield page;
      if (collection === 'users') continue;
      let open: readonly OpenMembers[] = page.changes.map(({ id }) => membersFrom(this.#options.origin, id));
      while (open.length > 0) {
        const members = await readMembers({ ...this.#options, ...asking }, open.slice(0, memberListsMax));
        open = [...members.open, ...open.slice(memberListsMax)];
        yield { changes: members.changes, rejected: [] };
      }
    }
  }

  #step(collection: Collection, place: ListPlace, asking: Asking): Promise<Step> {
    if (place.groups.length + place.open.length > 0) return this.#members(place, asking);
    return place.deleted === null ? this.#objects(collection, place, asking) : this.#deleted(collection, place, asking);
  }

  /** What is soft-deleted. That may be hidden from this application; then whoever is gone is just gone. */
  async #deleted(collection: Collection, place: ListPlace, asking: Asking): Promise<Step> {
    const url = place.deleted || this.#first(['directory', 'deletedItems', type[collection]], { $select: 'id' });
    let list: LinkedPage;
    try {
      list = await this.#page(url, 'deletedItems', asking);
    } catch (error) {
      if (!isRefusal(error) && !isForbidden(error)) throw error;
      return { page: { changes: [], rejected: [] }, place: { ...place, deleted: null }, read: 0 };
    }
    const changes = list.value.flatMap((element) => {
      const id = decodeId(element);
      return id === undefined ? [] : [{ kind: 'removed', id, reason: 'changed' } as const];
    });
    return { page: { changes, rejected: [] }, place: { ...place, deleted: list.next ?? null }, read: 0 };
  }

  async #objects(collection: Collection, place: ListPlace, asking: Asking): Promise<Step> {
    const selection = this.#options.selections[collection];
    const url = place.objects || this.#first([collection], listOptions(selection));
    const { value, next = null } = await this.#page(url, collection, asking);
    const page = decodeList(selection, value);
    const groups = collection === 'groups' ? page.changes.map(({ id }) => id) : [];
    return { page, place: { ...place, objects: next, groups }, read: value.length };
  }

  async #members({ groups, open, ...place }: ListPlace, asking: Asking): Promise<Step> {
    const fresh = groups.slice(0, Math.max(0, memberListsMax - open.length));
    const lists = [...open, ...fresh.map((group) => membersFrom(this.#options.origin, group))];
    const members = await readMembers({ ...this.#options, ...asking }, lists.slice(0, memberListsMax));
    return {
      page: { changes: members.changes, rejected: [] },
      place: { ...place, groups: groups.slice(fresh.length), open: [...members.open, ...lists.slice(memberListsMax)] },
      read: 0,
    };
  }

  #first(segments: readonly string[], options: Readonly<Record<string, string>>): string {
    return graphUrl(this.#options.origin, segments, { ...options, $top: String(pageObjectsMax) });
  }

  async #page(url: string, operation: string, asking: Asking): Promise<LinkedPage> {
    const { client, origin } = this.#options;
    return decodeListPage(await client.get({ url, operation, ...asking }), operation, origin);
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof SourceError && error.code === 'forbidden';
}
