import { randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

import { AdminRefusal } from '../identity/admin.ts';
import {
  type AppPasswordAdmin,
  type AppPasswordReport,
  type AppPasswordRequest,
  type AppPasswordStore,
  type NetworkBlock,
  type NewAppPassword,
  type StoredAppPassword,
} from '../identity/app-password.ts';
import { type ObjectId, parseObjectId } from '../identity/ids.ts';
import { appPasswordMade, appPasswordRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { newAppPassword, readAppPassword } from './app-password-text.ts';
import { hashPassword } from './hash-password.ts';
import { type Keyring, KeyringError } from './keyring.ts';
import type { BindAttempt, LinkVerdict } from './link.ts';
import { otpauthUri, stepOfCode } from './one-time-code.ts';
import type { PasswordHashes } from './password-hashes.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';
import { SourceNetworks } from './source-networks.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** What an administrator decides about app passwords. */
export interface AppPasswordSettings {
  readonly enabled: boolean;
  /** How long a new one works unless its maker says otherwise; null for always. */
  readonly lifetimeMs: number | null;
  /** Every one wants a one-time code (PAIN-02). */
  readonly codeRequired: boolean;
  /** Steps of 30 seconds by which the clock of an authenticator may be off. */
  readonly codeWindow: number;
}

/** What {@link AppPasswords} is made of. */
export interface AppPasswordsOptions {
  readonly store: AppPasswordStore;
  readonly keyring: Keyring;
  readonly users: UserLookup;
  /** What authenticator apps show beside the name. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Most that one person may have (P8). */
const perUserMax = 32;
const labelMax = 100;
const networksMax = 64;
const seedBytes = 20;
const seedPurpose = 'one-time codes';
/** The last use is written down no more often than this. */
const useNotedEveryMs = 60_000;

/** The app passwords of all users: makes them, ends them and checks them. */
export class AppPasswords implements AppPasswordAdmin {
  readonly #options: AppPasswordsOptions;
  readonly #listeners = new Set<(user: ObjectId) => void>();
  #settings: AppPasswordSettings;
  #services: ServiceAccounts;
  /** Changes of the records, one behind the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: AppPasswordsOptions, settings: AppPasswordSettings, services: ServiceAccounts) {
    this.#options = options;
    this.#settings = settings;
    this.#services = services;
  }

  /** From now on works by these. */
  use(settings: AppPasswordSettings, services: ServiceAccounts): void {
    this.#settings = settings;
    this.#services = services;
  }

  /** Calls the listener when one of a user's has ended: who is bound by it must not be any more. */
  onRevoked(listener: (user: ObjectId) => void): void {
    this.#listeners.add(listener);
  }

  async create(request: AppPasswordRequest): Promise<NewAppPassword> {
    const { keyring, clock, log, issuer } = this.#options;
    if (!this.#settings.enabled) throw new AdminRefusal('App passwords are turned off: bind.appPasswords.enabled.');
    const user = this.#named(request.user);
    if (user.isLocal) throw new AdminRefusal(`${user.dn} is in the overlay alone, and binds with the password there.`);
    const objectId = idOf(user);
    const label = readLabel(request.label);
    const networks = this.#networks(request);
    const nowMs = clock.now();
    const { lifetimeMs = this.#settings.lifetimeMs } = request;
    const seed = request.withCode || this.#settings.codeRequired ? randomBytes(seedBytes) : undefined;
    const made = this.#unused();
    const record: StoredAppPassword = {
      id: made.id,
      label,
      createdAtMs: nowMs,
      expiresAtMs: lifetimeMs === null ? null : nowMs + lifetimeMs,
      networks,
      hash: await hashPassword(made.secret),
      seed: seed === undefined ? null : keyring.seal(seedPurpose, made.id, seed),
      lastStep: 0,
      lastUsedAtMs: null,
      lastUsedFrom: null,
    };
    await this.#change(objectId, true, (passwords) => {
      if (passwords.length >= perUserMax) {
        throw new AdminRefusal(`${user.dn} has ${perUserMax} app passwords already: revoke one first.`);
      }
      return [...passwords, record];
    });
    appPasswordMade(log, { account: objectId, id: made.id, expiresAtMs: record.expiresAtMs });
    const account = user.userPrincipalName ?? user.dn;
    const otpauth = seed === undefined ? null : otpauthUri({ issuer, account: `${account} (${label})`, seed });
    seed?.fill(0);
    return { id: made.id, password: made.text, dn: user.dn, expiresAtMs: record.expiresAtMs, otpauth };
  }

  list(user: string | undefined): AsyncGenerator<AppPasswordReport, void, void> {
    return user === undefined ? this.#listAll() : this.#listOf(this.#idOfNamed(user));
  }

  async *#listOf(objectId: ObjectId): AsyncGenerator<AppPasswordReport, void, void> {
    for (const password of this.#options.store.of(objectId)) yield this.#report(objectId, password);
  }

  async *#listAll(): AsyncGenerator<AppPasswordReport, void, void> {
    for await (const block of this.#options.store.all()) {
      for (const [objectId, passwords] of block) for (const each of passwords) yield this.#report(objectId, each);
    }
  }

  async revoke(id: string): Promise<AppPasswordReport> {
    const { store, log } = this.#options;
    const objectId = store.ownerOf(id);
    const password = objectId && store.of(objectId).find((each) => each.id === id);
    if (objectId === undefined || password === undefined) {
      throw new AdminRefusal(
        `There is no app password ${JSON.stringify(id)}: entra-ldapd app-password list shows them.`,
      );
    }
    await this.#change(objectId, true, (passwords) => passwords.filter((each) => each.id !== id));
    for (const listener of this.#listeners) listener(objectId);
    appPasswordRevoked(log, { account: objectId, id });
    return this.#report(objectId, password);
  }

  /** Seals everything that is sealed under an older key with the newest one; answers how much that was. Throws {@link KeyringError}. */
  async reseal(): Promise<number> {
    const { store, keyring } = this.#options;
    let count = 0;
    for await (const block of store.all()) {
      for (const [objectId, passwords] of block) {
        const older = passwords.filter(({ seed }) => seed !== null && !keyring.isCurrent(seed)).length;
        if (older === 0) continue;
        await this.#change(objectId, true, (kept) => kept.map((each) => this.#resealed(each)));
        count += older;
      }
    }
    return count;
  }

  #resealed(password: StoredAppPassword): StoredAppPassword {
    const { keyring } = this.#options;
    const { id, seed: sealed } = password;
    if (sealed === null || keyring.isCurrent(sealed)) return password;
    const seed = keyring.open(seedPurpose, id, sealed);
    try {
      return { ...password, seed: keyring.seal(seedPurpose, id, seed) };
    } finally {
      seed.fill(0);
    }
  }

  /** Whether a password has the form of an app password, while there are any. */
  mayBeOne(password: Buffer): boolean {
    return this.#settings.enabled && readAppPassword(password) !== undefined;
  }

  /** Takes as long as {@link AppPasswords.check} does for somebody who has no such app password. */
  async checkNobodys({ password, signal, network }: BindAttempt, hashes: PasswordHashes): Promise<void> {
    const typed = readAppPassword(password);
    if (typed === undefined || !this.#settings.enabled) return;
    await hashes.matches(Buffer.from(typed.secret), undefined, signal, network);
  }

  /** Whether an attempt is made with an app password, and with one that is good. */
  async check(user: BindUser, attempt: BindAttempt, hashes: PasswordHashes): Promise<LinkVerdict> {
    const typed = readAppPassword(attempt.password);
    if (typed === undefined || !this.#settings.enabled) return { kind: 'notMine' };
    const { store, clock } = this.#options;
    const objectId = idOf(user);
    const found = store.of(objectId).find(({ id }) => id === typed.id);
    const secret = Buffer.from(typed.secret);
    const isRight = await hashes.matches(secret, found?.hash, attempt.signal, attempt.network);
    // What looks like an app password and is none, or none any more, is not shown to Entra: that would count there as wrong.
    if (!isRight || found === undefined) return refused('not an app password, or not any more');
    const nowMs = clock.now();
    if (found.expiresAtMs !== null && found.expiresAtMs <= nowMs) {
      return { ...refused('the app password has expired'), denial: 'expired', isProven: true };
    }
    if (!isAllowedFrom(found, attempt.address)) {
      return { ...refused('the app password is not for this address'), denial: 'notAllowed', isForHere: true };
    }
    try {
      const objection = await this.#settle(objectId, found, typed.code, attempt.address);
      if (objection !== undefined) return refused(objection);
      const goodForMs = found.expiresAtMs === null ? {} : { goodForMs: found.expiresAtMs - nowMs };
      return { kind: 'accepted', isForOnce: found.seed !== null, ...goodForMs };
    } catch (error) {
      if (!(error instanceof KeyringError)) throw error;
      // The password is right, and whether its code is nobody can tell: the administrator has to put the key back.
      return { kind: 'misconfigured', reason: `one-time codes cannot be checked: ${error.message}`, isFinal: true };
    }
  }

  /** Notes the use of a password, and of its code; answers why it is no good after all. */
  async #settle(
    objectId: ObjectId,
    { id, seed }: StoredAppPassword,
    code: string | undefined,
    address: string,
  ): Promise<string | undefined> {
    const { clock } = this.#options;
    let objection: string | undefined;
    let isSettled = false;
    const settling = this.#change(objectId, seed !== null, (passwords) => {
      const password = passwords.find((each) => each.id === id);
      if (password === undefined) {
        objection = 'revoked meanwhile';
        return passwords;
      }
      const step = this.#stepOf(password, code);
      if (typeof step === 'string') {
        objection = step;
        return passwords;
      }
      const nowMs = clock.now();
      const { lastUsedAtMs, lastUsedFrom, lastStep } = password;
      const isNoted = lastUsedFrom === address && nowMs - (lastUsedAtMs ?? 0) < useNotedEveryMs;
      if (isNoted && step === lastStep) return passwords;
      isSettled = password.seed === null;
      const used = { ...password, lastStep: step, lastUsedAtMs: nowMs, lastUsedFrom: address };
      return passwords.map((each) => (each === password ? used : each));
    });
    // A full disk locks nobody out whose use is noted for the administrator alone; a code has to be known as used.
    await settling.catch((error: unknown) => {
      if (!isSettled) throw error;
    });
    return objection;
  }

  /** The step of the code; why it is no good as a text. */
  #stepOf({ id, seed: sealed, lastStep }: StoredAppPassword, code: string | undefined): number | string {
    const { keyring, clock } = this.#options;
    if (sealed === null) {
      if (this.#settings.codeRequired) return 'a one-time code is demanded, and the app password has none';
      return code === undefined ? lastStep : 'a one-time code with an app password that has none';
    }
    if (code === undefined) return 'the one-time code is missing';
    const seed = keyring.open(seedPurpose, id, sealed);
    const step = stepOfCode({ seed, lastStep, window: this.#settings.codeWindow }, code, clock.now());
    seed.fill(0);
    return step ?? 'the one-time code is wrong, too old or used';
  }

  async #change(
    objectId: ObjectId,
    isDurable: boolean,
    change: (passwords: readonly StoredAppPassword[]) => readonly StoredAppPassword[],
  ): Promise<void> {
    const { store } = this.#options;
    const work = this.#changing.then(async () => {
      const before = store.of(objectId);
      const after = change(before);
      if (after !== before) await store.put(objectId, after, isDurable);
    });
    this.#changing = work.catch(() => undefined);
    await work;
  }

  #unused(): ReturnType<typeof newAppPassword> {
    for (;;) {
      const made = newAppPassword();
      if (this.#options.store.ownerOf(made.id) === undefined) return made;
    }
  }

  #named(name: string): BindUser {
    const { users } = this.#options;
    const objectId = parseObjectId(name);
    const found = objectId === undefined ? users.find(name) : users.byObjectId(objectId);
    switch (found.kind) {
      case 'user':
        return found.user;
      case 'ambiguous':
        throw new AdminRefusal(`Several users are called ${JSON.stringify(name)}: give the DN or the object id.`);
      case 'unpublished':
        throw new AdminRefusal('There is no complete directory yet: run entra-ldapd sync first.');
      case 'unavailable':
        throw new AdminRefusal('The store cannot be read.', { cause: found.cause });
      case 'none':
        throw new AdminRefusal(`No user in the directory is called ${JSON.stringify(name)}.`);
    }
  }

  /** Somebody who is not in the directory any more can be named by the object id. */
  #idOfNamed(name: string): ObjectId {
    return parseObjectId(name) ?? idOf(this.#named(name));
  }

  #networks({ networks, services }: AppPasswordRequest): readonly NetworkBlock[] | null {
    const accounts = services.map((name) => this.#service(name));
    const blocks = [...networks, ...accounts.flatMap(({ allowFrom = [] }) => allowFrom)];
    if (blocks.length > networksMax)
      throw new AdminRefusal(`An app password can have at most ${networksMax} networks.`);
    if (!blocks.every(isNetwork))
      throw new AdminRefusal('A network is an IP address and a prefix that its family has.');
    return blocks.length === 0 ? null : blocks.map(widened);
  }

  #service(name: string): ServiceAccount {
    const account = this.#services.named(name);
    if (account === undefined) throw new AdminRefusal(`There is no service account ${JSON.stringify(name)}.`);
    if (account.allowFrom === undefined) {
      throw new AdminRefusal(
        `The service account ${name} may bind from everywhere: give it allowFrom, or name the networks.`,
      );
    }
    return account;
  }

  #report(objectId: ObjectId, { hash: _hash, seed, lastStep: _step, ...facts }: StoredAppPassword): AppPasswordReport {
    const found = this.#options.users.byObjectId(objectId);
    return { ...facts, objectId, dn: found.kind === 'user' ? found.user.dn : null, hasCode: seed !== null };
  }
}

function refused(reason: string): Extract<LinkVerdict, { kind: 'refused' }> {
  return { kind: 'refused', reason, denial: 'wrong' };
}

function isNetwork({ family, address, prefix }: NetworkBlock): boolean {
  return family === 'ipv4' ? isIPv4(address) && prefix <= 32 : isIPv6(address) && prefix <= 128;
}

function isAllowedFrom({ networks }: StoredAppPassword, address: string): boolean {
  return networks === null || new SourceNetworks(networks).includes(address);
}

/** What was accepted from an IPv6 network of 64 bits is remembered for all of it, so a smaller one would promise too much. */
function widened(network: NetworkBlock): NetworkBlock {
  return network.family === 'ipv6' && network.prefix > 64 ? { ...network, prefix: 64 } : network;
}

function readLabel(label: string): string {
  const clean = label.trim();
  if (clean === '' || clean.length > labelMax || /\p{Cc}/u.test(clean)) {
    throw new AdminRefusal(`The name of an app password has 1 to ${labelMax} characters on one line.`);
  }
  return clean;
}

function idOf({ objectId, dn }: BindUser): ObjectId {
  const id = parseObjectId(objectId);
  if (id === undefined) throw new AdminRefusal(`${dn} has no object id.`);
  return id;
}
