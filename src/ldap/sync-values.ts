/** The values of the controls and messages of RFC 4533 §2. Decoding throws {@link BerError} when a value is malformed. */

import { BerError, BerReader } from './ber-reader.ts';
import { BerWriter, elementSize, integerSize } from './ber-writer.ts';
import { berTag, controlOid } from './protocol.ts';
import type { ResponseControl } from './response-controls.ts';

/** A sync request control as a client sends it (RFC 4533 §2.2). */
export interface SyncRequest {
  /** Whether changes are to be reported after the refresh. */
  readonly persist: boolean;
  readonly cookie: Buffer | undefined;
  /** True: a client that cannot be brought up to date wants everything anew, rather than to be told so. */
  readonly reloadHint: boolean;
}

/** What became of an entry (RFC 4533 §2.3). */
export const syncState = { present: 0, add: 1, modify: 2, delete: 3 } as const;

/** The choices of a sync info message (RFC 4533 §2.5). */
const infoTag = { newCookie: 0x80, refreshDelete: 0xa1, refreshPresent: 0xa2, idSet: 0xa3 } as const;

const modes = { refreshOnly: 1, refreshAndPersist: 3 } as const;
const booleanSize = 3;

/** Empty between calls. */
const writer = new BerWriter(1024);

/** syncRequestValue (RFC 4533 §2.2). */
export function decodeSyncRequest(value: Buffer): SyncRequest {
  const reader = new BerReader(value);
  const outer = reader.enter(berTag.sequence);
  const mode = reader.integer(berTag.enumerated, modes.refreshOnly, modes.refreshAndPersist);
  if (mode !== modes.refreshOnly && mode !== modes.refreshAndPersist) throw new BerError('content', 'unknown mode');
  // A copy: the bytes of the message are not ours once the request has been carried out.
  const cookie = !reader.atEnd && reader.peek() === berTag.octetString ? Buffer.from(reader.octets()) : undefined;
  const reloadHint = !reader.atEnd && reader.boolean();
  reader.leave(outer);
  return { persist: mode === modes.refreshAndPersist, cookie, reloadHint };
}

/** The sync state control of an entry (RFC 4533 §2.3). `uuid` has 16 bytes. */
export function syncStateControl(state: number, uuid: Buffer): ResponseControl {
  writer.header(berTag.sequence, elementSize(integerSize(state)) + elementSize(uuid.length));
  writer.integer(berTag.enumerated, state);
  writer.octets(berTag.octetString, uuid);
  return { oid: controlOid.syncState, value: writer.take() };
}

/** The sync done control of a result (RFC 4533 §2.4). `refreshDeletes`: what is deleted was named, and all else is as it was. */
export function syncDoneControl(cookie: Buffer, refreshDeletes: boolean): ResponseControl {
  writer.header(berTag.sequence, elementSize(cookie.length) + (refreshDeletes ? booleanSize : 0));
  writer.octets(berTag.octetString, cookie);
  writeFlag(refreshDeletes);
  return { oid: controlOid.syncDone, value: writer.take() };
}

/** A sync info message that the refresh is done and changes will follow; `refreshDeletes` as in {@link syncDoneControl}. */
export function refreshDoneInfo(cookie: Buffer, refreshDeletes: boolean): Buffer {
  writer.header(refreshDeletes ? infoTag.refreshDelete : infoTag.refreshPresent, elementSize(cookie.length));
  writer.octets(berTag.octetString, cookie);
  return writer.take();
}

/** A sync info message with nothing but a cookie. */
export function newCookieInfo(cookie: Buffer): Buffer {
  writer.octets(infoTag.newCookie, cookie);
  return writer.take();
}

/** A sync info message of entries that are as they were, or else (`deletes`) are not in the content any more. */
export function idSetInfo(uuids: readonly Buffer[], deletes: boolean): Buffer {
  const idsLength = uuids.reduce((sum, uuid) => sum + elementSize(uuid.length), 0);
  writer.header(infoTag.idSet, elementSize(idsLength) + (deletes ? booleanSize : 0));
  writeFlag(deletes);
  writer.header(berTag.set, idsLength);
  for (const uuid of uuids) writer.octets(berTag.octetString, uuid);
  return writer.take();
}

/** A BOOLEAN that is FALSE when it is left out. */
function writeFlag(flag: boolean): void {
  if (!flag) return;
  writer.header(berTag.boolean, 1);
  writer.raw(isTrue);
}

const isTrue = Buffer.of(0xff);
