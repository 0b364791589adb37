import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hashSync } from 'bcrypt';

import { AppPasswords } from '../../src/auth/app-passwords.ts';
import { createAuthenticator, type LiveAuthenticator } from '../../src/auth/authenticator.ts';
import { GroupLookup, type IsIn } from '../../src/auth/group-lookup.ts';
import { Keyring, type SecretKey } from '../../src/auth/keyring.ts';
import { OneTimeCodes } from '../../src/auth/one-time-codes.ts';
import { RememberedPasswords } from '../../src/auth/remembered-passwords.ts';
import { ServiceAccounts } from '../../src/auth/service-accounts.ts';
import { type BindSettings, defaultBindSettings } from '../../src/auth/settings.ts';
import type { UserLookup, UserLookupOutcome } from '../../src/auth/user-lookup.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { type ObjectId, parseObjectId } from '../../src/identity/ids.ts';
import type { PasswordVerdict } from '../../src/identity/password-check.ts';
import { silentLog } from '../../src/observability/log.ts';
import { BindTruth } from './bind-truth.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryAppPasswords, MemoryOneTimeCodes, MemoryRemembered } from './memory-credentials.ts';
import { isOn, isRememberedOpen, type Visitor, vpn } from './plain-bind-rules.ts';

/** Who lives in a {@link BindWorld}. */
export const inhabitants = ['alice', 'bob'] as const;
/** One of them. */
export type Inhabitant = (typeof inhabitants)[number];

/** What Entra has of somebody. */
export interface Account {
  readonly password: string;
  /** How often the password was changed or sessions were ended. */
  readonly credential: number;
  readonly userPrincipalName: string;
  readonly isDisabled: boolean;
  readonly isGone: boolean;
  readonly wantsSecondFactor: boolean;
  /** In the only group that rules name. */
  readonly isStaff: boolean;
}

interface Published {
  readonly account: Account;
  readonly version: number;
}

/** What an administrator decides in these tests. */
export type WorldSettings = Pick<
  BindSettings,
  'memory' | 'remembered' | 'acceptProven' | 'appPasswords' | 'rules' | 'entra' | 'oneTimeCodes'
>;

/** What can stand between the daemon and Entra. */
export type Trouble = 'none' | 'outage' | 'misconfigured';

/** The process: what ends when it is started again. */
interface Daemon {
  readonly authenticator: LiveAuthenticator;
  readonly remembered: RememberedPasswords;
  readonly appPasswords: AppPasswords;
  readonly oneTimeCodes: OneTimeCodes;
}

const secondFactor = 50076;

// So much that it stands against nobody: what the shield lets through is another test's matter.
const plenty = { attempts: 1e9, refillMs: 1 };

// What nobody has is compared with a hash as costly as this one.
const someService = { name: 'some', dn: 'cn=some,ou=services,dc=example,dc=com', passwordHash: hashSync('x', 4) };

const vpnAccount = {
  name: vpn.name,
  dn: `cn=${vpn.name},ou=services,dc=example,dc=com`,
  passwordHash: undefined,
  allowFrom: [{ family: 'ipv4', address: vpn.address, prefix: 32 }],
} as const;

/** Who is in the only group, in what is published. */
class StaffLookup extends GroupLookup {
  readonly #isStaff: (objectId: string) => boolean;

  constructor(isStaff: (objectId: string) => boolean) {
    super({ acquire: () => undefined }, standardSchema);
    this.#isStaff = isStaff;
  }

  override membershipsOf<T>({ objectId }: { readonly objectId: string }, work: (isIn: IsIn) => T): T {
    return work(() => this.#isStaff(objectId));
  }
}

/** The object id of somebody. */
export function objectIdOf(who: Inhabitant): ObjectId {
  const id = parseObjectId(`00000000-0000-4000-8000-00000000000${inhabitants.indexOf(who) + 1}`);
  assert.ok(id !== undefined);
  return id;
}

/**
 * A tenant of two and the binds of a daemon over it: the real chain with its memories, a directory that changes when it is
 * published, and the truth, which follows along.
 */
export class BindWorld {
  readonly clock = new ManualClock();
  readonly truth: BindTruth;
  trouble: Trouble = 'none';
  /** How often Entra was asked. */
  asked = 0;
  readonly #accounts = new Map<Inhabitant, Account>();
  readonly #published = new Map<Inhabitant, Published>();
  readonly #stores = {
    remembered: new MemoryRemembered(),
    appPasswords: new MemoryAppPasswords(),
    oneTimeCodes: new MemoryOneTimeCodes(),
  };
  #keys: readonly SecretKey[] = [newKey(1)];
  #keysMade = 1;
  #settings: WorldSettings;
  #daemon: Daemon;
  /** Whose bind is under way, from where, and what Entra waits for before it answers. */
  #binding: { readonly who: Inhabitant; readonly network: string } = { who: 'alice', network: '' };
  #beforeAnswer: () => Promise<void> = () => Promise.resolve();

