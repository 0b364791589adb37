import { type TenantId, parseTenantId } from '../identity/ids.ts';
import { GeneratedGroups } from './generator/generated-groups.ts';
import { GeneratedUsers } from './generator/generated-users.ts';
import { generatedDomains } from './generator/people.ts';
import { seededGuid } from './generator/random.ts';
import type { OtherObject, Population } from './tenant/population.ts';
import { refKind } from './tenant/population.ts';
import {
  type AppRegistration,
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_PERMISSIONS,
  type Domain,
} from './tenant/registration.ts';
import { TenantModel } from './tenant/tenant-model.ts';

/** Which tenant to make. The same options give the same tenant, byte for byte, on every machine. */
export interface GenerateOptions {
  readonly seed: number;
  readonly users: number;
  readonly groups: number;
  /** Membership edges in total; five per user when not given. */
  readonly memberships?: number;
  /** Default `contoso.com`; there `alice@contoso.com` with `Passw0rd!` is user 0. */
  readonly primaryDomain?: string;
  readonly tenantId?: TenantId;
  /** Soft-deleted users beside the live ones; one per hundred, at most 50, when not given. */
  readonly softDeletedUsers?: number;
  /** Replaces the permissions of the app registration. */
  readonly permissions?: readonly string[];
}

const USERS_MAX = 20_000_000;
// Deletion times are counted back from here: taking the machine's clock would make two tenants of one seed differ.
const EPOCH_MS = Date.UTC(2026, 0, 15, 12);

/** Makes a tenant whose objects are computed when they are asked for. Throws a RangeError for impossible sizes. */
export function generateTenant(options: GenerateOptions): TenantModel {
  assertSize('users', options.users);
  assertSize('groups', options.groups);
  const memberships = options.memberships ?? options.users * 5;
  const softDeleted = options.softDeletedUsers ?? Math.min(50, Math.floor(options.users / 100));
  const domains = generatedDomains((options.primaryDomain ?? 'contoso.com').toLowerCase());
  const users = new GeneratedUsers(options.seed, options.users, softDeleted, domains, EPOCH_MS);
  const groups = new GeneratedGroups(
    { seed: options.seed, groups: options.groups, users: users.count, memberships },
    domains,
  );
  const population: Population = {
    users,
    groups,
    others: otherObjects(options.seed),
    userNamed: (name) => users.named(name),
    account: (user) => users.account(user),
    memberCount: (group) => groups.memberCount(group),
    member: (group, position) => groups.member(group, position),
    isMember: (group, ref) => groups.isMember(group, ref),
    groupsOf: (ref) => (refKind(ref) === 'user' && users.count === 0 ? [] : groups.groupsOf(ref)),
  };
  const domain = (name: string, authentication: Domain['authentication']): Domain => ({
    name,
    isDefault: name === domains.primary,
    isInitial: name === domains.initial,
    authentication,
  });
  const facts = {
    tenantId: options.tenantId ?? tenantIdOf(options.seed),
    displayName: 'Contoso',
    createdDateTime: '2016-03-01T08:00:00Z',
    domains: [
      domain(domains.initial, 'Managed'),
      domain(domains.primary, 'Managed'),
      domain(domains.second, 'Managed'),
      domain(domains.federated, 'Federated'),
    ],
    applications: [defaultApplication(options)],
    assignments: [
      ...(options.users > 0 ? [{ principalId: users.id(0), principalType: 'User' as const }] : []),
      ...(options.groups > 1 ? [{ principalId: groups.id(1), principalType: 'Group' as const }] : []),
    ],
  };
  return new TenantModel(facts, population);
}

function assertSize(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > USERS_MAX) {
    throw new RangeError(`${what} must be a whole number from 0 to ${USERS_MAX}, not ${value}`);
  }
}

function tenantIdOf(seed: number): TenantId {
  const id = parseTenantId(seededGuid(seed, 1));
  if (id === undefined) throw new RangeError('a generated tenant id is not a GUID');
  return id;
}

function defaultApplication(options: GenerateOptions): AppRegistration {
  return {
    clientId: DEFAULT_CLIENT_ID,
    objectId: seededGuid(options.seed, 2),
    displayName: 'entra-ldapd',
    secrets: [{ value: DEFAULT_CLIENT_SECRET }],
    certificates: [],
    permissions: options.permissions ?? DEFAULT_PERMISSIONS,
    adminConsent: true,
    publicClient: false,
  };
}

function otherObjects(seed: number): OtherObject[] {
  return [
    { id: seededGuid(seed, 3), type: 'device', displayName: 'BUILD-01' },
    { id: seededGuid(seed, 4), type: 'servicePrincipal', displayName: 'build-pipeline' },
  ];
}
