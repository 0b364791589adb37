import type { ContentOutcome } from './content-types.ts';
import type { Filter } from './filter.ts';
import type { BoundIdentity } from './identity.ts';
import type { DirectoryLease } from './reader.ts';
import type { LdapResult } from './result.ts';
import type { SearchOutcome, SearchRequest } from './search-types.ts';

/** A directory that can be searched, as seen by whoever speaks the protocol. */
export interface Directory {
  /** Begins a search. Throws `DirectoryStorageError` when the store cannot be read. */
  search(request: SearchRequest, who: BoundIdentity): SearchOutcome;
  /**
   * Finds the content of a search for its synchronization (RFC 4533): of the request, base, scope, filter, assertion, attributes
   * and `hold` count. `known` is the directory that the client has, when it is at hand. Without it, for an identity that does not
   * read everything, the history begins now: what is gone can only be told by what is there, since naming it could name what the
   * identity has never seen. Throws `DirectoryStorageError`.
   */
  content(request: SearchRequest, who: BoundIdentity, known?: DirectoryLease): ContentOutcome;
  /** Calls the listener after each publish, until the subscription is disposed of. */
  onPublished(listener: () => void): Disposable;
  /**
   * Compares one assertion (RFC 4511 §4.10): compareTrue, compareFalse, or what forbids an answer; assertionFailed when
   * `condition` is not True of the entry (RFC 4528). Throws `DirectoryStorageError`.
   */
  compare(dn: string, attribute: string, value: Buffer, who: BoundIdentity, condition?: Filter): LdapResult;
}
