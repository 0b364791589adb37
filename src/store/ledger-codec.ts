import type { LedgerEntry, LedgerOrigin, LedgerSpace, NumberOrigin } from '../identity/ledger.ts';

/** How a space is written in keys and values. */
export const spaceTags: Readonly<Record<LedgerSpace, number>> = { user: 1, group: 2 };

const ORIGINS: readonly NumberOrigin[] = ['derived', 'nextFree', 'adopted', 'imported'];

/**
 * An entry: the tag of its space (1 byte), the number (4), the name in UTF-8; then, where it is known, a zero byte, how the
 * number was given (1), and when the number and the name were (6 each). Names hold no control characters.
 */
const NAME_AT = 5;
const TIME_BYTES = 6;
const ORIGIN_BYTES = 2 + 2 * TIME_BYTES;

/** What an object was given, as it is stored. */
export function encodeLedgerEntry(
  { space, name, number }: Omit<LedgerEntry, 'objectId'>,
  origin?: LedgerOrigin,
): Buffer {
  const end = NAME_AT + Buffer.byteLength(name);
  const bytes = Buffer.alloc(end + (origin === undefined ? 0 : ORIGIN_BYTES));
  bytes[0] = spaceTags[space];
  bytes.writeUInt32BE(number, 1);
  bytes.write(name, NAME_AT);
  if (origin !== undefined) {
    bytes[end + 1] = ORIGINS.indexOf(origin.origin);
    bytes.writeUIntBE(origin.numberAtMs, end + 2, TIME_BYTES);
    bytes.writeUIntBE(origin.nameAtMs, end + 2 + TIME_BYTES, TIME_BYTES);
  }
  return bytes;
}

/** The inverse of {@link encodeLedgerEntry}, without the origin. */
export function decodeLedgerEntry(bytes: Buffer): Omit<LedgerEntry, 'objectId'> {
  const space = bytes[0] === spaceTags.user ? 'user' : 'group';
  return { space, name: bytes.toString('utf8', NAME_AT, nameEnd(bytes)), number: bytes.readUInt32BE(1) };
}

/** How and when the number of an entry was given; undefined when that was not noted. */
export function decodeLedgerOrigin(bytes: Buffer): LedgerOrigin | undefined {
  const end = nameEnd(bytes);
  if (end === bytes.length) return undefined;
  return {
    origin: ORIGINS[bytes[end + 1] ?? 0] ?? 'derived',
    numberAtMs: bytes.readUIntBE(end + 2, TIME_BYTES),
    nameAtMs: bytes.readUIntBE(end + 2 + TIME_BYTES, TIME_BYTES),
  };
}

function nameEnd(bytes: Buffer): number {
  const end = bytes.indexOf(0, NAME_AT);
  return end === -1 ? bytes.length : end;
}
