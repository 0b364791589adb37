/**
 * Which of several credentials to use. The first that Entra accepts serves; one that it refuses rests, and is tried again
 * first when its rest is over, so that Entra is asked about it a few times an hour and not with every request. What has
 * nothing to do with a credential (Entra is down, the tenant is unknown) moves nobody.
 */
import type { CredentialReport } from '../identity/credential-report.ts';
import type { SourceError } from '../identity/source-error.ts';
import { credentialAccepted, credentialExpiring, credentialRefused } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { parseCertificateCredential } from './credential.ts';
import type { GraphCredential } from './credential.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** How long a refused credential rests: first so long, then twice as long each time, up to the longest. */
const rest = { firstMs: 10 * minuteMs, longestMs: 60 * minuteMs } as const;

/** A warning is due when so many whole days are left; each is given once. */
const warningDays = [30, 14, 7, 3, 1, 0] as const;

/**
 * The AADSTS codes that are about the secret or the assertion and not about the application or its tenant
 * (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
 */
const credentialCodes: ReadonlySet<string> = new Set(
  [
    50027, 70021, 700021, 700023, 700024, 700027, 700030, 700211, 700212, 700213, 700222, 700223, 7000012, 7000014,
    7000211, 7000215, 7000216, 7000218, 7000222,
  ].map(String),
);

/** One credential of a {@link CredentialChain}. */
export interface ChainMember {
  readonly credential: GraphCredential;
  readonly expiresAtMs: number | undefined;
}

interface State extends ChainMember {
  problem: string | undefined;
  refusals: number;
  restsUntilMs: number;
  /** The smallest of {@link warningDays} that a warning was given for. */
  warnedDays: number;
}

/** The credentials of one application in the order in which the administrator wants them used. */
export class CredentialChain {
  readonly #members: readonly State[];
  readonly #clock: Clock;
  readonly #log: Log;
  #inUse: State | undefined;

  /** Throws a {@link SourceError} `credentials` for a certificate that cannot be used. */
  constructor(credentials: readonly GraphCredential[], clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#members = credentials.map((credential) => ({
      credential,
      expiresAtMs: expiryOf(credential),
      problem: undefined,
      refusals: 0,
      restsUntilMs: 0,
      warnedDays: Number.POSITIVE_INFINITY,
    }));
  }

  /** All credentials in the order to try them now: those that rest come last, for the case that no other is left. */
  candidates(): readonly ChainMember[] {
    const nowMs = this.#clock.now();
    const isResting = ({ restsUntilMs }: State): boolean => restsUntilMs > nowMs;
    return [...this.#members.filter((each) => !isResting(each)), ...this.#members.filter(isResting)];
  }

  /** Entra accepted this one. */
  accepted(member: ChainMember): void {
    const state = this.#stateOf(member);
    const backup = this.#members.indexOf(state) > 0;
    // The first credential that works as it should is no news.
    const isNews = state.problem !== undefined || (this.#inUse !== state && (backup || this.#inUse !== undefined));
    if (isNews) credentialAccepted(this.#log, { entry: state.credential.name, kind: state.credential.kind, backup });
    this.#inUse = state;
    Object.assign(state, { problem: undefined, refusals: 0, restsUntilMs: 0 });
    for (const each of this.#members) this.#warnOfExpiry(each);
  }

  /** Whether a failure is about this credential, so that the next one may do better; then it rests. */
  refused(member: ChainMember, failure: SourceError): boolean {
    const state = this.#stateOf(member);
    if (!isAboutCredential(state.credential, failure)) return false;
    const { name, kind } = state.credential;
    if (state.problem !== failure.message) {
      credentialRefused(this.#log, {
        entry: name,
        kind,
        reason: failure.message,
        sourceCode: failure.details.sourceCode,
        others: this.#members.length - 1,
      });
    }
    if (this.#inUse === state) this.#inUse = undefined;
    const restMs = Math.min(rest.firstMs * 2 ** Math.min(state.refusals, 8), rest.longestMs);
    Object.assign(state, {
      problem: failure.message,
      refusals: state.refusals + 1,
      restsUntilMs: this.#clock.now() + restMs,
    });
    return true;
  }

  /** How each credential stands, in the order of the configuration. */
  report(): readonly CredentialReport[] {
    return this.#members.map((state) => ({
      name: state.credential.name,
      kind: state.credential.kind,
      state: state.problem !== undefined ? 'refused' : state === this.#inUse ? 'inUse' : 'unused',
      problem: state.problem ?? null,
      expiresAtMs: state.expiresAtMs ?? null,
    }));
  }

  #stateOf(member: ChainMember): State {
    const state = this.#members.find((each) => each === member);
    if (state === undefined) throw new RangeError('the credential is not of this chain');
    return state;
  }

  #warnOfExpiry(state: State): void {
    if (state.expiresAtMs === undefined) return;
    const daysLeft = Math.floor((state.expiresAtMs - this.#clock.now()) / dayMs);
    const due = warningDays.findLast((days) => daysLeft <= days);
    if (due === undefined || due >= state.warnedDays) return;
    state.warnedDays = due;
    const { name, kind } = state.credential;
    const expiresAt = new Date(state.expiresAtMs).toISOString();
    credentialExpiring(this.#log, { entry: name, kind, expiresAt, daysLeft });
  }
}

function expiryOf(credential: GraphCredential): number | undefined {
  if (credential.kind === 'secret') return credential.expiresAtMs;
  return credential.kind === 'certificate' ? parseCertificateCredential(credential.pem).expiresAtMs : undefined;
}

function isAboutCredential({ kind }: GraphCredential, { code, details }: SourceError): boolean {
  // Not Entra but the machine answers for a managed identity, so that its trouble is nobody else's.
  if (kind === 'managedIdentity' && code !== 'aborted') return true;
  if (code !== 'credentials') return false;
  return details.sourceCode === undefined || credentialCodes.has(details.sourceCode);
}
