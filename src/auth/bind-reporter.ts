import type { BoundIdentity } from '../directory/identity.ts';
import type { LdapResult } from '../directory/result.ts';
import type { AuthReport, BindAlarm } from '../identity/auth-report.ts';
import { bindNameMax, type BindVerdictWord } from '../identity/bind-event.ts';
import {
  bindAccepted,
  bindAlarmEnded,
  bindMisconfigured,
  bindNamed,
  bindRefused,
  bindUndecided,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { BindContext, BindOutcome } from './bind.ts';
import { BoundedMap } from './bounded-map.ts';
import { refusalResult } from './diagnostics.ts';
import type { GuardDecision } from './guard.ts';
import type { Subject } from './link.ts';
import { bindResults } from './results.ts';
import type { Diagnostics } from './settings.ts';

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
}

/**
 * Turns a decision into the answer for the client, and tells the log, the audit trail and the status of it. The log knows
 * people by their object ids, and by the names that they send at level debug only; the audit trail has the names.
 */
export class BindReporter {
  readonly #options: BindReporterOptions;
  readonly #counts = { accepted: 0, refused: 0, busy: 0, unavailable: 0 };
  readonly #refusals = new BoundedMap<LastRefusal>(lastRefusalsMax);
  #alarm: BindAlarm | undefined;

  constructor(options: BindReporterOptions) {
    this.#options = options;
  }

  /** How many binds ended how, since the start. */
  get counts(): AuthReport['counts'] {
    return { ...this.#counts };
  }

  /** What stands against binds until the administrator acts; undefined when nothing does. */
  get alarm(): BindAlarm | undefined {
    return this.#alarm;
  }

  /** When and why Entra has refused the last bind of a user; undefined when it has accepted one since, or was not asked. */
  lastRefusal(objectId: string): LastRefusal | undefined {
    return this.#refusals.peek(objectId);
  }

  /** The answer for the client. */
  conclude(bind: ConcludedBind): BindOutcome {
    const word = wordOf(bind.decision);
    this.#counts[word] += 1;
    this.#log(bind, word);
    this.#watch(bind.decision);
    this.#keepRefusal(bind);
    this.#record(bind, word);
    return outcomeOf(bind, word);
  }

  #log({ name, subject, decision, context }: ConcludedBind, answer: BindVerdictWord): void {
    const { log } = this.#options;
    const { link, verdict, isRemembered: remembered = false } = decision;
    const { remoteAddress: peer, secure } = context;
    const account = accountOf(subject);
    const aadsts = verdict.entra?.aadsts;
    switch (verdict.kind) {
      case 'accepted':
        bindAccepted(log, { account, by: link, remembered, peer, secure, aadsts });
        break;
      case 'refused':
        bindRefused(log, { account, reason: verdict.reason, remembered, aadsts, peer, secure });
        break;
      case 'misconfigured':
        bindMisconfigured(log, { reason: verdict.reason, aadsts });
        break;
      default:
        bindUndecided(log, { account, answer, reason: verdict.reason, aadsts, peer, secure }, verdict.cause);
    }
    bindNamed(log, { name: name.slice(0, bindNameMax), peer, answer });
  }

  /** Whether Entra refuses us: that is over as soon as it has answered about a password again. */
  #watch({ link, verdict, isRemembered = false }: GuardDecision): void {
    if (verdict.kind === 'misconfigured') {
      const aadsts = verdict.entra?.aadsts ?? null;
      const before = this.#alarm?.aadsts === aadsts ? this.#alarm : undefined;
      const sinceMs = before?.sinceMs ?? this.#options.clock.now();
      this.#alarm = { reason: verdict.reason, aadsts, sinceMs, count: (before?.count ?? 0) + 1 };
      return;
    }
    const hasAnswered =
      link === 'entra' && !isRemembered && (verdict.kind === 'accepted' || verdict.kind === 'refused');
    if (this.#alarm === undefined || !hasAnswered || verdict.entra === undefined) return;
    this.#alarm = undefined;
    bindAlarmEnded(this.#options.log);
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
    const { entra } = decision.verdict;
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

function wordOf({ verdict }: GuardDecision): BindVerdictWord {
  return verdict.kind === 'misconfigured' ? 'unavailable' : verdict.kind;
}

function outcomeOf({ subject, decision, diagnostics }: ConcludedBind, word: BindVerdictWord): BindOutcome {
  const { verdict } = decision;
  if (verdict.kind === 'accepted') {
    const identity = identityOf(subject);
    // A bind that is nobody's is not accepted by any link; if it were, it would get in nowhere (P7).
    return identity === undefined ? refused(bindResults.unavailable) : { kind: 'accepted', identity };
  }
  if (verdict.kind === 'refused') return refused(refusalResult(diagnostics, verdict));
  return refused(word === 'busy' ? bindResults.busy : bindResults.unavailable);
}

function refused(result: LdapResult): BindOutcome {
  return { kind: 'refused', result };
}

function identityOf(subject: Subject | undefined): BoundIdentity | undefined {
  if (subject?.kind === 'service') {
    const { dn, name } = subject.account;
    return { kind: 'service', dn, name };
  }
  if (subject?.kind !== 'user') return undefined;
  const { dn, entryId, objectId, credentialVersion } = subject.user;
  return { kind: 'user', dn, entryId, objectId, credentialVersion };
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
