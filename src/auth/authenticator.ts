import type { X509Certificate } from 'node:crypto';

import { normalizeDn } from '../directory/dn.ts';
import { DirectoryStorageError } from '../directory/reader.ts';
import type { AuthAdmin, AuthReport } from '../identity/auth-report.ts';
import type { BindEventStore } from '../identity/bind-event.ts';
import type { PasswordChecker } from '../identity/password-check.ts';
import type { Log } from '../observability/log.ts';
import { PacedLog } from '../observability/paced-log.ts';
import type { Clock } from '../timing/clock.ts';
import { AcceptedCredentials } from './accepted-credentials.ts';
import { Administration } from './administration.ts';
import { AppPasswordLink } from './app-password-link.ts';
import type { AppPasswords } from './app-passwords.ts';
import { AuditTrail } from './audit-trail.ts';
import type { Authenticator, BindContext, BindOutcome } from './bind.ts';
import { BindMemory } from './bind-memory.ts';
import { BindReporter } from './bind-reporter.ts';
import { certificateAltNames, certificateSubject } from './certificate-subject.ts';
import type { Verdict } from './chain.ts';
import { CodedLink } from './coded-link.ts';
import { EntraLink } from './entra-link.ts';
import { Gate } from './gate.ts';
import type { GroupLookup } from './group-lookup.ts';
import { Guard, type GuardDecision } from './guard.ts';
import { type AuthLimits, defaultAuthLimits } from './limits.ts';
import type { BindLink, LinkName, Subject } from './link.ts';
import { LinkPolicy } from './link-policy.ts';
import { networkOf } from './network.ts';
import { PasswordDigest } from './password-digest.ts';
import { type LocalAccount, LocalLink } from './local-link.ts';
import { NtHashLink } from './nt-hash-link.ts';
import type { NtHashes } from './nt-hashes.ts';
import type { OneTimeCodes } from './one-time-codes.ts';
import { PasswordHashes } from './password-hashes.ts';
import { RefusalPace } from './refusal-pace.ts';
import { RefusedPasswords } from './refused-passwords.ts';
import { type ServiceAccount, ServiceAccounts } from './service-accounts.ts';
import { LearningLink, RememberedLink } from './remembered-link.ts';
import type { RememberedPasswords } from './remembered-passwords.ts';
import type { Ruling } from './ruling.ts';
import { ServiceLink } from './service-link.ts';
import { type BindSettings, defaultBindSettings } from './settings.ts';
import { Shield } from './shield.ts';
import { SourceNetworks } from './source-networks.ts';
import { changeMeanwhile, identify } from './subject.ts';
import type { UserLookup } from './user-lookup.ts';

/** Who can bind, and how. */
export interface AuthenticatorSettings {
  readonly serviceAccounts: readonly ServiceAccount[];
  /** The users whom only the overlay has. */
  readonly localAccounts?: readonly LocalAccount[];
  /** Undefined: Entra is not asked, and users can bind only by what else checks their passwords. */
  readonly passwords: PasswordChecker | undefined;
  /** Left out: {@link defaultBindSettings}. */
  readonly bind?: BindSettings;
}

/** An authenticator whose settings can change while it is used. Disposing of it writes what is left of the audit trail. */
export interface LiveAuthenticator extends Authenticator, AsyncDisposable {
  /** From now on these can bind. A bind that is under way and would be accepted by the old settings is answered busy. */
  use(settings: AuthenticatorSettings): void;
  /** Drops events of the audit trail, remembered passwords and NT hashes that are not good any more; to be called now and then. Never rejects. */
  prune(): Promise<void>;
  readonly admin: AuthAdmin;
}

/** What an authenticator is made of. */
export interface AuthenticatorOptions extends AuthenticatorSettings {
  readonly users: UserLookup;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the audit trail is kept; left out: nowhere. */
  readonly events?: BindEventStore;
  /** Left out: nobody has app passwords. */
  readonly appPasswords?: AppPasswords;
  /** Left out: no password is remembered, whatever the settings say. */
  readonly remembered?: RememberedPasswords;
  /** Left out: nobody has one-time codes, and who has to show one gets in by an app password at most. */
  readonly oneTimeCodes?: OneTimeCodes;
  /** Left out: nobody is in any group that a rule names. */
  readonly groups?: GroupLookup;
  /** Left out: no NT hash is kept, whatever the settings say. */
  readonly ntHashes?: NtHashes;
  readonly limits?: AuthLimits;
  /** Numbers from 0 to 1, for the time that refusals take. */
  readonly random?: () => number;
}