  constructor(settings: WorldSettings) {
    this.#settings = settings;
    this.truth = new BindTruth(truthOf(settings), ['k1']);
    for (const who of inhabitants) {
      this.#accounts.set(who, {
        password: 'summer',
        credential: 0,
        userPrincipalName: who,
        isDisabled: false,
        isGone: false,
        wantsSecondFactor: who === 'bob',
        isStaff: who === 'alice',
      });
    }
    this.publish();
    this.#daemon = this.#start();
  }

  get settings(): WorldSettings {
    return this.#settings;
  }

  get appPasswords(): AppPasswords {
    return this.#daemon.appPasswords;
  }

  get oneTimeCodes(): OneTimeCodes {
    return this.#daemon.oneTimeCodes;
  }

  /** Somebody at an address, as rules see them now. */
  visitor(who: Inhabitant, address: string): Visitor {
    return { isStaff: this.shown(who).isStaff, address };
  }

  /** Ids of the keys that are there, the newest first. */
  get keys(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  account(who: Inhabitant): Account {
    return this.#accounts.get(who) ?? assert.fail(who);
  }

  /** What the directory shows. */
  shown(who: Inhabitant): Account {
    return this.#published.get(who)?.account ?? assert.fail(who);
  }

  /** Changes something in Entra; the directory knows of it when it is published. */
  change(who: Inhabitant, changes: Partial<Account>): void {
    this.#accounts.set(who, { ...this.account(who), ...changes });
  }

  /** Shows what Entra has; entries that are the same stay as they are. */
  publish(): void {
    for (const [who, account] of this.#accounts) {
      const before = this.#published.get(who);
      if (before !== undefined && isShownAlike(before.account, account)) continue;
      this.#published.set(who, { account, version: (before?.version ?? 0) + 1 });
      this.truth.published(who, before?.account.credential !== account.credential);
    }
  }

  /** Reads other settings. */
  reload(settings: WorldSettings): void {
    this.#settings = settings;
    this.#daemon.authenticator.use(this.#authenticatorSettings());
    this.truth.reloaded(truthOf(settings));
  }

  /** Starts the process again, perhaps after something was done to the keys as `entra-ldapd secrets` does it. */
  async restart(keys: 'same' | 'rotated' | 'rotatedAndDropped' | 'lost'): Promise<void> {
    await this.#daemon.remembered.settled();
    if (keys !== 'same') {
      this.#keysMade += 1;
      const made = newKey(this.#keysMade);
      this.#keys = keys === 'lost' ? [made] : [made, ...this.#keys];
    }
    this.#daemon = this.#start();
    if (keys === 'rotated' || keys === 'rotatedAndDropped') await this.#reseal();
    if (keys === 'rotatedAndDropped') {
      await this.#daemon.remembered.clear();
      this.truth.cleared();
      this.#keys = this.#keys.slice(0, 1);
      this.#daemon = this.#start();
    }
    if (this.#settings.remembered === undefined) await this.#stores.remembered.clear();
    this.truth.restarted(this.keys);
  }

  /**
   * Binds and waits for the answer, 0 for success. `meanwhile` happens while Entra is about to answer; it is told by the second
   * part of the answer whether it came to that.
   */
  async bind(
    who: Inhabitant,
    text: string,
    remoteAddress: string,
    meanwhile?: () => void,
  ): Promise<{ readonly code: number; readonly wasHeld: boolean }> {
    this.#binding = { who, network: remoteAddress };
    this.truth.begins(who);
    let wasHeld = false;
    this.#beforeAnswer = () => {
      if (meanwhile === undefined) return Promise.resolve();
      wasHeld = true;
      meanwhile();
      return Promise.resolve();
    };
    const { authenticator, remembered } = this.#daemon;
    const context = { remoteAddress, secure: true, signal: new AbortController().signal };
    const outcome = await this.clock.finish(authenticator.bindSimple(who, Buffer.from(text), context));
    await remembered.settled();
    return { code: outcome.kind === 'accepted' ? 0 : outcome.result.code, wasHeld };
  }

  async #reseal(): Promise<void> {
    await this.#daemon.oneTimeCodes.reseal();
    try {
      await this.#daemon.appPasswords.reseal();
    } catch {
      // A key was lost before: those seeds stay as they are, and open nothing.
    }
  }

  #start(): Daemon {
    const keyring = new Keyring(this.#keys);
    const { clock } = this;
    const users: UserLookup = { find: (name) => this.#find(name), byObjectId: (id) => this.#findById(id) };
    const means = { keyring, users, clock, log: silentLog, issuer: 'Test' };
    const appPasswords = new AppPasswords(
      { ...means, store: this.#stores.appPasswords },
      this.#settings.appPasswords,
      new ServiceAccounts([]),
    );
    const oneTimeCodes = new OneTimeCodes(
      { ...means, store: this.#stores.oneTimeCodes },
      this.#settings.oneTimeCodes.window,
    );
    const remembered = new RememberedPasswords({ store: this.#stores.remembered, keyring, clock });
    const authenticator = createAuthenticator({
      ...this.#authenticatorSettings(),
      users,
      groups: new StaffLookup((objectId) =>
        inhabitants.some((who) => objectIdOf(who) === objectId && this.shown(who).isStaff),
      ),
      appPasswords,
      oneTimeCodes,
      remembered,
      clock,
      log: silentLog,
      random: () => 0,
    });
    return { authenticator, appPasswords, oneTimeCodes, remembered };
  }

  #authenticatorSettings() {
    const shield = { ...defaultBindSettings.shield, account: plenty, address: plenty, total: plenty };
    return {
      serviceAccounts: [someService, vpnAccount],
      passwords: { check: (name: string, text: Buffer) => this.#check(name, text.toString()) },
      bind: { ...defaultBindSettings, audit: undefined, shield, ...this.#settings },
    };
  }

  #find(name: string): UserLookupOutcome {
    const who = inhabitants.find((each) => each === name);
    const published = who && this.#published.get(who);
    if (who === undefined || published === undefined || published.account.isGone) return { kind: 'none' };
    const { account, version } = published;
    return {
      kind: 'user',
      user: {
        entryId: inhabitants.indexOf(who) + 1,
        objectId: objectIdOf(who),
        dn: who,
        userPrincipalName: account.userPrincipalName,
        locked: account.isDisabled,
        guest: false,
        isLocal: false,
        credentialVersion: String(account.credential),
        version: String(version),
      },
    };
  }

  #findById(objectId: string): UserLookupOutcome {
    const who = inhabitants.find((each) => objectIdOf(each) === objectId);
    return who === undefined ? { kind: 'none' } : this.#find(who);
  }

  /** Entra. Whose password it was asked about is decided by the user principal name of this moment. */
  async #check(userPrincipalName: string, text: string): Promise<PasswordVerdict> {
    const verdict = this.#judge(userPrincipalName, text);
    await this.#beforeAnswer();
    return verdict;
  }

  #judge(userPrincipalName: string, text: string): PasswordVerdict {
    const nowMs = this.clock.now();
    const { who: asked, network } = this.#binding;
    const visitor = this.visitor(asked, network);
    assert.ok(isOn(this.#settings, 'entra', visitor), 'Entra was asked for a way that is closed');
    this.asked += 1;
    if (this.trouble !== 'none') this.truth.isOut(nowMs);
    if (this.trouble === 'outage') return { kind: 'unavailable', aadsts: undefined, message: 'out' };
    if (this.trouble === 'misconfigured') return { kind: 'misconfigured', aadsts: 7000222, message: 'expired' };
    const owner = inhabitants.find((who) => {
      const { userPrincipalName: name, isGone } = this.account(who);
      return name === userPrincipalName && !isGone;
    });
    if (owner === undefined) {
      this.truth.refusedByEntra(asked, text, false, true, nowMs);
      return { kind: 'refused', reason: 'noSuchUser', aadsts: 50034 };
    }
    const { password, isDisabled, wantsSecondFactor } = this.account(owner);
    if (isDisabled) {
      this.truth.refusedByEntra(asked, text, false, true, nowMs);
      return { kind: 'refused', reason: 'disabled', aadsts: 50057 };
    }
    if (password !== text) {
      this.truth.refusedByEntra(asked, text, false, false, nowMs);
      return { kind: 'refused', reason: 'wrong', aadsts: 50126 };
    }
    const isLetThrough = !wantsSecondFactor || this.#settings.acceptProven.includes(secondFactor);
    // With a code, Entra does not say whose the password is: docs/binding.md tells what follows for a name that has moved on.
    const isOwn = owner === asked || wantsSecondFactor;
    if (isLetThrough && isOwn) {
      this.truth.foundRight(
        {
          who: asked,
          password: text,
          network,
          isForOnce: isOn(this.#settings, 'codeRequired', visitor),
          isRememberedOpen: isRememberedOpen(this.#settings, visitor),
        },
        wantsSecondFactor ? secondFactor : undefined,
        nowMs,
      );
    } else this.truth.refusedByEntra(asked, text, !isLetThrough, false, nowMs);
    return wantsSecondFactor
      ? { kind: 'refused', reason: 'interactionRequired', aadsts: secondFactor, passwordProven: true }
      : { kind: 'accepted', objectId: objectIdOf(owner) };
  }
}

function newKey(number: number): SecretKey {
  return { id: `k${number}`, secret: randomBytes(32) };
}

function truthOf({ memory, remembered, acceptProven }: WorldSettings) {
  return { ...memory, remembered, acceptProven };
}

/** The password itself is not shown; that it was changed is. */
function isShownAlike(before: Account, after: Account): boolean {
  return (
    before.credential === after.credential &&
    before.userPrincipalName === after.userPrincipalName &&
    before.isDisabled === after.isDisabled &&
    before.isGone === after.isGone &&
    before.isStaff === after.isStaff
  );
}
