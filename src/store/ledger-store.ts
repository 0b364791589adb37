import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import type { Ledger, LedgerEntry, LedgerSpace } from '../identity/ledger.ts';
import { Table, type TenantKeys } from './keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

const SPACE_TAG: Readonly<Record<LedgerSpace, number>> = { user: 1, group: 2 };

/** An entry: the tag of its space (1 byte), the number (4), the name in UTF-8. */
const NAME_AT = 5;

/** The ledger in LevelDB; assignments go out with the batches of the publish that makes them. */
export class LedgerStore implements Ledger {
  readonly #buffer: WriteBuffer;
  readonly #keys: TenantKeys;

  constructor(buffer: WriteBuffer, keys: TenantKeys) {
    this.#buffer = buffer;
    this.#keys = keys;
  }

  entry(objectId: ObjectId): LedgerEntry | undefined {
    const bytes = this.#buffer.get(this.#entryKey(objectId));
    if (bytes === undefined) return undefined;
    const space = bytes[0] === SPACE_TAG.user ? 'user' : 'group';
    return { objectId, space, name: bytes.toString('utf8', NAME_AT), number: bytes.readUInt32BE(1) };
  }

  nameHolder(space: LedgerSpace, nameKey: string): ObjectId | undefined {
    const bytes = this.#buffer.get(this.#nameKey(space, nameKey));
    return bytes === undefined ? undefined : objectIdFromBytes(bytes);
  }

  numberHolder(space: LedgerSpace, number: number): ObjectId | undefined {
    const bytes = this.#buffer.get(this.#numberKey(space, number));
    return bytes === undefined ? undefined : objectIdFromBytes(bytes);
  }

  record(entry: LedgerEntry, nameKey: string): void {
    const { objectId, space, name, number } = entry;
    const id = guidBytes(objectId);
    const bytes = Buffer.allocUnsafe(NAME_AT + Buffer.byteLength(name));
    bytes[0] = SPACE_TAG[space];
    bytes.writeUInt32BE(number, 1);
    bytes.write(name, NAME_AT);
    this.#buffer.put(this.#entryKey(objectId), bytes);
    this.#buffer.put(this.#nameKey(space, nameKey), id);
    this.#buffer.put(this.#numberKey(space, number), id);
  }

  #entryKey(objectId: ObjectId): Buffer {
    return this.#keys.bytes(Table.ledgerEntries, guidBytes(objectId));
  }

  #nameKey(space: LedgerSpace, nameKey: string): Buffer {
    return this.#keys.tagged(Table.ledgerNames, SPACE_TAG[space], Buffer.from(nameKey));
  }

  #numberKey(space: LedgerSpace, number: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return this.#keys.tagged(Table.ledgerNumbers, SPACE_TAG[space], bytes);
  }
}
