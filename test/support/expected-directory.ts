import type { GraphProperties } from '../../src/identity/change.ts';
import type { ObjectId } from '../../src/identity/ids.ts';
import type { SnapshotGroup, SnapshotUser, TenantSnapshot } from '../../src/simulator/control/snapshot.ts';

/** What a client must see of an entry: attribute values, sorted. Numbers and time stamps are left out. */
export type ExpectedEntry = Readonly<Record<string, readonly string[]>>;

/** The attributes that {@link expectedDirectory} speaks of. */
export const expectedAttributes = [
  'entryUUID',
  'uid',
  'cn',
  'sn',
  'displayName',
  'mail',
  'userPrincipalName',
  'description',
  'nsAccountLock',
  'memberOf',
  'member',
  'uniqueMember',
  'memberUid',
] as const;

const base = 'dc=contoso,dc=com';

/**
 * The directory that a tenant must lead to with the default settings, worked out from the simulator's own state in the
 * plainest way, sharing no code with the daemon: users without guests, flattened groups, names by the rule of docs/architecture.md.
 */
export function expectedDirectory(snapshot: TenantSnapshot): ReadonlyMap<string, ExpectedEntry> {
  const users = [...snapshot.users].filter(
    ({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest',
  );
  const groups = [...snapshot.groups].filter(({ state }) => state === 'live');
  const uids = names(
    users,
    ({ properties }) => principalName(properties).split('@')[0] ?? '',
    ({ properties }) => principalName(properties),
  );
  const cns = names(
    groups,
    ({ properties }) => titleOf(properties),
    ({ id, properties }) => `${titleOf(properties)}-${id.slice(0, 8)}`,
  );
  const userDns = new Map([...uids].map(([id, uid]) => [id, `uid=${escape(uid)},ou=users,${base}`]));
  const members = new Map(groups.map((group) => [group.id, flatten(group, groups).filter((id) => userDns.has(id))]));
  const memberOf = new Map<ObjectId, string[]>();
  const directory = new Map<string, ExpectedEntry>();
  for (const group of groups) {
    const cn = cns.get(group.id) ?? '';
    const dn = `cn=${escape(cn)},ou=groups,${base}`;
    const ids = members.get(group.id) ?? [];
    for (const id of ids) memberOf.set(id, [...(memberOf.get(id) ?? []), dn]);
    const dns = ids.map((id) => userDns.get(id) ?? '');
    directory.set(dn, {
      ...shown(group.properties, ['displayName', 'description', 'mail']),
      entryUUID: [group.id],
      cn: [cn],
      ...(dns.length === 0
        ? {}
        : {
            member: dns.toSorted(),
            uniqueMember: dns.toSorted(),
            memberUid: ids.map((id) => uids.get(id) ?? '').toSorted(),
          }),
    });
  }
  for (const { id, properties } of users) {
    const uid = uids.get(id) ?? '';
    const groupDns = memberOf.get(id);
    directory.set(userDns.get(id) ?? '', {
      ...shown(properties, ['displayName', 'mail', 'userPrincipalName']),
      entryUUID: [id],
      uid: [uid],
      cn: [textOf(properties, 'displayName') ?? uid],
      sn: [textOf(properties, 'surname') ?? textOf(properties, 'displayName') ?? uid],
      ...(properties['accountEnabled'] === false ? { nsAccountLock: ['TRUE'] } : {}),
      ...(groupDns === undefined ? {} : { memberOf: groupDns.toSorted() }),
    });
  }
  return directory;
}

/** Short names: the oldest object gets the name it asks for, the others their fallback. */
function names<T extends SnapshotUser>(
  objects: readonly T[],
  wanted: (object: T) => string,
  fallback: (object: T) => string,
): ReadonlyMap<ObjectId, string> {
  const created = ({ properties }: T): string => textOf(properties, 'createdDateTime') ?? '';
  const inOrder = objects.toSorted((a, b) => created(a).localeCompare(created(b)) || (a.id < b.id ? -1 : 1));
  const taken = new Set(['domain-users']);
  const given = new Map<ObjectId, string>();
  for (const object of inOrder) {
    const name = taken.has(wanted(object).toLowerCase()) ? fallback(object) : wanted(object);
    taken.add(name.toLowerCase());
    given.set(object.id, name);
  }
  return given;
}

/** Everybody in a group, directly or through live groups in it. */
function flatten(group: SnapshotGroup, groups: readonly SnapshotGroup[]): ObjectId[] {
  const byId = new Map(groups.map((each) => [each.id, each]));
  const found = new Set<ObjectId>();
  const open: SnapshotGroup[] = [group];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { id, live } of next.members) {
      if (!live || found.has(id)) continue;
      found.add(id);
      const inner = byId.get(id);
      if (inner !== undefined) open.push(inner);
    }
  }
  return [...found];
}

function textOf(properties: GraphProperties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The user principal name in lower case. */
export function principalName(properties: GraphProperties): string {
  return (textOf(properties, 'userPrincipalName') ?? '').toLowerCase();
}

/** The display name. */
export function titleOf(properties: GraphProperties): string {
  return textOf(properties, 'displayName') ?? '';
}

function shown(properties: GraphProperties, attributes: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    attributes.flatMap((name) => {
      const value = textOf(properties, name);
      return value === undefined ? [] : [[name, [value]]];
    }),
  );
}

/** RFC 4514 §2.4, for the characters that generated names have. */
function escape(value: string): string {
  return value.replaceAll(/[,+"\\<>;]/g, String.raw`\$&`);
}
