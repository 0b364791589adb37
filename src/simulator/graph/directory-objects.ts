/** Users, groups and the relations between them. */
import type { Collection } from '../../identity/change.ts';
import { parseObjectId } from '../../identity/ids.ts';
import { type ObjectRef, groupRef, refIndex, refKind, userRef } from '../tenant/population.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type GraphAnswer, type GraphCall, isAdvanced, ok } from './call.ts';
import { transitiveGroups, transitiveMembers } from './closure.ts';
import { badRequest, notFound, unsupportedQuery } from './graph-error.ts';
import { type ListShape, type ListSource, type Listing, readSelect } from './listing.ts';
import { demand, may } from './permissions.ts';
import { catalogOf } from './property-catalog.ts';

const IDS_MAX = 1000;

/** Operations on directory objects. */
export class DirectoryObjects {
  readonly #tenant: TenantModel;
  readonly #listing: Listing;

  constructor(tenant: TenantModel, listing: Listing) {
    this.#tenant = tenant;
    this.#listing = listing;
  }

  /** `/users`, `/groups` and everything below them but delta. */
  async collection(call: GraphCall, collection: Collection): Promise<GraphAnswer> {
    demand(call.caller, collection);
    const [, key, relation, cast, tail] = call.segments;
    const shape = { context: collection, collection, advancedOnly: false } as const;
    if (key === undefined) return this.#listing.list(call, this.#all(collection), shape);
    if (key === '$count') return this.#listing.countSegment(call, this.#all(collection), shape);
    const ref = this.#find(collection, key);
    if (relation === undefined) return this.#single(call, ref, collection);
    if (relation === 'manager' && collection === 'users') return this.#manager(call, ref);
    if (relation.endsWith('getMemberGroups')) return this.#memberGroups(call, ref);
    const source = this.#relation(ref, relation);
    if (source === undefined) throw badRequest(`Resource not found for the segment '${relation}'.`);
    return this.#related(call, source, relation, cast, tail);
  }

  /** `/directoryObjects/…`. */
  directoryObject(call: GraphCall): GraphAnswer {
    const [, key = '', operation] = call.segments;
    if (key.endsWith('getByIds')) return this.#byIds(call);
    const ref = this.#findAny(key);
    if (ref === undefined || !this.#tenant.isLive(ref)) throw notFound(key);
    if (operation?.endsWith('getMemberGroups') === true) return this.#memberGroups(call, ref);
    if (operation !== undefined) throw badRequest(`Resource not found for the segment '${operation}'.`);
    demand(call.caller, refKind(ref) === 'group' ? 'groups' : 'users');
    return ok({
      '@odata.context': `${call.origin}/v1.0/$metadata#directoryObjects/$entity`,
      ...this.#listing.render(call, ref, undefined, true),
    });
  }

  /** `/directory/deletedItems/microsoft.graph.user` and `…group`. */
  async deletedItems(call: GraphCall): Promise<GraphAnswer> {
    const type = /^microsoft\.graph\.(user|group)$/i.exec(call.segments[2] ?? '')?.[1]?.toLowerCase();
    if (type === undefined) throw badRequest(`Resource not found for the segment '${call.segments[2] ?? ''}'.`);
    const collection = type === 'user' ? 'users' : 'groups';
    demand(call.caller, type === 'user' ? 'deletedUsers' : 'deletedGroups');
    const table = this.#tenant.table(collection);
    const source = {
      end: table.count,
      at: (index: number) => (table.state(index) === 'softDeleted' ? refOf(collection, index) : undefined),
    };
    return this.#listing.list(call, source, { context: collection, collection, advancedOnly: false });
  }

  #all(collection: Collection): ListSource {
    const table = this.#tenant.table(collection);
    return {
      end: table.count,
      count: table.liveCount,
      at: (index) => (table.state(index) === 'live' ? refOf(collection, index) : undefined),
    };
  }

