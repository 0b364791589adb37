import { idSetOf } from '../directory/id-sets.ts';
import type { EntryId, IdSet } from '../directory/reader.ts';

/** Names, and likewise values, that are remembered as used lately; up to as many again of those used before. */
const RECENT_MAX = 16_384;
/** Longer names and values are looked up each time. */
const KEY_LENGTH_MAX = 128;
/** Larger sets are read each time: of those, reading is not what takes the time. */
const SET_SIZE_MAX = 16;

/**
 * What was looked up lately in one publication: which entry has a name, and which few have a value. It takes a few megabytes at
 * most. That nothing was found is not remembered, so that whoever asks for names that nobody has takes no place from others.
 */
export class LookupCache {
  readonly #names = new Recent<EntryId>();
  readonly #sets = new Recent<IdSet>();

  /** The entry with a normalized DN; `read` is asked when that is not known. */
  name(normalizedDn: string, read: (normalizedDn: string) => EntryId | undefined): EntryId | undefined {
    const known = this.#names.get(normalizedDn);
    if (known !== undefined) return known;
    const found = read(normalizedDn);
    if (found !== undefined && normalizedDn.length <= KEY_LENGTH_MAX) this.#names.set(normalizedDn, found);
    return found;
  }

  /** The entries with a value of an attribute; `read` is asked when they are not known. */
  set(attribute: string, key: Buffer, read: (attribute: string, key: Buffer) => IdSet | undefined): IdSet | undefined {
    if (key.length > KEY_LENGTH_MAX) return read(attribute, key);
    const name = `${attribute}:${key.toString('latin1')}`;
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const found = read(attribute, key);
    if (found === undefined || found.size > SET_SIZE_MAX) return found;
    const ids = idSetOf(Uint32Array.from([...found.blocks()].flatMap((block) => [...block])));
    this.#sets.set(name, ids);
    return ids;
  }
}

/** Values by name, in two generations: when the younger is full, the older is forgotten, and what was not used since with it. */
class Recent<V> {
  #younger = new Map<string, V>();
  #older = new Map<string, V>();

  get(name: string): V | undefined {
    const value = this.#younger.get(name);
    if (value !== undefined) return value;
    const older = this.#older.get(name);
    if (older !== undefined) this.set(name, older);
    return older;
  }

  set(name: string, value: V): void {
    if (this.#younger.size >= RECENT_MAX) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(name, value);
  }
}
