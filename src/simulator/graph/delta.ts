import type { Collection } from '../../identity/change.ts';
import { header } from '../exchange.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import type { GraphAnswer, GraphCall } from './call.ts';
import { DeltaPages, type PageSizes } from './delta-pages.ts';
import { type DeltaState, DeltaTokens } from './delta-token.ts';
import type { Filter } from './filter-syntax.ts';
import { parseFilter } from './filter-syntax.ts';
import { GraphError, badRequest, unsupportedQuery } from './graph-error.ts';
import { catalogOf, propertyName } from './property-catalog.ts';

/** How Graph answers a token that is too old: 410 with a `Location`, or 400 with one of two codes. */
export type ExpiryForm = 'gone' | 'syncStateNotFound' | 'resyncRequired';

/** How Graph answers delta queries where it has none: 501, or 400 as for a query that it does not know. */
export type RefusalForm = 'notImplemented' | 'badRequest';

/** Settings of the delta queries. */
export interface DeltaOptions {
  readonly sizes: PageSizes;
  /** Changes younger than this do not show in delta queries yet. */
  readonly visibilityDelayMs: number;
  readonly tokenLifetimeMs: number;
  /** There for a tenant without delta queries. */
  readonly refusal: RefusalForm | undefined;
}

const FILTER_IDS_MAX = 50;
/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;
const REFUSED: readonly string[] = ['top', 'orderby', 'expand', 'search', 'skip', 'count'];
const UNTRACKED: ReadonlySet<string> = new Set(['signInActivity', 'customSecurityAttributes']);
const FOREIGN_HOST = 'https://graph.attacker.example';

/** Delta queries over users and groups. */
export class DeltaService {
  readonly #tenant: TenantModel;
  readonly #options: DeltaOptions;
  readonly #tokens = new DeltaTokens();
  readonly #pages: DeltaPages;
  #generation = 0;
  #expiryForm: ExpiryForm = 'gone';
  #refusal: RefusalForm | undefined;

  constructor(tenant: TenantModel, options: DeltaOptions) {
    this.#tenant = tenant;
    this.#options = options;
    this.#pages = new DeltaPages(tenant, options.sizes);
    this.#refusal = options.refusal;
  }

  /** Takes delta queries away, or offers them again. */
  refuse(form: RefusalForm | undefined): void {
    this.#refusal = form;
  }

  /** Makes every token given out so far count as expired. */
  expireTokens(form: ExpiryForm): void {
    this.#generation += 1;
    this.#expiryForm = form;
  }

