import type { Finding } from '../identity/examination.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Clock } from '../timing/clock.ts';
import { asRecord, parseJson } from './json.ts';
import { isCertificateError } from './network-error.ts';
import { applicationRemedy, networkRemedy, stageOf } from './remedies.ts';
import { tokenError } from './token-error.ts';
import type { Transport, TransportAnswer } from './transport.ts';

/** What examining needs to ask over the network. */
export interface NetworkExaminer {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An answer, or nothing when there was none, with what was found on the way. */
export interface Reached {
  readonly finding: Finding;
  readonly answer: TransportAnswer | undefined;
}

/** Asks a host of Microsoft and tells at which stage it failed: name, connection, proxy, certificate, TLS or answer. */
export async function reach(
  { transport, signal }: NetworkExaminer,
  id: string,
  subject: string,
  url: string,
): Promise<Reached> {
  const { host } = new URL(url);
  try {
    const headers = { accept: 'application/json', 'user-agent': 'entra-ldapd' };
    const answer = await transport.send({ method: 'GET', url, headers, signal });
    const finding = `${host} resolves, answers, and its certificate is trusted`;
    return { finding: { id, subject, verdict: 'good', finding, fix: null }, answer };
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    const fix = networkRemedy(stageOf(error, isCertificateError(error)), host, error);
    return { finding: { id, subject, verdict: 'bad', finding: error.message, fix }, answer: undefined };
  }
}

const skew = { doubtfulMs: 60_000, badMs: 5 * 60_000 } as const;

/** Compares the clock with the `Date` of an answer (RFC 9110 §6.6.1): Entra refuses what is signed in its future. */
export function examineClock(answer: TransportAnswer, clock: Clock): Finding {
  const row = { id: 'clock', subject: 'Clock of this machine' };
  const theirs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) {
    return { ...row, verdict: 'skipped', finding: 'the answer has no date to compare with', fix: null };
  }
  const offMs = clock.now() - theirs;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  if (Math.abs(offMs) < skew.doubtfulMs) {
    return { ...row, verdict: 'good', finding: 'agrees with that of Microsoft', fix: null };
  }
  return {
    ...row,
    verdict: Math.abs(offMs) < skew.badMs ? 'doubtful' : 'bad',
    finding: `is ${seconds} s ${offMs < 0 ? 'slow' : 'fast'}, compared with that of Microsoft`,
    fix: 'Let the machine set its clock by NTP (timedatectl set-ntp true).',
  };
}

/** Reads the answer to a request for the OpenID configuration of the tenant: whether this cloud has such a tenant. */
export function examineTenant(answer: TransportAnswer, clock: Clock): Finding {
  const row = { id: 'tenant', subject: 'Tenant' };
  const issuer = asRecord(parseJson(answer.body))?.['issuer'];
  if (answer.status === 200 && typeof issuer === 'string') {
    return { ...row, verdict: 'good', finding: 'exists in this cloud', fix: null };
  }
  const error = tokenError(answer, clock.now());
  return { ...row, verdict: 'bad', finding: error.message, fix: applicationRemedy(error.details.sourceCode) };
}
