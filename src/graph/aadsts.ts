import { asRecord, parseJson } from './json.ts';
import type { PasswordRefusal } from '../identity/password-check.ts';

/** What one AADSTS code means for a bind by password, and in a sentence for the administrator. */
export interface AadstsMeaning {
  readonly verdict: PasswordRefusal | 'unavailable' | 'misconfigured';
  readonly text: string;
}

/**
 * The codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes that can answer a token request
 * of ours. Microsoft adds codes at any time: a code that is not here refuses (P7).
 */
export const aadstsMeanings: ReadonlyMap<number, AadstsMeaning> = new Map<number, AadstsMeaning>([
  // The name or the password is wrong.
  [50126, { verdict: 'wrong', text: 'the user name or the password is wrong' }],
  [50056, { verdict: 'wrong', text: 'the account has no password in Entra' }],
  [50064, { verdict: 'wrong', text: 'the credentials could not be validated' }],
  [50034, { verdict: 'noSuchUser', text: 'the tenant has no such user' }],
  [51004, { verdict: 'noSuchUser', text: 'the tenant has no such user' }],
  [50020, { verdict: 'noSuchUser', text: 'the user belongs to another tenant' }],

  // The account may not sign in at present.
  [50053, { verdict: 'locked', text: 'Smart Lockout locked the account, or blocked the address of this server' }],
  [50055, { verdict: 'expired', text: 'the password has expired' }],
  [50144, { verdict: 'expired', text: 'the Active Directory password has expired' }],
  [50142, { verdict: 'mustChange', text: 'the password must be changed because of risk' }],
  [50057, { verdict: 'disabled', text: 'the account is disabled' }],

  // A person at a browser would be asked for more.
  [50072, { verdict: 'interactionRequired', text: 'the user must enrol for multi-factor authentication' }],
  [50074, { verdict: 'interactionRequired', text: 'multi-factor authentication is required' }],
  [50076, { verdict: 'interactionRequired', text: 'multi-factor authentication is required' }],
  [50079, { verdict: 'interactionRequired', text: 'the user must enrol for multi-factor authentication' }],
  [50158, { verdict: 'interactionRequired', text: 'an external security challenge is required' }],
  [53004, { verdict: 'interactionRequired', text: 'the user must register for multi-factor authentication first' }],

  // A policy of the tenant forbids it.
  [53000, { verdict: 'notAllowed', text: 'Conditional Access demands a compliant device' }],
  [53001, { verdict: 'notAllowed', text: 'Conditional Access demands a domain-joined device' }],
  [53002, { verdict: 'notAllowed', text: 'Conditional Access demands an approved application' }],
  [53003, { verdict: 'notAllowed', text: 'Conditional Access blocks the sign-in' }],
  [53011, { verdict: 'notAllowed', text: 'the user is blocked because of risk' }],
  [530035, { verdict: 'notAllowed', text: 'security defaults block the sign-in' }],
  [50131, { verdict: 'notAllowed', text: 'Conditional Access blocks the sign-in' }],
  [50105, { verdict: 'notAllowed', text: 'the user is not assigned to the application' }],

  // Passing trouble on Microsoft's side or at the tenant's pass-through authentication agents.
  [50196, { verdict: 'unavailable', text: 'Entra saw a loop of requests and refuses further ones for now' }],
  [80001, { verdict: 'unavailable', text: 'no pass-through authentication agent reaches Active Directory' }],
  [80002, { verdict: 'unavailable', text: 'the pass-through authentication agent did not answer in time' }],
  [80005, { verdict: 'unavailable', text: 'the pass-through authentication agent failed' }],
  [80014, { verdict: 'unavailable', text: 'the pass-through authentication agent answered too late' }],
  [90006, { verdict: 'unavailable', text: 'an external service failed' }],
  [90024, { verdict: 'unavailable', text: 'Entra is overloaded' }],
  [90033, { verdict: 'unavailable', text: 'the directory of Entra is temporarily unavailable' }],
  [90055, { verdict: 'unavailable', text: 'the tenant is throttled' }],

  // Our own registration or configuration is at fault.
  [50059, { verdict: 'misconfigured', text: 'the tenant is not known; check the tenant id' }],
  [50128, { verdict: 'misconfigured', text: 'the domain belongs to no tenant; check the tenant id' }],
  [
    90002,
    { verdict: 'misconfigured', text: 'the tenant does not exist in this cloud; check the tenant id and the cloud' },
  ],
  [65001, { verdict: 'misconfigured', text: 'admin consent was not granted to the application' }],
  [
    650056,
    { verdict: 'misconfigured', text: 'the application lists no permission for the resource, or lacks admin consent' },
  ],
  [650057, { verdict: 'misconfigured', text: 'the application lists no permission for the resource' }],
  [700016, { verdict: 'misconfigured', text: 'the tenant has no application with this client id' }],
  [700025, { verdict: 'misconfigured', text: 'the application is a public client and must not send a secret' }],
  [
    700027,
    { verdict: 'misconfigured', text: 'the certificate is not registered with the application, or has expired' },
  ],
  [
    7000215,
    { verdict: 'misconfigured', text: 'the client secret is wrong; it must be the value of a secret, not its id' },
  ],
  [
    7000112,
    { verdict: 'misconfigured', text: 'the application is disabled in the tenant; enable its enterprise application' },
  ],
  [700021, { verdict: 'misconfigured', text: 'the assertion does not name the application as its issuer' }],
  [700023, { verdict: 'misconfigured', text: 'the audience of the assertion is not the one that is expected' }],
  [700024, { verdict: 'misconfigured', text: 'the assertion is not valid at this time; check the clock' }],
  [70021, { verdict: 'misconfigured', text: 'the application trusts no such token of another identity provider' }],
  [700211, { verdict: 'misconfigured', text: 'the application does not trust the issuer of the federated token' }],
  [700212, { verdict: 'misconfigured', text: 'the application does not trust the audience of the federated token' }],
  [700213, { verdict: 'misconfigured', text: 'the application does not trust the subject of the federated token' }],
  [7000218, { verdict: 'misconfigured', text: 'the application demands a client secret or certificate' }],
  [7000222, { verdict: 'misconfigured', text: 'the client secret has expired; create a new one' }],
]);

/** What the token endpoint said when it refused. */
export interface TokenRefusal {
  /** The number of the AADSTS code; undefined when the answer names none. */
  readonly aadsts: number | undefined;
  readonly requestId: string | undefined;
}

/**
 * Reads the error body of the token endpoint (or of the OpenID configuration): the first of `error_codes`, else the number
 * in the description. Undefined when the body is no such error: an HTML page of a proxy, for instance.
 */
export function parseTokenRefusal(body: string): TokenRefusal | undefined {
  const answer = asRecord(parseJson(body));
  if (typeof answer?.['error'] !== 'string') return undefined;
  const codes: unknown = answer['error_codes'];
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  const description = typeof answer['error_description'] === 'string' ? answer['error_description'] : '';
  const quoted = /AADSTS(\d{1,9})/.exec(description)?.[1];
  return {
    aadsts: typeof first === 'number' ? first : quoted === undefined ? undefined : Number(quoted),
    requestId: typeof answer['trace_id'] === 'string' ? answer['trace_id'] : undefined,
  };
}
