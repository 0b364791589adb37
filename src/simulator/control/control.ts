import { randomUUID } from 'node:crypto';
import type { Clock } from '../../timing/clock.ts';
import type { Collection, GraphProperties } from '../../identity/change.ts';
import { type ObjectId, parseObjectId } from '../../identity/ids.ts';
import type { DeltaService, ExpiryForm, RefusalForm } from '../graph/delta.ts';
import type { DeviceCodes } from '../login/device-codes.ts';
import type { PasswordGate } from '../login/password-check.ts';
import type { TokenIssuer } from '../login/token-issuer.ts';
import type { SignIn } from '../tenant/sign-in.ts';
import { TenantError, type TenantModel } from '../tenant/tenant-model.ts';
import type { FaultRequest, Faults } from './faults.ts';
import { NamedObjects } from './named-objects.ts';
import { type TenantSnapshot, snapshot } from './snapshot.ts';
import type { Statistics, StatisticsSnapshot } from './statistics.ts';

/** A user to create: Graph properties, the password and what a sign-in ends with. */
export interface NewUser {
  readonly userPrincipalName: string;
  readonly id?: string | undefined;
  readonly password?: string | undefined;
  readonly signIn?: SignIn | undefined;
  readonly properties?: GraphProperties | undefined;
}

/** A group to create. */
export interface NewGroup {
  readonly displayName: string;
  readonly id?: string | undefined;
  readonly properties?: GraphProperties | undefined;
}

/** A password and a sign-in behaviour. */
export interface Credentials {
  /** In lower case. */
  readonly userPrincipalName: string;
  readonly password: string | undefined;
  readonly signIn: SignIn;
}

/** What the control reaches into. */
export interface ControlTargets {
  readonly tenant: TenantModel;
  readonly clock: Clock;
  readonly delta: DeltaService;
  readonly issuer: TokenIssuer;
  readonly gate: PasswordGate;
  readonly devices: DeviceCodes;
  readonly faults: Faults;
  readonly statistics: Statistics;
  readonly reportPurgedMemberships: boolean;
  readonly releaseSlow: () => void;
}

/**
 * Changes the tenant while it is served and makes things go wrong. Users are named by object id or user principal name,
 * groups by object id or display name when only one has it. Methods throw a {@link TenantError} for what Entra would refuse.
 */
export class Control {
  readonly #targets: ControlTargets;
  readonly #objects: NamedObjects;

  constructor(targets: ControlTargets) {
    this.#targets = targets;
    this.#objects = new NamedObjects(targets.tenant);
  }

  addUser(user: NewUser): ObjectId {
    const now = new Date(this.#now).toISOString();
    const local = user.userPrincipalName.split('@')[0] ?? user.userPrincipalName;
    const record: GraphProperties = {
      accountEnabled: true,
      displayName: local,
      mailNickname: local,
      businessPhones: [],
      userType: 'Member',
      createdDateTime: now,
      lastPasswordChangeDateTime: now,
      signInSessionsValidFromDateTime: now,
      ...user.properties,
      userPrincipalName: user.userPrincipalName,
    };
    const id = newId(user.id);
    this.#tenant.addUser(id, record, { password: user.password, signIn: user.signIn ?? 'normal' }, this.#now);
    return id;
  }

  /** Soft-deletes a user. */
  removeUser(user: string): void {
    this.#tenant.softDelete('users', this.#objects.user(user), this.#now);
  }

  purgeUser(user: string): void {
    this.#tenant.purge('users', this.#objects.user(user), this.#targets.reportPurgedMemberships, this.#now);
  }

  restoreUser(user: string): void {
    this.#tenant.restore('users', this.#objects.user(user), this.#now);
  }

  /** Gives a user another user principal name; mail and nickname follow when they had the old form. */
  renameUser(user: string, userPrincipalName: string, displayName?: string): void {
    const index = this.#objects.user(user);
    const record = this.#tenant.users.record(index);
    const follows = record['mail'] === record['userPrincipalName'];
    this.#tenant.update(
      'users',
      index,
      {
        userPrincipalName,
        mailNickname: userPrincipalName.split('@')[0] ?? userPrincipalName,
        ...(follows ? { mail: userPrincipalName, proxyAddresses: [`SMTP:${userPrincipalName}`] } : {}),
        ...(displayName === undefined ? {} : { displayName }),
      },
      this.#now,
    );
  }

  disableUser(user: string): void {
    this.setUserProperties(user, { accountEnabled: false });
  }

  enableUser(user: string): void {
    this.setUserProperties(user, { accountEnabled: true });
  }

  /** Changes properties; null clears one. */
  setUserProperties(user: string, properties: GraphProperties): void {
    this.#tenant.update('users', this.#objects.user(user), properties, this.#now);
  }

  /** Gives a user a manager, or with null none. */
  setManager(user: string, manager: string | null): void {
    const id = manager === null ? null : this.#tenant.users.id(this.#objects.user(manager));
    this.setUserProperties(user, { manager: id });
  }

