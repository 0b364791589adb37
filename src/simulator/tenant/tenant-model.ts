import type { Collection, GraphProperties } from '../../identity/change.ts';
import { type ObjectId, type TenantId, parseObjectId } from '../../identity/ids.ts';
import { ChangeLog } from './change-log.ts';
import { Memberships } from './memberships.ts';
import { ObjectTable } from './object-table.ts';
import {
  type Account,
  type ObjectRef,
  type Population,
  groupRef,
  otherRef,
  refIndex,
  refKind,
  userRef,
} from './population.ts';
import { noOffers, type TenantOffers } from './offers.ts';
import type { AppRegistration, Assignment, Domain } from './registration.ts';

/** What a tenant consists of beside its objects. */
export interface TenantFacts {
  readonly tenantId: TenantId;
  readonly displayName: string;
  readonly createdDateTime: string;
  readonly domains: readonly Domain[];
  readonly applications: readonly AppRegistration[];
  /** Who is assigned to the applications, in "Users and groups" of the enterprise application. */
  readonly assignments: readonly Assignment[];
  /** Nothing when left out. */
  readonly offers?: TenantOffers;
}

/** The tenant was asked for something that Entra would refuse; `message` is a sentence for whoever drives the simulator. */
export class TenantError extends Error {
  override readonly name = 'TenantError';
}

/**
 * A tenant that can change while it is served: a population with later changes laid over it, and per collection a log of
 * those changes. Every method that changes something takes the time of the change in milliseconds since the epoch.
 */
export class TenantModel {
  readonly facts: TenantFacts;
  readonly population: Population;
  readonly users: ObjectTable;
  readonly groups: ObjectTable;
  readonly memberships: Memberships;
  readonly userLog = new ChangeLog();
  readonly groupLog = new ChangeLog();
  readonly #accounts = new Map<number, Account>();
  readonly #names = new Map<string, number>();

  constructor(facts: TenantFacts, population: Population) {
    this.facts = facts;
    this.population = population;
    this.users = new ObjectTable(population.users);
    this.groups = new ObjectTable(population.groups);
    this.memberships = new Memberships(population);
  }

  get tenantId(): TenantId {
    return this.facts.tenantId;
  }

  /** What the tenant has defined beside the properties of everybody. */
  get offers(): TenantOffers {
    return this.facts.offers ?? noOffers;
  }

  table(collection: Collection): ObjectTable {
    return collection === 'users' ? this.users : this.groups;
  }

  log(collection: Collection): ChangeLog {
    return collection === 'users' ? this.userLog : this.groupLog;
  }

  /** The live user with this user principal name in any letter case, or -1. */
  userNamed(principalName: string): number {
    const lower = principalName.toLowerCase();
    const index = this.#names.get(lower) ?? this.population.userNamed(lower);
    return index >= 0 && this.users.state(index) === 'live' && this.principalName(index) === lower ? index : -1;
  }

  /** The user principal name in lower case. */
  principalName(user: number): string {
    const name = this.users.record(user)['userPrincipalName'];
    return typeof name === 'string' ? name.toLowerCase() : '';
  }

  account(user: number): Account {
    return this.#accounts.get(user) ?? this.population.account(user);
  }

  setAccount(user: number, account: Account): void {
    this.#accounts.set(user, account);
  }

  /** The object a reference points to, live or not. */
  refId(ref: ObjectRef): ObjectId {
    const kind = refKind(ref);
    if (kind === 'user') return this.users.id(refIndex(ref));
    if (kind === 'group') return this.groups.id(refIndex(ref));
    const other = this.population.others[refIndex(ref)];
    if (other === undefined) throw new RangeError(`no object has the reference ${ref}`);
    return other.id;
  }

  /** The object with this id, whatever its kind and state. */
  findRef(id: ObjectId): ObjectRef | undefined {
    const user = this.users.indexOf(id);
    if (user !== -1) return userRef(user);
    const group = this.groups.indexOf(id);
    if (group !== -1) return groupRef(group);
    const other = this.population.others.findIndex((each) => each.id === id);
    return other === -1 ? undefined : otherRef(other);
  }

  /** The `@odata.type` of a referenced object. */
  refType(ref: ObjectRef): string {
    const kind = refKind(ref);
    return `#microsoft.graph.${kind === 'other' ? (this.population.others[refIndex(ref)]?.type ?? 'device') : kind}`;
  }

