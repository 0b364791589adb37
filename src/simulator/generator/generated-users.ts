/**
 * People on demand. The place of a user in a keyed permutation decides the name, and the place modulo 20 what the user is:
 * 16 a guest, 17 in the federated domain, 18 and 19 two people with one short name in two domains, else an ordinary member.
 * Everything can be run backwards, so that a user principal name leads to its user without a table.
 */
import type { GraphProperties } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { Account, BaseTable } from '../tenant/population.ts';
import type { SignIn } from '../tenant/sign-in.ts';
import { type FullName, NameTable, type SpelledName } from './names.ts';
import {
  DEPARTMENTS,
  FIXED_PASSWORD,
  FIXED_PEOPLE,
  type FixedPerson,
  type GeneratedDomains,
  JOB_TITLES,
} from './people.ts';
import { IdSpace, Permutation, hash } from './random.ts';
import { type Profile, type Role, buildUserRecord } from './user-record.ts';

const BLOCK = 20;
const NAMES_PER_BLOCK = 19;
const MANAGED_PER_MANAGER = 12;
const DAY_MS = 86_400_000;

function roleAt(place: number): Role {
  const rest = place % BLOCK;
  return rest === 16 ? 'guest' : rest === 17 ? 'federated' : rest === 19 ? 'second' : 'member';
}

function fixedRole(fixed: FixedPerson): Role {
  return fixed.domain === 'primary' ? 'member' : fixed.domain;
}

/** The users of a generated tenant: `live` of them, then `softDeleted` ones. */
export class GeneratedUsers implements BaseTable {
  readonly count: number;
  readonly #live: number;
  readonly #seed: number;
  readonly #nowMs: number;
  readonly #domains: GeneratedDomains;
  readonly #ids: IdSpace;
  readonly #fixed: readonly FixedPerson[];
  readonly #fixedNames: ReadonlyMap<string, number>;
  readonly #places: Permutation;
  readonly #names = new NameTable();
  readonly #nameOrder: Permutation;

  constructor(seed: number, live: number, softDeleted: number, domains: GeneratedDomains, nowMs: number) {
    this.count = live + softDeleted;
    this.#live = live;
    this.#seed = seed;
    this.#nowMs = nowMs;
    this.#domains = domains;
    this.#ids = new IdSpace(seed, 10);
    this.#fixed = FIXED_PEOPLE.slice(0, live);
    this.#places = new Permutation(this.count - this.#fixed.length, seed, 20);
    this.#nameOrder = new Permutation(this.#names.size, seed, 30);
    this.#fixedNames = new Map(this.#fixed.map((each, index) => [this.#fixedPrincipalName(each).toLowerCase(), index]));
  }

  id(index: number): ObjectId {
    return this.#ids.id(index);
  }

  indexOf(id: ObjectId): number {
    return this.#ids.indexOf(id, this.count);
  }

  deletedAtMs(index: number): number | undefined {
    return index < this.#live ? undefined : this.#nowMs - (1 + (index % 20)) * DAY_MS;
  }

  record(index: number): GraphProperties {
    return buildUserRecord(this.#profile(index), this.#domains);
  }

  account(index: number): Account {
    const fixed = this.#fixed[index];
    if (fixed !== undefined) return { password: FIXED_PASSWORD, signIn: fixed.signIn };
    const password = `Pw-${hash(this.#seed, 40, index).toString(36)}-${index}`;
    return { password, signIn: this.#signIn(roleAt(this.#place(index)), hash(this.#seed, 41, index) % 100) };
  }

  /** The index of the user with a user principal name in lower case, or -1. */
  named(principalName: string): number {
    const fixed = this.#fixedNames.get(principalName);
    if (fixed !== undefined) return fixed;
    const at = principalName.lastIndexOf('@');
    const { primary, second, federated, initial, partner } = this.#domains;
    const domain = principalName.slice(at + 1);
    const local = principalName.slice(0, Math.max(at, 0));
    if (domain === initial) {
      const suffix = `_${partner}#ext#`;
      return local.endsWith(suffix) ? this.#find(local.slice(0, -suffix.length), 'guest') : -1;
    }
    if (domain === primary) return this.#find(local, 'member');
    if (domain === second) return this.#find(local, 'second');
    return domain === federated ? this.#find(local, 'federated') : -1;
  }

  #signIn(role: Role, percent: number): SignIn {
    if (role === 'guest') return 'guest';
    if (role === 'federated') return 'federated';
    if (percent < 8) return 'mfaRequired';
    if (percent < 10) return 'mfaEnrolment';
    if (percent < 12) return 'passwordExpired';
    if (percent < 13) return 'conditionalAccess';
    return percent < 14 ? 'noPassword' : 'normal';
  }

