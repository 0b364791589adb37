import type { Control } from '../../src/simulator/control/control.ts';
import type { SnapshotGroup, SnapshotUser } from '../../src/simulator/control/snapshot.ts';
import { TenantError } from '../../src/simulator/tenant/tenant-model.ts';
import type { Choose } from './model-tenant.ts';
import { textOf } from './reference-values.ts';

const domains = ['contoso.com', 'fabrikam.com'] as const;
/** Few enough that people want the same name again and again. */
const locals = ['alex', 'sam', 'kim', 'noor', 'o.neil', 'Zoë', 'max', 'domain-users', 'j.d', 'lee'] as const;
const titles = ['Falcon', 'falcon', 'Red Team', 'Blau & Co', 'Night, shift', 'domain-users', 'Ops+', 'Zürich'] as const;
const departments = ['Sales', 'Legal', 'Retail', null] as const;

/** What happens in a tenant, one random thing at a time. */
export class TenantLife {
  readonly #control: Control;
  readonly #choose: Choose;
  /** Groups that the configuration names, and that therefore nobody deletes. */
  readonly #named = new Set<string>();
  readonly #happenings: readonly (() => string)[];
  #joiners = 0;

  constructor(control: Control, choose: Choose) {
    this.#control = control;
    this.#choose = choose;
    const often = [() => this.#join(), () => this.#leave(), () => this.#arrive(), () => this.#rename()];
    this.#happenings = [
      ...often,
      ...often,
      () => this.#moveOn(),
      () => this.#depart(),
      () => this.#purge(),
      () => this.#comeBack(),
      () => this.#describe(),
      () => this.#promote(),
      () => this.#lock(),
      () => this.#unlock(),
      () => this.#found(),
      () => this.#dissolve(),
      () => this.#refound(),
      () => this.#retitle(),
      () => this.#redescribe(),
    ];
  }

  /** Something happens; says what. What Entra refuses does not. */
  happen(): string {
    const happening = this.#one(this.#happenings);
    return happening === undefined ? '' : this.#attempt(happening);
  }

  /** Much happens at once; says what. */
  sweep(): string {
    const people = this.#users('live').slice(0, 5 + this.#choose(10));
    switch (this.#choose(3)) {
      case 0:
        for (const { id } of people) this.#control.removeUser(id);
        return `${people.length} people leave`;
      case 1:
        for (const { id } of people) this.#control.disableUser(id);
        return `${people.length} people are disabled`;
      default: {
        const group = this.#one(this.#groups('live').filter(({ members }) => members.length > 10));
        const members = group?.members.filter(({ live, type }) => live && type !== 'other') ?? [];
        for (const { id } of members) this.#control.leave(group?.id ?? '', id);
        return `${members.length} members leave ${group?.id ?? 'nothing'}`;
      }
    }
  }

  /** A live group, which nobody deletes from now on because the configuration names it. */
  named(): SnapshotGroup {
    const group = this.#group();
    this.#named.add(group.id);
    return group;
  }

