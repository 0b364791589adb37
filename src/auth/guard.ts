/**
 * What stands between a bind and the links that check it: two memories and the shield, in this order.
 *
 *     accepted a moment ago? ──▶ refused before? ──▶ may it be tried? ──▶ links
 *
 * Whether somebody exists can be told from none of it: a name that nobody has goes the same way as one that somebody has,
 * is answered with the same code, and after as much time.
 */
import { abortable } from '../timing/abortable.ts';
import type { Clock } from '../timing/clock.ts';
import type { AcceptedCredentials, CredentialUse } from './accepted-credentials.ts';
import { askLinks, type Decision } from './chain.ts';
import type { BindAttempt, BindLink, Denial, Subject } from './link.ts';
import type { PasswordDigest } from './password-digest.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { Refusal, RefusedPasswords } from './refused-passwords.ts';
import type { Admission, Shield, ShieldedAttempt } from './shield.ts';

/** A bind as the guard sees it. */
export interface GuardedAttempt extends BindAttempt {
  /** As the client wrote it. */
  readonly name: string;
  /** What else the verdict depends on: binds that differ in it are not decided together. */
  readonly circumstances: string;
  /** Why the bind is refused although the credential is right; undefined when it is not. Called when it was found right. */
  readonly objection: () => string | undefined;
}

/** What became of a bind. */
export interface GuardDecision extends Decision {
  /** True when a memory has decided, and no link was asked. */
  readonly isRemembered?: boolean;
}

/** How long what is remembered. */
export interface MemorySettings {
  /** How long a credential that was accepted is accepted again without a check; 0 for never. */
  readonly acceptedMs: number;
  /** How long a password that was refused is refused again without a check; 0 for never. */
  readonly refusedMs: number;
}

/** What a guard is made of. */
export interface GuardOptions {
  readonly shield: Shield;
  readonly accepted: AcceptedCredentials;
  /** Of accounts. */
  readonly refused: RefusedPasswords;
  /** Of names that nobody has. */
  readonly strangers: RefusedPasswords;
  readonly digest: PasswordDigest;
  readonly pace: RefusalPace;
  readonly clock: Clock;
}

/** What can change while a guard is used. */
export interface GuardSettings extends MemorySettings {
  readonly links: readonly BindLink[];
}

// The same question may be answered otherwise next time: Entra unlocks, and what a code that we do not know means may pass.
const passing: ReadonlySet<Denial> = new Set(['locked', 'unknown']);

/** The key of an account in the memories and the shield; undefined for names that no password opens. */
export function accountKey(subject: Subject): string | undefined {
  if (subject.kind === 'service') return `service:${subject.account.name}`;
  return subject.kind === 'user' ? `user:${subject.user.objectId}` : undefined;
}

/** Guards a chain of links. */
export class Guard {
  readonly #options: GuardOptions;
  #settings: GuardSettings;
  readonly #underWay = new Map<string, Promise<GuardDecision>>();

  constructor(options: GuardOptions, settings: GuardSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  /** Takes over other settings. What was accepted or refused by the old ones is forgotten. */
  use(settings: GuardSettings): void {
    const { accepted, refused, strangers } = this.#options;
    this.#settings = settings;
    accepted.clear();
    refused.clear();
    strangers.clear();
  }

  /** Decides a bind. Never throws. */
  async decide(attempt: GuardedAttempt): Promise<GuardDecision> {
    const { shield, clock, pace } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const isLimited = shield.isLimited(attempt.network);
    const decision = this.#recall(attempt) ?? (await this.#checkOnce(attempt));
    const { verdict } = decision;
    if (verdict.kind === 'accepted') return decision;
    const wasAsked = verdict.entra !== undefined && decision.isRemembered !== true;
    const isOurs = verdict.kind === 'refused' && !wasAsked;
    if (isLimited || (isOurs && !isAmongServices(attempt.subject))) await pace.keep(startedAtMs, attempt.signal);
    // From here, whoever is wrong gets the answer that somebody gets whose name nobody has.
    if (isLimited && verdict.kind === 'refused') return { ...decision, verdict: { ...verdict, kind: 'busy' } };
    return decision;
  }

  /** What a memory says; undefined when it says nothing. */
  #recall(attempt: GuardedAttempt): GuardDecision | undefined {
    const { shield, accepted, clock } = this.#options;
    const { network, password } = attempt;
    const use = credentialUse(attempt);
    const link = use && accepted.recall(use, password, clock.monotonicMs());
    if (link !== undefined) {
      const objection = attempt.objection();
      if (objection === undefined) return { link, verdict: { kind: 'accepted' }, isRemembered: true };
      shield.refused(network);
      return { link, verdict: { kind: 'refused', reason: objection, denial: 'wrong' }, isRemembered: true };
    }
    const refusal = this.#refusalBefore(attempt);
    if (refusal === undefined) return undefined;
    const { aadsts, link: refusedBy, ...facts } = refusal;
    const entra = aadsts === undefined ? {} : { entra: { aadsts, correlationId: undefined } };
    return { link: refusedBy, verdict: { kind: 'refused', ...facts, ...entra }, isRemembered: true };
  }

