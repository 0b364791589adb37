import { randomUUID } from 'node:crypto';

import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { type PasswordChecker, type PasswordVerdict, secondFactorCodes } from '../identity/password-check.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Clock } from '../timing/clock.ts';
import { aadstsMeanings, parseTokenRefusal } from './aadsts.ts';
import { clientProof } from './client-proof.ts';
import type { ClientProof } from './client-proof.ts';
import type { ChainMember, CredentialChain } from './credential-chain.ts';
import { asRecord, parseJson } from './json.ts';
import { passwordForm } from './password-form.ts';
import type { Transport, TransportAnswer } from './transport.ts';

/** What a checker by the resource owner password grant is made of. */
export interface PasswordGrantOptions {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly credentials: CredentialChain;
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * Asks Entra about a password by the resource owner password grant (RFC 6749 §4.3,
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc).
 *
 * The request is our own, because the libraries answer a second question about the same user from their cache. A wrong
 * password is sent once, because each time counts towards the lockout; only a request that Entra refuses because of the
 * application's credential, before it looks at the password, is sent again with the next one. Of the tokens that come
 * back, none is kept; the narrowest scope is asked for.
 */
export function createPasswordChecker(options: PasswordGrantOptions): PasswordChecker {
  const proofs = new Map<ChainMember, ClientProof>();
  const proofOf = (member: ChainMember): ClientProof => {
    const proof = proofs.get(member) ?? clientProof(member.credential, options.clientId, options.tokenEndpoint);
    proofs.set(member, proof);
    return proof;
  };
  return {
    async check(userPrincipalName, password, signal) {
      const person = { userPrincipalName, password };
      let first: PasswordVerdict | undefined;
      for (const member of options.credentials.candidates()) {
        const verdict = await checkWith(options, proofOf(member), person, signal);
        first ??= verdict;
        if (isSettled(options.credentials, member, verdict)) return verdict;
      }
      return first ?? { kind: 'misconfigured', aadsts: undefined, message: 'the application has no credential' };
    },
  };
}

/** Whether a verdict stands, or another credential may bring a better one; what it says of this one is remembered. */
function isSettled(credentials: CredentialChain, member: ChainMember, verdict: PasswordVerdict): boolean {
  // It took no part in the request; see `clientProof`.
  const wasUsed = member.credential.kind !== 'managedIdentity';
  if (verdict.kind === 'misconfigured') return wasUsed && !credentials.refused(member, refusalOf(verdict));
  if (wasUsed && verdict.kind !== 'unavailable') credentials.accepted(member);
  return true;
}

async function checkWith(
  options: PasswordGrantOptions,
  proof: ClientProof,
  { userPrincipalName: username, password }: { readonly userPrincipalName: string; readonly password: Buffer },
  signal: AbortSignal,
): Promise<PasswordVerdict> {
  // Microsoft's sign-in logs have the request under this number, whatever becomes of the answer.
  const correlationId = randomUUID();
  try {
    const fields = {
      client_id: options.clientId,
      ...(await proof(options.clock.now())),
      grant_type: 'password',
      scope: 'openid',
      // Brings the object id of the person whose password it was, without a token to decode.
      client_info: '1',
      username,
    };
    const body = passwordForm(fields, password);
    try {
      return { ...readVerdict(await post(options, body, correlationId, signal)), correlationId };
    } finally {
      body.fill(0);
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // What cannot even be read here is no passing trouble of Microsoft's.
    const kind = error.code === 'credentials' ? 'misconfigured' : 'unavailable';
    return { kind, aadsts: undefined, message: error.message, correlationId };
  }
}

function refusalOf({ aadsts, message }: Extract<PasswordVerdict, { kind: 'misconfigured' }>): SourceError {
  return new SourceError('credentials', message, aadsts === undefined ? {} : { sourceCode: String(aadsts) });
}

async function post(
  options: PasswordGrantOptions,
  body: Buffer,
  correlationId: string,
  signal: AbortSignal,
): Promise<TransportAnswer> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
    accept: 'application/json',
    'user-agent': 'entra-ldapd',
    'client-request-id': correlationId,
  };
  return await options.transport.send({ method: 'POST', url: options.tokenEndpoint, headers, body, signal });
}

function readVerdict(answer: TransportAnswer): PasswordVerdict {
  if (answer.status === 200) return readSuccess(answer.body);
  const refusal = parseTokenRefusal(answer.body);
  if (answer.status === 429 || answer.status >= 500 || refusal === undefined) {
    return unavailable(refusal?.aadsts, `Entra answered with status ${answer.status}`);
  }
  const { aadsts } = refusal;
  const meaning = aadsts === undefined ? undefined : aadstsMeanings.get(aadsts);
  if (meaning === undefined) return { kind: 'refused', reason: 'unknown', aadsts };
  const message = `${meaning.text} (AADSTS${aadsts})`;
  switch (meaning.verdict) {
    case 'unavailable':
      return unavailable(aadsts, message);
    case 'misconfigured':
      return { kind: 'misconfigured', aadsts, message };
    default:
      return { kind: 'refused', reason: meaning.verdict, aadsts, passwordProven: provesPassword(aadsts) };
  }
}

// An expired password is told of only where it is the right one.
const expiryCodes: ReadonlySet<number> = new Set([50055, 50144]);

function provesPassword(aadsts: number | undefined): boolean {
  return aadsts !== undefined && (secondFactorCodes.includes(aadsts) || expiryCodes.has(aadsts));
}

// Only an answer that carries a token says yes: a captive portal answers 200 as well (P7).
function readSuccess(body: string): PasswordVerdict {
  const answer = asRecord(parseJson(body));
  const token = answer?.['access_token'] ?? answer?.['id_token'];
  if (typeof token !== 'string' || token === '') return unavailable(undefined, 'Entra answered without a token');
  const objectId = readClientInfo(answer?.['client_info']);
  return { kind: 'accepted', ...(objectId === undefined ? {} : { objectId }) };
}

// `uid` is the object id in the person's home tenant, in base64url-encoded JSON.
function readClientInfo(value: unknown): ObjectId | undefined {
  if (typeof value !== 'string') return undefined;
  const uid = asRecord(parseJson(Buffer.from(value, 'base64url').toString('utf8')))?.['uid'];
  return typeof uid === 'string' ? parseObjectId(uid) : undefined;
}

function unavailable(aadsts: number | undefined, message: string): PasswordVerdict {
  return { kind: 'unavailable', aadsts, message };
}
