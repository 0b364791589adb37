/**
 * Groups on demand. The users of a group are a stride through all users, computed in both directions, so that five
 * million memberships take a few numbers per group. Group 0 holds everybody.
 */
import type { GraphProperties, GraphValue } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import {
  type BaseTable,
  type ObjectRef,
  groupRef,
  otherRef,
  refIndex,
  refKind,
  userRef,
} from '../tenant/population.ts';
import { FIXED_GROUPS, type GroupKind, TEAMS, TOPICS } from './group-catalog.ts';
import type { GeneratedDomains } from './people.ts';
import { IdSpace, Permutation, hash } from './random.ts';
import { dateTime } from './user-record.ts';

const STRIDES = 61;
const GROUP_KINDS: readonly GroupKind[] = [
  ...Array<GroupKind>(9).fill('security'),
  ...Array<GroupKind>(4).fill('unified'),
  ...Array<GroupKind>(2).fill('dynamic'),
  'dynamicUnified',
  ...Array<GroupKind>(2).fill('mailEnabledSecurity'),
  ...Array<GroupKind>(2).fill('distribution'),
];

/** How large the groups of a generated tenant are. */
export interface GroupPlan {
  readonly seed: number;
  readonly groups: number;
  /** Users including soft-deleted ones, who keep their memberships. */
  readonly users: number;
  /** Membership edges in total; the fixed groups and the nesting come first. */
  readonly memberships: number;
}

/** The groups of a generated tenant and their direct members. */
export class GeneratedGroups implements BaseTable {
  readonly count: number;
  readonly #seed: number;
  readonly #users: number;
  readonly #domains: GeneratedDomains;
  readonly #ids: IdSpace;
  readonly #strides: readonly Permutation[];
  readonly #sizes: Uint32Array;
  readonly #nested = new Map<number, number[]>();
  readonly #parents = new Map<number, number[]>();

  constructor(plan: GroupPlan, domains: GeneratedDomains) {
    this.count = plan.groups;
    this.#seed = plan.seed;
    this.#users = plan.users;
    this.#domains = domains;
    this.#ids = new IdSpace(plan.seed, 50);
    this.#strides = Array.from({ length: STRIDES }, (_, n) => new Permutation(plan.users, plan.seed, 100 + n));
    this.#nest();
    this.#sizes = this.#shareOut(plan.memberships);
  }

  id(index: number): ObjectId {
    return this.#ids.id(index);
  }

  indexOf(id: ObjectId): number {
    return this.#ids.indexOf(id, this.count);
  }

  deletedAtMs(): undefined {
    return undefined;
  }

  memberCount(group: number): number {
    return this.#userCount(group) + (this.#nested.get(group)?.length ?? 0) + (FIXED_GROUPS[group]?.others ?? 0);
  }

