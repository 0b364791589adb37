/**
 * Looks at what a tenant offers: which extensions it has defined, and which properties some of its users or groups have. Asks for
 * one page of objects, as often as it takes to select everything, and keeps nothing.
 */
import type { Collection } from '../identity/change.ts';
import type { Discovery, Undiscovered } from '../identity/discovery.ts';
import { graphProperties, isTracked } from '../identity/graph-properties.ts';
import { SourceError } from '../identity/source-error.ts';
import { readClaims } from './access-token.ts';
import { type Asking, Definitions, type DiscoverWay } from './discover-definitions.ts';
import type { JsonRecord } from './json.ts';
import { listPages } from './listing.ts';
import { ValueTally } from './discover-values.ts';
import { mayRead, propertyPermissions } from './permissions.ts';

/** What is looked at, and how far. */
export interface DiscoverOptions {
  readonly collection: Collection;
  /** How many objects are looked at, from 1 to 999. */
  readonly sampleSize: number;
  readonly signal: AbortSignal;
}

// An address of Microsoft Graph has room for some 2,000 characters, and the name of a directory extension has up to 300.
const selectedLengthMax = 1500;

/** What the tenant offers. Throws {@link SourceError} when not even one object can be read. */
export async function discover(way: DiscoverWay, options: DiscoverOptions): Promise<Discovery> {
  const { collection, signal } = options;
  const { roles } = readClaims(await way.tokens.token(signal));
  const asking: Asking = { signal, statistics: { retries: 0, throttledMs: 0 }, priority: 'normal' };
  const definitions = await new Definitions(way, collection, roles, asking).read();
  const documented = Object.keys(graphProperties[collection]).filter((name) => isTracked(name) && name !== 'manager');
  const readable = [...documented, ...(collection === 'users' ? ['customSecurityAttributes'] : [])].filter(
    (name) => mayRead(name, roles) === true,
  );
  const sample = new Sample(way, options, asking);
  const tally = new ValueTally(collection, definitions.defined);
  await sample.read([...readable, ...definitions.selected], (element) => tally.add(element));
  if (collection === 'users') await sample.readManagers((element) => tally.add(element));
  const unreadable =
    collection === 'users' ? [...propertyPermissions.keys()].filter((name) => !readable.includes(name)) : [];
  return {
    collection,
    sampled: sample.size,
    properties: tally.offers(new Set([...unreadable, ...sample.refused])),
    undiscovered: [...definitions.undiscovered, ...missing(unreadable), ...unknown(sample.refused)],
  };
}

function missing(unreadable: readonly string[]): readonly Undiscovered[] {
  return unreadable.map((name) => ({
    what: `the values of ${name}`,
    why: `take the application permission ${propertyPermissions.get(name)?.[0] ?? ''}`,
  }));
}

function unknown(refused: readonly string[]): readonly Undiscovered[] {
  return refused.map((name) => ({ what: name, why: 'is refused by Microsoft Graph for this tenant' }));
}

/** The first page of a collection, read several times with other properties. */
class Sample {
  readonly #way: DiscoverWay;
  readonly #options: DiscoverOptions;
  readonly #asking: Asking;
  readonly #refused: string[] = [];
  #size = 0;

  constructor(way: DiscoverWay, options: DiscoverOptions, asking: Asking) {
    this.#way = way;
    this.#options = options;
    this.#asking = asking;
  }

  /** How many objects the page has. */
  get size(): number {
    return this.#size;
  }

  /** Properties that Microsoft Graph does not know or does not give. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  async read(names: readonly string[], found: (element: JsonRecord) => void): Promise<void> {
    for (const selected of portions(names)) await this.#select(selected, found);
  }

  async readManagers(found: (element: JsonRecord) => void): Promise<void> {
    for (const element of await this.#page({ $select: 'id', $expand: 'manager($select=id)' })) found(element);
  }

  /** Asks for fewer when all together are refused, until the one is found that is. */
  async #select(names: readonly string[], found: (element: JsonRecord) => void): Promise<void> {
    try {
      for (const element of await this.#page({ $select: ['id', ...names].join(',') })) found(element);
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'badRequest' || names.length === 0) throw error;
      if (names.length === 1) {
        this.#refused.push(...names);
        return;
      }
      const middle = Math.ceil(names.length / 2);
      await this.#select(names.slice(0, middle), found);
      await this.#select(names.slice(middle), found);
    }
  }

  async #page(options: Readonly<Record<string, string>>): Promise<readonly JsonRecord[]> {
    const { collection, sampleSize } = this.#options;
    const { client, origin } = this.#way;
    const query = { segments: [collection], options: { ...options, $top: String(sampleSize) }, operation: collection };
    for await (const { value } of listPages(client, origin, { ...query, ...this.#asking })) {
      this.#size = Math.max(this.#size, value.length);
      return value;
    }
    return [];
  }
}

/** The names in as few portions as an address has room for. */
function portions(names: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = [];
  let length = selectedLengthMax;
  for (const name of names) {
    length += name.length + 1;
    if (length > selectedLengthMax) {
      all.push([]);
      length = name.length;
    }
    all.at(-1)?.push(name);
  }
  return all;
}
