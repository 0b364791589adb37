import { type ObjectRef, groupRef, refIndex, refKind } from '../tenant/population.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';

/** Every live object that is in a group directly or through other groups; cycles are followed once. */
export function transitiveMembers(tenant: TenantModel, group: number): ObjectRef[] {
  const seen = new Set<ObjectRef>();
  const waiting = [group];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const ref of tenant.memberships.members(next)) {
      if (seen.has(ref) || !tenant.isLive(ref)) continue;
      seen.add(ref);
      if (refKind(ref) === 'group') waiting.push(refIndex(ref));
    }
  }
  // A group in a circle is, by its edges, in itself; Graph does not list it.
  seen.delete(groupRef(group));
  return [...seen];
}

/** Every live group that has an object as a member, directly or through other groups. */
export function transitiveGroups(tenant: TenantModel, ref: ObjectRef): ObjectRef[] {
  const seen = new Set<ObjectRef>();
  const waiting = [ref];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const group of tenant.memberships.groupsOf(next)) {
      const parent = groupRef(group);
      if (seen.has(parent) || !tenant.isLive(parent)) continue;
      seen.add(parent);
      waiting.push(parent);
    }
  }
  seen.delete(ref);
  return [...seen];
}
