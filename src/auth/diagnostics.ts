import { type LdapResult, ldapResult, ResultCode } from '../directory/result.ts';
import type { Denial } from './link.ts';
import { bindResults } from './results.ts';
import type { Diagnostics } from './settings.ts';

/** A refusal, as far as a client may learn of it. */
interface Refusal {
  readonly denial: Denial;
  readonly isProven?: boolean;
}

/**
 * Active Directory's words for why a bind was refused, which some clients read out of the diagnostic message:
 * the Windows error codes of a logon in hexadecimal (https://ldapwiki.com/wiki/Common%20Active%20Directory%20Bind%20Errors).
 */
const words: Readonly<Record<Denial, string>> = {
  wrong: '52e',
  unknown: '52e',
  noSuchUser: '525',
  interactionRequired: '530',
  notAllowed: '530',
  expired: '532',
  disabled: '533',
  mustChange: '773',
  locked: '775',
};

/** The answer to a bind that is refused: always invalidCredentials, so that only the text can tell more. */
export function refusalResult(diagnostics: Diagnostics, { denial, isProven = false }: Refusal): LdapResult {
  if (diagnostics === 'plain') return bindResults.invalidCredentials;
  // Whoever has not shown the right password learns no more than that this one is not.
  const word = words[diagnostics === 'activeDirectoryFull' || isProven ? denial : 'wrong'];
  const text = `80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, data ${word}, v4563`;
  return ldapResult(ResultCode.invalidCredentials, text);
}
