import * as fc from 'fast-check';
import type { ObjectId } from '../../src/identity/ids.ts';
import { entryAttribute, entryDn } from '../../src/directory/entry-codec.ts';
import type { Store } from '../../src/store/store.ts';
import { dumpDirectory } from './directory-dump.ts';
import { ModelTenant, modelId } from './model-tenant.ts';
import { seededChoice } from './seeded-choice.ts';

const USERS = 16;
const GROUPS = 4;

/** What happens to some of the users, or of the groups, between two rounds. */
export const sweepingChange = fc.record({
  what: fc.constantFrom('remove', 'restore', 'lock', 'unlock', 'rename', 'leave', 'join', 'remove group', 'put group'),
  from: fc.nat(USERS - 1),
  count: fc.integer({ min: 1, max: 6 }),
  group: fc.nat(GROUPS - 1),
});
/** One of {@link sweepingChange}. */
export type SweepingChange = typeof sweepingChange extends fc.Arbitrary<infer C> ? C : never;

/** Users by object id as clients see them, and the members of the groups. */
export interface Shown {
  readonly users: ReadonlyMap<string, { readonly dn: string; readonly locked: boolean }>;
  readonly groups: ReadonlyMap<string, { readonly dn: string; readonly members: ReadonlySet<string> }>;
}

/** A tenant of 16 users, all of them in each of four groups, that changes in sweeps. */
export class SweptTenant {
  readonly tenant: ModelTenant;
  #version = 0;

  constructor(seed: number) {
    this.tenant = new ModelTenant(seededChoice(seed));
    for (let number = 0; number < USERS; number++) this.#put(number, {});
    for (let number = 0; number < GROUPS; number++) this.#putGroup(number);
    for (let number = 0; number < USERS; number++) {
      for (let group = 0; group < GROUPS; group++) this.tenant.setMember(groupId(group), userId(number), true);
    }
  }

  apply({ what, from, count, group }: SweepingChange): void {
    for (let i = 0; i < count; i++) this.#applyTo(what, (from + i) % USERS, (group + i) % GROUPS, group);
  }

  #applyTo(what: SweepingChange['what'], number: number, nextGroup: number, group: number): void {
    const { tenant } = this;
    const id = userId(number);
    switch (what) {
      case 'remove':
        if (tenant.users.has(id)) tenant.removeUser(id, 'changed');
        break;
      case 'restore':
      case 'unlock':
        this.#put(number, {});
        break;
      case 'lock':
        this.#put(number, { accountEnabled: false });
        break;
      case 'rename':
        this.#put(number, { userPrincipalName: `name${number}.${++this.#version}@example.com` });
        break;
      case 'leave':
      case 'join':
        if (tenant.users.has(id) && tenant.groups.has(groupId(group)))
          tenant.setMember(groupId(group), id, what === 'join');
        break;
      case 'remove group':
        if (tenant.groups.has(groupId(nextGroup))) tenant.removeGroup(groupId(nextGroup), 'changed');
        break;
      case 'put group':
        this.#putGroup(nextGroup);
    }
  }

  #put(number: number, properties: Readonly<Record<string, string | boolean>>): void {
    const old = this.tenant.users.get(userId(number));
    const userPrincipalName = `name${number}@example.com`;
    this.tenant.putUser(userId(number), { userPrincipalName, accountEnabled: true, ...old, ...properties });
  }

  #putGroup(number: number): void {
    this.tenant.putGroup(groupId(number), { displayName: `Group ${number}` });
  }
}

function userId(number: number): ObjectId {
  return modelId('user', number);
}

function groupId(number: number): ObjectId {
  return modelId('group', number);
}

/** What clients see; undefined while nothing is shown. */
export async function shown(store: Store): Promise<Shown | undefined> {
  const lease = store.source.acquire();
  if (lease === undefined) return undefined;
  using held = lease;
  const dump = await dumpDirectory(store.source);
  const users = new Map<string, { dn: string; locked: boolean }>();
  const groups = new Map<string, { dn: string; members: ReadonlySet<string> }>();
  for await (const block of held.reader.scan([{ from: 0, to: 0xffff_ffff }], 100)) {
    for (const { bytes } of block) {
      const dn = entryDn(bytes);
      const id = String(entryAttribute(bytes, 'entryUUID')[0]);
      if (dn.startsWith('uid='))
        users.set(id, { dn, locked: String(entryAttribute(bytes, 'nsAccountLock')[0]) === 'TRUE' });
      else if (dn.startsWith('cn=Group')) groups.set(id, { dn, members: new Set(dump?.get(dn)?.['member']) });
    }
  }
  return { users, groups };
}
