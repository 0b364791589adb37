import type {
  Collection,
  DeltaLink,
  DeltaPage,
  DirectoryChange,
  ObjectPage,
  RejectedObject,
} from '../identity/change.ts';
import { SourceError } from '../identity/source-error.ts';
import { decodeChange, decodeId, decodeListed } from './decode-object.ts';
import { DecodeError } from './decode-properties.ts';
import { assertOwnLink } from './graph-url.ts';
import { asRecord } from './json.ts';
import type { JsonRecord } from './json.ts';
import type { Selection } from './selection.ts';

/**
 * Decodes one answer of a delta query. Elements that make no sense are listed as rejected; a page that makes no sense, or
 * whose link leads away from `origin`, is a {@link SourceError} `protocol`, because its place in the round is lost.
 */
export function decodePage(selection: Selection, body: unknown, origin: string): DeltaPage {
  const { collection } = selection;
  const page = asRecord(body);
  const value = page?.['value'];
  if (page === undefined || !Array.isArray(value)) throw protocol(collection, 'has no list of objects');
  const link = decodeLink(collection, page);
  assertOwnLink(link.url, origin);
  return { ...decodeElements(value, (element) => decodeChange(selection, element)), link };
}

/** Decodes the elements of one answer to a list; those that make no sense are listed as rejected. */
export function decodeList(selection: Selection, elements: readonly unknown[]): ObjectPage {
  return decodeElements(elements, (element) => decodeListed(selection, element));
}

function decodeElements(elements: readonly unknown[], decode: (element: JsonRecord) => DirectoryChange): ObjectPage {
  const changes: DirectoryChange[] = [];
  const rejected: RejectedObject[] = [];
  for (const element of elements) {
    const record = asRecord(element);
    if (record === undefined) {
      rejected.push({ id: undefined, reason: 'it is not an object' });
      continue;
    }
    try {
      changes.push(decode(record));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      rejected.push({ id: decodeId(record), reason: error.message });
    }
  }
  return { changes, rejected };
}

function decodeLink(collection: Collection, page: JsonRecord): DeltaLink {
  const next = page['@odata.nextLink'];
  const delta = page['@odata.deltaLink'];
  if (typeof next === 'string' && delta === undefined) return { kind: 'next', url: next };
  if (typeof delta === 'string' && next === undefined) return { kind: 'delta', url: delta };
  throw protocol(collection, 'must have one next link or one delta link');
}

function protocol(collection: Collection, problem: string): SourceError {
  return new SourceError('protocol', `A page of ${collection}/delta ${problem}`);
}