  #relation(ref: ObjectRef, relation: string): ListSource | undefined {
    const group = refIndex(ref);
    const isGroup = refKind(ref) === 'group';
    if (relation === 'members' && isGroup) {
      const { memberships } = this.#tenant;
      return { end: memberships.end(group), at: (position) => this.#live(memberships.at(group, position)) };
    }
    if (relation === 'transitiveMembers' && isGroup) return listed(transitiveMembers(this.#tenant, group));
    if (relation === 'transitiveMemberOf') return listed(transitiveGroups(this.#tenant, ref));
    if (relation !== 'memberOf') return undefined;
    const groups = this.#tenant.memberships.groupsOf(ref).map(groupRef);
    return listed(groups.filter((each) => this.#tenant.isLive(each)));
  }

  async #related(
    call: GraphCall,
    source: ListSource,
    relation: string,
    cast: string | undefined,
    tail: string | undefined,
  ): Promise<GraphAnswer> {
    const counts = (tail ?? cast) === '$count';
    const type = /^microsoft\.graph\.(user|group|device|servicePrincipal|orgContact)$/i
      .exec(cast ?? '')?.[1]
      ?.toLowerCase();
    if (cast !== undefined && cast !== '$count' && type === undefined) {
      throw badRequest(`Resource not found for the segment '${cast}'.`);
    }
    if (type !== undefined && !counts && !isAdvanced(call)) throw unsupportedQuery('Unsupported Query.');
    const collection =
      relation.startsWith('transitiveMemberOf') || relation === 'memberOf' || type === 'group' ? 'groups' : 'users';
    const context = type === 'user' ? 'users' : type === 'group' ? 'groups' : 'directoryObjects';
    const shape: ListShape = { context, collection, advancedOnly: true };
    const wanted = type === undefined ? source : this.#castTo(source, type);
    return counts ? this.#listing.countSegment(call, wanted, shape) : this.#listing.list(call, wanted, shape);
  }

  #castTo(source: ListSource, type: string): ListSource {
    return {
      end: source.end,
      at: (position) => {
        const ref = source.at(position);
        const matches = ref !== undefined && this.#tenant.refType(ref).toLowerCase() === `#microsoft.graph.${type}`;
        return matches ? ref : undefined;
      },
    };
  }

  #live(ref: ObjectRef | undefined): ObjectRef | undefined {
    return ref !== undefined && this.#tenant.isLive(ref) ? ref : undefined;
  }

  #single(call: GraphCall, ref: ObjectRef, collection: Collection): GraphAnswer {
    const select = readSelect(call, [catalogOf(collection)], this.#tenant);
    const names = select === undefined ? '' : `(${select.join(',')})`;
    const body = this.#listing.render(call, ref, select, false);
    return ok({ '@odata.context': `${call.origin}/v1.0/$metadata#${collection}${names}/$entity`, ...body });
  }

  #manager(call: GraphCall, ref: ObjectRef): GraphAnswer {
    const manager = this.#tenant.users.record(refIndex(ref))['manager'];
    const found = typeof manager === 'string' ? this.#findAny(manager) : undefined;
    if (found === undefined || !this.#tenant.isLive(found)) throw notFound('manager');
    return ok({
      '@odata.context': `${call.origin}/v1.0/$metadata#directoryObjects/$entity`,
      ...this.#listing.render(call, found, readSelect(call, [catalogOf('users')], this.#tenant), true),
    });
  }

  #memberGroups(call: GraphCall, ref: ObjectRef): GraphAnswer {
    demand(call.caller, 'groups');
    const body = readJsonObject(call.body);
    const onlySecurity = body['securityEnabledOnly'] === true;
    const ids = transitiveGroups(this.#tenant, ref)
      .filter((group) => !onlySecurity || this.#tenant.groups.record(refIndex(group))['securityEnabled'] === true)
      .map((group) => this.#tenant.refId(group));
    return ok({ '@odata.context': `${call.origin}/v1.0/$metadata#Collection(Edm.String)`, value: ids });
  }

  #byIds(call: GraphCall): GraphAnswer {
    if (!may(call.caller, 'groups')) demand(call.caller, 'users');
    const { ids, types } = readJsonObject(call.body);
    if (!Array.isArray(ids) || ids.length > IDS_MAX) {
      throw badRequest(`The property 'ids' must be a collection of at most ${IDS_MAX} ids.`);
    }
    const wanted = Array.isArray(types) ? new Set(types.map((type) => String(type).toLowerCase())) : undefined;
    const value = ids.flatMap((id) => {
      const ref = typeof id === 'string' ? this.#live(this.#findAny(id)) : undefined;
      if (ref === undefined) return [];
      const type = this.#tenant.refType(ref).slice('#microsoft.graph.'.length).toLowerCase();
      return wanted?.has(type) === false
        ? []
        : [this.#listing.render(call, ref, readSelect(call, BOTH, this.#tenant), true)];
    });
    return ok({ '@odata.context': `${call.origin}/v1.0/$metadata#directoryObjects`, value });
  }

  #find(collection: Collection, key: string): ObjectRef {
    const table = this.#tenant.table(collection);
    const id = parseObjectId(key);
    const index = id === undefined ? (collection === 'users' ? this.#tenant.userNamed(key) : -1) : table.indexOf(id);
    if (index === -1 || table.state(index) !== 'live') throw notFound(key);
    return refOf(collection, index);
  }

  #findAny(key: string): ObjectRef | undefined {
    const id = parseObjectId(key);
    return id === undefined ? undefined : this.#tenant.findRef(id);
  }
}

const BOTH = [catalogOf('users'), catalogOf('groups')];

function refOf(collection: Collection, index: number): ObjectRef {
  return collection === 'users' ? userRef(index) : groupRef(index);
}

function listed(refs: readonly ObjectRef[]): ListSource {
  return { end: refs.length, count: refs.length, at: (position) => refs[position] };
}

/** Reads the JSON object that an operation takes. Throws 400 when the body is something else. */
function readJsonObject(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw badRequest(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The payload must be a JSON object.');
  return Object.fromEntries(Object.entries(value));
}
