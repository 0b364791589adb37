import type { GraphProperties, GraphValue, MemberType } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import { propertyValue } from '../graph/render.ts';
import { refKind } from '../tenant/population.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';

/** A user of a snapshot. `properties` are what a delta query that selects them all reports, `manager` as an object id. */
export interface SnapshotUser {
  readonly id: ObjectId;
  readonly state: 'live' | 'softDeleted';
  readonly properties: GraphProperties;
}

/** A direct member; `live` is false while the member is soft-deleted, when lists leave it out. */
interface SnapshotMember {
  readonly id: ObjectId;
  readonly type: MemberType;
  readonly live: boolean;
}

/** A group of a snapshot with its direct members. */
export interface SnapshotGroup extends SnapshotUser {
  readonly members: readonly SnapshotMember[];
}

/** The whole tenant as it is now, computed while it is iterated. Purged objects are not in it. */
export interface TenantSnapshot {
  readonly users: Iterable<SnapshotUser>;
  readonly groups: Iterable<SnapshotGroup>;
}

/** Takes a snapshot; changes made during the iteration may or may not be seen. */
export function snapshot(tenant: TenantModel): TenantSnapshot {
  return {
    users: { [Symbol.iterator]: () => users(tenant) },
    groups: { [Symbol.iterator]: () => groups(tenant) },
  };
}

function properties(id: ObjectId, record: GraphProperties): GraphProperties {
  const result: Record<string, GraphValue> = {};
  for (const name of [...Object.keys(record), 'securityIdentifier']) {
    const value = propertyValue(id, record, name);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function* users(tenant: TenantModel): Generator<SnapshotUser> {
  const table = tenant.users;
  for (let index = 0; index < table.count; index += 1) {
    const state = table.state(index);
    const id = table.id(index);
    if (state !== 'purged') yield { id, state, properties: properties(id, table.record(index)) };
  }
}

function* groups(tenant: TenantModel): Generator<SnapshotGroup> {
  const table = tenant.groups;
  for (let index = 0; index < table.count; index += 1) {
    const state = table.state(index);
    if (state === 'purged') continue;
    const id = table.id(index);
    const members = Array.from(tenant.memberships.members(index), (ref) => ({
      id: tenant.refId(ref),
      type: refKind(ref),
      live: tenant.isLive(ref),
    }));
    yield { id, state, properties: properties(id, table.record(index)), members };
  }
}
