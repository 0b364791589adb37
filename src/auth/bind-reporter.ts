import type { BindProof, BoundIdentity } from '../directory/identity.ts';
import type { LdapResult } from '../directory/result.ts';
import type { BindCounts } from '../identity/auth-report.ts';
import { bindNameMax, type BindVerdictWord, bindVerdicts } from '../identity/bind-event.ts';
import { bindAccepted, bindMisconfigured, bindNamed, bindRefused, bindUndecided } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { BindContext, BindOutcome } from './bind.ts';
import { BindAlarms, type Misconfiguration } from './bind-alarms.ts';
import { BoundedMap } from './bounded-map.ts';
import { refusalResult } from './diagnostics.ts';
import type { GuardDecision } from './guard.ts';
import type { EntraAnswer, Subject } from './link.ts';
import { bindResults } from './results.ts';
import type { BindSettings, Diagnostics } from './settings.ts';

/** A bind that was decided. */
export interface ConcludedBind {
  readonly name: string;
  /** Whom the name stands for; undefined when that cannot be told. */
  readonly subject: Subject | undefined;
  readonly decision: GuardDecision;
  readonly context: BindContext;
  /** On the monotonic clock. */
  readonly startedAtMs: number;
  readonly diagnostics: Diagnostics;
}

/** Why Entra has refused a user. */
interface LastRefusal {
  readonly atMs: number;
  readonly aadsts: number;
}

// More people than ask for help at a time.
const lastRefusalsMax = 8192;

/** What a {@link BindReporter} writes to. */
export interface BindReporterOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly trail: AuditTrail;
  readonly settings: () => Pick<BindSettings, 'acceptProven'>;
}

const noBinds: BindCounts = { accepted: 0, refused: 0, busy: 0, unavailable: 0 };

/**
 * Turns a decision into the answer for the client, and tells the log, the audit trail and the status of it. The log knows
 * people by their object ids, and by the names that they send at level debug only; the audit trail has the names.
 */
export class BindReporter {
  /** What stands against binds until the administrator acts. */
  readonly alarms: BindAlarms;
  readonly #options: BindReporterOptions;
  readonly #counts = new Map<string, BindCounts>();
  readonly #refusals = new BoundedMap<LastRefusal>(lastRefusalsMax);

  constructor(options: BindReporterOptions) {
    this.#options = options;
    this.alarms = new BindAlarms(options.log, options.clock);
  }

  /** How many binds ended how since the start, by what has decided. */
  get byLink(): Readonly<Record<string, BindCounts>> {
    return Object.fromEntries(this.#counts);
  }

  /** How many binds ended how, since the start. */
  get counts(): BindCounts {
    let sum = noBinds;
    for (const counts of this.#counts.values()) for (const word of bindVerdicts) sum = plus(sum, word, counts[word]);
    return sum;
  }

  /** When and why Entra has refused the last bind of a user; undefined when it has accepted one since, or was not asked. */
  lastRefusal(objectId: string): LastRefusal | undefined {
    return this.#refusals.peek(objectId);
  }

  /** The answer for the client. */
  conclude(bind: ConcludedBind): BindOutcome {
    const word = wordOf(bind.decision);
    const { decision, subject } = bind;
    const link = decision.link ?? 'none';
    this.#counts.set(link, plus(this.#counts.get(link) ?? noBinds, word, 1));
    this.#log(bind, word);
    const account = subject?.kind === 'user' ? subject.user.objectId : undefined;
    this.alarms.watch(decision, misconfigurationOf(decision), account);
    this.#keepRefusal(bind);
    this.#record(bind, word);
    return outcomeOf(bind, word, this.#options.settings());
  }

  #log({ name, subject, decision, context }: ConcludedBind, answer: BindVerdictWord): void {
    const { log } = this.#options;
    const { link, verdict, isRemembered: remembered = false } = decision;
    const { remoteAddress: peer, secure } = context;
    const account = accountOf(subject);
    const aadsts = answerOfEntra(decision)?.aadsts;
    const standing = misconfigurationOf(decision);
    if (standing !== undefined) bindMisconfigured(log, { reason: standing.reason, aadsts: standing.entra?.aadsts });
    switch (verdict.kind) {
      case 'accepted':
        bindAccepted(log, { account, by: link, remembered, peer, secure, aadsts });
        break;
      case 'refused':
        bindRefused(log, { account, reason: verdict.reason, remembered, aadsts, peer, secure });
        break;
      case 'misconfigured':
        break;
      default:
        bindUndecided(log, { account, answer, reason: verdict.reason, aadsts, peer, secure }, verdict.cause);
    }
    bindNamed(log, { name: name.slice(0, bindNameMax), peer, answer });
  }

  #keepRefusal({ subject, decision: { link, verdict, isRemembered = false } }: ConcludedBind): void {
    if (subject?.kind !== 'user' || link !== 'entra' || isRemembered) return;
    const { objectId } = subject.user;
    const aadsts = verdict.entra?.aadsts;
    if (verdict.kind === 'accepted') this.#refusals.delete(objectId);
    else if (verdict.kind === 'refused' && aadsts !== undefined) {
      this.#refusals.set(objectId, { atMs: this.#options.clock.now(), aadsts });
    }
  }

  #record({ name, subject, decision, context, startedAtMs }: ConcludedBind, verdict: BindVerdictWord): void {
    const { clock, trail } = this.#options;
    const entra = answerOfEntra(decision);
    trail.record({
      atMs: clock.now(),
      verdict,
      name: name.slice(0, bindNameMax),
      dn: dnOf(subject) ?? null,
      objectId: subject?.kind === 'user' || subject?.kind === 'barred' ? subject.user.objectId : null,
      address: context.remoteAddress,
      secure: context.secure,
      link: decision.link ?? null,
      remembered: decision.isRemembered ?? false,
      reason: decision.verdict.kind === 'accepted' ? null : decision.verdict.reason,
      aadsts: entra?.aadsts ?? null,
      correlationId: entra?.correlationId ?? null,
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
      count: 1,
    });
  }
}

