import {
  control,
  element,
  elements,
  enumerated,
  integerValue,
  message,
  searchRequest,
  sequence,
  text,
} from './ldap-ber.ts';
import type { SearchFields } from './ldap-ber.ts';
import type { RawClient, RawMessage } from './ldap-raw-client.ts';

const requestOid = '1.3.6.1.4.1.4203.1.9.1.1';
const stateOid = '1.3.6.1.4.1.4203.1.9.1.2';
const doneOid = '1.3.6.1.4.1.4203.1.9.1.3';
const infoOid = '1.3.6.1.4.1.4203.1.9.1.4';
const states = ['present', 'add', 'modify', 'delete'] as const;

/** An entry with what became of it. */
export interface SyncEntry {
  readonly kind: (typeof states)[number];
  readonly dn: string;
  readonly uuid: string;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** One message of a content synchronization (RFC 4533) as a test looks at it. */
export type SyncEvent =
  | SyncEntry
  | { readonly kind: 'ids'; readonly deletes: boolean; readonly uuids: readonly string[] }
  | {
      readonly kind: 'refreshed';
      readonly deletes: boolean;
      readonly done: boolean;
      readonly cookie: string | undefined;
    }
  | { readonly kind: 'cookie'; readonly cookie: string }
  | { readonly kind: 'result'; readonly code: number; readonly cookie: string | undefined; readonly deletes: boolean };

/** What is asked for beside the search. */
export interface SyncFields extends SearchFields {
  readonly persist?: boolean;
  readonly cookie?: string | undefined;
  readonly reloadHint?: boolean;
}

/** The value of a sync request control. */
function syncRequestValue({ persist = false, cookie, reloadHint }: SyncFields = {}): Buffer {
  return sequence(
    enumerated(persist ? 3 : 1),
    ...(cookie === undefined ? [] : [text(cookie)]),
    ...(reloadHint === undefined ? [] : [element(0x01, Buffer.of(reloadHint ? 0xff : 0))]),
  );
}

/** A search with a critical sync request control, as a whole message. */
export function syncMessage(id: number, fields: SyncFields = {}, others: readonly Buffer[] = []): Buffer {
  return message(id, searchRequest(fields), [control(requestOid, true, syncRequestValue(fields)), ...others]);
}

/** Reads messages until the test is content, or to the result; messages of other operations are an error. */
export async function readSync(
  client: RawClient,
  id: number,
  until: (event: SyncEvent) => boolean = () => false,
): Promise<readonly SyncEvent[]> {
  const events: SyncEvent[] = [];
  for (;;) {
    const received = await client.next();
    if (received === undefined) throw new Error('the connection ended');
    if (received.id !== id) throw new Error(`a message of operation ${received.id}`);
    const event = eventOf(received);
    events.push(event);
    if (event.kind === 'result' || until(event)) return events;
  }
}

/** Sends a synchronization that does not persist and reads all of it. */
export async function refresh(client: RawClient, id: number, fields: SyncFields = {}): Promise<readonly SyncEvent[]> {
  await client.send(syncMessage(id, fields));
  return await readSync(client, id);
}

/** The cookie of the last message that has one. */
export function lastCookie(events: readonly SyncEvent[]): string {
  for (const event of events.toReversed()) if ('cookie' in event && event.cookie !== undefined) return event.cookie;
  throw new Error('no cookie came');
}

/** What the entries among the events are called, with what became of them, in alphabetical order. */
export function changesOf(events: readonly SyncEvent[]): readonly string[] {
  return events.flatMap((event) => ('dn' in event ? [`${event.kind} ${event.dn.split(',')[0] ?? ''}`] : [])).toSorted();
}

/** The entry of the user with this uid. */
export function userOf(events: readonly SyncEvent[], uid: string): SyncEntry | undefined {
  return events.flatMap((event) => ('dn' in event ? [event] : [])).find(({ dn }) => dn.startsWith(`uid=${uid},`));
}

function eventOf(received: RawMessage): SyncEvent {
  switch (received.tag) {
    case 0x64:
      return entryEvent(received);
    case 0x79:
      return infoEvent(received);
    default:
      return resultEvent(received);
  }
}

function entryEvent({ body, controls }: RawMessage): SyncEvent {
  const [dn, list] = elements(body);
  const attributes = new Map<string, readonly string[]>();
  for (const attribute of elements(list?.body ?? Buffer.alloc(0))) {
    const [name, values] = elements(attribute.body);
    const texts = elements(values?.body ?? Buffer.alloc(0)).map((value) => value.body.toString());
    attributes.set(name?.body.toString() ?? '', texts);
  }
  const [state] = elements(controls.get(stateOid) ?? Buffer.alloc(0));
  const [kind, uuid] = elements(state?.body ?? Buffer.alloc(0));
  return {
    kind: states[integerValue(kind?.body ?? Buffer.alloc(0))] ?? 'present',
    dn: dn?.body.toString() ?? '',
    uuid: uuidText(uuid?.body),
    attributes,
  };
}

function infoEvent({ body }: RawMessage): SyncEvent {
  const [name, value] = elements(body);
  if (name?.tag !== 0x80 || name.body.toString() !== infoOid) throw new Error('an unknown intermediate response');
  const [info] = elements(value?.body ?? Buffer.alloc(0));
  if (info === undefined) throw new Error('an empty sync info message');
  if (info.tag === 0x80) return { kind: 'cookie', cookie: info.body.toString() };
  const parts = elements(info.body);
  const flag = parts.find(({ tag }) => tag === 0x01)?.body[0];
  if (info.tag === 0xa3) {
    const set = parts.find(({ tag }) => tag === 0x31);
    const uuids = elements(set?.body ?? Buffer.alloc(0)).map(({ body: uuid }) => uuidText(uuid));
    return { kind: 'ids', deletes: flag === 0xff, uuids };
  }
  const cookie = parts.find(({ tag }) => tag === 0x04)?.body.toString();
  return { kind: 'refreshed', deletes: info.tag === 0xa1, done: flag !== 0, cookie };
}

function resultEvent({ body, controls }: RawMessage): SyncEvent {
  const [code] = elements(body);
  const [done] = elements(controls.get(doneOid) ?? Buffer.alloc(0));
  const parts = elements(done?.body ?? Buffer.alloc(0));
  return {
    kind: 'result',
    code: integerValue(code?.body ?? Buffer.alloc(0)),
    cookie: parts.find(({ tag }) => tag === 0x04)?.body.toString(),
    deletes: parts.find(({ tag }) => tag === 0x01)?.body[0] === 0xff,
  };
}

function uuidText(bytes: Buffer | undefined): string {
  if (bytes?.length !== 16) throw new Error('a UUID without 16 bytes');
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
