import { ResultCode, ldapResult } from '../directory/result.ts';
import type { LdapResult } from '../directory/result.ts';

/** The answers to a bind that is not accepted. There is one for each result code, so that a text never tells what the code does not. */
export const bindResults = {
  invalidCredentials: ldapResult(ResultCode.invalidCredentials, 'The name or the password is wrong'),
  busy: ldapResult(ResultCode.busy, 'Logins cannot be checked yet; try again later'),
  unavailable: ldapResult(ResultCode.unavailable, 'Logins cannot be checked at present'),
} as const satisfies Readonly<Record<string, LdapResult>>;
