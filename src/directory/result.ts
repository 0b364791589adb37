/** Result codes of RFC 4511 appendix A.1 and §4.1.9, with those of the extensions that we answer. */
export const ResultCode = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  saslBindInProgress: 14,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  inappropriateMatching: 18,
  constraintViolation: 19,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDNSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  loopDetect: 54,
  sortControlMissing: 60,
  offsetRangeError: 61,
  virtualListViewError: 76,
  other: 80,
  canceled: 118,
  noSuchOperation: 119,
  assertionFailed: 122,
  syncRefreshRequired: 4096,
} as const;

/** The number of one result code. */
export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode];

/** An LDAPResult (RFC 4511 §4.1.9). Texts are fixed and safe to show to anyone; details belong in the log. */
export interface LdapResult {
  readonly code: ResultCode;
  /** The nearest existing ancestor for noSuchObject, else empty. */
  readonly matchedDn: string;
  readonly diagnosticMessage: string;
}

/** Shorthand for an {@link LdapResult}. */
export function ldapResult(code: ResultCode, diagnosticMessage = '', matchedDn = ''): LdapResult {
  return { code, matchedDn, diagnosticMessage };
}