/**
 * The bind chain: service accounts by their hashes or certificates, then users by what checks their passwords, behind the
 * lockout shield. Throws a `RangeError` for an account whose DN, or the subject or name of its certificate, is invalid.
 */
export function createAuthenticator(options: AuthenticatorOptions): LiveAuthenticator {
  return new ChainAuthenticator(options);
}

/** What follows from the settings. */
interface Settled {
  readonly bind: BindSettings;
  readonly services: ServiceAccounts;
  readonly policy: LinkPolicy;
  readonly sources: ReadonlyMap<ServiceAccount, SourceNetworks>;
  readonly links: readonly BindLink[];
}

class ChainAuthenticator implements LiveAuthenticator {
  readonly admin: AuthAdmin;
  readonly #options: AuthenticatorOptions;
  readonly #hashing: Gate;
  readonly #checking: Gate;
  readonly #pace: RefusalPace;
  readonly #shield: Shield;
  readonly #guard: Guard;
  readonly #trail: AuditTrail;
  readonly #reporter: BindReporter;
  readonly #log: PacedLog;
  #current: Settled;

  constructor(options: AuthenticatorOptions) {
    const { users, clock, log, random = Math.random, limits = defaultAuthLimits, bind = defaultBindSettings } = options;
    this.#options = options;
    this.#hashing = new Gate({
      runningMax: limits.hashesMax,
      waitingMax: limits.hashesWaitingMax,
      partyWaitingMax: limits.hashesWaitingPerNetworkMax,
    });
    this.#checking = new Gate({
      runningMax: limits.checksMax,
      waitingMax: limits.checksWaitingMax,
      partyWaitingMax: limits.checksWaitingPerNetworkMax,
    });
    this.#pace = new RefusalPace(clock, random);
    this.#shield = new Shield(
      bind.shield,
      {
        accountsMax: limits.shieldAccountsMax,
        networksMax: limits.shieldNetworksMax,
        familiarMax: limits.familiarMax,
      },
      () => clock.monotonicMs(),
    );
    const digest = new PasswordDigest();
    const memory = { accountsMax: limits.refusedAccountsMax, passwordsMax: limits.refusedPasswordsMax };
    const accepted = new AcceptedCredentials(digest, {
      entriesMax: limits.acceptedMax,
      mismatchesMax: limits.acceptedMismatchesMax,
    });
    const refused = new RefusedPasswords(digest, memory);
    const strangers = new RefusedPasswords(digest, memory);
    this.#current = this.#settle(options);
    this.#useOwnPasswords();
    const shield = this.#shield;
    const bindMemory = new BindMemory({ accepted, refused, strangers, digest, clock });
    this.#guard = new Guard({ shield, memory: bindMemory, digest, pace: this.#pace, clock }, this.#guardSettings());
    this.#trail = new AuditTrail({
      store: options.events,
      retention: bind.audit,
      kindsMax: limits.auditKindsMax,
      clock,
      log,
    });
    this.#log = new PacedLog(log, clock);
    this.#reporter = new BindReporter({
      log: this.#log,
      clock,
      trail: this.#trail,
      settings: () => this.#current.bind,
    });
    options.appPasswords?.onRevoked((objectId, id) => {
      accepted.forget(`user:${objectId}`);
      this.#reporter.alarms.seedMended(id);
    });
    options.oneTimeCodes?.onRevoked((objectId) => this.#reporter.alarms.seedMended(objectId));
    this.admin = new Administration({
      shield,
      refused,
      users,
      services: () => this.#current.services,
      policy: () => this.#current.policy,
      reporter: this.#reporter,
      trail: this.#trail,
      facts: () => ({
        entra: this.#current.policy.isOnForSome('entra'),
        acceptProven: this.#current.bind.acceptProven,
        ntHashes: ntHashFacts(this.#current.bind, options.ntHashes),
      }),
    });
  }

  use(settings: AuthenticatorSettings): void {
    this.#current = this.#settle(settings);
    // What is not wanted any more is not kept. A store that cannot be written says so to everybody who needs it.
    void this.#options.remembered?.use(this.#current.bind.remembered !== undefined).catch(() => undefined);
    void this.#options.ntHashes
      ?.use(this.#current.bind.ntHash)
      .then(() => this.#pruneNtHashes())
      .catch(() => undefined);
    this.#useOwnPasswords();
    this.#guard.use(this.#guardSettings());
    this.#shield.use(this.#current.bind.shield);
    this.#trail.use(this.#current.bind.audit);
  }

  async bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome> {
    const { services, bind } = this.#current;
    const startedAtMs = this.#options.clock.monotonicMs();
    const identified = identify(name, services, this.#options.users);
    const subject = 'subject' in identified ? identified.subject : undefined;
    const decision =
      'verdict' in identified
        ? { link: undefined, verdict: identified.verdict }
        : await this.#check(identified.subject, name, password, context);
    return this.#reporter.conclude({ name, subject, decision, context, startedAtMs, diagnostics: bind.diagnostics });
  }

  async bindExternal(certificate: X509Certificate, context: BindContext): Promise<BindOutcome> {
    const { services, bind } = this.#current;
    const startedAtMs = this.#options.clock.monotonicMs();
    const subjectName = certificateSubject(certificate);
    const altNames = certificateAltNames(certificate);
    const found = services.findByCertificate(subjectName?.key, altNames);
    const subject: Subject | undefined =
      found.kind === 'account' ? { kind: 'service', account: found.account } : undefined;
    const nobodys =
      found.kind === 'several' ? 'several accounts have this certificate' : 'no account has this certificate';
    const verdict: Verdict =
      subject === undefined
        ? { kind: 'refused', reason: nobodys, denial: 'noSuchUser' }
        : (this.#objection(subject, undefined, context) ?? { kind: 'accepted' });
    const link: LinkName = 'certificate';
    const decision = { link, verdict };
    const name = subjectName?.dn ?? altNames[0] ?? '';
    return this.#reporter.conclude({ name, subject, decision, context, startedAtMs, diagnostics: bind.diagnostics });
  }

  async prune(): Promise<void> {
    const { freshMs, outageMs } = this.#current.bind.remembered ?? { freshMs: 0, outageMs: 0 };
    await this.#options.remembered?.prune(Math.max(freshMs, outageMs));
    await this.#pruneNtHashes();
    await this.#trail.prune();
  }

  /** Whom the rules let in nowhere by the password of Entra alone has no hash of it. */
  async #pruneNtHashes(): Promise<void> {
    const { policy } = this.#current;
    await this.#options.ntHashes?.prune((user) => policy.opensByPasswordAlone(user));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#log.beginPeriod();
    await this.#trail[Symbol.asyncDispose]();
  }

  #useOwnPasswords(): void {
    const { bind, services, policy } = this.#current;
    this.#options.appPasswords?.use(bind.appPasswords, services, policy);
    this.#options.oneTimeCodes?.use(bind.oneTimeCodes.window);
  }

  async #check(subject: Subject, name: string, password: Buffer, context: BindContext): Promise<GuardDecision> {
    // RFC 4513 §5.1.2: a name without a password proves nothing. The wire layer refuses it before; so does this.
    if (password.length === 0) {
      return { link: undefined, verdict: { kind: 'refused', reason: 'empty password', denial: 'wrong' } };
    }
    const { remoteAddress, authorizationId = '', signal } = context;
    const ruling = this.#rulingOf(subject, remoteAddress);
    if (ruling !== undefined && 'kind' in ruling) return { link: undefined, verdict: ruling };
    return await this.#guard.decide({
      subject,
      name,
      password,
      address: remoteAddress,
      network: networkOf(remoteAddress),
      signal,
      ruling,
      circumstances: `${remoteAddress}\n${authorizationId}\n${authorizationId === '' ? '' : name}`,
      objection: (link, hasCode) =>
        this.#objection(subject, name, context) ?? this.#closing(subject, link, hasCode, context),
    });
  }

  /** Which links are open to whom a name stands for; why that cannot be told as a verdict. */
  #rulingOf(subject: Subject, address: string): Ruling | Verdict | undefined {
    if (subject.kind !== 'user') return undefined;
    try {
      return this.#current.policy.of(subject.user, address);
    } catch (error) {
      if (!(error instanceof DirectoryStorageError)) throw error;
      return { kind: 'unavailable', reason: 'the store cannot be read', cause: error };
    }
  }

  /** What stands against a link through which a right password came: a publish may have closed it meanwhile (P7). */
  #closing(subject: Subject, link: LinkName, hasCode: boolean, { remoteAddress }: BindContext): Verdict | undefined {
    const ruling = this.#rulingOf(subject, remoteAddress);
    if (ruling === undefined || 'kind' in ruling) return ruling;
    if (!ruling.isOpen(link)) return objected('not open to the user here any more');
    return ruling.needsCode(link) && !hasCode ? objected('a one-time code is demanded by now') : undefined;
  }

  /** What stands against a bind whose credential is right. `name` is the user name that was proved, if one was. */
  #objection(subject: Subject, name: string | undefined, context: BindContext): Verdict | undefined {
    if (subject.kind === 'service') {
      const sources = this.#current.sources.get(subject.account);
      if (sources?.includes(context.remoteAddress) === false) return objected('the address is not allowed');
      if (subject.account.isEnabled === false) {
        return { kind: 'refused', reason: 'the account is turned off', denial: 'disabled', isProven: true };
      }
    } else {
      if (subject.kind !== 'user') return objected('nobody’s credential');
      const change = changeMeanwhile(subject.user, this.#options.users);
      if (change !== undefined) return change;
    }
    return mayActAs(subject, name, context.authorizationId) ? undefined : objected('may not act as somebody else');
  }

  /** The chain, in the order in which its links are asked. */
  #settle({
    serviceAccounts,
    localAccounts = [],
    passwords,
    bind = defaultBindSettings,
  }: AuthenticatorSettings): Settled {
    const example = [...serviceAccounts, ...localAccounts].find(
      ({ passwordHash }) => passwordHash !== undefined,
    )?.passwordHash;
    const hashes = new PasswordHashes(this.#hashing, example);
    const { appPasswords, oneTimeCodes, groups } = this.#options;
    const coded = [
      new LocalLink(hashes, localAccounts),
      ...(passwords === undefined ? [] : this.#entraLinks(passwords, bind, hashes)),
    ];
    return {
      bind,
      services: new ServiceAccounts(serviceAccounts),
      policy: new LinkPolicy({ bind, serviceAccounts, groups }),
      sources: sourcesOf(serviceAccounts),
      links: [
        new ServiceLink(hashes),
        ...(appPasswords === undefined ? [] : [new AppPasswordLink(hashes, appPasswords)]),
        new CodedLink(coded, oneTimeCodes),
      ],
    };
  }

  /** Entra, and what is remembered of it before and behind. */
  #entraLinks(passwords: PasswordChecker, bind: BindSettings, hashes: PasswordHashes): readonly BindLink[] {
    const { clock, remembered, ntHashes } = this.#options;
    const { acceptProven } = bind;
    const asking = new EntraLink({ passwords, gate: this.#checking, pace: this.#pace, clock, acceptProven });
    const entra = ntHashes === undefined || bind.ntHash === undefined ? asking : new NtHashLink(asking, ntHashes);
    if (remembered === undefined || bind.remembered === undefined) return [entra];
    const { freshMs, outageMs } = bind.remembered;
    const link = (ageMaxMs: number): readonly BindLink[] =>
      ageMaxMs === 0 ? [] : [new RememberedLink({ passwords: remembered, hashes, terms: { ageMaxMs, acceptProven } })];
    return [...link(freshMs), new LearningLink(entra, remembered, hashes), ...link(outageMs)];
  }

  #guardSettings() {
    const { bind, links } = this.#current;
    return { ...bind.memory, links };
  }
}

function ntHashFacts({ ntHash: settings }: BindSettings, ntHashes: NtHashes | undefined): AuthReport['ntHashes'] {
  if (settings === undefined || ntHashes === undefined) return null;
  return { kept: ntHashes.count, readers: settings.readers };
}

/** Where the accounts may be used from that may not be used from everywhere. */
function sourcesOf(accounts: readonly ServiceAccount[]): ReadonlyMap<ServiceAccount, SourceNetworks> {
  return new Map(
    accounts.flatMap((account) =>
      account.allowFrom === undefined ? [] : [[account, new SourceNetworks(account.allowFrom)] as const],
    ),
  );
}

function objected(reason: string): Verdict {
  return { kind: 'refused', reason, denial: 'wrong' };
}

/** Whether who was proved is who the client asks to act as; `name` is the user name that was proved. */
function mayActAs(
  subject: Extract<Subject, { kind: 'service' | 'user' }>,
  name: string | undefined,
  authorizationId = '',
): boolean {
  if (authorizationId === '') return true;
  const { dn } = subject.kind === 'service' ? subject.account : subject.user;
  if (authorizationId.startsWith('dn:')) return normalizeDn(authorizationId.slice(3)) === normalizeDn(dn);
  const userName = name ?? (subject.kind === 'service' ? subject.account.name : undefined);
  return userName !== undefined && (authorizationId === userName || authorizationId === `u:${userName}`);
}