/** What Entra said, whoever has had the last word. */
function answerOfEntra({ verdict, trouble }: GuardDecision): EntraAnswer | undefined {
  return verdict.entra ?? trouble?.entra;
}

/** What the administrator has to mend, also where a remembered password has opened the account nevertheless. */
function misconfigurationOf({ verdict, trouble }: GuardDecision): Misconfiguration | undefined {
  return [verdict, trouble].find((each) => each?.kind === 'misconfigured');
}

function wordOf({ verdict }: GuardDecision): BindVerdictWord {
  return verdict.kind === 'misconfigured' ? 'unavailable' : verdict.kind;
}

function plus(counts: BindCounts, word: BindVerdictWord, more: number): BindCounts {
  return { ...counts, [word]: counts[word] + more };
}

function outcomeOf(
  bind: ConcludedBind,
  word: BindVerdictWord,
  settings: Pick<BindSettings, 'acceptProven'>,
): BindOutcome {
  const { decision, diagnostics } = bind;
  const { verdict } = decision;
  if (verdict.kind === 'accepted') {
    const identity = identityOf(bind.subject, proofOf(bind, settings));
    // A bind that is nobody's is not accepted by any link; if it were, it would get in nowhere (P7).
    return identity === undefined ? refused(bindResults.unavailable) : { kind: 'accepted', identity };
  }
  if (verdict.kind === 'refused') return refused(refusalResult(diagnostics, verdict));
  return refused(word === 'busy' ? bindResults.busy : bindResults.unavailable);
}

function refused(result: LdapResult): BindOutcome {
  return { kind: 'refused', result };
}

function proofOf(
  { decision: { link, verdict, isRemembered = false }, context }: ConcludedBind,
  { acceptProven }: Pick<BindSettings, 'acceptProven'>,
): BindProof {
  const aadsts = verdict.entra?.aadsts;
  // What is known from before does not say with which code it was let through.
  const letThrough = isRemembered || link === 'remembered' ? acceptProven : aadsts === undefined ? [] : [aadsts];
  const hasCode = verdict.kind === 'accepted' && verdict.hasCode === true;
  return { link: link ?? '', address: context.remoteAddress, hasCode, letThrough };
}

function identityOf(subject: Subject | undefined, proof: BindProof): BoundIdentity | undefined {
  if (subject?.kind === 'service') {
    const { dn, name } = subject.account;
    return { kind: 'service', dn, name };
  }
  if (subject?.kind !== 'user') return undefined;
  const { dn, entryId, objectId, credentialVersion } = subject.user;
  return { kind: 'user', dn, entryId, objectId, credentialVersion, proof };
}

function dnOf(subject: Subject | undefined): string | undefined {
  switch (subject?.kind) {
    case 'service':
      return subject.account.dn;
    case 'user':
    case 'barred':
      return subject.user.dn;
    default:
      return undefined;
  }
}

/** How the log names an account: a service account is no person. */
function accountOf(subject: Subject | undefined): string | undefined {
  return subject?.kind === 'user' || subject?.kind === 'barred' ? subject.user.objectId : dnOf(subject);
}
