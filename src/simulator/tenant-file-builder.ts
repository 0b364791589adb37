import { createHash } from 'node:crypto';
import type { GraphProperties, GraphValue } from '../identity/change.ts';
import { type ObjectId, type TenantId, parseObjectId } from '../identity/ids.ts';
import type { TenantFile } from './tenant-file-schema.ts';
import type { TenantOffers } from './tenant/offers.ts';
import { type ListedGroup, type ListedUser, listedPopulation } from './tenant/listed-population.ts';
import { type ObjectRef, groupRef, otherRef, userRef } from './tenant/population.ts';
import {
  type AppRegistration,
  type Assignment,
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_PERMISSIONS,
  type Domain,
} from './tenant/registration.ts';
import { TenantModel } from './tenant/tenant-model.ts';

/** A place in a tenant file, from the outside in. */
export type FilePath = readonly (string | number)[];

/**
 * Makes a tenant of a file whose shape was checked. Calls `problem` for everything that only shows when objects are looked
 * up by each other's names; the tenant is of no use when that happened.
 */
export function buildTenant(file: TenantFile, problem: (path: FilePath, message: string) => void): TenantModel {
  return new Builder(file, problem).build();
}

/** The id of an object whose file gives none: the same for the same tenant and name. */
function derivedId(tenantId: string, what: string): ObjectId {
  const hex = createHash('sha256').update(`${tenantId}\n${what}`).digest('hex');
  const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  const id = parseObjectId(text);
  if (id === undefined) throw new RangeError('a derived id is not a GUID');
  return id;
}

class Builder {
  readonly #file: TenantFile;
  readonly #problem: (path: FilePath, message: string) => void;
  readonly #tenantId: TenantId;
  readonly #refs = new Map<string, ObjectRef>();
  readonly #ids = new Map<ObjectRef, ObjectId>();
  readonly #clashes = new Set<string>();

  constructor(file: TenantFile, problem: (path: FilePath, message: string) => void) {
    this.#file = file;
    this.#problem = problem;
    this.#tenantId = file.tenant.id;
  }

