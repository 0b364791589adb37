/** Lists of directory objects with `$select $filter $search $orderby $top $count` and paging. */
import { setImmediate } from 'node:timers/promises';
import type { Collection, GraphProperties, GraphValue } from '../../identity/change.ts';
import { type ObjectId, parseObjectId } from '../../identity/ids.ts';
import { type ObjectRef, refIndex, refKind } from '../tenant/population.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type GraphAnswer, type GraphCall, isAdvanced, isEventual, ok } from './call.ts';
import { assertSupported, matches } from './filter.ts';
import { type Filter, parseFilter } from './filter-syntax.ts';
import { GraphError, badRequest, requestDenied, unsupportedQuery } from './graph-error.ts';
import { may } from './permissions.ts';
import { type PropertyCatalog, catalogOf, propertyName } from './property-catalog.ts';
import { renderObject } from './render.ts';
import { type Search, parseSearch, searchMatches } from './search.ts';
import { openCursor, sealCursor } from './skip-token.ts';

/** What is listed: references at stable positions; undefined where there is nothing (any more). */
export interface ListSource {
  readonly end: number;
  at(position: number): ObjectRef | undefined;
  /** The number of objects when it is known without looking at them. */
  readonly count?: number;
}

/** How a list presents itself. */
export interface ListShape {
  /** `directoryObjects` lists carry a type per object. */
  readonly context: Collection | 'directoryObjects';
  /** The kind that filters and selections are read for. */
  readonly collection: Collection;
  /** true: filtering and sorting need the advanced query capabilities, as with members. */
  readonly advancedOnly: boolean;
}

const PAGE_DEFAULT = 100;
const PAGE_MAX = 999;
const PAGE_MAX_WITH_ACTIVITY = 500;
const YIELD_EVERY = 2000;

interface ListQuery {
  readonly catalog: PropertyCatalog;
  readonly select: readonly string[] | undefined;
  readonly filter: Filter | undefined;
  readonly search: Search | undefined;
  readonly orderBy: { readonly property: string; readonly descending: boolean } | undefined;
  readonly top: number;
  readonly count: boolean;
}

/** Answers list requests. */
export class Listing {
  readonly #tenant: TenantModel;

  constructor(tenant: TenantModel) {
    this.#tenant = tenant;
  }