  #place(index: number): number {
    return this.#places.at(index - this.#fixed.length);
  }

  #find(local: string, role: Role): number {
    const match = /^([a-z]+\.[a-z]+)(\d*)$/.exec(local);
    const position = match?.[1] === undefined ? -1 : this.#names.positionOf(match[1]);
    if (position === -1) return -1;
    const serial = match?.[2] === undefined || match[2] === '' ? 0 : Number(match[2]) - 1;
    const number = serial * this.#names.size + this.#nameOrder.positionOf(position);
    const rest = role === 'second' ? 19 : number % NAMES_PER_BLOCK;
    const place = Math.floor(number / NAMES_PER_BLOCK) * BLOCK + rest;
    if (place >= this.#places.size || roleAt(place) !== role || this.#nameNumber(place) !== number) return -1;
    return this.#places.positionOf(place) + this.#fixed.length;
  }

  #nameNumber(place: number): number {
    return Math.floor(place / BLOCK) * NAMES_PER_BLOCK + Math.min(place % BLOCK, NAMES_PER_BLOCK - 1);
  }

  #profile(index: number): Profile {
    const fixed = this.#fixed[index];
    if (fixed !== undefined) return this.#fixedProfile(fixed, index);
    const place = this.#place(index);
    const role = roleAt(place);
    const number = this.#nameNumber(place);
    const serial = Math.floor(number / this.#names.size);
    const name = this.#names.at(this.#nameOrder.at(number % this.#names.size));
    const local = `${name.given.ascii}.${name.surname.ascii}${serial === 0 ? '' : serial + 1}`;
    return this.#drawn(index, role, name, local);
  }

  #fixedProfile(fixed: FixedPerson, index: number): Profile {
    const spelled = (native: string): SpelledName => ({ native, ascii: native.toLowerCase() });
    const name = { locale: this.#names.at(0).locale, given: spelled(fixed.given), surname: spelled(fixed.surname) };
    const profile = this.#drawn(index, fixedRole(fixed), name, fixed.local);
    return { ...profile, enabled: fixed.enabled };
  }

  /** Draws the rest of a profile. No object is spread here: a first sync builds a million of them. */
  #drawn(index: number, role: Role, name: FullName, local: string): Profile {
    const bits = hash(this.#seed, 42, index);
    return {
      role,
      name,
      local,
      principalName: this.#principalName(local, role),
      enabled: bits % 37 !== 0,
      bits,
      moreBits: hash(this.#seed, 43, index),
      department: DEPARTMENTS[bits % DEPARTMENTS.length] ?? '',
      jobTitle: JOB_TITLES[(bits >>> 4) % JOB_TITLES.length] ?? '',
      employeeNumber: 100_000 + index,
      manager: index === 0 ? undefined : this.id(Math.floor((index - 1) / MANAGED_PER_MANAGER)),
    };
  }

  #fixedPrincipalName(fixed: FixedPerson): string {
    return this.#principalName(fixed.local, fixedRole(fixed));
  }

  #principalName(local: string, role: Role): string {
    const { primary, second, federated, initial, partner } = this.#domains;
    if (role === 'guest') return `${local}_${partner}#EXT#@${initial}`;
    return `${local}@${role === 'second' ? second : role === 'federated' ? federated : primary}`;
  }
}
