import { contentStart, elementEnd } from '../../src/directory/ber.ts';
import type { Access } from '../../src/directory/access.ts';
import type { Additions } from '../../src/directory/augmented-reader.ts';
import type { Directory } from '../../src/directory/directory-port.ts';
import { createDirectory } from '../../src/directory/directory.ts';
import { defaultDirectoryLimits } from '../../src/directory/limits.ts';
import type { DirectoryLimits } from '../../src/directory/limits.ts';
import type { Filter } from '../../src/directory/filter.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import { plainPresentation, type Presentation } from '../../src/directory/presentation.ts';
import type { PublishedSource } from '../../src/directory/reader.ts';
import type { LdapResult } from '../../src/directory/result.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { Schema } from '../../src/directory/schema.ts';
import type { EncodedEntry, SearchRequest } from '../../src/directory/search-types.ts';
import { filterFromText } from './filter-text.ts';
import { sampleAccess } from './sample-access.ts';
import { sampleBase } from './sample-directory.ts';

/** A bound service account. */
export const service: BoundIdentity = { kind: 'service', dn: `cn=test,ou=services,${sampleBase}`, name: 'test' };

/** One entry as a client sees it. */
export interface SeenEntry {
  readonly dn: string;
  /** Values by attribute name as spelled by the server, binary values as latin1 text. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** What a test asks; everything but the filter has a default. */
export type TestSearch = Partial<Omit<SearchRequest, 'filter'>> & {
  readonly filter?: string | Filter;
  readonly who?: BoundIdentity;
};

/** A directory over a source, with the limits given. */
export function directoryOver(
  source: PublishedSource,
  limits: Partial<DirectoryLimits> = {},
  schema: Schema = standardSchema,
  access: Access = sampleAccess(),
  presentation: Presentation = plainPresentation,
  additionsFor: (who: BoundIdentity) => Additions | undefined = () => undefined,
): Directory {
  return createDirectory({
    source,
    schema,
    baseDn: sampleBase,
    access,
    presentationOf: () => presentation,
    additionsFor,
    rootDse: {
      vendorName: 'Example vendor',
      vendorVersion: '1.2.3',
      supportedControls: ['1.2.840.113556.1.4.319'],
      supportedExtensions: ['1.3.6.1.4.1.4203.1.11.3'],
      supportedFeatures: [],
      supportedSaslMechanisms: [],
    },
    limits: { ...defaultDirectoryLimits, ...limits },
  });
}

function elements(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = elementEnd(bytes, at);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

function content(element: Buffer | undefined): Buffer {
  return element === undefined ? Buffer.alloc(0) : element.subarray(contentStart(element, 0));
}

/** Decodes an entry, and checks the length that it claims. */
export function decodeEntry(entry: EncodedEntry): SeenEntry {
  const bytes = Buffer.concat(entry.attributes);
  if (bytes.length !== entry.attributesByteLength) throw new Error('attributesByteLength is not the length');
  const attributes: Record<string, readonly string[]> = {};
  for (const attribute of elements(bytes)) {
    const [type, set] = elements(content(attribute));
    const name = content(type).toString();
    if (name in attributes) throw new Error(`${name} comes twice`);
    attributes[name] = elements(content(set)).map((value) => textOf(content(value)));
  }
  return { dn: content(entry.objectName).toString(), attributes };
}

function textOf(value: Buffer): string {
  const text = value.toString();
  return Buffer.from(text).equals(value) ? text : value.toString('latin1');
}

/** The request that a test means. */
export function requestOf(search: TestSearch): SearchRequest {
  const { filter = '(objectClass=*)' } = search;
  return {
    baseDn: search.baseDn ?? sampleBase,
    scope: search.scope ?? 'subtree',
    filter: typeof filter === 'string' ? filterFromText(filter) : filter,
    attributes: search.attributes ?? ['1.1'],
    typesOnly: search.typesOnly ?? false,
    after: search.after,
  };
}

/** Runs a search to its end. */
export async function searchAll(directory: Directory, search: TestSearch): Promise<readonly SeenEntry[]> {
  const outcome = directory.search(requestOf(search), search.who ?? service);
  if (outcome.kind === 'result') throw new Error(`refused with result code ${outcome.result.code}`);
  using cursor = outcome.cursor;
  const seen: SeenEntry[] = [];
  for (;;) {
    const batch = await cursor.read(100);
    seen.push(...batch.entries.map(decodeEntry));
    if (batch.done) return seen;
  }
}

/** The first RDN values of what a search finds, in order. */
export async function searchNames(directory: Directory, search: TestSearch): Promise<readonly string[]> {
  const seen = await searchAll(directory, search);
  return seen.map((entry) => /^[^=]*=([^,]*)/.exec(entry.dn)?.[1] ?? '');
}

/** The result that refuses a search; fails when it is accepted. */
export function refusalOf(directory: Directory, search: TestSearch): LdapResult {
  const outcome = directory.search(requestOf(search), search.who ?? service);
  if (outcome.kind === 'result') return outcome.result;
  outcome.cursor[Symbol.dispose]();
  throw new Error('the search was accepted');
}