  member(group: number, position: number): ObjectRef {
    const users = this.#userCount(group);
    if (position < users) return userRef(this.#userAt(group, position));
    const nested = this.#nested.get(group) ?? [];
    const child = nested[position - users];
    return child === undefined ? otherRef(position - users - nested.length) : groupRef(child);
  }

  isMember(group: number, ref: ObjectRef): boolean {
    const index = refIndex(ref);
    const kind = refKind(ref);
    if (kind === 'user') return index < this.#users && this.#positionOf(group, index) < this.#userCount(group);
    if (kind === 'group') return this.#nested.get(group)?.includes(index) === true;
    return index < (FIXED_GROUPS[group]?.others ?? 0);
  }

  groupsOf(ref: ObjectRef): number[] {
    if (refKind(ref) === 'group') return [...(this.#parents.get(refIndex(ref)) ?? [])];
    const groups: number[] = [];
    for (let group = 0; group < this.count; group += 1) if (this.isMember(group, ref)) groups.push(group);
    return groups;
  }

  record(index: number): GraphProperties {
    const fixed = FIXED_GROUPS[index];
    const bits = hash(this.#seed, 60, index);
    const kind = fixed?.kind ?? GROUP_KINDS[bits % GROUP_KINDS.length] ?? 'security';
    const displayName =
      fixed?.displayName ?? `${TEAMS[(bits >>> 5) % TEAMS.length]} ${TOPICS[(bits >>> 12) % TOPICS.length]} ${index}`;
    return this.#describe(kind, displayName, fixed?.mailNickname ?? `group-${index}`, bits);
  }

  #describe(kind: GroupKind, displayName: string, mailNickname: string, bits: number): GraphProperties {
    const unified = kind === 'unified' || kind === 'dynamicUnified';
    const dynamic = kind === 'dynamic' || kind === 'dynamicUnified';
    const mailEnabled = unified || kind === 'mailEnabledSecurity' || kind === 'distribution';
    const address = `${mailNickname}@${this.#domains.primary}`;
    const record: Record<string, GraphValue> = {
      createdDateTime: dateTime(bits),
      displayName,
      groupTypes: [...(dynamic ? ['DynamicMembership'] : []), ...(unified ? ['Unified'] : [])],
      mailEnabled,
      mailNickname,
      proxyAddresses: mailEnabled ? [`SMTP:${address}`] : [],
      renewedDateTime: dateTime(bits),
      securityEnabled: kind !== 'distribution' && kind !== 'unified',
      creationOptions: [],
      resourceBehaviorOptions: [],
      resourceProvisioningOptions: unified && bits % 2 === 0 ? ['Team'] : [],
    };
    if (bits % 3 !== 0) record['description'] = `${displayName} — Contoso`;
    if (mailEnabled) record['mail'] = address;
    if (unified) record['visibility'] = bits % 2 === 0 ? 'Public' : 'Private';
    if (dynamic) {
      record['membershipRule'] = 'user.accountEnabled -eq true';
      record['membershipRuleProcessingState'] = 'On';
    }
    if (kind === 'security' && bits % 5 === 1) {
      record['onPremisesSyncEnabled'] = true;
      record['onPremisesSamAccountName'] = mailNickname;
      record['onPremisesDomainName'] = this.#domains.federated;
      record['onPremisesNetBiosName'] = (this.#domains.primary.split('.')[0] ?? '').toUpperCase();
      record['onPremisesLastSyncDateTime'] = dateTime(bits);
    }
    return record;
  }

  #userCount(group: number): number {
    const fixed = FIXED_GROUPS[group];
    if (fixed === undefined) return this.#sizes[group] ?? 0;
    return fixed.users === 'everybody' ? this.#users : Math.min(fixed.users, this.#users);
  }

  #userAt(group: number, position: number): number {
    if (group < FIXED_GROUPS.length) return position;
    const at = this.#stride(group).at(position) + this.#offset(group);
    return at % this.#users;
  }

  #positionOf(group: number, user: number): number {
    if (group < FIXED_GROUPS.length) return user;
    return this.#stride(group).positionOf((user - this.#offset(group) + this.#users) % this.#users);
  }

  #stride(group: number): Permutation {
    const stride = this.#strides[group % STRIDES];
    if (stride === undefined) throw new RangeError('no stride');
    return stride;
  }

  #offset(group: number): number {
    return hash(this.#seed, 61, group) % this.#users;
  }

  #nest(): void {
    for (let group = 0; group < this.count; group += 1) {
      const bits = hash(this.#seed, 62, group);
      const fixed = FIXED_GROUPS[group]?.nested;
      const drawn = group >= FIXED_GROUPS.length && bits % 8 === 0 ? 1 + ((bits >>> 3) % 3) : 0;
      const random = Array.from({ length: drawn }, (_, n) => hash(this.#seed, 63 + n, group) % this.count);
      const children = [...new Set(fixed ?? random)].filter(
        (child) => child !== group && child < this.count && child !== 0,
      );
      if (children.length > 0) this.#nested.set(group, children);
      for (const child of children) this.#parents.set(child, [...(this.#parents.get(child) ?? []), group]);
    }
  }

  /** Gives each group beyond the fixed ones a share that falls with its rank, so that the total is what was asked for. */
  #shareOut(memberships: number): Uint32Array {
    const sizes = new Uint32Array(this.count);
    let left = memberships;
    for (let group = 0; group < Math.min(FIXED_GROUPS.length, this.count); group += 1) {
      left -= this.#userCount(group) + (FIXED_GROUPS[group]?.others ?? 0);
    }
    for (const children of this.#nested.values()) left -= children.length;
    const first = FIXED_GROUPS.length;
    let weights = 0;
    for (let group = first; group < this.count; group += 1) weights += weight(group - first);
    let wanted = 0;
    const total = Math.max(0, left);
    // Rounding errors and the cap at all users are carried to the next group.
    let given = 0;
    for (let group = first; group < this.count; group += 1) {
      wanted += (weight(group - first) / weights) * total;
      const size = Math.max(0, Math.min(this.#users, Math.round(wanted) - given));
      sizes[group] = size;
      given += size;
    }
    return sizes;
  }
}

function weight(rank: number): number {
  return 1 / (rank + 20) ** 0.6;
}