  build(): TenantModel {
    this.#register();
    const users = this.#file.users.map((user, index) => this.#user(user, index));
    const groups = this.#file.groups.map((group, index) => this.#group(group, index));
    const others = this.#file.devices.map(({ displayName }, index) => ({
      id: this.#id(otherRef(index)),
      type: 'device' as const,
      displayName,
    }));
    const facts = {
      tenantId: this.#tenantId,
      displayName: this.#file.tenant.displayName,
      createdDateTime: '2016-03-01T08:00:00Z',
      domains: this.#domains(),
      applications: this.#applications(),
      assignments: this.#assignments(),
      offers: this.#offers(),
    };
    return new TenantModel(facts, listedPopulation(users, groups, others));
  }

  #register(): void {
    for (const [index, user] of this.#file.users.entries()) {
      this.#name(userRef(index), user.id, user.userPrincipalName, `user:${user.userPrincipalName}`, ['users', index]);
    }
    for (const [index, group] of this.#file.groups.entries()) {
      this.#name(groupRef(index), group.id, group.displayName, `group:${index}:${group.displayName}`, [
        'groups',
        index,
      ]);
    }
    for (const [index, device] of this.#file.devices.entries()) {
      this.#name(otherRef(index), device.id, device.displayName, `device:${index}`, ['devices', index]);
    }
  }

  /** Makes an object findable by its id and its name. Two groups may share a name; then only the id finds them. */
  #name(ref: ObjectRef, given: string | undefined, name: string, seed: string, path: FilePath): void {
    const id = parseObjectId(given ?? '') ?? derivedId(this.#tenantId, seed.toLowerCase());
    if (this.#refs.has(id)) this.#problem([...path, 'id'], `${id} is used twice`);
    const key = name.toLowerCase();
    if (this.#refs.has(key)) {
      if (path[0] === 'users') this.#problem([...path, 'userPrincipalName'], `${name} is used twice`);
      this.#clashes.add(key);
    }
    this.#refs.set(id, ref);
    this.#refs.set(key, ref);
    this.#ids.set(ref, id);
  }

  #id(ref: ObjectRef): ObjectId {
    const id = this.#ids.get(ref);
    if (id === undefined) throw new RangeError(`no object has the reference ${ref}`);
    return id;
  }

  #find(key: string, path: FilePath): ObjectRef | undefined {
    const lower = key.toLowerCase();
    const ref = this.#clashes.has(lower) ? undefined : this.#refs.get(lower);
    if (ref !== undefined) return ref;
    const clash = this.#clashes.has(lower)
      ? 'is the name of several objects; use the id'
      : 'is no id, user principal name or group name of this file';
    this.#problem(path, `${key} ${clash}`);
    return undefined;
  }

  #user(user: TenantFile['users'][number], index: number): ListedUser {
    const { id: _id, password, signIn, manager, deleted, ...properties } = user;
    const local = user.userPrincipalName.split('@')[0] ?? user.userPrincipalName;
    const managerRef = manager === undefined ? undefined : this.#find(manager, ['users', index, 'manager']);
    const record: Record<string, GraphValue> = {
      displayName: local,
      mailNickname: local,
      businessPhones: [],
      userType: 'Member',
      ...plain(properties),
    };
    if (managerRef !== undefined) record['manager'] = this.#id(managerRef);
    return { id: this.#id(userRef(index)), record, deletedAtMs: deletedAt(deleted), account: { password, signIn } };
  }

  #group(group: TenantFile['groups'][number], index: number): ListedGroup {
    const { id: _id, members, deleted, ...properties } = group;
    const self = groupRef(index);
    const refs = members.flatMap((member, at) => {
      const path = ['groups', index, 'members', at];
      const ref = this.#find(member, path);
      if (ref === self) this.#problem(path, 'a group cannot be a member of itself');
      return ref === undefined ? [] : [ref];
    });
    if (new Set(refs).size !== refs.length) this.#problem(['groups', index, 'members'], 'a member is listed twice');
    const record = { mailNickname: `group-${index}`, proxyAddresses: [], ...plain(properties) };
    return { id: this.#id(self), record, deletedAtMs: deletedAt(deleted), members: refs };
  }

  #offers(): TenantOffers {
    const { extensionProperties, schemaExtensions, securityAttributes } = this.#file;
    return { extensionProperties, schemaExtensions, securityAttributes };
  }

  #domains(): Domain[] {
    const domains = this.#file.tenant.domains.map((domain) =>
      typeof domain === 'string' ? { name: domain, default: false, initial: false, federated: false } : domain,
    );
    if (domains.filter((domain) => domain.default).length > 1)
      this.#problem(['tenant', 'domains'], 'only one domain can be the default');
    const defaultName = (domains.find((domain) => domain.default) ?? domains[0])?.name;
    const initialName = (
      domains.find((each) => each.initial) ?? domains.find((each) => each.name.endsWith('.onmicrosoft.com'))
    )?.name;
    return domains.map(({ name, federated }) => ({
      name,
      isDefault: name === defaultName,
      isInitial: name === initialName,
      authentication: federated ? 'Federated' : 'Managed',
    }));
  }

  #applications(): AppRegistration[] {
    const given = this.#file.applications ?? [
      {
        clientId: DEFAULT_CLIENT_ID,
        displayName: 'entra-ldapd',
        secrets: [DEFAULT_CLIENT_SECRET],
        certificates: [],
        adminConsent: true,
        publicClient: false,
        federatedCredentials: [],
        disabled: false,
        blockedAddress: false,
      },
    ];
    return given.map((application) => ({
      clientId: application.clientId.toLowerCase(),
      objectId:
        parseObjectId(application.objectId ?? '') ?? derivedId(this.#tenantId, `application:${application.clientId}`),
      displayName: application.displayName,
      secrets: application.secrets.map((secret) =>
        typeof secret === 'string'
          ? { value: secret }
          : {
              value: secret.value,
              ...(secret.expires === undefined ? {} : { expiresAtMs: Date.parse(secret.expires) }),
            },
      ),
      certificates: application.certificates,
      permissions: application.permissions ?? DEFAULT_PERMISSIONS,
      adminConsent: application.adminConsent,
      publicClient: application.publicClient,
      federatedCredentials: application.federatedCredentials,
      disabled: application.disabled,
      blockedAddress: application.blockedAddress,
    }));
  }

  #assignments(): Assignment[] {
    return this.#file.assignments.flatMap((key, index) => {
      const ref = this.#find(key, ['assignments', index]);
      return ref === undefined ? [] : [{ principalId: this.#id(ref), principalType: ref % 4 === 0 ? 'User' : 'Group' }];
    });
  }
}

function plain(properties: Readonly<Record<string, GraphValue | undefined>>): GraphProperties {
  const result: Record<string, GraphValue> = {};
  for (const [name, value] of Object.entries(properties)) if (value !== undefined) result[name] = value;
  return result;
}

function deletedAt(deleted: boolean): number | undefined {
  return deleted ? Date.UTC(2026, 0, 15) : undefined;
}
