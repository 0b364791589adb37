import { ResultCode } from '../directory/result.ts';
import { BerError, BerReader } from './ber-reader.ts';
import { berTag, controlOid, controlsTag, maxInt, requestTag } from './protocol.ts';
import { RequestError } from './request-error.ts';

/** A paged results control as a client sends it (RFC 2696 §2). */
interface PagedResultsRequest {
  /** Entries of one page; 0 with a cookie gives the search up. */
  readonly size: number;
  readonly cookie: Buffer;
}

/** The controls of one request, as far as they concern us. */
export interface RequestControls {
  readonly paged: PagedResultsRequest | undefined;
  /** True when a critical control is unknown or does not belong to the operation (RFC 4511 §4.1.11). */
  readonly unavailableCritical: boolean;
}

/** A request without controls. */
export const noControls: RequestControls = { paged: undefined, unavailableCritical: false };

/** The operations that a control belongs to; elsewhere it is as good as unknown. */
const appropriate = new Map<string, ReadonlySet<number>>([
  [controlOid.pagedResults, new Set([requestTag.search])],
  [
    controlOid.manageDsaIt,
    new Set([
      requestTag.search,
      requestTag.compare,
      requestTag.add,
      requestTag.delete,
      requestTag.modify,
      requestTag.modifyDn,
    ]),
  ],
]);

/**
 * Reads the controls of a request. Controls that we do not have are ignored unless they are critical. ManageDsaIT
 * (RFC 3296) needs nothing further: there are no referrals here. Throws {@link RequestError} when a control we know comes
 * twice or its value is malformed, and {@link BerError}.
 */
export function decodeControls(reader: BerReader, request: number, controlsMax: number): RequestControls {
  const outer = reader.enter(controlsTag);
  const seen = new Set<string>();
  let paged: PagedResultsRequest | undefined;
  let unavailableCritical = false;
  for (let count = 1; !reader.atEnd; count++) {
    if (count > controlsMax) throw new RequestError(ResultCode.adminLimitExceeded, 'too many controls');
    const sequence = reader.enter(berTag.sequence);
    const type = reader.string();
    const critical = reader.peek() === berTag.boolean && reader.boolean();
    const value = reader.peek() === berTag.octetString ? reader.octets() : undefined;
    reader.leave(sequence);
    if (appropriate.get(type)?.has(request) !== true) {
      unavailableCritical ||= critical;
      continue;
    }
    if (seen.has(type)) throw new RequestError(ResultCode.protocolError, 'a control comes twice');
    seen.add(type);
    if (type === controlOid.pagedResults) paged = decodePagedResults(value);
  }
  reader.leave(outer);
  return { paged, unavailableCritical };
}

function decodePagedResults(value: Buffer | undefined): PagedResultsRequest {
  try {
    if (value === undefined) throw new BerError('content', 'missing value');
    const reader = new BerReader(value);
    const outer = reader.enter(berTag.sequence);
    const size = reader.integer(berTag.integer, 0, maxInt);
    const cookie = reader.octets();
    reader.leave(outer);
    return { size, cookie };
  } catch (error) {
    // The value is encoded apart from the message, so even a broken length in it leaves the message readable.
    if (error instanceof BerError) throw new RequestError(ResultCode.protocolError, 'malformed paged results control');
    throw error;
  }
}
