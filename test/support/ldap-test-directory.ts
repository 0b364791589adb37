import type { ContentOutcome } from '../../src/directory/content-types.ts';
import type { Directory } from '../../src/directory/directory-port.ts';
import type { Filter } from '../../src/directory/filter.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../src/directory/result.ts';
import type {
  EncodedEntry,
  SearchBatch,
  SearchCursor,
  SearchOutcome,
  SearchRequest,
} from '../../src/directory/search-types.ts';
import { element, sequence, text } from './ldap-ber.ts';

/** An entry of the test directory. */
export interface TestEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Encodes an entry as the directory hands it to the wire. */
export function encodeEntry(id: number, entry: TestEntry, request?: SearchRequest): EncodedEntry {
  const wanted = request?.attributes.map((name) => name.toLowerCase()) ?? [];
  const attributes = Object.entries(entry.attributes)
    .filter(([name]) => wanted.length === 0 || wanted.includes('*') || wanted.includes(name.toLowerCase()))
    .map(([name, values]) =>
      sequence(text(name), element(0x31, ...(request?.typesOnly === true ? [] : values.map((value) => text(value))))),
    );
  const attributesByteLength = attributes.reduce((sum, part) => sum + part.length, 0);
  return { id, objectName: text(entry.dn), attributes, attributesByteLength };
}

/** `count` people below dc=example,dc=com: uid=u1 … */
export function people(count: number): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    dn: `uid=u${index + 1},dc=example,dc=com`,
    attributes: { objectClass: ['person'], uid: [`u${index + 1}`], cn: [`Person ${index + 1}`] },
  }));
}

/** A directory for tests of the wire: flat, ids from 1, and everything that happens can be watched or replaced. */
export class TestDirectory implements Directory {
  entries: readonly TestEntry[];
  /** Searches as they arrived. */
  readonly searches: { readonly request: SearchRequest; readonly who: BoundIdentity }[] = [];
  /** Replaces the answer to every search. */
  onSearch: ((request: SearchRequest) => SearchOutcome) | undefined;
  onCompare: ((dn: string, attribute: string, value: Buffer) => LdapResult) | undefined;

  constructor(entries: readonly TestEntry[] = people(10)) {
    this.entries = entries;
  }

  search(request: SearchRequest, who: BoundIdentity): SearchOutcome {
    this.searches.push({ request, who });
    if (this.onSearch !== undefined) return this.onSearch(request);
    const found = this.entries
      .map((entry, index) => ({ entry, id: index + 1 }))
      .filter(({ entry, id }) => id > (request.after ?? 0) && inScope(entry, request) && matches(entry, request.filter))
      .map(({ entry, id }) => encodeEntry(id, entry, request));
    if (found.length === 0 && request.scope === 'base') {
      return { kind: 'result', result: ldapResult(ResultCode.noSuchObject, '', 'dc=example,dc=com') };
    }
    return { kind: 'cursor', cursor: new ListCursor(found) };
  }

  content(): ContentOutcome {
    return { kind: 'result', result: ldapResult(ResultCode.unwillingToPerform, 'nothing to synchronize') };
  }

  onPublished(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  compare(dn: string, attribute: string, value: Buffer): LdapResult {
    if (this.onCompare !== undefined) return this.onCompare(dn, attribute, value);
    const entry = this.entries.find((candidate) => candidate.dn === dn);
    if (entry === undefined) return ldapResult(ResultCode.noSuchObject, '', 'dc=example,dc=com');
    const values = entry.attributes[attribute] ?? [];
    return ldapResult(values.includes(value.toString()) ? ResultCode.compareTrue : ResultCode.compareFalse);
  }
}

function inScope(entry: TestEntry, request: SearchRequest): boolean {
  if (request.scope === 'base') return entry.dn.toLowerCase() === request.baseDn.toLowerCase();
  return entry.dn.toLowerCase().endsWith(request.baseDn.toLowerCase());
}

function matches(entry: TestEntry, filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((inner) => matches(entry, inner));
    case 'or':
      return filter.filters.some((inner) => matches(entry, inner));
    case 'not':
      return !matches(entry, filter.filter);
    case 'present':
      return valuesOf(entry, filter.attribute).length > 0;
    case 'equality':
      return valuesOf(entry, filter.attribute).includes(filter.value.toString().toLowerCase());
    default:
      return false;
  }
}

function valuesOf(entry: TestEntry, attribute: string): string[] {
  const name = Object.keys(entry.attributes).find((key) => key.toLowerCase() === attribute.toLowerCase());
  return name === undefined ? [] : (entry.attributes[name] ?? []).map((value) => value.toLowerCase());
}

/** Gives entries at once, as an indexed search does. */
export class ListCursor implements SearchCursor {
  readonly #entries: readonly EncodedEntry[];
  #position = 0;
  disposed = 0;

  constructor(entries: readonly EncodedEntry[]) {
    this.#entries = entries;
  }

  /** Entries handed out so far. */
  get position(): number {
    return this.#position;
  }

  read(max: number): SearchBatch {
    const entries = this.#entries.slice(this.#position, this.#position + max);
    this.#position += entries.length;
    return { entries, done: this.#position === this.#entries.length };
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }
}

/** Waits with every read until the test answers it. */
export class HeldCursor implements SearchCursor {
  disposed = 0;
  readonly #pending: { resolve: (batch: SearchBatch) => void; reject: (error: Error) => void }[] = [];
  #onRead: (() => void) | undefined;

  read(): Promise<SearchBatch> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#onRead?.();
    });
  }

  /** Resolves when a read waits. */
  async reading(): Promise<void> {
    if (this.#pending.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#onRead = resolve;
    });
  }

  /** Answers the read that waits. */
  answer(batch: SearchBatch): void {
    this.#pending.shift()?.resolve(batch);
  }

  /** Lets the read that waits fail. */
  fail(error: Error): void {
    this.#pending.shift()?.reject(error);
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }
}
