import { createHash } from 'node:crypto';
import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import type {
  LedgerEntry,
  LedgerImport,
  LedgerName,
  LedgerOrigin,
  LedgerReservation,
  LedgerSpace,
  StoredLedger,
} from '../identity/ledger.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';
import { decodeLedgerEntry, decodeLedgerOrigin, encodeLedgerEntry, spaceTags } from './ledger-codec.ts';
import type { Writes } from './write-batch.ts';
import type { WriteBuffer } from './write-buffer.ts';

const BLOCK = 1000;

/** The ledger in LevelDB; assignments go out with the batches of the publish that makes them. */
export class LedgerStore implements StoredLedger {
  readonly #db: Database;
  readonly #buffer: WriteBuffer;
  readonly #keys: TenantKeys;
  /** False as long as no number was ever kept, so that a first publish need not ask for each name. */
  #hasReservations: boolean;

  private constructor(db: Database, buffer: WriteBuffer, keys: TenantKeys, hasReservations: boolean) {
    this.#db = db;
    this.#hasReservations = hasReservations;
    this.#buffer = buffer;
    this.#keys = keys;
  }

  /** Opens the ledger that the database holds. */
  static async open(db: Database, buffer: WriteBuffer, keys: TenantKeys): Promise<LedgerStore> {
    return new LedgerStore(db, buffer, keys, !(await db.isEmpty(keys.table(Table.ledgerReservations))));
  }

  entry(objectId: ObjectId): LedgerEntry | undefined {
    const bytes = this.#buffer.get(this.#entryKey(objectId));
    if (bytes === undefined) return undefined;
    return { objectId, ...decodeLedgerEntry(bytes) };
  }

  origin(objectId: ObjectId): LedgerOrigin | undefined {
    const bytes = this.#buffer.get(this.#entryKey(objectId));
    return bytes === undefined ? undefined : decodeLedgerOrigin(bytes);
  }

  nameHolder(space: LedgerSpace, nameKey: string): ObjectId | undefined {
    const bytes = this.#buffer.get(this.#nameKey(space, nameKey));
    return bytes === undefined ? undefined : objectIdFromBytes(bytes);
  }

  numberHolder(space: LedgerSpace, number: number): ObjectId | undefined {
    const bytes = this.#buffer.get(this.#numberKey(space, number));
    return bytes === undefined ? undefined : objectIdFromBytes(bytes);
  }

  reservedNumber(space: LedgerSpace, nameKeys: Iterable<string>): number | undefined {
    if (!this.#hasReservations) return undefined;
    for (const nameKey of nameKeys) {
      const bytes = this.#buffer.get(this.#reservationKey(space, nameKey));
      const number = bytes?.readUInt32BE(0);
      if (number !== undefined && this.numberHolder(space, number) === standIn({ space, nameKey })) return number;
    }
    return undefined;
  }

  record(entry: LedgerEntry, nameKey: string, origin?: LedgerOrigin): void {
    this.#put(this.#buffer, entry, nameKey, origin);
  }

  async *names(): AsyncGenerator<readonly LedgerName[], void, void> {
    for await (const block of this.#db.entries(this.#keys.table(Table.ledgerNames), BLOCK)) {
      yield block.map(([key, value]) => ({
        space: key[2] === spaceTags.user ? 'user' : 'group',
        nameKey: key.toString('utf8', 3),
        objectId: objectIdFromBytes(value),
      }));
    }
  }

  async enter({ entries, formerNames, reservations }: LedgerImport): Promise<void> {
    const batch = this.#db.batch();
    for (const { entry, nameKey, origin } of entries) this.#put(batch, entry, nameKey, origin);
    for (const { space, nameKey, objectId } of formerNames) {
      batch.put(this.#nameKey(space, nameKey), guidBytes(objectId));
    }
    for (const reservation of reservations) this.#reserve(batch, reservation);
    this.#hasReservations ||= reservations.length > 0;
    // What was given while a first publish was foreseen would otherwise not be found (`WriteBuffer.assumeEmpty`).
    this.#buffer.assumeNothing();
    await this.#db.write(batch, true);
  }

  #put(out: Writes, entry: LedgerEntry, nameKey: string, origin: LedgerOrigin | undefined): void {
    const { objectId, space, number } = entry;
    const id = guidBytes(objectId);
    out.put(this.#keys.bytes(Table.ledgerEntries, id), encodeLedgerEntry(entry, origin));
    out.put(this.#nameKey(space, nameKey), id);
    out.put(this.#numberKey(space, number), id);
  }

  #reserve(out: Writes, reservation: LedgerReservation): void {
    const { space, nameKey, number } = reservation;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    out.put(this.#reservationKey(space, nameKey), bytes);
    out.put(this.#numberKey(space, number), guidBytes(standIn(reservation)));
  }

  #entryKey(objectId: ObjectId): Buffer {
    return this.#keys.bytes(Table.ledgerEntries, guidBytes(objectId));
  }

  #nameKey(space: LedgerSpace, nameKey: string): Buffer {
    return this.#keys.tagged(Table.ledgerNames, spaceTags[space], Buffer.from(nameKey));
  }

  #numberKey(space: LedgerSpace, number: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return this.#keys.tagged(Table.ledgerNumbers, spaceTags[space], bytes);
  }

  #reservationKey(space: LedgerSpace, nameKey: string): Buffer {
    return this.#keys.tagged(Table.ledgerReservations, spaceTags[space], Buffer.from(nameKey));
  }
}

/**
 * Whose a kept number is until its owner is known: an id made of the name (RFC 9562 §5.8), so that whoever asks for a free
 * number finds that this one is given.
 */
function standIn({ space, nameKey }: Pick<LedgerReservation, 'space' | 'nameKey'>): ObjectId {
  const digest = createHash('sha256').update(`${space}\n${nameKey}`).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return objectIdFromBytes(digest);
}
