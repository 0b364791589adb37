/**
 * The pages of a delta query. An initial round walks the collection by index, an incremental one the folded change log;
 * a group with many members stays at the cursor for several pages, each with another slice of `members@delta`.
 */
import type { Collection } from '../../identity/change.ts';
import { type ObjectId, parseObjectId } from '../../identity/ids.ts';
import { type ObjectRef, groupRef } from '../tenant/population.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type ChangedObject, foldChanges } from './delta-changes.ts';
import type { DeltaState } from './delta-token.ts';
import { catalogOf } from './property-catalog.ts';
import { deltaWriter } from './render.ts';

/** How large the pages are. */
export interface PageSizes {
  /** Objects per page. */
  readonly objects: number;
  /** Members of one group per page. */
  readonly members: number;
}

/** A page: JSON texts of its entries and where the next one begins; undefined at the end of the round. */
export interface DeltaPageText {
  readonly entries: readonly string[];
  readonly next: { readonly position: number; readonly member: number } | undefined;
}

/** The properties that a delta query without `$select` reports and tracks. */
function defaultSelection(collection: Collection): readonly string[] {
  const { defaults } = catalogOf(collection);
  return collection === 'groups' ? [...defaults, 'members'] : defaults;
}

interface Folded {
  readonly key: string;
  readonly changes: readonly ChangedObject[];
}

/** Builds pages from delta states; holds nothing between them but the latest folded log. */
export class DeltaPages {
  readonly #tenant: TenantModel;
  readonly #sizes: PageSizes;
  #folded: Folded = { key: '', changes: [] };

  constructor(tenant: TenantModel, sizes: PageSizes) {
    this.#tenant = tenant;
    this.#sizes = sizes;
  }

  page(state: DeltaState, position: number, member: number, horizon: number): DeltaPageText {
    const select = state.select ?? defaultSelection(state.collection);
    const writer = new EntryWriter(this.#tenant, state.collection, select, this.#sizes.members);
    const items = state.from === null ? this.#initial(state, horizon) : this.#changed(state, select);
    const entries: string[] = [];
    let from = member;
    for (let at = position; at < items.end; at += 1) {
      if (entries.length >= this.#sizes.objects) return { entries, next: { position: at, member: 0 } };
      const item = items.at(at);
      const rest = item === undefined ? undefined : writer.write(entries, item, from, state.minimal);
      if (rest !== undefined) return { entries, next: { position: at, member: rest } };
      from = 0;
    }
    return { entries, next: undefined };
  }

  #initial(state: DeltaState, horizon: number): Items {
    const table = this.#tenant.table(state.collection);
    const log = this.#tenant.log(state.collection);
    const hidden = new Set<number>();
    for (const change of log.between(horizon, log.head)) if (change.kind === 'created') hidden.add(change.index);
    const whole = (index: number): ChangedObject | undefined =>
      hidden.has(index) || index < 0
        ? undefined
        : { index, whole: true, names: new Set(), members: [], formerManager: undefined };
    if (state.ids === null) return { end: table.count, at: whole };
    const indexes = state.ids.map((text) => indexOf(table, text));
    return { end: indexes.length, at: (at) => whole(indexes[at] ?? -1) };
  }

  #changed(state: DeltaState, select: readonly string[]): Items {
    const key = JSON.stringify([state.collection, select, state.ids, state.from, state.to]);
    if (this.#folded.key !== key) {
      const table = this.#tenant.table(state.collection);
      const wanted = state.ids === null ? undefined : new Set(state.ids.map((text) => indexOf(table, text)));
      const changes = foldChanges(
        this.#tenant.log(state.collection).between(state.from ?? 0, state.to),
        new Set(select),
      );
      this.#folded = { key, changes: changes.filter(({ index }) => wanted?.has(index) !== false) };
    }
    const { changes } = this.#folded;
    return { end: changes.length, at: (at) => changes[at] };
  }
}

