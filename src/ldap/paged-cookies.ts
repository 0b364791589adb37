/**
 * Cookies of paged searches (RFC 2696): a cookie says where the search goes on, and a MAC under a key of this process says that
 * we made it, for this search and this identity. Whatever else comes is refused. All threads of a process have the same key.
 *
 *     0  4  id of the last entry returned
 *     4  4  entries returned by all pages so far
 *     8  6  number of the walk, by which the published directory is kept that its pages are of
 *    14  6  number of that publication
 *    20  n  what the last entry was ordered by, when the pages are sorted: for each key 0, or 1, one octet of length and the value
 *  20+n 16  HMAC-SHA-256, truncated, over the above, the identity and the search
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { BoundIdentity } from '../directory/identity.ts';
import type { EntryId } from '../directory/reader.ts';
import type { SortValues } from '../directory/sort.ts';

/** Where a paged search stands. */
export interface PagePosition {
  readonly after: EntryId;
  /** Entries returned so far, which count against the client's size limit. */
  readonly returned: number;
  /** The walk that the pages belong to (`paged-walks.ts`). */
  readonly walk: number;
  /** The publication that they are of. */
  readonly publication: number;
  /** What the last entry was ordered by; undefined when the pages are not sorted. */
  readonly sortValues: SortValues | undefined;
}

/** What a cookie is bound to: the parts of the request that must not change between pages, and who asks. */
export interface PagedSearchKey {
  readonly identity: BoundIdentity;
  readonly request: readonly Buffer[];
}

const fixedBytes = 20;
const macBytes = 16;

/** Makes and checks the cookies of one server. */
export class PagedCookies {
  readonly #key: Uint8Array;

  /** Whoever has the same key, 32 random octets, takes the same cookies. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /** The cookie for this position. */
  seal(position: PagePosition, search: PagedSearchKey): Buffer {
    const sortValues = (position.sortValues ?? []).map(encodeSortValue);
    const payload = Buffer.concat([Buffer.alloc(fixedBytes), ...sortValues]);
    payload.writeUInt32BE(position.after, 0);
    payload.writeUInt32BE(position.returned, 4);
    payload.writeUIntBE(position.walk, 8, 6);
    payload.writeUIntBE(position.publication, 14, 6);
    return Buffer.concat([payload, this.#mac(payload, search)]);
  }

  /** The position of a cookie that we made for this search and identity; else undefined. */
  open(cookie: Buffer, search: PagedSearchKey): PagePosition | undefined {
    const payloadBytes = cookie.length - macBytes;
    if (payloadBytes < fixedBytes) return undefined;
    const payload = cookie.subarray(0, payloadBytes);
    if (!timingSafeEqual(cookie.subarray(payloadBytes), this.#mac(payload, search))) return undefined;
    return {
      after: payload.readUInt32BE(0),
      returned: payload.readUInt32BE(4),
      walk: payload.readUIntBE(8, 6),
      publication: payload.readUIntBE(14, 6),
      sortValues: payloadBytes === fixedBytes ? undefined : decodeSortValues(payload.subarray(fixedBytes)),
    };
  }

  #mac(payload: Buffer, search: PagedSearchKey): Buffer {
    const hmac = createHmac('sha256', this.#key);
    hmac.update(payload);
    const who = search.identity.kind === 'anonymous' ? '' : search.identity.dn;
    hmac.update(`${search.identity.kind}:${Buffer.byteLength(who)}:${who}`);
    for (const part of search.request) hmac.update(part);
    return hmac.digest().subarray(0, macBytes);
  }
}

/** No value is longer than `sortValueBytesMax`, which is below 256. */
function encodeSortValue(value: string | undefined): Buffer {
  return value === undefined ? Buffer.of(0) : Buffer.concat([Buffer.of(1, value.length), Buffer.from(value, 'latin1')]);
}

/** Trusts the bytes: their MAC was checked. */
function decodeSortValues(bytes: Buffer): SortValues {
  const values: (string | undefined)[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0) {
      values.push(undefined);
      at += 1;
    } else {
      const end = at + 2 + (bytes[at + 1] ?? 0);
      values.push(bytes.toString('latin1', at + 2, end));
      at = end;
    }
  }
  return values;
}
