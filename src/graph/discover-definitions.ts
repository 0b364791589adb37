import type { Collection } from '../identity/change.ts';
import type { OfferKind, Undiscovered } from '../identity/discovery.ts';
import { isDirectoryExtension, isSchemaExtension } from '../identity/graph-properties.ts';
import { SourceError } from '../identity/source-error.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { asRecord, type JsonRecord } from './json.ts';
import { decodeListPage, type ListQuery, listPages } from './listing.ts';
import type { TokenSource } from './token-source.ts';

/** The way to the tenant. */
export interface DiscoverWay {
  readonly client: GraphClient;
  readonly origin: string;
  readonly tokens: TokenSource;
}

/** How requests for discovery are made. */
export type Asking = Pick<ListQuery, 'signal' | 'statistics' | 'priority'>;

/** A property that the tenant has defined. */
export interface Defined {
  /** As the configuration names it. */
  readonly source: string;
  readonly kind: OfferKind;
  readonly type: string;
  readonly multiValued: boolean;
  readonly description: string | null;
}

/** What was found of definitions, and what could not be. */
export interface FoundDefinitions {
  readonly defined: readonly Defined[];
  /** What has to be selected of an object to see the values. */
  readonly selected: readonly string[];
  readonly undiscovered: readonly Undiscovered[];
}

/** Whoever lists more definitions than this leads us in a circle, or has more than anybody can read (P8). */
const definitionsMax = 2000;

const directoryPermissions = ['Directory.Read.All', 'Directory.ReadWrite.All'];
const applicationPermissions = ['Application.Read.All', 'Application.ReadWrite.All', ...directoryPermissions];
const definitionPermissions = ['CustomSecAttributeDefinition.Read.All', 'CustomSecAttributeDefinition.ReadWrite.All'];

/** Reads which extensions and custom security attributes the tenant has defined, as far as the permissions go. */
export class Definitions {
  readonly #way: DiscoverWay;
  readonly #collection: Collection;
  readonly #roles: readonly string[] | undefined;
  readonly #asking: Asking;

  constructor(way: DiscoverWay, collection: Collection, roles: readonly string[] | undefined, asking: Asking) {
    this.#way = way;
    this.#collection = collection;
    this.#roles = roles;
    this.#asking = asking;
  }