  async list(call: GraphCall, source: ListSource, shape: ListShape): Promise<GraphAnswer> {
    const skip = call.query.get('skiptoken');
    const start = skip === undefined ? 0 : openCursor(skip, isEventual(call)).position;
    const query = readListQuery(call, shape, this.#tenant);
    const matching = (ref: ObjectRef): boolean => this.#matches(ref, query);
    const count = query.count && skip === undefined ? await this.#count(source, query, matching) : undefined;
    const ordered = query.orderBy === undefined ? source : await this.#sorted(source, query, matching);
    const values: Record<string, GraphValue>[] = [];
    let next: string | undefined;
    for (let position = start; position < ordered.end; position += 1) {
      if (position % YIELD_EVERY === YIELD_EVERY - 1) await setImmediate();
      const ref = ordered.at(position);
      if (ref === undefined || !matching(ref)) continue;
      if (values.length === query.top) {
        next = this.#nextLink(call, position, values.at(-1) ?? {});
        break;
      }
      values.push(this.render(call, ref, query.select, shape.context === 'directoryObjects'));
    }
    return ok({
      '@odata.context': contextOf(call, shape, query.select),
      ...(count === undefined ? {} : { '@odata.count': count }),
      ...(next === undefined ? {} : { '@odata.nextLink': next }),
      value: values,
    });
  }

  /** Answers `/$count`: a bare number, with the advanced query header only. */
  async countSegment(call: GraphCall, source: ListSource, shape: ListShape): Promise<GraphAnswer> {
    if (!isEventual(call)) throw new GraphError(400, 'Request_BadRequest', '$count is not currently supported.');
    const query = readListQuery({ ...call, query: new Map([...call.query, ['count', 'true']]) }, shape, this.#tenant);
    const count = await this.#count(source, query, (ref) => this.#matches(ref, query));
    return { status: 200, body: String(count), headers: { 'content-type': 'text/plain' } };
  }

  /** Renders one object with the default or the selected properties. */
  render(
    call: GraphCall,
    ref: ObjectRef,
    select: readonly string[] | undefined,
    typed: boolean,
  ): Record<string, GraphValue> {
    const id = this.#tenant.refId(ref);
    const type: Record<string, GraphValue> = typed ? { '@odata.type': this.#tenant.refType(ref) } : {};
    const kind = refKind(ref);
    if (kind === 'other') {
      const { displayName } = this.#tenant.population.others[refIndex(ref)] ?? { displayName: null };
      return { ...type, id, displayName };
    }
    const collection = kind === 'user' ? 'users' : 'groups';
    const catalog = catalogOf(collection);
    const names = (select ?? ['id', ...catalog.defaults]).filter(
      (name) => catalog.names.has(name) || name.includes('_'),
    );
    // Without the permission for a kind of member only its type and id are told; the rest is null.
    const record: GraphProperties = may(call.caller, collection) ? this.#record(ref) : {};
    const object = { ...type, ...renderObject(id, record, typed ? ['id', ...names] : names, catalog) };
    const hides = 'customSecurityAttributes' in object && !may(call.caller, 'customSecurityAttributes');
    const shown = hides ? { ...object, customSecurityAttributes: null } : object;
    return collection === 'users' && expandsManager(call) ? { ...shown, ...this.#expandedManager(record) } : shown;
  }

  /** Nothing for whoever has no manager that is live. */
  #expandedManager({ manager }: GraphProperties): { readonly manager?: GraphValue } {
    const id = typeof manager === 'string' ? parseObjectId(manager) : undefined;
    const ref = id && this.#tenant.findRef(id);
    if (id === undefined || ref === undefined || !this.#tenant.isLive(ref)) return {};
    return { manager: { '@odata.type': this.#tenant.refType(ref), id } };
  }

  #record(ref: ObjectRef): GraphProperties {
    const table = refKind(ref) === 'user' ? this.#tenant.users : this.#tenant.groups;
    const deletedAt = table.deletedAtMs(refIndex(ref));
    const record = table.record(refIndex(ref));
    return deletedAt === undefined ? record : { ...record, deletedDateTime: new Date(deletedAt).toISOString() };
  }

  #matches(ref: ObjectRef, query: ListQuery): boolean {
    if (query.filter === undefined && query.search === undefined) return true;
    if (refKind(ref) === 'other') return false;
    const id: ObjectId = this.#tenant.refId(ref);
    const record = this.#record(ref);
    if (query.search !== undefined && !searchMatches(query.search, id, record)) return false;
    return query.filter === undefined || matches(query.filter, query.catalog, id, record);
  }

  async #count(source: ListSource, query: ListQuery, matching: (ref: ObjectRef) => boolean): Promise<number> {
    if (source.count !== undefined && query.filter === undefined && query.search === undefined) return source.count;
    let count = 0;
    for (let position = 0; position < source.end; position += 1) {
      if (position % YIELD_EVERY === YIELD_EVERY - 1) await setImmediate();
      const ref = source.at(position);
      if (ref !== undefined && matching(ref)) count += 1;
    }
    return count;
  }

  async #sorted(source: ListSource, query: ListQuery, matching: (ref: ObjectRef) => boolean): Promise<ListSource> {
    const { property = '', descending = false } = query.orderBy ?? {};
    const keyed: { ref: ObjectRef; key: string }[] = [];
    for (let position = 0; position < source.end; position += 1) {
      if (position % YIELD_EVERY === YIELD_EVERY - 1) await setImmediate();
      const ref = source.at(position);
      if (ref === undefined || !matching(ref)) continue;
      const value = refKind(ref) === 'other' ? '' : this.#record(ref)[property];
      keyed.push({ ref, key: typeof value === 'string' ? value.toLowerCase() : '' });
    }
    const sign = descending ? -1 : 1;
    keyed.sort((left, right) => (left.key < right.key ? -sign : left.key > right.key ? sign : left.ref - right.ref));
    return { end: keyed.length, at: (position) => keyed[position]?.ref };
  }

  #nextLink(call: GraphCall, position: number, last: Record<string, GraphValue>): string {
    const name = last['userPrincipalName'] ?? last['displayName'] ?? '';
    const token = sealCursor({ position, eventual: isEventual(call) }, textOf(name), textOf(last['id']));
    const options = [...call.query].filter(([option]) => option !== 'skiptoken');
    const text = options.map(([option, value]) => `$${option}=${encodeURIComponent(value)}&`).join('');
    return `${call.origin}${call.path}?${text}$skiptoken=${token}`;
  }
}

function textOf(value: GraphValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function contextOf(call: GraphCall, shape: ListShape, select: readonly string[] | undefined): string {
  const names = select === undefined ? '' : `(${select.join(',')})`;
  return `${call.origin}/v1.0/$metadata#${shape.context}${names}`;
}

/** Reads `$select`; undefined when there is none. Throws for a property that the collection does not have. */
export function readSelect(
  call: GraphCall,
  catalogs: readonly PropertyCatalog[],
  tenant: TenantModel,
): string[] | undefined {
  const text = call.query.get('select');
  if (text === undefined || text === '*') return undefined;
  const names = text.split(',').map((raw) => {
    const extension = tenant.offers.schemaExtensions.find(({ id }) => id === raw.trim())?.id;
    const found =
      catalogs.map((catalog) => propertyName(catalog, raw.trim())).find((name) => name !== undefined) ?? extension;
    if (found !== undefined) return found;
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${raw.trim()}' on type 'microsoft.graph.${catalogs[0]?.typeName ?? 'directoryObject'}'.`,
    );
  });
  if (names.includes('signInActivity') && !may(call.caller, 'signInActivity')) throw requestDenied();
  return [...new Set(names)];
}

function readListQuery(call: GraphCall, shape: ListShape, tenant: TenantModel): ListQuery {
  const catalog = catalogOf(shape.collection);
  const both = shape.context === 'directoryObjects' ? [catalog, catalogOf('users'), catalogOf('groups')] : [catalog];
  const advanced = isAdvanced(call);
  if (call.query.has('skip'))
    throw new GraphError(400, 'Request_BadRequest', "'$skip' is not supported by the service.");
  const expands = shape.context === 'users' && expandsManager(call);
  // Advanced queries know no $expand.
  if (call.query.has('expand') && (!expands || advanced)) {
    throw unsupportedQuery("'$expand' is not supported on this resource.");
  }
  const select = readSelect(call, both, tenant);
  const filterText = call.query.get('filter');
  const filter = filterText === undefined ? undefined : parseFilter(filterText);
  if (filter !== undefined) {
    if (shape.advancedOnly && !advanced) throw unsupportedQuery('Unsupported Query.');
    assertSupported(filter, catalog, advanced);
  }
  const searchText = call.query.get('search');
  if (searchText !== undefined && !isEventual(call)) {
    throw unsupportedQuery(
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    );
  }
  const orderBy = readOrderBy(call, catalog, advanced, filter !== undefined || shape.advancedOnly);
  return {
    catalog,
    select,
    filter,
    search: searchText === undefined ? undefined : parseSearch(searchText, catalog),
    orderBy,
    top: readTop(call, select),
    // Without the header `$count=true` is silently ignored.
    count: advanced,
  };
}

/** Whether the request expands the manager of users, the only relation that lists can expand here. */
function expandsManager(call: GraphCall): boolean {
  return /^manager(\(\$select=id\))?$/.test(call.query.get('expand') ?? '');
}

function readTop(call: GraphCall, select: readonly string[] | undefined): number {
  const text = call.query.get('top');
  if (text === undefined) return PAGE_DEFAULT;
  const maximum = select?.includes('signInActivity') === true ? PAGE_MAX_WITH_ACTIVITY : PAGE_MAX;
  const top = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (top >= 1 && top <= maximum) return top;
  throw unsupportedQuery(`Invalid page size specified: '${text}'. Must be between 1 and ${maximum} inclusive.`);
}

function readOrderBy(
  call: GraphCall,
  catalog: PropertyCatalog,
  advanced: boolean,
  needsAdvanced: boolean,
): ListQuery['orderBy'] {
  const text = call.query.get('orderby');
  if (text === undefined) return undefined;
  const match = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/i.exec(text);
  const property = propertyName(catalog, match?.[1] ?? '');
  if (property === undefined) throw badRequest(`Invalid order by clause: '${text}'.`);
  const support = catalog.orderBy.get(property) ?? 'none';
  if (support === 'none' || (!advanced && (needsAdvanced || support === 'advanced'))) {
    throw unsupportedQuery('Sorting not supported for current query.');
  }
  return { property, descending: match?.[2]?.toLowerCase() === 'desc' };
}
