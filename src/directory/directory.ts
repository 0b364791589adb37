/** The directory behind the protocol: searches and comparisons on the published entries, the root DSE and the subschema. */

import { readableDirectory } from './access.ts';
import { compareEntry } from './compare.ts';
import type { Directory } from './directory-port.ts';
import { normalizedRdns, normalizeDn, parseDn } from './dn.ts';
import { entryDn } from './entry-codec.ts';
import { EntryView, subschemaDn } from './entry-view.ts';
import { compileFilter } from './filter-compile.ts';
import { intersectRanges, normalizeRanges } from './id-sets.ts';
import type { BoundIdentity } from './identity.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryLease, DirectoryReader, DirectorySource, EntryId, IdRange } from './reader.ts';
import { ldapResult, ResultCode } from './result.ts';
import type { LdapResult } from './result.ts';
import type { Schema } from './schema.ts';
import { EntryCursor, readyCursor } from './search-cursor.ts';
import type { SearchLimits } from './search-cursor.ts';
import type { SearchOutcome, SearchRequest, SearchScope } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import { rootDse, staticFilterContext, subschema } from './static-entries.ts';
import type { RootDseOptions } from './static-entries.ts';
import { Truth } from './truth.ts';

/** What the directory may spend on one operation. */
export interface DirectoryLimits extends SearchLimits {
  /** Filters nested deeper are refused with adminLimitExceeded. */
  readonly filterDepthMax: number;
}

/** Limits that keep one operation to a few milliseconds between two turns of the event loop. */
export const defaultDirectoryLimits: DirectoryLimits = {
  filterDepthMax: 100,
  examinedPerReadMax: 1024,
  scanBatch: 256,
  unionIdsMax: 131_072,
  prefixIdsMax: 16_384,
};

/** What a directory is made of. */
export interface DirectoryOptions {
  readonly source: DirectorySource;
  readonly schema: Schema;
  /** The naming context. */
  readonly baseDn: string;
  readonly rootDse: RootDseOptions;
  readonly limits?: DirectoryLimits;
}

/** A directory on the entries that `source` publishes. Throws when `baseDn` is no DN. */
export function createDirectory(options: DirectoryOptions): Directory {
  return new PublishedDirectory(options);
}

type Located =
  | { readonly kind: 'static'; readonly entry: EntryView; readonly scopes: readonly SearchScope[] }
  | { readonly kind: 'entry'; readonly lease: DirectoryLease; readonly reader: DirectoryReader; readonly id: EntryId }
  | { readonly kind: 'result'; readonly result: LdapResult };

function refusal(result: LdapResult): Located & { kind: 'result' } {
  return { kind: 'result', result };
}

class PublishedDirectory implements Directory {
  readonly #source: DirectorySource;
  readonly #schema: Schema;
  readonly #limits: DirectoryLimits;
  readonly #baseRdns: readonly string[];
  readonly #rootDse: EntryView;
  readonly #subschema: EntryView;
  readonly #subschemaKey = normalizeDn(subschemaDn);

  constructor(options: DirectoryOptions) {
    const base = parseDn(options.baseDn);
    if (base === undefined) throw new RangeError('the base DN is not a distinguished name');
    this.#source = options.source;
    this.#schema = options.schema;
    this.#limits = options.limits ?? defaultDirectoryLimits;
    this.#baseRdns = normalizedRdns(base);
    this.#rootDse = rootDse(options.schema, options.baseDn, options.rootDse);
    this.#subschema = subschema(options.schema);
  }

  search(request: SearchRequest, who: BoundIdentity): SearchOutcome {
    const located = this.#locate(request.baseDn, who);
    switch (located.kind) {
      case 'result':
        return located;
      case 'static':
        return this.#searchStatic(request, located.entry, located.scopes);
      case 'entry':
        try {
          return this.#searchTree(request, located);
        } catch (error) {
          located.lease[Symbol.dispose]();
          throw error;
        }
    }
  }