  async read(): Promise<FoundDefinitions> {
    const found = [
      await this.#attempt(
        'directory extensions',
        'Directory.Read.All or Application.Read.All',
        applicationPermissions,
        () => this.#directoryExtensions(),
      ),
      await this.#attempt('schema extensions', 'Application.Read.All', applicationPermissions, () =>
        this.#schemaExtensions(),
      ),
      ...(this.#collection === 'users'
        ? [
            await this.#attempt(
              'custom security attributes',
              definitionPermissions[0] ?? '',
              definitionPermissions,
              () => this.#securityAttributes(),
            ),
          ]
        : []),
    ];
    return {
      defined: found.flatMap(({ defined }) => defined),
      selected: [...new Set(found.flatMap(({ selected }) => selected))],
      undiscovered: found.flatMap(({ undiscovered }) => undiscovered),
    };
  }

  /** What `look` finds, or that it must not look. */
  async #attempt(
    what: string,
    permission: string,
    permissions: readonly string[],
    look: () => Promise<Omit<FoundDefinitions, 'undiscovered'>>,
  ): Promise<FoundDefinitions> {
    const nothing = { defined: [], selected: [] };
    const refused = { what, why: `take the application permission ${permission} to be listed` };
    if (this.#may(permissions) === false) return { ...nothing, undiscovered: [refused] };
    try {
      return { ...(await look()), undiscovered: [] };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.code === 'forbidden') return { ...nothing, undiscovered: [refused] };
      // Not every cloud has all of these, and the rest is of use without them.
      if (error.code !== 'badRequest' && error.code !== 'notFound') throw error;
      return { ...nothing, undiscovered: [{ what, why: `cannot be listed. ${error.message}` }] };
    }
  }

  #may(permissions: readonly string[]): boolean | undefined {
    return this.#roles?.some((role) => permissions.includes(role));
  }

  /**
   * Of all applications with a permission for the directory, else of those that are registered here
   * (https://learn.microsoft.com/graph/api/directoryobject-getavailableextensionproperties).
   */
  async #directoryExtensions(): Promise<Omit<FoundDefinitions, 'undiscovered'>> {
    const all = this.#may(directoryPermissions) === false ? [] : await this.#availableExtensions();
    // The first list is empty in tenants of more than a thousand service principals.
    const listed =
      all.length > 0 || this.#may(applicationPermissions) === false ? all : await this.#registeredExtensions();
    const defined = listed
      .filter((each) => isDirectoryExtension(text(each, 'name') ?? '') && this.#isFor(each['targetObjects']))
      .map((each) => ({
        source: text(each, 'name') ?? '',
        kind: 'directoryExtension' as const,
        type: shapeOf(text(each, 'dataType')),
        multiValued: each['isMultiValued'] === true,
        description: origin(each),
      }));
    return { defined, selected: defined.map(({ source }) => source) };
  }

  async #availableExtensions(): Promise<readonly JsonRecord[]> {
    const { client, origin: graph } = this.#way;
    const operation = 'directoryObjects/getAvailableExtensionProperties';
    const url = graphUrl(graph, operation.split('/'));
    const answer = await client.get({ url, operation, action: {}, ...this.#asking });
    return decodeListPage(answer, operation, graph).value.slice(0, definitionsMax);
  }

  async #registeredExtensions(): Promise<readonly JsonRecord[]> {
    const applications = await this.#list(['applications'], {
      $select: 'id,displayName',
      $expand: 'extensionProperties',
    });
    return applications
      .flatMap(({ displayName, extensionProperties }) =>
        records(extensionProperties).map((each) => ({ appDisplayName: displayName, ...each })),
      )
      .slice(0, definitionsMax);
  }

  async #schemaExtensions(): Promise<Omit<FoundDefinitions, 'undiscovered'>> {
    const listed = await this.#list(['schemaExtensions'], { $select: 'id,description,status,targetTypes,properties' });
    const usable = listed.filter(
      (each) =>
        isSchemaExtension(text(each, 'id') ?? '') &&
        each['status'] !== 'Deprecated' &&
        this.#isFor(each['targetTypes']),
    );
    const defined = usable.flatMap((each) =>
      records(each['properties']).map((property) => ({
        source: `${text(each, 'id') ?? ''}.${text(property, 'name') ?? ''}`,
        kind: 'schemaExtension' as const,
        type: shapeOf(text(property, 'type')),
        multiValued: false,
        description: text(each, 'description'),
      })),
    );
    return { defined, selected: usable.flatMap((each) => text(each, 'id') ?? []) };
  }

  async #securityAttributes(): Promise<Omit<FoundDefinitions, 'undiscovered'>> {
    const listed = await this.#list(['directory', 'customSecurityAttributeDefinitions'], {});
    const defined = listed
      .filter(({ status }) => status !== 'Deprecated')
      .map((each) => ({
        source: `customSecurityAttributes.${text(each, 'attributeSet') ?? ''}.${text(each, 'name') ?? ''}`,
        kind: 'securityAttribute' as const,
        type: shapeOf(text(each, 'type')),
        multiValued: each['isCollection'] === true,
        description: text(each, 'description'),
      }));
    return { defined, selected: [] };
  }

  async #list(segments: readonly string[], options: Readonly<Record<string, string>>): Promise<readonly JsonRecord[]> {
    const { client, origin: graph } = this.#way;
    const listed: JsonRecord[] = [];
    const query = { segments, options, operation: segments.join('/'), ...this.#asking };
    for await (const { value } of listPages(client, graph, query)) {
      listed.push(...value);
      if (listed.length >= definitionsMax) break;
    }
    return listed.slice(0, definitionsMax);
  }

  #isFor(targets: unknown): boolean {
    return Array.isArray(targets) && targets.includes(this.#collection === 'users' ? 'User' : 'Group');
  }
}

function origin(extension: JsonRecord): string | null {
  const application = text(extension, 'appDisplayName');
  const synced = extension['isSyncedFromOnPremises'] === true ? 'synchronized from Active Directory' : undefined;
  const from = application === null ? undefined : `of ${application}`;
  return [from, synced].filter((part) => part !== undefined).join(', ') || null;
}

function records(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.map((each: unknown) => asRecord(each)).filter((each) => each !== undefined) : [];
}

function text(record: JsonRecord, name: string): string | null {
  const value = record[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The word of this program for a type of Microsoft's. */
function shapeOf(type: string | null): string {
  switch (type) {
    case 'String':
      return 'text';
    case 'Boolean':
      return 'flag';
    case 'Integer':
    case 'LargeInteger':
      return 'number';
    case 'DateTime':
      return 'instant';
    default:
      return 'any';
  }
}
