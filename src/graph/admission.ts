import type { Collection, ObjectPage } from '../identity/change.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { Admission } from '../identity/ports.ts';
import type { Scope } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { listAssigned } from './assignments.ts';
import { decodeList } from './decode-page.ts';
import { filterRefusal } from './filter-refusal.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { batchedPages, listIds, listIdsInBatches, pageObjectsMax } from './listing.ts';
import type { ListQuery } from './listing.ts';
import { listOptions, type Selection } from './selection.ts';

/** What admission is decided with. */
export interface AdmissionOptions {
  readonly client: GraphClient;
  /** Where Microsoft Graph is. */
  readonly origin: string;
  readonly clientId: string;
  readonly scope: Scope;
  /** What is read of each collection. */
  readonly selections: Readonly<Record<Collection, Selection>>;
}

/** The most values that `in` may have (https://learn.microsoft.com/graph/aad-advanced-queries). */
const idsAtOnce = 15;

type Asking = Pick<ListQuery, 'signal' | 'statistics'>;

/**
 * Decides by lists of ids who is in scope. Delta queries cannot do it: they filter by nothing but up to fifty ids. A filter
 * may use properties that are not selected, whose changes a delta query does not report, so the list is asked for each round.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const conditions = new Conditions(options);
  return {
    async admitted(collection, signal, statistics) {
      const sets: ReadonlySet<ObjectId>[] = [];
      for (const condition of conditions.of(collection)) sets.push(await condition({ signal, statistics }));
      return intersection(sets);
    },
    objects: (collection, ids, signal, statistics) => readObjects(options, collection, ids, { signal, statistics }),
  };
}

type Condition = (asking: Asking) => Promise<ReadonlySet<ObjectId>>;

class Conditions {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  of(collection: Collection): readonly Condition[] {
    const { scope } = this.#options;
    const { enabled, filter } = scope[collection];
    if (!enabled) return [];
    const memberOf = collection === 'users' ? scope.users.memberOf : undefined;
    return [
      ...(filter === undefined ? [] : [(asking: Asking) => this.#filtered(collection, filter, asking)]),
      ...(memberOf === undefined ? [] : [(asking: Asking) => this.#members(memberOf, asking)]),
      ...(scope.assignedOnly ? [(asking: Asking) => this.#assigned(collection, asking)] : []),
    ];
  }

  /**
   * Who is assigned to the enterprise application. An assignment of a group counts for its direct members only
   * (https://learn.microsoft.com/entra/identity/enterprise-apps/assign-user-or-group-access-portal).
   */
  async #assigned(collection: Collection, asking: Asking): Promise<ReadonlySet<ObjectId>> {
    const { client, origin, clientId } = this.#options;
    const { users, groups } = await listAssigned(client, origin, clientId, asking);
    if (collection === 'groups') return groups;
    const lists = [...groups].map((group) => membersQuery(group, 'members'));
    const urls = lists.map(({ segments, options }) => graphUrl(origin, segments, options));
    const query = { urls, operation: 'groups/members', advanced: true, ...asking } as const;
    return new Set([...users, ...(await listIdsInBatches(client, origin, query))]);
  }

  async #filtered(collection: Collection, filter: string, asking: Asking): Promise<ReadonlySet<ObjectId>> {
    try {
      return await this.#ids({ ...filterQuery(collection, filter), ...asking });
    } catch (error) {
      throw filterRefusal(error, `${collection}.filter`);
    }
  }

  async #members(groups: readonly string[], asking: Asking): Promise<ReadonlySet<ObjectId>> {
    const members = new Set<ObjectId>();
    for (const name of groups) {
      const group = parseObjectId(name) ?? (await this.#groupNamed(name, asking));
      for (const member of await this.#membersOf(group, name, asking)) members.add(member);
    }
    return members;
  }

  async #membersOf(group: ObjectId, name: string, asking: Asking): Promise<ReadonlySet<ObjectId>> {
    try {
      return await this.#ids({ ...membersQuery(group, 'transitiveMembers'), ...asking });
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'notFound') throw error;
      throw new SourceError('notFound', `users.memberOf names a group that does not exist: ${name}`, error.details, {
        cause: error,
      });
    }
  }

  async #groupNamed(name: string, asking: Asking): Promise<ObjectId> {
    const found = await this.#ids({
      segments: ['groups'],
      options: { ...idsOnly, $filter: `displayName eq '${name.replaceAll("'", "''")}'` },
      operation: 'groups',
      ...asking,
    });
    const [group] = found;
    if (group !== undefined && found.size === 1) return group;
    const many = `${found.size} groups have the name that users.memberOf has: ${name}. Write the object id of the one that is meant`;
    const none = `users.memberOf names a group that does not exist: ${name}`;
    throw new SourceError('notFound', found.size === 0 ? none : many);
  }

  #ids(query: ListQuery): Promise<ReadonlySet<ObjectId>> {
    return listIds(this.#options.client, this.#options.origin, query);
  }
}

const idsOnly = { $select: 'id', $top: String(pageObjectsMax) } as const;

/**
 * The list of what a filter admits, as an advanced query: those know every operator, and the others only some
 * (https://learn.microsoft.com/graph/aad-advanced-queries).
 */
export function filterQuery(collection: Collection, filter: string): Omit<ListQuery, keyof Asking> {
  return {
    segments: [collection],
    options: { ...idsOnly, $filter: filter, $count: 'true' },
    operation: collection,
    advanced: true,
    quotesRefusal: true,
  };
}

/** The list of the users among the members of a group: casts are advanced queries. */
function membersQuery(group: ObjectId, relation: 'members' | 'transitiveMembers'): Omit<ListQuery, keyof Asking> {
  return {
    segments: ['groups', group, relation, 'microsoft.graph.user'],
    options: { ...idsOnly, $count: 'true' },
    operation: 'groups/members',
    advanced: true,
  };
}

function intersection(sets: readonly ReadonlySet<ObjectId>[]): ReadonlySet<ObjectId> | undefined {
  const [first, ...others] = sets;
  if (first === undefined || others.length === 0) return first;
  return new Set([...first].filter((id) => others.every((other) => other.has(id))));
}

/** Yields these objects, as lists show them; those that do not exist are left out. Throws {@link SourceError}. */
export async function* readObjects(
  { client, origin, selections }: Pick<AdmissionOptions, 'client' | 'origin' | 'selections'>,
  collection: Collection,
  ids: readonly ObjectId[],
  asking: Asking,
): AsyncGenerator<ObjectPage, void, void> {
  const urls: string[] = [];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const list = ids
      .slice(at, at + idsAtOnce)
      .map((id) => `'${id}'`)
      .join(',');
    const options = { ...listOptions(selections[collection]), $filter: `id in (${list})` };
    urls.push(graphUrl(origin, [collection], options));
  }
  for await (const { value } of batchedPages(client, origin, { urls, operation: collection, ...asking })) {
    yield decodeList(selections[collection], value);
  }
}
