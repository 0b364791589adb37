/** The directory behind the protocol: searches and comparisons on the published entries, the root DSE and the subschema. */

import { readableDirectory } from './access.ts';
import { compareEntry } from './compare.ts';
import { compileDereferences } from './dereference.ts';
import type { Directory } from './directory-port.ts';
import { normalizedRdns, normalizeDn, parseDn } from './dn.ts';
import { entryDn } from './entry-codec.ts';
import { EntryView, subschemaDn } from './entry-view.ts';
import { compileFilter } from './filter-compile.ts';
import type { FilterContext } from './filter-node.ts';
import type { Filter } from './filter.ts';
import type { BoundIdentity } from './identity.ts';
import { defaultDirectoryLimits } from './limits.ts';
import type { DirectoryLimits } from './limits.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryLease, DirectoryReader, DirectorySource, EntryId } from './reader.ts';
import { ldapResult, ResultCode } from './result.ts';
import type { LdapResult } from './result.ts';
import type { Schema } from './schema.ts';
import { readyCursor } from './search-cursor.ts';
import type { SearchOutcome, SearchRequest, SearchScope } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';
import { compileSort } from './sort.ts';
import type { SortRequest, SortResult } from './sort.ts';
import { SortBudget } from './sorted-cursor.ts';
import { rootDse, staticFilterContext, subschema } from './static-entries.ts';
import type { RootDseOptions } from './static-entries.ts';
import { openCursor } from './tree-search.ts';
import { Truth } from './truth.ts';

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

const tooDeep = ldapResult(ResultCode.adminLimitExceeded, 'the filter is nested too deeply');
const notNames = ldapResult(ResultCode.protocolError, 'an attribute to dereference has no names as values');

function refusal(result: LdapResult): Located & { kind: 'result' } {
  return { kind: 'result', result };
}

class PublishedDirectory implements Directory {
  readonly #source: DirectorySource;
  readonly #schema: Schema;
  readonly #limits: DirectoryLimits;
  readonly #sortBudget: SortBudget;
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
    this.#sortBudget = new SortBudget(this.#limits.sortEntriesTotalMax);
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

  compare(dn: string, attribute: string, value: Buffer, who: BoundIdentity, condition?: Filter): LdapResult {
    const located = this.#locate(dn, who);
    if (located.kind === 'result') return located.result;
    if (located.kind === 'static') {
      const context = staticFilterContext(this.#schema, located.entry);
      return this.#unmet(condition, located.entry, context) ?? compareEntry(located.entry, context, attribute, value);
    }
    using _lease = located.lease;
    const context = { schema: this.#schema, reader: located.reader };
    const view = viewAt(located.reader, located.id);
    return this.#unmet(condition, view, context) ?? compareEntry(view, context, attribute, value);
  }

  /** The result when a condition is not True of an entry (RFC 4528 §3). */
  #unmet(condition: Filter | undefined, entry: EntryView, context: FilterContext): LdapResult | undefined {
    if (condition === undefined) return undefined;
    const filter = compileFilter(condition, context, this.#limits.filterDepthMax);
    if (filter === undefined) return tooDeep;
    return filter.test(entry) === Truth.True ? undefined : ldapResult(ResultCode.assertionFailed);
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
    const context = staticFilterContext(this.#schema, entry);
    const unmet = this.#unmet(request.assertion, entry, context);
    if (unmet !== undefined) return refusal(unmet);
    const filter = compileFilter(request.filter, context, this.#limits.filterDepthMax);
    if (filter === undefined) return refusal(tooDeep);
    const visible = request.subentries === undefined || request.subentries === (entry === this.#subschema);
    const matches = visible && request.after === undefined && filter.test(entry) === Truth.True;
    const selection = compileSelection(this.#schema, request.attributes, request.typesOnly);
    return {
      kind: 'cursor',
      cursor: readyCursor(matches ? [selectAttributes(entry, selection)] : [], this.#sortOfOne(request.sort)),
      publication: 0,
    };
  }

  #sortOfOne(sort: SortRequest | undefined): SortResult | undefined {
    const order = sort === undefined ? undefined : compileSort(this.#schema, sort.keys);
    return order === undefined || 'code' in order ? order : { code: ResultCode.success };
  }

  #searchTree(request: SearchRequest, located: Extract<Located, { kind: 'entry' }>): SearchOutcome {
    const { lease, reader, id } = located;
    const release = (result: LdapResult): SearchOutcome => {
      lease[Symbol.dispose]();
      return refusal(result);
    };
    const context = { schema: this.#schema, reader };
    const unmet =
      request.assertion === undefined ? undefined : this.#unmet(request.assertion, viewAt(reader, id), context);
    if (unmet !== undefined) return release(unmet);
    const filter = compileFilter(request.filter, context, this.#limits.filterDepthMax);
    if (filter === undefined) return release(tooDeep);
    const dereferences =
      request.dereference === undefined ? [] : compileDereferences(this.#schema, request.dereference);
    if (dereferences === undefined) return release(notNames);
    const cursor = openCursor(
      { schema: this.#schema, limits: this.#limits, sortBudget: this.#sortBudget },
      { request, lease, reader, base: id, filter, dereferences },
    );
    return { kind: 'cursor', cursor, publication: reader.publication };
  }
}

function viewAt(reader: DirectoryReader, id: EntryId): EntryView {
  const bytes = reader.entry(id);
  if (bytes === undefined) throw new DirectoryStorageError('a name leads to an entry that is not there');
  const view = new EntryView(reader);
  view.move(id, bytes);
  return view;
}