interface Items {
  readonly end: number;
  at(position: number): ChangedObject | undefined;
}

function indexOf(table: { indexOf(id: ObjectId): number }, text: string): number {
  const id = parseObjectId(text);
  return id === undefined ? -1 : table.indexOf(id);
}

/** Writes the entries of one page. */
class EntryWriter {
  readonly #tenant: TenantModel;
  readonly #collection: Collection;
  readonly #text: ReturnType<typeof deltaWriter>;
  readonly #selectsMembers: boolean;
  readonly #selectsManager: boolean;
  readonly #slice: number;

  constructor(tenant: TenantModel, collection: Collection, select: readonly string[], slice: number) {
    this.#tenant = tenant;
    this.#collection = collection;
    this.#text = deltaWriter(select);
    this.#selectsMembers = collection === 'groups' && select.includes('members');
    this.#selectsManager = collection === 'users' && select.includes('manager');
    this.#slice = slice;
  }

  /** Appends the entry of an object; returns where its members go on when they did not fit. */
  write(entries: string[], item: ChangedObject, member: number, minimal: boolean): number | undefined {
    const table = this.#tenant.table(this.#collection);
    const id = table.id(item.index);
    const state = table.state(item.index);
    if (state !== 'live') {
      entries.push(`{"id":"${id}","@removed":{"reason":"${state === 'softDeleted' ? 'changed' : 'deleted'}"}}`);
      return undefined;
    }
    const record = table.record(item.index);
    const only = minimal && !item.whole ? item.names : undefined;
    let text = this.#text(id, record, only);
    if (this.#selectsManager && (item.whole || item.names.has('manager'))) {
      text += managerDelta(this.#liveManager(record['manager']), item.formerManager);
    }
    if (!this.#selectsMembers) {
      entries.push(`${text}}`);
      return undefined;
    }
    const { members, rest } = item.whole ? this.#allMembers(item.index, member) : this.#touchedMembers(item, member);
    entries.push(members.length === 0 ? `${text}}` : `${text},"members@delta":[${members.join(',')}]}`);
    return rest;
  }

  /** Whoever is soft-deleted is nobody's manager, as nobody's member. */
  #liveManager(manager: unknown): ObjectId | undefined {
    const id = typeof manager === 'string' ? parseObjectId(manager) : undefined;
    const ref = id && this.#tenant.findRef(id);
    return ref !== undefined && this.#tenant.isLive(ref) ? id : undefined;
  }

  #allMembers(group: number, from: number): Slice {
    const { memberships } = this.#tenant;
    const end = memberships.end(group);
    const members: string[] = [];
    for (let position = from; position < end; position += 1) {
      if (members.length >= this.#slice) return { members, rest: position };
      const ref = memberships.at(group, position);
      if (ref !== undefined && ref !== groupRef(group)) members.push(this.#member(ref, false));
    }
    return { members, rest: undefined };
  }

  #touchedMembers(item: ChangedObject, from: number): Slice {
    const members = item.members.slice(from, from + this.#slice).map(([ref, joined]) => this.#member(ref, !joined));
    const rest = from + members.length;
    return { members, rest: rest < item.members.length ? rest : undefined };
  }

  #member(ref: ObjectRef, removed: boolean): string {
    const tail = removed ? ',"@removed":{"reason":"deleted"}}' : '}';
    return `{"@odata.type":"${this.#tenant.refType(ref)}","id":"${this.#tenant.refId(ref)}"${tail}`;
  }
}

interface Slice {
  readonly members: readonly string[];
  readonly rest: number | undefined;
}

function managerDelta(manager: ObjectId | undefined, former: ObjectId | undefined): string {
  if (manager !== undefined) {
    return `,"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"${manager}"}]`;
  }
  if (former === undefined) return '';
  return `,"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"${former}","@removed":{"reason":"deleted"}}]`;
}