  /** true while a referenced object is neither soft-deleted nor purged. */
  isLive(ref: ObjectRef): boolean {
    const kind = refKind(ref);
    if (kind === 'other') return true;
    return (kind === 'user' ? this.users : this.groups).state(refIndex(ref)) === 'live';
  }

  addUser(id: ObjectId, record: GraphProperties, account: Account, atMs: number): number {
    const name = record['userPrincipalName'];
    if (typeof name !== 'string') throw new TenantError('a user needs a userPrincipalName');
    this.#assertNameFree(name, -1);
    this.#assertIdFree(id);
    const index = this.users.add(id, record);
    this.#accounts.set(index, account);
    this.#names.set(name.toLowerCase(), index);
    this.userLog.append({ kind: 'created', index, atMs });
    return index;
  }

  addGroup(id: ObjectId, record: GraphProperties, atMs: number): number {
    this.#assertIdFree(id);
    const index = this.groups.add(id, record);
    this.groupLog.append({ kind: 'created', index, atMs });
    return index;
  }

  update(collection: Collection, index: number, patch: GraphProperties, atMs: number): void {
    const name = patch['userPrincipalName'];
    if (collection === 'users' && name !== undefined) {
      if (typeof name !== 'string') throw new TenantError('a userPrincipalName cannot be cleared');
      this.#assertNameFree(name, index);
      this.#names.set(name.toLowerCase(), index);
    }
    const manager = this.table(collection).record(index)['manager'];
    const formerManager = typeof manager === 'string' ? parseObjectId(manager) : undefined;
    const names = this.table(collection).update(index, patch);
    if (names.length > 0) this.log(collection).append({ kind: 'properties', index, names, formerManager, atMs });
  }

  /** Soft-deletes an object. Its memberships stay, silently, so that a restore brings them back. */
  softDelete(collection: Collection, index: number, atMs: number): void {
    if (this.table(collection).state(index) !== 'live') throw new TenantError('the object is deleted already');
    this.table(collection).setState(index, 'softDeleted', atMs);
    this.log(collection).append({ kind: 'removed', index, atMs });
  }

  restore(collection: Collection, index: number, atMs: number): void {
    const table = this.table(collection);
    if (table.state(index) !== 'softDeleted') throw new TenantError('only a soft-deleted object can be restored');
    if (collection === 'users') {
      this.#assertNameFree(this.principalName(index), index);
      this.#names.set(this.principalName(index), index);
    }
    table.setState(index, 'live', atMs);
    this.log(collection).append({ kind: 'restored', index, atMs });
  }

  /**
   * Deletes an object for ever together with its memberships. Whether the groups it was a member of report that in their
   * delta is not certain with Microsoft Graph; `reportMemberships` chooses.
   */
  purge(collection: Collection, index: number, reportMemberships: boolean, atMs: number): void {
    const table = this.table(collection);
    if (table.state(index) === 'purged') throw new TenantError('the object is gone already');
    table.setState(index, 'purged', atMs);
    this.log(collection).append({ kind: 'removed', index, atMs });
    const ref = collection === 'users' ? userRef(index) : groupRef(index);
    for (const group of this.memberships.groupsOf(ref)) {
      this.memberships.remove(group, ref);
      if (reportMemberships) this.groupLog.append({ kind: 'member', index: group, ref, joined: false, atMs });
    }
  }

  join(group: number, ref: ObjectRef, atMs: number): void {
    if (ref === groupRef(group)) throw new TenantError('a group cannot be a member of itself');
    if (!this.memberships.add(group, ref)) throw new TenantError('the object is a member already');
    this.groupLog.append({ kind: 'member', index: group, ref, joined: true, atMs });
  }

  leave(group: number, ref: ObjectRef, atMs: number): void {
    if (!this.memberships.remove(group, ref)) throw new TenantError('the object is not a member');
    this.groupLog.append({ kind: 'member', index: group, ref, joined: false, atMs });
  }

  #assertNameFree(name: string, self: number): void {
    const holder = this.userNamed(name);
    if (holder !== -1 && holder !== self) throw new TenantError(`another user is called ${name} already`);
  }

  #assertIdFree(id: ObjectId): void {
    if (this.users.indexOf(id) !== -1 || this.groups.indexOf(id) !== -1) {
      throw new TenantError(`the object id ${id} is taken`);
    }
  }
}