  #attempt(act: () => string): string {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof TenantError)) throw error;
      return `refused: ${error.message}`;
    }
  }

  #arrive(): string {
    const isGuest = this.#choose(6) === 0;
    const local = this.#one(locals) ?? 'alex';
    const userPrincipalName = isGuest
      ? `${local.toLowerCase()}_home.example#EXT#@contoso.onmicrosoft.com`
      : `${local}@${this.#one(domains) ?? 'contoso.com'}`;
    const displayName = `Joiner ${++this.#joiners}`;
    const properties = { displayName, userType: isGuest ? 'Guest' : 'Member', mail: `${local}@mail.example` };
    const id = this.#control.addUser({ userPrincipalName, properties, id: this.#id() });
    this.#control.join(this.#group().id, id);
    return `${userPrincipalName} (${id}) arrives`;
  }

  #depart(): string {
    const user = this.#user('live');
    this.#control.removeUser(user.id);
    return `${nameOf(user)} is deleted`;
  }

  #purge(): string {
    const user = this.#user('softDeleted');
    this.#control.purgeUser(user.id);
    return `${nameOf(user)} is purged`;
  }

  #comeBack(): string {
    const user = this.#user('softDeleted');
    this.#control.restoreUser(user.id);
    return `${nameOf(user)} is restored`;
  }

  #rename(): string {
    const user = this.#user('live');
    const name = `${this.#one(locals) ?? 'sam'}@${this.#one(domains) ?? 'fabrikam.com'}`;
    this.#control.renameUser(user.id, name, this.#choose(2) === 0 ? undefined : 'Renamed Person');
    return `${nameOf(user)} becomes ${name}`;
  }

  #describe(): string {
    const user = this.#user('live');
    const department = this.#one(departments) ?? null;
    this.#control.setUserProperties(user.id, {
      department,
      jobTitle: this.#choose(2) === 0 ? null : `Title ${this.#choose(9)}`,
      mail: this.#choose(4) === 0 ? null : `mail${this.#choose(99)}@contoso.com`,
    });
    return `${nameOf(user)} is described anew`;
  }

  #promote(): string {
    const user = this.#user('live');
    const manager = this.#choose(4) === 0 ? null : this.#user('live').id;
    this.#control.setUserProperties(user.id, { manager });
    return `${nameOf(user)} has the manager ${manager ?? 'nobody'}`;
  }

  #lock(): string {
    const user = this.#user('live');
    this.#control.disableUser(user.id);
    return `${nameOf(user)} is disabled`;
  }

  #unlock(): string {
    const user = this.#one(this.#users('live').filter(({ properties }) => properties['accountEnabled'] === false));
    if (user === undefined) return 'nobody is disabled';
    this.#control.enableUser(user.id);
    return `${nameOf(user)} is enabled`;
  }

  #found(): string {
    const displayName = this.#one(titles) ?? 'Falcon';
    const isUnified = this.#choose(2) === 0;
    const mail = `group${this.#choose(99)}@contoso.com`;
    const properties = isUnified
      ? { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false, mail }
      : { securityEnabled: this.#choose(3) > 0 };
    const id = this.#control.addGroup({ displayName, properties, id: this.#id() });
    for (let left = this.#choose(5); left > 0; left--) this.#attempt(() => this.#joinTo(id));
    return `${displayName} (${id}) is founded`;
  }

  #dissolve(): string {
    const group = this.#group();
    if (this.#named.has(group.id)) return 'the configuration names that group';
    this.#control.removeGroup(group.id);
    return `${titleOf(group)} (${group.id}) is dissolved`;
  }

  #refound(): string {
    const group = this.#one(this.#groups('softDeleted'));
    if (group === undefined) return 'no group is deleted';
    this.#control.restoreGroup(group.id);
    return `${titleOf(group)} (${group.id}) is restored`;
  }

  #retitle(): string {
    const group = this.#group();
    const title = this.#one(titles) ?? 'Falcon';
    this.#control.renameGroup(group.id, title);
    return `${titleOf(group)} (${group.id}) becomes ${title}`;
  }

  #redescribe(): string {
    const group = this.#group();
    const mail = this.#choose(2) === 0 ? null : `list${this.#choose(99)}@contoso.com`;
    this.#control.setGroupProperties(group.id, { description: `Purpose ${this.#choose(99)}`, mail });
    return `${titleOf(group)} (${group.id}) is described anew`;
  }

  #join(): string {
    return this.#joinTo(this.#group().id);
  }

  #joinTo(group: string): string {
    const member = this.#choose(4) === 0 ? this.#group() : this.#user('live');
    this.#control.join(group, member.id);
    return `${member.id} joins ${group}`;
  }

  #leave(): string {
    const group = this.#group();
    const member = this.#one(group.members.filter(({ live, type }) => live && type !== 'other'));
    if (member === undefined) return 'nobody leaves';
    this.#control.leave(group.id, member.id);
    return `${member.id} leaves ${group.id}`;
  }

  #moveOn(): string {
    return `${this.#leave()}, ${this.#join()}`;
  }

  #users(state: SnapshotUser['state']): readonly SnapshotUser[] {
    return [...this.#control.snapshot().users].filter((user) => user.state === state);
  }

  #groups(state: SnapshotUser['state']): readonly SnapshotGroup[] {
    return [...this.#control.snapshot().groups].filter((group) => group.state === state);
  }

  #user(state: SnapshotUser['state']): SnapshotUser {
    return found(this.#one(this.#users(state)));
  }

  #group(): SnapshotGroup {
    return found(this.#one(this.#groups('live')));
  }

  #one<T>(items: readonly T[]): T | undefined {
    return items[this.#choose(Math.max(1, items.length))];
  }

  /** An object id; the same seed gives the same ones. */
  #id(): string {
    const digits = (length: number): string => Array.from({ length }, () => this.#choose(16).toString(16)).join('');
    return `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`;
  }
}

function found<T>(object: T | undefined): T {
  if (object === undefined) throw new TenantError('there is nobody left');
  return object;
}

function nameOf({ id, properties }: SnapshotUser): string {
  return `${textOf(properties, 'userPrincipalName') ?? ''} (${id})`;
}

function titleOf({ properties }: SnapshotUser): string {
  return textOf(properties, 'displayName') ?? '';
}
