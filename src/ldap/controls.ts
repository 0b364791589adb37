import type { Filter } from '../directory/filter.ts';
import type { ViewRequest } from '../directory/list-view.ts';
import type { MatchedItem } from '../directory/matched-values.ts';
import { ResultCode } from '../directory/result.ts';
import type { DereferenceRequest } from '../directory/search-types.ts';
import type { SortKey } from '../directory/sort.ts';
import { BerError, BerReader } from './ber-reader.ts';
import {
  decodeDereferences,
  decodeListView,
  decodeMatchedValues,
  decodePagedResults,
  decodeSortKeys,
  type PagedResultsRequest,
} from './control-values.ts';
import { decodeFilter } from './filter-decoder.ts';
import type { LdapLimits } from './limits.ts';
import { decodeSyncRequest, type SyncRequest } from './sync-values.ts';
import { berTag, controlOid, controlsTag, requestTag } from './protocol.ts';
import { RequestError } from './request-error.ts';

/** A server-side sorting control as a client sends it (RFC 2891 §1.1). */
export interface SortControl {
  readonly keys: readonly SortKey[];
  /** Without the order the client does not want the entries. */
  readonly critical: boolean;
  /** The value as it came: pages of one search have the same. */
  readonly value: Buffer;
}

/** The controls of one request, as far as they concern us. */
export interface RequestControls {
  readonly paged?: PagedResultsRequest;
  readonly sort?: SortControl;
  /** The part of the sorted entries that is wanted. */
  readonly view?: ViewRequest;
  /** The values that are wanted of the attributes returned. */
  readonly matchedValues?: readonly MatchedItem[];
  /** Whether a bind is to be answered with the identity that it gave (RFC 3829). */
  readonly authorizationIdentity?: boolean;
  readonly dereference?: DereferenceRequest;
  /** What has to be True of the base or the compared entry (RFC 4528). */
  readonly assertion?: Filter;
  /** A search whose content is to be synchronized (RFC 4533 §2.2). */
  readonly sync?: SyncRequest;
  /** Whether subentries are visible, and nothing else, or anything but them (RFC 3672 §3). */
  readonly subentries?: boolean;
  /** True when a critical control is unknown or does not belong to the operation (RFC 4511 §4.1.11). */
  readonly unavailableCritical: boolean;
}

/** A request without controls. */
export const noControls: RequestControls = { unavailableCritical: false };

/** A control that we have. */
interface KnownControl {
  readonly name: string;
  /** The operations that it belongs to; with others it is as good as unknown. */
  readonly requests: ReadonlySet<number>;
  /** Reads the value; without it the control has none that matters. */
  readonly decode?: (value: Buffer, critical: boolean, limits: LdapLimits) => Partial<RequestControls>;
  /** What a control without value says by being there. */
  readonly means?: Partial<RequestControls>;
}

const searchOnly: ReadonlySet<number> = new Set([requestTag.search]);
const bindOnly: ReadonlySet<number> = new Set([requestTag.bind]);
const questions: ReadonlySet<number> = new Set([requestTag.search, requestTag.compare]);
const everyEntryOperation: ReadonlySet<number> = new Set([
  requestTag.search,
  requestTag.compare,
  requestTag.add,
  requestTag.delete,
  requestTag.modify,
  requestTag.modifyDn,
]);

const knownControls: ReadonlyMap<string, KnownControl> = new Map<string, KnownControl>([
  [
    controlOid.pagedResults,
    { name: 'paged results', requests: searchOnly, decode: (value) => ({ paged: decodePagedResults(value) }) },
  ],
  [
    controlOid.sort,
    {
      name: 'sort',
      requests: searchOnly,
      // A copy: the bytes of the message are not ours once the request has been carried out.
      decode: (value, critical) => ({ sort: { keys: decodeSortKeys(value), critical, value: Buffer.from(value) } }),
    },
  ],
  [
    controlOid.listView,
    { name: 'virtual list view', requests: searchOnly, decode: (value) => ({ view: decodeListView(value) }) },
  ],
  [
    controlOid.matchedValues,
    {
      name: 'matched values',
      requests: searchOnly,
      decode: (value, _critical, limits) => ({ matchedValues: decodeMatchedValues(value, limits) }),
    },
  ],
  [
    controlOid.authorizationIdentity,
    { name: 'authorization identity', requests: bindOnly, means: { authorizationIdentity: true } },
  ],
  [
    controlOid.dereference,
    {
      name: 'dereference',
      requests: searchOnly,
      decode: (value, critical) => ({ dereference: { specs: decodeDereferences(value), critical } }),
    },
  ],
  [
    controlOid.assertion,
    {
      name: 'assertion',
      requests: questions,
      decode: (value, _critical, limits) => ({ assertion: decodeFilter(new BerReader(value), limits) }),
    },
  ],
  [
    controlOid.subentries,
    {
      name: 'subentries',
      requests: searchOnly,
      decode: (value) => ({ subentries: new BerReader(value).boolean() }),
    },
  ],
  [
    controlOid.syncRequest,
    { name: 'sync request', requests: searchOnly, decode: (value) => ({ sync: decodeSyncRequest(value) }) },
  ],
  // There are no referrals that could leave the domain ([MS-ADTS] 3.1.1.3.4.1.8).
  [controlOid.domainScope, { name: 'domain scope', requests: searchOnly }],
  // RFC 6171: what is asked of us is answered by us, who alone hold it; there is no other server to copy from.
  [controlOid.dontUseCopy, { name: 'don’t use copy', requests: questions }],
  // RFC 3296: there are no referrals here, so that nothing is left to do.
  [controlOid.manageDsaIt, { name: 'ManageDsaIT', requests: everyEntryOperation }],
]);

/**
 * Reads the controls of a request. Controls that we do not have are ignored unless they are critical. Throws
 * {@link RequestError} when a control we know comes twice or its value is malformed, and {@link BerError}.
 */
export function decodeControls(reader: BerReader, request: number, limits: LdapLimits): RequestControls {
  const outer = reader.enter(controlsTag);
  const seen = new Set<string>();
  let controls = noControls;
  for (let count = 1; !reader.atEnd; count++) {
    if (count > limits.controlsMax) throw new RequestError(ResultCode.adminLimitExceeded, 'too many controls');
    const sequence = reader.enter(berTag.sequence);
    const type = reader.string();
    const critical = reader.peek() === berTag.boolean && reader.boolean();
    const value = reader.peek() === berTag.octetString ? reader.octets() : undefined;
    reader.leave(sequence);
    const known = knownControls.get(type);
    if (known?.requests.has(request) !== true) {
      if (critical) controls = { ...controls, unavailableCritical: true };
      continue;
    }
    if (seen.has(type)) throw new RequestError(ResultCode.protocolError, 'a control comes twice');
    seen.add(type);
    controls = { ...controls, ...decodeValue(known, value, critical, limits) };
  }
  reader.leave(outer);
  return controls;
}

function decodeValue(
  control: KnownControl,
  value: Buffer | undefined,
  critical: boolean,
  limits: LdapLimits,
): Partial<RequestControls> {
  if (control.decode === undefined) return control.means ?? {};
  try {
    if (value === undefined) throw new BerError('content', 'missing value');
    return control.decode(value, critical, limits);
  } catch (error) {
    // The value is encoded apart from the message, so even a broken length in it leaves the message readable.
    if (error instanceof BerError) {
      throw new RequestError(ResultCode.protocolError, `malformed ${control.name} control`);
    }
    throw error;
  }
}
