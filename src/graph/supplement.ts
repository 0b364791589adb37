import type { Collection, ObjectProperties } from '../identity/change.ts';
import type { Supplement, UnreadableProperty } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';
import { propertyUnreadable } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { readClaims } from './access-token.ts';
import { decodeId } from './decode-object.ts';
import { DecodeError, decodeProperties } from './decode-properties.ts';
import type { GraphClient } from './graph-client.ts';
import type { JsonRecord } from './json.ts';
import { type ListQuery, listPages, pageObjectsMax } from './listing.ts';
import { mayRead, propertyPermissions } from './permissions.ts';
import { selectionRefusal } from './selection-refusal.ts';
import type { SelectedProperty, Selection } from './selection.ts';
import type { TokenSource } from './token-source.ts';

/** What reads the properties that delta queries do not report. */
export interface SupplementOptions {
  readonly client: GraphClient;
  /** Where Microsoft Graph is. */
  readonly origin: string;
  readonly tokens: TokenSource;
  readonly selections: Readonly<Record<Collection, Selection>>;
  readonly log: Log;
}

type Asking = Pick<ListQuery, 'signal' | 'statistics'>;

// A list that has lost its place is read again from the beginning, but not for ever.
const attemptsMax = 4;

/**
 * Reads custom security attributes and schema extensions of everybody, by lists: one request for 999 objects. Microsoft Graph
 * answers null for custom security attributes that an application must not read, as if there were none
 * (https://learn.microsoft.com/graph/api/resources/custom-security-attributes-overview), so they are asked for only with the
 * permission.
 */
export function createSupplement(options: SupplementOptions): Supplement | undefined {
  const { users, groups } = options.selections;
  return users.untracked.length + groups.untracked.length === 0 ? undefined : new ListSupplement(options);
}

class ListSupplement implements Supplement {
  readonly properties: Supplement['properties'];
  readonly #options: SupplementOptions;
  #unreadable: readonly UnreadableProperty[] = [];

  constructor(options: SupplementOptions) {
    this.#options = options;
    const { users, groups } = options.selections;
    const names = ({ untracked }: Selection): readonly string[] => untracked.map(({ name }) => name);
    this.properties = { users: names(users), groups: names(groups) };
  }

  get unreadable(): readonly UnreadableProperty[] {
    return this.#unreadable;
  }

  async *read(
    collection: Collection,
    signal: AbortSignal,
    statistics: ListQuery['statistics'],
  ): AsyncGenerator<readonly ObjectProperties[], void, void> {
    const { tokens, selections } = this.#options;
    const { roles } = readClaims(await tokens.token(signal));
    const wanted = selections[collection].untracked;
    const readable = wanted.filter(({ name }) => mayRead(name, roles) !== false);
    this.#report(
      collection,
      wanted.filter((property) => !readable.includes(property)),
    );
    if (readable.length === 0) return;
    // Where nobody can tell whether null means nothing or not permitted, it is taken for the latter.
    const isTrusted = ({ name }: SelectedProperty): boolean => mayRead(name, roles) === true;
    const doubted = new Set(readable.filter((property) => !isTrusted(property)).map(({ name }) => name));
    for await (const elements of this.#pages(collection, readable, { signal, statistics })) {
      yield elements.flatMap((element) => decodeElement(readable, doubted, element));
    }
  }

  async *#pages(
    collection: Collection,
    properties: readonly SelectedProperty[],
    asking: Asking,
  ): AsyncGenerator<readonly JsonRecord[], void, void> {
    const { client, origin } = this.#options;
    const $select = ['id', ...properties.map(({ name }) => name)].join(',');
    const options = { $select, $top: String(pageObjectsMax) };
    const query = { segments: [collection], options, operation: collection, quotesRefusal: true, ...asking } as const;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const { value } of listPages(client, origin, query)) yield value;
        return;
      } catch (error) {
        if (!isResync(error) || attempt === attemptsMax)
          throw selectionRefusal(error, this.#options.selections[collection]);
      }
    }
  }

  #report(collection: Collection, properties: readonly SelectedProperty[]): void {
    const before = this.#unreadable;
    const now = properties.map(({ name }) => ({
      collection,
      property: name,
      permission: propertyPermissions.get(name)?.[0] ?? '',
    }));
    this.#unreadable = [...before.filter((each) => each.collection !== collection), ...now];
    for (const each of now) {
      if (!before.some(({ property }) => property === each.property)) propertyUnreadable(this.#options.log, each);
    }
  }
}

function isResync(error: unknown): boolean {
  return error instanceof SourceError && error.code === 'resyncRequired';
}

/** What a list says of one object; nothing, when it makes no sense, so that what is known stays. */
function decodeElement(
  properties: readonly SelectedProperty[],
  doubted: ReadonlySet<string>,
  element: JsonRecord,
): readonly ObjectProperties[] {
  const id = decodeId(element);
  if (id === undefined) return [];
  try {
    const decoded = decodeProperties(properties, element);
    // Lists leave out schema extensions that an object does not have.
    const entries = properties
      .map(({ name }) => [name, decoded[name] ?? null] as const)
      .filter(([name, value]) => value !== null || !doubted.has(name));
    return [{ id, properties: Object.fromEntries(entries) }];
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return [];
  }
}