  changePassword(user: string, password: string): void {
    const index = this.#objects.user(user);
    this.#tenant.setAccount(index, { ...this.#tenant.account(index), password });
    const now = new Date(this.#now).toISOString();
    const patch = { lastPasswordChangeDateTime: now, signInSessionsValidFromDateTime: now };
    this.#tenant.update('users', index, patch, this.#now);
  }

  setSignIn(user: string, signIn: SignIn): void {
    const index = this.#objects.user(user);
    this.#tenant.setAccount(index, { ...this.#tenant.account(index), signIn });
  }

  /** Signs a user in on behalf of the device that shows this user code. */
  approveDevice(userCode: string, user: string): void {
    if (this.#targets.devices.finish(userCode, this.#objects.user(user), this.#now)) return;
    throw new TenantError('no sign-in with this user code waits for somebody');
  }

  /** What a user signs in with: for tests and for people who try the simulator. */
  credentials(user: string): Credentials {
    const index = this.#objects.user(user);
    return { userPrincipalName: this.#tenant.principalName(index), ...this.#tenant.account(index) };
  }

  addGroup(group: NewGroup): ObjectId {
    const id = newId(group.id);
    const record: GraphProperties = {
      createdDateTime: new Date(this.#now).toISOString(),
      groupTypes: [],
      mailEnabled: false,
      mailNickname: id.slice(0, 8),
      securityEnabled: true,
      ...group.properties,
      displayName: group.displayName,
    };
    this.#tenant.addGroup(id, record, this.#now);
    return id;
  }

  /** Deletes a group: a Microsoft 365 group softly, every other one for ever. */
  removeGroup(group: string): void {
    const index = this.#objects.group(group);
    const types = this.#tenant.groups.record(index)['groupTypes'];
    if (Array.isArray(types) && types.includes('Unified')) this.#tenant.softDelete('groups', index, this.#now);
    else this.#tenant.purge('groups', index, this.#targets.reportPurgedMemberships, this.#now);
  }

  purgeGroup(group: string): void {
    this.#tenant.purge('groups', this.#objects.group(group), this.#targets.reportPurgedMemberships, this.#now);
  }

  restoreGroup(group: string): void {
    this.#tenant.restore('groups', this.#objects.group(group), this.#now);
  }

  renameGroup(group: string, displayName: string): void {
    this.setGroupProperties(group, { displayName });
  }

  setGroupProperties(group: string, properties: GraphProperties): void {
    this.#tenant.update('groups', this.#objects.group(group), properties, this.#now);
  }

  /** Makes a user, group or other object a direct member of a group. */
  join(group: string, member: string): void {
    this.#tenant.join(this.#objects.group(group), this.#objects.member(member), this.#now);
  }

  leave(group: string, member: string): void {
    this.#tenant.leave(this.#objects.group(group), this.#objects.member(member), this.#now);
  }

  move(member: string, from: string, to: string): void {
    this.leave(from, member);
    this.join(to, member);
  }

  /** Makes every delta and skip token given out so far answer as expired. */
  expireDeltaTokens(form: ExpiryForm = 'gone'): void {
    this.#targets.delta.expireTokens(form);
  }

  /** Takes delta queries away from the tenant, or with undefined gives them back. */
  refuseDelta(form: RefusalForm | undefined): void {
    this.#targets.delta.refuse(form);
  }

  /** Makes every access token given out so far answer as expired. */
  expireAccessTokens(): void {
    this.#targets.issuer.expireAll();
  }

  /** Hides later changes of a collection from delta queries until they are shown again. */
  hideChanges(collection: Collection): void {
    this.#tenant.log(collection).hold();
  }

  showChanges(collection: Collection): void {
    this.#tenant.log(collection).release();
  }

  /** Ends every Smart Lockout. */
  resetLockouts(): void {
    this.#targets.gate.reset();
  }

  /** Adds a fault for coming requests and returns its number. */
  injectFault(fault: FaultRequest): number {
    return this.#targets.faults.inject(fault);
  }

  clearFaults(id?: number): void {
    this.#targets.faults.clear(id);
  }

  /** How many requests the injected faults will still hit. */
  pendingFaults(): number {
    return this.#targets.faults.pending;
  }

  /** Lets the answers go that a `slow` fault holds back. */
  releaseSlow(): void {
    this.#targets.releaseSlow();
  }

  statistics(): StatisticsSnapshot {
    return this.#targets.statistics.snapshot();
  }

  resetStatistics(): void {
    this.#targets.statistics.reset();
  }

  /** The whole tenant as it is now. */
  snapshot(): TenantSnapshot {
    return snapshot(this.#tenant);
  }

  get #tenant(): TenantModel {
    return this.#targets.tenant;
  }

  get #now(): number {
    return this.#targets.clock.now();
  }
}

function newId(text: string | undefined): ObjectId {
  const id = parseObjectId(text ?? randomUUID());
  if (id === undefined) throw new TenantError(`${text ?? ''} is not an object id`);
  return id;
}
