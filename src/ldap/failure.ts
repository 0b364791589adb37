import { DirectoryStorageError } from '../directory/reader.ts';
import { type LdapResult, ldapResult, ResultCode } from '../directory/result.ts';
import { SearchLimitError } from '../directory/search-limit-error.ts';
import { BerError } from './ber-reader.ts';
import { RequestError } from './request-error.ts';
import type { Session } from './session.ts';

/**
 * The result for an operation that threw. A store that cannot be read is `unavailable`, never an empty success (P1); what
 * nobody foresaw is `other`, with a number by which the log tells more. Broken structure is rethrown: it ends the session.
 */
export function failureResult(session: Session, messageId: number, error: unknown): LdapResult {
  if (error instanceof RequestError) return ldapResult(error.code, error.message);
  if (error instanceof SearchLimitError) return ldapResult(ResultCode.adminLimitExceeded, error.message);
  if (error instanceof BerError) {
    if (error.kind === 'structure') throw error;
    return ldapResult(ResultCode.protocolError, error.message);
  }
  const operation = `${session.id}.${messageId}`;
  if (error instanceof DirectoryStorageError) {
    session.services.log.error('ldap.operation.unavailable', { operation, peer: session.remoteAddress }, error);
    return ldapResult(ResultCode.unavailable, `the directory cannot be read; operation ${operation}`);
  }
  session.services.log.error('ldap.operation.failed', { operation, peer: session.remoteAddress }, error);
  return ldapResult(ResultCode.other, `internal error; operation ${operation}`);
}