  answer(call: GraphCall, collection: Collection): GraphAnswer {
    if (this.#refusal !== undefined) throw refused(this.#refusal);
    const state = this.#state(call, collection);
    if (call.query.get('deltatoken')?.toLowerCase() === 'latest') return this.#answer(call, state, [], undefined);
    const horizon = this.#horizon(collection, call.atMs);
    if (call.pageFault === 'emptyPage') return this.#answer(call, state, [], { ...state });
    if (call.pageFault === 'replayedPage') {
      const [position, member] = state.previous ?? [state.position, state.member];
      const { entries } = this.#pages.page(state, position, member, horizon);
      return this.#answer(call, state, entries, { ...state });
    }
    const page = this.#pages.page(state, state.position, state.member, horizon);
    const next: DeltaState | undefined =
      page.next === undefined ? undefined : { ...state, ...page.next, previous: [state.position, state.member] };
    return this.#answer(call, state, page.entries, next);
  }

  #answer(call: GraphCall, state: DeltaState, entries: readonly string[], next: DeltaState | undefined): GraphAnswer {
    const { collection, select } = state;
    const origin = call.pageFault === 'foreignNextLink' ? FOREIGN_HOST : call.origin;
    const first = !call.query.has('skiptoken') && !call.query.has('deltatoken');
    const shown = first
      ? select?.filter((name) => name !== 'members' && name !== 'manager' && name !== 'id')
      : undefined;
    const context = `${call.origin}/v1.0/$metadata#${collection}${shown === undefined ? '' : `(${shown.join(',')})`}`;
    const link =
      next === undefined
        ? `"@odata.deltaLink":${JSON.stringify(`${origin}${call.path}?$deltatoken=${this.#deltaToken(state, call.atMs)}`)}`
        : `"@odata.nextLink":${JSON.stringify(`${origin}${call.path}?$skiptoken=${this.#tokens.seal(next)}`)}`;
    return {
      status: 200,
      body: encodePage(`{"@odata.context":${JSON.stringify(context)},${link},"value":[`, entries),
      ...(state.minimal ? { headers: { 'Preference-Applied': 'return=minimal' } } : {}),
    };
  }

  #deltaToken(state: DeltaState, atMs: number): string {
    return this.#tokens.seal({
      ...state,
      from: state.to,
      position: 0,
      member: 0,
      previous: null,
      minimal: false,
      issuedAtMs: atMs,
    });
  }

  #horizon(collection: Collection, atMs: number): number {
    return this.#tenant.log(collection).horizon(atMs, this.#options.visibilityDelayMs);
  }

  #state(call: GraphCall, collection: Collection): DeltaState {
    const refused = REFUSED.filter((name) => call.query.has(name));
    if (refused.length > 0) {
      throw unsupportedQuery(
        `The following parameters are not supported with change tracking over the '${collection}' resource: ${refused.map((name) => `'$${name}'`).join(', ')}`,
      );
    }
    const skip = call.query.get('skiptoken');
    const delta = call.query.get('deltatoken');
    if (skip !== undefined) return this.#open(call, collection, skip);
    if (delta === undefined || delta === '' || delta.toLowerCase() === 'latest')
      return this.#initialState(call, collection);
    const state = this.#open(call, collection, delta);
    const minimal = /(^|[,;\s])return=minimal($|[,;\s])/.test(header(call.headers, 'prefer') ?? '');
    return { ...state, to: Math.max(state.to, this.#horizon(collection, call.atMs)), minimal };
  }

  #initialState(call: GraphCall, collection: Collection): DeltaState {
    return {
      collection,
      select: selection(call.query.get('select'), collection),
      ids: filteredIds(call.query.get('filter')),
      from: null,
      to: this.#horizon(collection, call.atMs),
      position: 0,
      member: 0,
      minimal: false,
      previous: null,
      generation: this.#generation,
      issuedAtMs: call.atMs,
    };
  }

  #open(call: GraphCall, collection: Collection, token: string): DeltaState {
    if (call.query.has('select') || call.query.has('filter')) {
      throw badRequest('The query options $select and $filter cannot be combined with a skip or delta token.');
    }
    if (!/^[\w-]+$/.test(token)) throw badRequest('Badly formed token.');
    const state = this.#tokens.open(token);
    const known = state !== undefined && state.collection === collection && state.generation === this.#generation;
    if (known && call.atMs - state.issuedAtMs <= this.#options.tokenLifetimeMs) return state;
    throw this.#expired(call, state);
  }

  #expired(call: GraphCall, state: DeltaState | undefined): GraphError {
    if (this.#expiryForm === 'syncStateNotFound') {
      return new GraphError(
        400,
        'syncStateNotFound',
        'The sync state generation is not found. The delta token is expired and data must be synchronized again.',
      );
    }
    const select = state?.select ?? null;
    const initial = select === null ? '' : `$select=${select.join(',')}&`;
    return new GraphError(
      410,
      this.#expiryForm === 'gone' ? 'syncStateNotFound' : 'resyncRequired',
      'Resync required.',
      {
        Location: `${call.origin}${call.path}?${initial}$deltatoken=`,
      },
    );
  }
}

function refused(form: RefusalForm): GraphError {
  const message = 'Change tracking is not supported in this tenant.';
  if (form === 'badRequest') return unsupportedQuery(message);
  return new GraphError(501, 'NotImplemented', message);
}

/**
 * Encodes entry by entry: one text of a whole page would have two bytes per letter as soon as one name is not Latin, and
 * building it is the dearest step of a first sync.
 */
function encodePage(head: string, entries: readonly string[]): Buffer {
  const lengthMax = entries.reduce((sum, entry) => sum + entry.length + 1, head.length + 2) * UTF8_BYTES_MAX;
  const buffer = Buffer.allocUnsafe(lengthMax);
  let end = buffer.write(head);
  for (const [index, entry] of entries.entries()) {
    if (index > 0) end += buffer.write(',', end);
    end += buffer.write(entry, end);
  }
  end += buffer.write(']}', end);
  return buffer.subarray(0, end);
}

function selection(text: string | undefined, collection: Collection): string[] | null {
  if (text === undefined) return null;
  const catalog = catalogOf(collection);
  const names = new Set<string>();
  const untracked: string[] = [];
  for (const raw of text.split(',')) {
    const name = propertyName(catalog, raw.trim());
    if (name === undefined) {
      throw badRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${raw.trim()}' on type 'microsoft.graph.${catalog.typeName}'.`,
      );
    }
    if (UNTRACKED.has(name)) untracked.push(name);
    names.add(name);
  }
  if (untracked.length > 0) {
    throw badRequest(
      `Invalid request for delta query: for this entity set, $expand/$select is not supported for the following properties: ${untracked.join(', ')}`,
    );
  }
  return [...names];
}

function filteredIds(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const ids: string[] = [];
  collectIds(parseFilter(text), ids);
  if (ids.length > FILTER_IDS_MAX) {
    throw unsupportedQuery(`The delta query filter names ${ids.length} objects. Max allowed: ${FILTER_IDS_MAX}.`);
  }
  return ids;
}

function collectIds(filter: Filter, ids: string[]): void {
  if (filter.kind === 'or') {
    for (const item of filter.items) collectIds(item, ids);
    return;
  }
  const byId = filter.kind === 'compare' && filter.operator === 'eq' && filter.path.join('/') === 'id';
  if (!byId || typeof filter.value !== 'string') {
    throw unsupportedQuery('The only filter that delta queries support is $filter=id eq {value}.');
  }
  ids.push(filter.value.toLowerCase());
}
