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
import type { ObjectId } from '../identity/ids.ts';
import { appPasswordMade, appPasswordRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { Turns } from '../timing/turns.ts';
import { newAppPassword, readAppPassword, type TypedAppPassword } from './app-password-text.ts';
import { CodeSeeds } from './code-seeds.ts';
import { hashPassword, workFactor } from './hash-password.ts';
import { type Keyring, KeyringError } from './keyring.ts';
import { endOfLife } from './lifetime.ts';
import type { BindAttempt, LinkVerdict } from './link.ts';
import type { LinkPolicy } from './link-policy.ts';
import { idOf, idOfNamed, namedUser } from './named-user.ts';
import { otpauthUri } from './one-time-code.ts';
import { hashOfNobody, type PasswordHashes } from './password-hashes.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';
import { SourceNetworks } from './source-networks.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** What an administrator decides about app passwords. */
export interface AppPasswordSettings {
  /** Whether they open accounts where no rule says otherwise. */
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
/** The last use is written down no more often than this. */
const useNotedEveryMs = 60_000;
/** As costly as those of app passwords, whatever others cost: the time must not tell that there is none. */
const nobodysHash = hashOfNobody(workFactor);

/** The app passwords of all users: makes them, ends them and checks them. */
export class AppPasswords implements AppPasswordAdmin {
  readonly #options: AppPasswordsOptions;
  readonly #seeds: CodeSeeds;
  readonly #listeners = new Set<(user: ObjectId, id: string) => void>();
  readonly #turns = new Turns();
  #settings: AppPasswordSettings;
  #services: ServiceAccounts;
  #policy: LinkPolicy | undefined;

  /** Without a policy they are open to everybody or, when they are not enabled, to nobody. */
  constructor(
    options: AppPasswordsOptions,
    settings: AppPasswordSettings,
    services: ServiceAccounts,
    policy?: LinkPolicy,
  ) {
    this.#options = options;
    this.#seeds = new CodeSeeds(options.keyring, options.clock);
    this.#settings = settings;
    this.#services = services;
    this.#policy = policy;
  }

  /** From now on works by these. */
  use(settings: AppPasswordSettings, services: ServiceAccounts, policy: LinkPolicy): void {
    this.#settings = settings;
    this.#services = services;
    this.#policy = policy;
  }

  /** Calls the listener when one of a user's has ended: who is bound by it must not be any more. */
  onRevoked(listener: (user: ObjectId, id: string) => void): void {
    this.#listeners.add(listener);
  }

  async create(request: AppPasswordRequest): Promise<NewAppPassword> {
    const { clock, log, issuer, users } = this.#options;
    if (!this.#isUsed) throw new AdminRefusal('App passwords are turned off: bind.appPasswords.enabled.');
    const user = namedUser(users, request.user);
    if (user.isLocal) throw new AdminRefusal(`${user.dn} is in the overlay alone, and binds with the password there.`);
    const objectId = idOf(user);
    const label = readLabel(request.label);
    const networks = this.#networks(request);
    const nowMs = clock.now();
    const { lifetimeMs = this.#settings.lifetimeMs } = request;
    const { isOpen, needsCode } = this.#standingOf(user);
    if (!isOpen)
      throw new AdminRefusal(`No app password opens ${user.dn}: entra-ldapd explain user shows which rule says so.`);
    const made = this.#unused();
    using seed = request.withCode || needsCode ? this.#seeds.make(made.id) : undefined;
    const record: StoredAppPassword = {
      id: made.id,
      label,
      createdAtMs: nowMs,
      expiresAtMs: endOfLife(nowMs, lifetimeMs),
      networks,
      hash: await hashPassword(made.secret),
      seed: seed?.sealed ?? null,
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
    const otpauth =
      seed === undefined ? null : otpauthUri({ issuer, account: `${account} (${label})`, seed: seed.plain });
    return { id: made.id, password: made.text, dn: user.dn, expiresAtMs: record.expiresAtMs, otpauth };
  }

  list(user: string | undefined): AsyncGenerator<AppPasswordReport, void, void> {
    return user === undefined ? this.#listAll() : this.#listOf(idOfNamed(this.#options.users, user));
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
    for (const listener of this.#listeners) listener(objectId, id);
    appPasswordRevoked(log, { account: objectId, id });
    return this.#report(objectId, password);
  }

  /** Seals everything that is sealed under an older key with the newest one; answers how much that was. Throws {@link KeyringError}. */
  async reseal(): Promise<number> {
    let count = 0;
    for await (const block of this.#options.store.all()) {
      for (const [objectId, passwords] of block) {
        const older = passwords.filter(({ seed }) => seed !== null && !this.#seeds.isCurrent(seed)).length;
        if (older === 0) continue;
        await this.#change(objectId, true, (kept) => kept.map((each) => this.#resealed(each)));
        count += older;
      }
    }
    return count;
  }

  #resealed(password: StoredAppPassword): StoredAppPassword {
    const { id, seed } = password;
    return seed === null || this.#seeds.isCurrent(seed)
      ? password
      : { ...password, seed: this.#seeds.reseal(id, seed) };
  }

  /** Whether a password has the form of an app password, while they open any account. */
  mayBeOne(password: Buffer): boolean {
    if (!this.#isUsed) return false;
    const typed = readAppPassword(password);
    typed?.secret.fill(0);
    return typed !== undefined;
  }

  get #isUsed(): boolean {
    return this.#policy?.isOnForSome('appPasswords') ?? this.#settings.enabled;
  }

  /** What holds for a new one: whether it would open the account anywhere, and whether it has to come with codes. */
  #standingOf(user: BindUser): { readonly isOpen: boolean; readonly needsCode: boolean } {
    const rulings = this.#policy?.everywhere(user);
    if (rulings === undefined) return { isOpen: this.#settings.enabled, needsCode: this.#settings.codeRequired };
    const open = rulings.filter((ruling) => ruling.isOpen('appPassword'));
    return {
      isOpen: open.length > 0,
      needsCode: open.length > 0 && open.every((each) => each.needsCode('appPassword')),
    };
  }

  /** Takes as long as {@link AppPasswords.check} does for somebody who has no such app password. */
  async checkNobodys({ password, signal, network }: BindAttempt, hashes: PasswordHashes): Promise<void> {
    const typed = this.#isUsed ? readAppPassword(password) : undefined;
    if (typed === undefined) return;
    await this.#matches(typed, nobodysHash, { signal, network }, hashes);
  }

  /** Whether an attempt is made with an app password, and with one that is good. */
  async check(user: BindUser, attempt: BindAttempt, hashes: PasswordHashes): Promise<LinkVerdict> {
    const typed = this.#isUsed ? readAppPassword(attempt.password) : undefined;
    if (typed === undefined) return { kind: 'notMine' };
    const { store, clock } = this.#options;
    const { ruling } = attempt;
    const objectId = idOf(user);
    const found = store.of(objectId).find(({ id }) => id === typed.id);
    const isRight = await this.#matches(typed, found?.hash ?? nobodysHash, attempt, hashes);
    // What looks like an app password and is none, or none any more, is not shown to Entra: that would count there as wrong.
    if (!isRight || found === undefined) return refused('not an app password, or not any more');
    if (ruling?.isOpen('appPassword') === false) {
      return { ...refused('app passwords are not open to the user here'), denial: 'notAllowed', isForHere: true };
    }
    const nowMs = clock.now();
    if (found.expiresAtMs !== null && found.expiresAtMs <= nowMs) {
      return { ...refused('the app password has expired'), denial: 'expired', isProven: true };
    }
    if (!isAllowedFrom(found, attempt.address)) {
      return { ...refused('the app password is not for this address'), denial: 'notAllowed', isForHere: true };
    }
    try {
      const needsCode = ruling?.needsCode('appPassword') ?? this.#settings.codeRequired;
      if (needsCode && found.seed === null) return refused(withoutCodes, { isForHere: true });
      const objection = await this.#settle(objectId, found, typed.code, attempt.address);
      if (objection !== undefined) return refused(objection);
      const goodForMs = found.expiresAtMs === null ? {} : { goodForMs: found.expiresAtMs - nowMs };
      const hasCode = found.seed !== null;
      return { kind: 'accepted', isForOnce: hasCode, hasCode, seedOwner: found.id, ...goodForMs };
    } catch (error) {
      if (!(error instanceof KeyringError)) throw error;
      // The password is right, and whether its code is nobody can tell: the administrator has to put the key back.
      const reason = `one-time codes cannot be checked: ${error.message}`;
      return { kind: 'misconfigured', reason, seedOwner: found.id, isFinal: true };
    }
  }

  async #matches(
    { secret }: TypedAppPassword,
    hash: string,
    { signal, network }: Pick<BindAttempt, 'signal' | 'network'>,
    hashes: PasswordHashes,
  ): Promise<boolean> {
    try {
      return await hashes.matches(secret, hash, signal, network);
    } finally {
      secret.fill(0);
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
    if (sealed === null) return code === undefined ? lastStep : 'a one-time code with an app password that has none';
    if (code === undefined) return 'the one-time code is missing';
    const step = this.#seeds.stepOf(id, { seed: sealed, lastStep }, code, this.#settings.codeWindow);
    return step ?? 'the one-time code is wrong, too old or used';
  }

  async #change(
    objectId: ObjectId,
    isDurable: boolean,
    change: (passwords: readonly StoredAppPassword[]) => readonly StoredAppPassword[],
  ): Promise<void> {
    const { store } = this.#options;
    await this.#turns.take(async () => {
      const before = store.of(objectId);
      const after = change(before);
      if (after !== before) await store.put(objectId, after, isDurable);
    });
  }

  #unused(): ReturnType<typeof newAppPassword> {
    for (;;) {
      const made = newAppPassword();
      if (this.#options.store.ownerOf(made.id) === undefined) return made;
    }
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

const withoutCodes = 'a one-time code is demanded, and the app password has none';

function refused(
  reason: string,
  more: { readonly isForHere?: boolean } = {},
): Extract<LinkVerdict, { kind: 'refused' }> {
  return { kind: 'refused', reason, denial: 'wrong', ...more };
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
