/**
 * Cookies of RFC 4533 as OpenLDAP reads and writes them, for its consumer takes no others: `rid=001,csn=…`. The change number
 * is the context of the directory that the client has. Its last field, which does not take part in the order of publications,
 * binds the cookie to the store's history, to the search and to who asks, as far as its 24 bits can.
 */
import { createHash } from 'node:crypto';

import { changeCountMax, formatChangeNumber, parseChangeNumber } from '../directory/csn.ts';
import type { BoundIdentity } from '../directory/identity.ts';

/** What a cookie is bound to. */
export interface SyncBinding {
  /** Of the store (`ChangeHistory.id`). */
  readonly history: string;
  readonly identity: BoundIdentity;
  /** The search request without its limits. */
  readonly request: readonly Buffer[];
}

/**
 * What a client has. `nothing`: it begins. `known`: the directory with this stamp, as this search finds it. `unknown`: something
 * that cannot be compared with it, from before `stampMs` if that can be told.
 */
export type ClientState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'known'; readonly stampMs: number }
  | { readonly kind: 'unknown'; readonly stampMs: number };

const cookieBytesMax = 1024;
const replicaPattern = /^\d{1,3}$/;

/** Reads a cookie; undefined: the client sent none. */
export function readSyncCookie(cookie: Buffer | undefined, binding: SyncBinding): ClientState {
  const fields = fieldsOf(cookie);
  const csn = fields.get('csn');
  // OpenLDAP's consumer begins with a cookie that says who it is, and nothing else.
  if (csn === undefined) {
    const isEmpty = cookie === undefined || cookie.length === 0 || fields.has('rid');
    return isEmpty ? { kind: 'nothing' } : { kind: 'unknown', stampMs: 0 };
  }
  const number = parseChangeNumber(csn);
  if (number === undefined) return { kind: 'unknown', stampMs: 0 };
  const isOurs = number.count === changeCountMax && number.modification === bindingTag(binding);
  return { kind: isOurs ? 'known' : 'unknown', stampMs: number.timeMs };
}

/** Who a cookie says that the client is, to be repeated in every cookie for it. */
export function replicaOf(cookie: Buffer | undefined): string {
  const replica = fieldsOf(cookie).get('rid') ?? '';
  return replicaPattern.test(replica) ? replica : '000';
}

/** The cookie of a client that has the directory with this stamp. */
export function formatSyncCookie(replica: string, stampMs: number, binding: SyncBinding): Buffer {
  const csn = formatChangeNumber({ timeMs: stampMs, count: changeCountMax, modification: bindingTag(binding) });
  return Buffer.from(`rid=${replica},csn=${csn}`);
}

/** The comma-separated fields of a cookie; none when it is no such text. */
function fieldsOf(cookie: Buffer | undefined): ReadonlyMap<string, string> {
  if (cookie === undefined || cookie.length > cookieBytesMax) return new Map();
  const fields = cookie.toString('latin1').split(',');
  return new Map(fields.map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]));
}

function bindingTag({ history, identity, request }: SyncBinding): number {
  const hash = createHash('sha256');
  const who = identity.kind === 'anonymous' ? '' : identity.dn;
  hash.update(`${history}:${identity.kind}:${Buffer.byteLength(who)}:${who}`);
  for (const part of request) hash.update(part);
  return hash.digest().readUIntBE(0, 3);
}
