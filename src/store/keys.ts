/**
 * The key layout of the store. A key is the tenant's slot (one byte), the table (one byte), and the table's own key;
 * integers are big-endian so that LevelDB's byte order is their order. Slot 0 belongs to the store itself.
 */

/** The slot of the store's own keys. */
export const storeSlot = 0;

/** Tables of a tenant. Numbers are part of the store format: never reuse one. */
export const Table = {
  /** mirror: state and counters, by name */
  mirrorMeta: 0x10,
  /** mirror: object id (16 bytes) → node */
  objectNodes: 0x11,
  /** mirror: node → record */
  records: 0x12,
  /** mirror: group, member → generation */
  memberEdges: 0x13,
  /** mirror: member, group → nothing */
  groupEdges: 0x14,
  /** mirror: node → nothing */
  dirtyNodes: 0x15,
  /** mirror: node → nothing */
  movedNodes: 0x16,
  /** mirror: manager, report → nothing */
  reportEdges: 0x17,
  /** mirror: report, manager whom a full enumeration did not tell of → generation */
  untoldManagers: 0x18,
  /** ledger: object id → entry */
  ledgerEntries: 0x20,
  /** ledger: space, name → object id */
  ledgerNames: 0x21,
  /** ledger: space, number → object id */
  ledgerNumbers: 0x22,
  /** ledger: space, user principal name or name → number kept for it */
  ledgerReservations: 0x23,
  /** view: facts, by name */
  viewMeta: 0x30,
  /** view: entry id → entry */
  entries: 0x31,
  /** view: normalized DN → entry id */
  dns: 0x32,
  /** view: attribute, index key → set of entry ids */
  postings: 0x33,
  /** view: group → set of members with DN and uid */
  members: 0x34,
  /** view: member → set of groups */
  memberships: 0x35,
  /** view: stamp of a publish, entry id → what the publish did to the entry */
  changes: 0x36,
  /** view: what is put back to show an earlier publication, see `undo-store.ts` */
  undo: 0x37,
  /** history: number → event */
  history: 0x40,
  /** audit trail of binds: number → event */
  bindEvents: 0x41,
  /** app passwords: object id of a user → all of them */
  appPasswords: 0x50,
  /** app passwords: id → object id of the user */
  appPasswordIds: 0x51,
  /** remembered passwords: object id of a user → what is kept of the password */
  rememberedPasswords: 0x52,
  /** NT hashes: object id of a user → the sealed hash */
  ntHashes: 0x53,
  /** one-time codes: object id of a user → the sealed seed, and when a code was used last */
  oneTimeCodes: 0x54,
  /** tokens for the administration over HTTP: id → token */
  adminTokens: 0x60,
} as const;

/** The number of one table. */
export type Table = (typeof Table)[keyof typeof Table];

/** Builds the keys of one tenant. */
export class TenantKeys {
  readonly slot: number;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** A key whose own part is these bytes. */
  bytes(table: Table, own: Uint8Array): Buffer {
    const key = Buffer.allocUnsafe(2 + own.length);
    key[0] = this.slot;
    key[1] = table;
    key.set(own, 2);
    return key;
  }

  /** A key whose own part is this text in UTF-8. */
  text(table: Table, own: string): Buffer {
    const key = Buffer.allocUnsafe(2 + Buffer.byteLength(own));
    key[0] = this.slot;
    key[1] = table;
    key.write(own, 2);
    return key;
  }

  /** A key whose own part is one 32-bit number. */
  id(table: Table, id: number): Buffer {
    const key = Buffer.allocUnsafe(6);
    key[0] = this.slot;
    key[1] = table;
    key.writeUInt32BE(id, 2);
    return key;
  }

  /** A key whose own part is two 32-bit numbers. */
  pair(table: Table, first: number, second: number): Buffer {
    const key = Buffer.allocUnsafe(10);
    key[0] = this.slot;
    key[1] = table;
    key.writeUInt32BE(first, 2);
    key.writeUInt32BE(second, 6);
    return key;
  }

  /** A key whose own part is one byte and these bytes. */
  tagged(table: Table, tag: number, own: Uint8Array): Buffer {
    const key = Buffer.allocUnsafe(3 + own.length);
    key[0] = this.slot;
    key[1] = table;
    key[2] = tag;
    key.set(own, 3);
    return key;
  }

  /** Everything in a table, as iterator bounds. */
  table(table: Table): { gte: Buffer; lt: Buffer } {
    return { gte: Buffer.from([this.slot, table]), lt: Buffer.from([this.slot, table + 1]) };
  }
}

/** The smallest key that is greater than every key beginning with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: Buffer): Buffer | undefined {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] ?? 0;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.subarray(0, i + 1);
    }
  }
  return undefined;
}
