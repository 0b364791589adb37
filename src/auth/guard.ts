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
import type { BindMemory, MemorySettings, NamedAttempt } from './bind-memory.ts';
import { askLinks, type Decision, type Verdict } from './chain.ts';
import { type BindLink, isAmongServices, type LinkName, type Subject } from './link.ts';
import type { PasswordDigest } from './password-digest.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { Admission, Shield, ShieldedAttempt } from './shield.ts';

/** A bind as the guard sees it. */
export interface GuardedAttempt extends NamedAttempt {
  /** What else the verdict depends on: binds that differ in it are not decided together. */
  readonly circumstances: string;
  /**
   * What stands against the bind although a link has found the credential right, with a one-time code or without; undefined for
   * nothing. Called when it was found right.
   */
  readonly objection: (link: LinkName, hasCode: boolean) => Verdict | undefined;
}

/** What became of a bind. */
export interface GuardDecision extends Decision {
  /** True when a memory has decided, and no link was asked. */
  readonly isRemembered?: boolean;
}

/** What a guard is made of. */
export interface GuardOptions {
  readonly shield: Shield;
  readonly memory: BindMemory;
  readonly digest: PasswordDigest;
  readonly pace: RefusalPace;
  readonly clock: Clock;
}

/** What can change while a guard is used. */
export interface GuardSettings extends MemorySettings {
  readonly links: readonly BindLink[];
}

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
    this.#settings = settings;
    this.#options.memory.clear();
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

  /** What the memory says; undefined when it says nothing. */
  #recall(attempt: GuardedAttempt): GuardDecision | undefined {
    const { memory } = this.#options;
    const link = memory.acceptedBy(attempt);
    // Where something stands against it the links are asked, for the time must not tell that the credential is right.
    if (link !== undefined && attempt.objection(link, false) === undefined)
      return { link, verdict: { kind: 'accepted' }, isRemembered: true };
    const refusal = memory.refusal(attempt);
    if (refusal === undefined) return undefined;
    const { aadsts, link: refusedBy, ...facts } = refusal;
    const entra = aadsts === undefined ? {} : { entra: { aadsts, correlationId: undefined } };
    return { link: refusedBy, verdict: { kind: 'refused', ...facts, ...entra }, isRemembered: true };
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
      if (this.#underWay.get(key) === check) this.#underWay.delete(key);
    }
  }

  /** The verdict on another bind; undefined when it says nothing about this one. */
  async #await(other: Promise<GuardDecision>, signal: AbortSignal): Promise<GuardDecision | undefined> {
    try {
      const decision = await abortable(other, signal);
      return isOwn(decision) ? undefined : decision;
    } catch {
      return { link: undefined, verdict: { kind: 'unavailable', reason: 'the client has gone', isAbandoned: true } };
    }
  }

  async #check(attempt: GuardedAttempt, account: string | undefined): Promise<GuardDecision> {
    const { shield, memory } = this.#options;
    const settings = this.#settings;
    const isCountedByNetwork = attempt.subject.kind === 'service';
    const isOwnPassword = settings.links.some((link) => link.owns?.(attempt) === true);
    const shielded = account === undefined ? undefined : { key: account, isCountedByNetwork, isOwnPassword };
    const admission = shield.admit(shielded, attempt.network);
    if (admission.kind !== 'admitted') return await this.#turnAway(admission.kind, attempt);
    const asked = await askLinks(settings.links, attempt);
    const objection = objectionTo(asked, attempt);
    const decision = objection === undefined ? asked : { ...asked, verdict: { ...asked.verdict, ...objection } };
    settle(admission.attempt, decision);
    if (settings !== this.#settings) {
      const reason = 'the settings changed meanwhile';
      return decision.verdict.kind === 'accepted' ? { ...decision, verdict: { kind: 'busy', reason } } : decision;
    }
    // What stands against this bind says nothing about the next one with the same credential.
    if (objection === undefined) memory.remember(attempt, decision, settings);
    return decision;
  }

  async #turnAway(kind: Exclude<Admission['kind'], 'admitted'>, attempt: GuardedAttempt): Promise<GuardDecision> {
    const { shield, memory } = this.#options;
    if (kind === 'limited') {
      const reason = 'too many wrong passwords from this address';
      return { link: undefined, verdict: { kind: 'busy', reason } };
    }
    if (memory.turnAway(attempt, this.#settings)) shield.refused(attempt.network);
    const reason = kind === 'resting' ? 'the account rests after a lock by Entra' : 'too many wrong passwords';
    const verdict = { kind: 'refused', reason, denial: 'locked' } as const;
    if (!isAmongServices(attempt.subject)) return { link: undefined, verdict };
    // A name that no service account has is refused after one comparison of a hash; so is this one.
    const nobody = { ...attempt, subject: { kind: 'unknown', among: 'services', reason } } as const;
    const { verdict: busy } = await askLinks(this.#settings.links, nobody);
    return { link: undefined, verdict: busy.kind === 'refused' ? verdict : busy };
  }
}

function objectionTo({ link, verdict }: Decision, attempt: GuardedAttempt): Verdict | undefined {
  if (verdict.kind !== 'accepted' || link === undefined) return undefined;
  return attempt.objection(link, verdict.hasCode === true);
}

/** True for a verdict on one bind alone: its client has gone before there was one, or its credential is good for once. */
function isOwn({ verdict }: Decision): boolean {
  return (
    (verdict.kind === 'unavailable' && verdict.isAbandoned === true) ||
    (verdict.kind === 'accepted' && verdict.isForOnce === true)
  );
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
      if ('isTried' in verdict && verdict.isTried) shielded.wrong();
      else shielded.untold();
  }
}
