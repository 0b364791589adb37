/** The published directory as LDIF, as of one publication. */

import { attributeValues, entryDn } from './entry-codec.ts';
import { contentStart, elementEnd } from './ber.ts';
import { normalizeDn } from './dn.ts';
import { EntryView, isComputed } from './entry-view.ts';
import { normalizeRanges } from './id-sets.ts';
import { defaultDirectoryLimits } from './limits.ts';
import { ldifLine, ldifVersion } from './ldif.ts';
import type { DirectorySource } from './reader.ts';
import type { Schema } from './schema.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import type { Selection } from './selection.ts';

/** What to export. */
export interface LdifExportRequest {
  /** The entry that is exported with everything below it. */
  readonly baseDn: string;
  /** Whether operational attributes are exported too, those apart that every server works out itself. */
  readonly operational: boolean;
  /** Whether the text begins with the version, as RFC 2849 wants it and OpenLDAP's slapadd does not. */
  readonly version: boolean;
}

/**
 * Why there is nothing to export.
 *
 * - `notPublished`: nothing has been published, or what is published is not whole
 * - `invalidDn`: the base is not a distinguished name
 * - `noSuchObject`: the directory has no entry of that name
 */
export type LdifExportErrorCode = 'notPublished' | 'invalidDn' | 'noSuchObject';

/** The directory, or the part of it that was asked for, cannot be exported. */
export class LdifExportError extends Error {
  override readonly name = 'LdifExportError';
  readonly code: LdifExportErrorCode;

  constructor(code: LdifExportErrorCode) {
    super(`cannot export: ${code}`);
    this.code = code;
  }
}

/** Text is handed on when so much has gathered, in UTF-16 code units. */
const chunkLength = 64 * 1024;

/**
 * The entries of a subtree as LDIF content records (RFC 2849), superiors before their subordinates, all of one publication,
 * in chunks of bounded size. The snapshot is held from the first chunk to the end, or until the generator is returned. Throws
 * {@link LdifExportError} before the first chunk and `DirectoryStorageError` when the store cannot be read.
 */
export async function* exportLdif(
  source: DirectorySource,
  schema: Schema,
  request: LdifExportRequest,
): AsyncGenerator<string, void, void> {
  const key = normalizeDn(request.baseDn);
  if (key === undefined) throw new LdifExportError('invalidDn');
  using lease = source.acquire();
  if (lease === undefined) throw new LdifExportError('notPublished');
  const { reader } = lease;
  const base = reader.findDn(key);
  if (base === undefined) throw new LdifExportError('noSuchObject');
  const selection = exportedAttributes(schema, request.operational);
  const view = new EntryView(reader);
  let text = request.version ? ldifVersion : '';
  // Containers have the lowest numbers, so that ascending order has every superior before what is below it.
  for await (const batch of reader.scan(
    normalizeRanges(reader.subtreeRanges(base)),
    defaultDirectoryLimits.scanBatch,
  )) {
    for (const { id, bytes } of batch) {
      view.move(id, bytes);
      for (const lines of entryLines(view, selection)) {
        text += lines;
        if (text.length < chunkLength) continue;
        yield text;
        text = '';
      }
    }
  }
  yield text;
}

function exportedAttributes(schema: Schema, operational: boolean): Selection {
  const stored = schema.attributes.filter((type) => type.operational && !isComputed(type.key));
  return compileSelection(schema, operational ? ['*', ...stored.map((type) => type.name)] : ['*'], false);
}

function* entryLines(entry: EntryView, selection: Selection): Generator<string, void, void> {
  yield `\n${ldifLine('dn', Buffer.from(entryDn(entry.bytes)))}`;
  const attributes = Buffer.concat(selectAttributes(entry, selection).attributes);
  for (let at = 0; at < attributes.length; at = elementEnd(attributes, at)) {
    const name = contentStart(attributes, at);
    const text = attributes.toString('latin1', contentStart(attributes, name), elementEnd(attributes, name));
    for (const value of attributeValues(attributes, at)) yield ldifLine(text, value);
  }
}