  #refusalBefore(attempt: GuardedAttempt): Refusal | undefined {
    const { refused, strangers, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const { subject, password } = attempt;
    if (isAmongServices(subject)) return undefined;
    return subject.kind === 'user'
      ? refused.find(`user:${subject.user.objectId}`, subject.user.version, password, nowMs)
      : strangers.find(this.#stranger(attempt), '', password, nowMs);
  }

  /** Of those who bind in the same way at the same time, one is checked and all get its verdict. */
  async #checkOnce(attempt: GuardedAttempt): Promise<GuardDecision> {
    const { digest } = this.#options;
    const account = accountKey(attempt.subject);
    if (account === undefined) return await this.#check(attempt, undefined);
    const key = digest.of(`${account}\n${attempt.circumstances}`, attempt.password).toString('base64');
    for (let other = this.#underWay.get(key); other !== undefined; other = this.#underWay.get(key)) {
      const decision = await this.#await(other, attempt.signal);
      if (decision !== undefined) return decision;
    }
    const check = this.#check(attempt, account);
    this.#underWay.set(key, check);
    try {
      return await check;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** The verdict on another bind; undefined when its client has gone before there was one. */
  async #await(other: Promise<GuardDecision>, signal: AbortSignal): Promise<GuardDecision | undefined> {
    try {
      const decision = await abortable(other, signal);
      return decision.verdict.kind === 'unavailable' && decision.verdict.isAbandoned === true ? undefined : decision;
    } catch {
      return { link: undefined, verdict: { kind: 'unavailable', reason: 'the client has gone', isAbandoned: true } };
    }
  }

  async #check(attempt: GuardedAttempt, account: string | undefined): Promise<GuardDecision> {
    const { shield } = this.#options;
    const settings = this.#settings;
    const isCountedByNetwork = attempt.subject.kind === 'service';
    const shielded = account === undefined ? undefined : { key: account, isCountedByNetwork };
    const admission = shield.admit(shielded, attempt.network);
    if (admission.kind !== 'admitted') return await this.#turnAway(admission.kind, attempt);
    const decision = judged(await askLinks(settings.links, attempt), attempt);
    settle(admission.attempt, decision);
    if (settings !== this.#settings) {
      const reason = 'the settings changed meanwhile';
      return decision.verdict.kind === 'accepted' ? { ...decision, verdict: { kind: 'busy', reason } } : decision;
    }
    this.#remember(attempt, decision);
    return decision;
  }

  async #turnAway(kind: Exclude<Admission['kind'], 'admitted'>, attempt: GuardedAttempt): Promise<GuardDecision> {
    const { shield } = this.#options;
    if (kind === 'limited') {
      const reason = 'too many wrong passwords from this address';
      return { link: undefined, verdict: { kind: 'busy', reason } };
    }
    shield.refused(attempt.network);
    const reason = kind === 'resting' ? 'the account rests after a lock by Entra' : 'too many wrong passwords';
    const verdict = { kind: 'refused', reason, denial: 'locked' } as const;
    if (!isAmongServices(attempt.subject)) return { link: undefined, verdict };
    // A name that no service account has is refused after one comparison of a hash; so is this one.
    const nobody = { ...attempt, subject: { kind: 'unknown', among: 'services', reason } } as const;
    const { verdict: busy } = await askLinks(this.#settings.links, nobody);
    return { link: undefined, verdict: busy.kind === 'refused' ? verdict : busy };
  }

  #remember(attempt: GuardedAttempt, { link, verdict }: GuardDecision): void {
    const { accepted, refused, strangers, clock } = this.#options;
    const { acceptedMs, refusedMs } = this.#settings;
    const { subject, password } = attempt;
    const nowMs = clock.monotonicMs();
    const use = credentialUse(attempt);
    if (verdict.kind === 'accepted') {
      if (use !== undefined && link !== undefined && acceptedMs > 0) accepted.add(use, password, link, nowMs + acceptedMs);
      return;
    }
    if (verdict.kind !== 'refused') return;
    if (verdict.isProven !== true && use !== undefined && verdict.entra !== undefined) this.#doubt(use, verdict.denial);
    if (passing.has(verdict.denial) || refusedMs === 0 || isAmongServices(subject)) return;
    const { reason, denial, isProven = false, entra } = verdict;
    const refusal = { link, reason, denial, isProven, aadsts: entra?.aadsts };
    const untilMs = nowMs + refusedMs;
    if (subject.kind === 'user') {
      refused.add(`user:${subject.user.objectId}`, subject.user.version, password, refusal, untilMs);
    } else strangers.add(this.#stranger(attempt), '', password, refusal, untilMs);
  }

  /** Entra says of an account that no password opens it, so none that it has accepted before does. */
  #doubt(use: CredentialUse, denial: Denial): void {
    if (denial === 'disabled' || denial === 'noSuchUser' || denial === 'expired') this.#options.accepted.forget(use);
  }

  #stranger({ name }: GuardedAttempt): string {
    return this.#options.digest.of('name', Buffer.from(name.toLowerCase())).toString('base64');
  }
}

/** The decision, once the bind itself was looked at and not only its password. */
function judged(decision: Decision, attempt: GuardedAttempt): Decision {
  if (decision.verdict.kind !== 'accepted') return decision;
  const reason = attempt.objection();
  return reason === undefined ? decision : { ...decision, verdict: { ...decision.verdict, kind: 'refused', reason, denial: 'wrong' } };
}

function settle(shielded: ShieldedAttempt, { verdict }: Decision): void {
  switch (verdict.kind) {
    case 'accepted':
      shielded.right();
      break;
    case 'refused':
      if (verdict.denial === 'locked') shielded.locked();
      else shielded.wrong();
      break;
    default:
      shielded.untold();
  }
}

function isAmongServices(subject: Subject): boolean {
  return subject.kind === 'service' || (subject.kind === 'unknown' && subject.among === 'services');
}

function credentialUse({ subject, network }: BindAttempt): CredentialUse | undefined {
  if (subject.kind === 'service') {
    return { account: `service:${subject.account.name}`, version: subject.account.passwordHash ?? '', network };
  }
  if (subject.kind !== 'user') return undefined;
  return { account: `user:${subject.user.objectId}`, version: subject.user.version, network };
}