  compare(dn: string, attribute: string, value: Buffer, who: BoundIdentity): LdapResult {
    const located = this.#locate(dn, who);
    if (located.kind === 'result') return located.result;
    if (located.kind === 'static') {
      return compareEntry(located.entry, staticFilterContext(this.#schema, located.entry), attribute, value);
    }
    using _lease = located.lease;
    const bytes = located.reader.entry(located.id);
    if (bytes === undefined) throw new DirectoryStorageError('a name leads to an entry that is not there');
    const view = new EntryView(located.reader);
    view.move(located.id, bytes);
    return compareEntry(view, { schema: this.#schema, reader: located.reader }, attribute, value);
  }

  /** Finds the object that a request names, or the result that says why not. The caller owns the lease. */
  #locate(dn: string, who: BoundIdentity): Located {
    const key = normalizeDn(dn);
    if (key === undefined) return refusal(ldapResult(ResultCode.invalidDNSyntax, 'not a distinguished name'));
    // RFC 4512 §5.1: the root DSE is no part of any naming context and answers to its own base object only.
    if (key === '') return { kind: 'static', entry: this.#rootDse, scopes: ['base'] };
    if (key === this.#subschemaKey) return { kind: 'static', entry: this.#subschema, scopes: ['base', 'subtree'] };
    const lease = this.#source.acquire();
    if (lease === undefined) return refusal(ldapResult(ResultCode.busy, 'the directory has not been synchronized yet'));
    try {
      return this.#locateIn(lease, key, dn, who);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #locateIn(lease: DirectoryLease, key: string, dn: string, who: BoundIdentity): Located {
    const reader = readableDirectory(lease.reader, who);
    const id = reader?.findDn(key);
    if (reader !== undefined && id !== undefined) return { kind: 'entry', lease, reader, id };
    const result =
      reader === undefined
        ? ldapResult(ResultCode.insufficientAccessRights, 'bind first')
        : ldapResult(ResultCode.noSuchObject, '', this.#matchedDn(reader, dn));
    lease[Symbol.dispose]();
    return refusal(result);
  }

  /** The DN of the nearest existing superior (RFC 4511 §4.1.9), looked for from the naming context down; empty outside it. */
  #matchedDn(reader: DirectoryReader, dn: string): string {
    const rdns = normalizedRdns(parseDn(dn) ?? []);
    const above = rdns.length - this.#baseRdns.length;
    if (above < 0 || this.#baseRdns.some((rdn, index) => rdn !== rdns[above + index])) return '';
    let matched = '';
    for (let from = above; from > 0; from--) {
      const id = reader.findDn(rdns.slice(from).join(','));
      const bytes = id === undefined ? undefined : reader.entry(id);
      if (bytes === undefined) return matched;
      matched = entryDn(bytes);
    }
    return matched;
  }

  #searchStatic(request: SearchRequest, entry: EntryView, scopes: readonly SearchScope[]): SearchOutcome {
    if (!scopes.includes(request.scope)) {
      return entry === this.#rootDse
        ? refusal(ldapResult(ResultCode.noSuchObject, 'the root is no base for this scope; use a naming context'))
        : { kind: 'cursor', cursor: readyCursor([]), publication: 0 };
    }
    const filter = compileFilter(request.filter, staticFilterContext(this.#schema, entry), this.#limits.filterDepthMax);
    if (filter === undefined) return this.#tooDeep();
    const matches = request.after === undefined && filter.test(entry) === Truth.True;
    const selection = compileSelection(this.#schema, request.attributes, request.typesOnly);
    return {
      kind: 'cursor',
      cursor: readyCursor(matches ? [selectAttributes(entry, selection)] : []),
      publication: 0,
    };
  }

  #searchTree(request: SearchRequest, located: Extract<Located, { kind: 'entry' }>): SearchOutcome {
    const { lease, reader, id } = located;
    const filter = compileFilter(request.filter, { schema: this.#schema, reader }, this.#limits.filterDepthMax);
    if (filter === undefined) {
      lease[Symbol.dispose]();
      return this.#tooDeep();
    }
    const cursor = new EntryCursor({
      lease,
      reader,
      filter,
      selection: compileSelection(this.#schema, request.attributes, request.typesOnly),
      ranges: remainingRanges(scopeRanges(reader, id, request.scope), request.after),
      complete: request.scope === 'base',
      limits: this.#limits,
    });
    return { kind: 'cursor', cursor, publication: reader.publication };
  }

  #tooDeep(): SearchOutcome {
    return refusal(ldapResult(ResultCode.adminLimitExceeded, 'the filter is nested too deeply'));
  }
}

function scopeRanges(reader: DirectoryReader, id: EntryId, scope: SearchScope): readonly IdRange[] {
  switch (scope) {
    case 'base':
      return [{ from: id, to: id }];
    case 'one':
      return normalizeRanges(reader.childRanges(id));
    case 'subtree':
      return normalizeRanges(reader.subtreeRanges(id));
    case 'subordinate':
      return intersectRanges(normalizeRanges(reader.subtreeRanges(id)), [
        { from: 0, to: id - 1 },
        { from: id + 1, to: Number.MAX_SAFE_INTEGER },
      ]);
  }
}

function remainingRanges(ranges: readonly IdRange[], after: EntryId | undefined): readonly IdRange[] {
  if (after === undefined) return ranges;
  return intersectRanges(ranges, [{ from: after + 1, to: Number.MAX_SAFE_INTEGER }]);
}
