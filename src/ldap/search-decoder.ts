import type { SearchRequest, SearchScope } from '../directory/search-types.ts';
import { ResultCode } from '../directory/result.ts';
import type { BerReader } from './ber-reader.ts';
import { decodeFilter } from './filter-decoder.ts';
import type { LdapLimits } from './limits.ts';
import { berTag, maxInt, requestTag } from './protocol.ts';
import { RequestError } from './request-error.ts';

/** A SearchRequest (RFC 4511 §4.5.1) as sent. */
export interface DecodedSearch {
  readonly request: SearchRequest;
  /** Entries that the client wants at most; 0 means any number. */
  readonly sizeLimit: number;
  /** Seconds that the client wants to wait at most; 0 means any time. */
  readonly timeLimitSeconds: number;
  /** Where the two limits stand in the message: everything around them makes two searches the same (RFC 2696 §3). */
  readonly limitsStart: number;
  readonly limitsEnd: number;
}

const scopes: readonly SearchScope[] = ['base', 'one', 'subtree', 'subordinate'];

/** Reads a search request. Throws {@link RequestError} past a limit, and `BerError` when it is malformed. */
export function decodeSearch(reader: BerReader, limits: LdapLimits): DecodedSearch {
  const outer = reader.enter(requestTag.search);
  const baseDn = reader.string();
  const scope = scopes[reader.integer(berTag.enumerated, 0, scopes.length - 1)] ?? 'base';
  // There are no aliases, so each of the four ways of dereferencing them comes to the same.
  reader.integer(berTag.enumerated, 0, 3);
  const limitsStart = reader.offset;
  const sizeLimit = reader.integer(berTag.integer, 0, maxInt);
  const timeLimitSeconds = reader.integer(berTag.integer, 0, maxInt);
  const limitsEnd = reader.offset;
  const typesOnly = reader.boolean();
  const filter = decodeFilter(reader, limits);
  const attributes = decodeAttributes(reader, limits.attributesMax);
  reader.leave(outer);
  const request = { baseDn, scope, filter, attributes, typesOnly, after: undefined };
  return { request, sizeLimit, timeLimitSeconds, limitsStart, limitsEnd };
}

function decodeAttributes(reader: BerReader, attributesMax: number): readonly string[] {
  const outer = reader.enter(berTag.sequence);
  const attributes: string[] = [];
  while (!reader.atEnd) {
    if (attributes.length === attributesMax) {
      throw new RequestError(ResultCode.adminLimitExceeded, 'too many attributes');
    }
    attributes.push(reader.string());
  }
  reader.leave(outer);
  return attributes;
}
