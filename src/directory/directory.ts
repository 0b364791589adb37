/** The directory behind the protocol: searches and comparisons on the published entries, the root DSE and the subschema. */

import type { Access } from './access.ts';
import { type Additions, AugmentedReader } from './augmented-reader.ts';
import { compareEntry } from './compare.ts';
import { contentSelect, followsChains, openContent } from './content.ts';
import type { ContentOutcome } from './content-types.ts';
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
import { plainPresentation, presentationKey } from './presentation.ts';
import type { Presentation } from './presentation.ts';
import { PresentedReader } from './presented-entry.ts';
import { DirectoryStorageError } from './reader.ts';
import type { DirectoryLease, DirectoryReader, EntryId, PublishedLease, PublishedSource } from './reader.ts';
import { ldapResult, ResultCode } from './result.ts';
import type { ReadOperation } from './rights.ts';
import type { LdapResult } from './result.ts';
import type { Schema } from './schema.ts';
import type { SearchOutcome, SearchRequest, SearchScope } from './search-types.ts';
import { SortBudget } from './sorted-cursor.ts';
import { StaticEntries, staticFilterContext } from './static-entries.ts';
import type { RootDseOptions } from './static-entries.ts';
import { cursorOfOne, openCursor, scopeRanges } from './tree-search.ts';
import type { SearchMeans } from './tree-search.ts';
import { Truth } from './truth.ts';

/** What a directory is made of. */
export interface DirectoryOptions {
  readonly source: PublishedSource;
  readonly schema: Schema;
  /** The naming context. */
  readonly baseDn: string;
  readonly rootDse: RootDseOptions;
  readonly limits?: DirectoryLimits;
  readonly access: Access;
  /** How the directory appears to an identity; asked with every operation. Left out: as it is stored, to everybody. */
  readonly presentationOf?: (who: BoundIdentity) => Presentation;
  /**
   * What an identity is shown beside what is published, within what it may read; asked with every search and comparison. Nothing
   * of it is replicated. Left out: nothing.
   */
  readonly additionsFor?: (who: BoundIdentity) => Additions | undefined;
}

/** A directory on the entries that `source` publishes. Throws when `baseDn` is no DN. */
export function createDirectory(options: DirectoryOptions): Directory {
  return new PublishedDirectory(options);
}

type Located =
  | { readonly kind: 'static'; readonly name: 'rootDse' | 'subschema'; readonly entry: EntryView }
  | {
      readonly kind: 'entry';
      readonly lease: DirectoryLease;
      readonly reader: DirectoryReader;
      readonly id: EntryId;
      /** Shows no attribute that the identity may not read. */
      readonly presentation: Presentation;
    }
  | { readonly kind: 'result'; readonly result: LdapResult };

/** RFC 4512 §5.1: the root DSE is no part of any naming context and answers to its own base object only. */
const staticScopes: Readonly<Record<'rootDse' | 'subschema', readonly SearchScope[]>> = {
  rootDse: ['base'],
  subschema: ['base', 'subtree'],
};

const tooDeep = ldapResult(ResultCode.adminLimitExceeded, 'the filter is nested too deeply');
const notPublished = ldapResult(ResultCode.busy, 'the directory has not been synchronized yet');
const otherFlavour = ldapResult(ResultCode.busy, 'the directory has not been published as Active Directory yet');
const noContent = ldapResult(ResultCode.unwillingToPerform, 'only what is below a naming context can be synchronized');
const noChains = ldapResult(ResultCode.unwillingToPerform, 'a filter that follows chains cannot be synchronized');
const notNames = ldapResult(ResultCode.protocolError, 'an attribute to dereference has no names as values');

function refusal(result: LdapResult): Located & { kind: 'result' } {
  return { kind: 'result', result };
}

class PublishedDirectory implements Directory {
  readonly #source: PublishedSource;
  readonly #schema: Schema;
  readonly #limits: DirectoryLimits;
  readonly #means: SearchMeans;
  readonly #access: Access;
  readonly #baseRdns: readonly string[];
  readonly #static: StaticEntries;
  readonly #presentationOf: (who: BoundIdentity) => Presentation;
  readonly #additionsFor: (who: BoundIdentity) => Additions | undefined;
  readonly #subschemaKey = normalizeDn(subschemaDn);

  constructor(options: DirectoryOptions) {
    const base = parseDn(options.baseDn);
    if (base === undefined) throw new RangeError('the base DN is not a distinguished name');
    this.#source = options.source;
    this.#access = options.access;
    this.#schema = options.schema;
    this.#limits = options.limits ?? defaultDirectoryLimits;
    const sortBudget = new SortBudget(this.#limits.sortEntriesTotalMax);
    this.#means = { schema: this.#schema, limits: this.#limits, sortBudget };
    this.#baseRdns = normalizedRdns(base);
    this.#static = new StaticEntries(options.schema, options.baseDn, options.rootDse);
    this.#presentationOf = options.presentationOf ?? (() => plainPresentation);
    this.#additionsFor = options.additionsFor ?? (() => undefined);
  }

  search(request: SearchRequest, who: BoundIdentity): SearchOutcome {
    const presentation = this.#presentationOf(who);
    const located = this.#locate(request.baseDn, who, 'search', presentation, request.from);
    if (located.kind !== 'entry') request.from?.[Symbol.dispose]();
    switch (located.kind) {
      case 'result':
        return located;
      case 'static':
        return this.#searchStatic(request, located, presentation);
      case 'entry':
        try {
          return this.#searchTree(request, located);
        } catch (error) {
          located.lease[Symbol.dispose]();
          throw error;
        }
    }
  }

  content(request: SearchRequest, who: BoundIdentity, known?: DirectoryLease): ContentOutcome {
    const lease = this.#source.acquire();
    if (lease === undefined) return refusal(notPublished);
    try {
      const located = this.#locate(request.baseDn, who, 'sync', this.#presentationOf(who), lease);
      const outcome =
        located.kind === 'entry'
          ? this.#contentOf(request, who, lease, located, known)
          : refusal(located.kind === 'result' ? located.result : noContent);
      if (outcome.kind === 'result') lease[Symbol.dispose]();
      return outcome;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  onPublished(listener: () => void): Disposable {
    return this.#source.onPublished(listener);
  }

  compare(dn: string, attribute: string, value: Buffer, who: BoundIdentity, condition?: Filter): LdapResult {
    const presentation = this.#presentationOf(who);
    const located = this.#locate(dn, who, 'compare', presentation);
    if (located.kind === 'result') return located.result;
    if (located.kind === 'static') {
      const context = staticFilterContext(this.#schema, located.entry);
      return this.#unmet(condition, located.entry, context) ?? compareEntry(located.entry, context, attribute, value);
    }
    using _lease = located.lease;
    const context = { schema: this.#schema, reader: located.reader, presentation: located.presentation };
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

  #contentOf(
    request: SearchRequest,
    who: BoundIdentity,
    lease: PublishedLease,
    { reader, id, presentation }: Extract<Located, { kind: 'entry' }>,
    known: DirectoryLease | undefined,
  ): ContentOutcome {
    if (followsChains(this.#schema, request.filter)) return refusal(noChains);
    const context = { schema: this.#schema, reader, presentation };
    const unmet = this.#unmet(request.assertion, viewAt(reader, id), context);
    if (unmet !== undefined) return refusal(unmet);
    const filter = compileFilter(request.filter, context, this.#limits.filterDepthMax);
    if (filter === undefined) return refusal(tooDeep);
    const isNarrowed = this.#access.narrows(who);
    const { id: history, stampMs, knownSinceMs } = lease.history;
    const content = openContent({
      lease,
      reader,
      history: {
        id: [history, this.#access.scopeOf(lease.reader, who), presentationKey(presentation)].join(''),
        stampMs,
        knownSinceMs: isNarrowed && known === undefined ? stampMs : knownSinceMs,
      },
      before: isNarrowed && known !== undefined ? this.#access.readable(known.reader, who, 'sync') : undefined,
      ranges: scopeRanges(reader, id, request.scope),
      complete: request.scope === 'base',
      filter,
      select: contentSelect(this.#schema, request, presentation),
      limits: this.#limits,
    });
    // Nothing is published while this runs, so that the newest directory is the one that is read.
    const held = isNarrowed && request.hold === true ? this.#source.acquire() : undefined;
    return { kind: 'content', content, held };
  }

  /** Finds the object that a request names, or the result that says why not. The caller owns the lease. */
  #locate(
    dn: string,
    who: BoundIdentity,
    operation: ReadOperation,
    presentation: Presentation,
    from?: DirectoryLease,
  ): Located {
    const key = normalizeDn(dn);
    if (key === undefined) return refusal(ldapResult(ResultCode.invalidDNSyntax, 'not a distinguished name'));
    if (key === '') return { kind: 'static', name: 'rootDse', entry: this.#rootDseFor(presentation) };
    if (key === this.#subschemaKey) {
      return { kind: 'static', name: 'subschema', entry: this.#static.subschema(presentation) };
    }
    const lease = from ?? this.#source.acquire();
    if (lease === undefined) return refusal(notPublished);
    try {
      // Who may not read anything any more does not read on in an earlier directory either (P7).
      const may = from === undefined || this.#mayRead(who, operation);
      const readable = may ? this.#access.readable(lease.reader, who, operation) : undefined;
      // A replica would keep what is withdrawn here without a publication that could tell it.
      const additions = operation === 'sync' ? undefined : this.#additionsFor(who);
      const shown = readable && additions ? new AugmentedReader(readable, additions, this.#isNewest(lease)) : readable;
      return this.#locateIn(lease, shown, this.#access.presented(presentation, who), key, dn, who);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #mayRead(who: BoundIdentity, operation: ReadOperation): boolean {
    using lease = this.#source.acquire();
    return lease !== undefined && this.#access.readable(lease.reader, who, operation) !== undefined;
  }

  #isNewest({ reader }: DirectoryLease): boolean {
    using newest = this.#source.acquire();
    return newest?.reader.publication === reader.publication;
  }

  #rootDseFor({ activeDirectory }: Presentation): EntryView {
    if (activeDirectory === undefined) return this.#static.rootDse(undefined);
    using lease = this.#source.acquire();
    return this.#static.rootDse(lease?.history.stampMs ?? 0);
  }

  #locateIn(
    lease: DirectoryLease,
    readable: DirectoryReader | undefined,
    presentation: Presentation,
    key: string,
    dn: string,
    who: BoundIdentity,
  ): Located {
    if (readable !== undefined && !isInFlavour(lease.reader, presentation)) {
      lease[Symbol.dispose]();
      return refusal(otherFlavour);
    }
    const reader = readable && presentedReader(readable, presentation);
    const id = reader?.findDn(key);
    if (reader !== undefined && id !== undefined) return { kind: 'entry', lease, reader, id, presentation };
    const result =
      reader === undefined
        ? ldapResult(ResultCode.insufficientAccessRights, who.kind === 'anonymous' ? 'bind first' : 'not granted')
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

  #searchStatic(
    request: SearchRequest,
    { name, entry }: Extract<Located, { kind: 'static' }>,
    presentation: Presentation,
  ): SearchOutcome {
    if (!staticScopes[name].includes(request.scope)) {
      return name === 'rootDse'
        ? refusal(ldapResult(ResultCode.noSuchObject, 'the root is no base for this scope; use a naming context'))
        : { kind: 'cursor', cursor: cursorOfOne(this.#means, request, undefined, presentation) };
    }
    const context = staticFilterContext(this.#schema, entry);
    const unmet = this.#unmet(request.assertion, entry, context);
    if (unmet !== undefined) return refusal(unmet);
    const filter = compileFilter(request.filter, context, this.#limits.filterDepthMax);
    if (filter === undefined) return refusal(tooDeep);
    const visible = request.subentries === undefined || request.subentries === (name === 'subschema');
    const matches = visible && request.after === undefined && filter.test(entry) === Truth.True;
    // Where memberOf is kept operational, so are the attributes of the root DSE (RFC 4512 §5.1).
    const { activeDirectory, userAttributes } = presentation;
    const isGenerous = name === 'rootDse' && activeDirectory !== undefined && userAttributes.has('memberof');
    const asked = isGenerous ? { ...request, attributes: generousSelectors(request.attributes) } : request;
    return { kind: 'cursor', cursor: cursorOfOne(this.#means, asked, matches ? entry : undefined, presentation) };
  }

  #searchTree(request: SearchRequest, located: Extract<Located, { kind: 'entry' }>): SearchOutcome {
    const { lease, reader, id, presentation } = located;
    const release = (result: LdapResult): SearchOutcome => {
      lease[Symbol.dispose]();
      return refusal(result);
    };
    const context = { schema: this.#schema, reader, presentation };
    const unmet =
      request.assertion === undefined ? undefined : this.#unmet(request.assertion, viewAt(reader, id), context);
    if (unmet !== undefined) return release(unmet);
    const filter = compileFilter(request.filter, context, this.#limits.filterDepthMax);
    if (filter === undefined) return release(tooDeep);
    const dereferences =
      request.dereference === undefined ? [] : compileDereferences(this.#schema, request.dereference);
    if (dereferences === undefined) return release(notNames);
    const cursor = openCursor(this.#means, { request, presentation, lease, reader, base: id, filter, dereferences });
    // Nothing is published while this runs, so that the newest directory is the one that the cursor reads.
    const held = request.hold === true ? this.#source.acquire() : undefined;
    return { kind: 'cursor', cursor, held };
  }
}

/**
 * What was published before the flavour was turned on has nothing of it. An empty answer would look as if everybody had gone
 * (P1); the classes come with the first publication that has the rest.
 */
function isInFlavour(reader: DirectoryReader, { activeDirectory }: Presentation): boolean {
  return activeDirectory === undefined || reader.classRanges('user') !== undefined;
}

function presentedReader(reader: DirectoryReader, { hidden }: Presentation): DirectoryReader {
  return hidden === undefined ? reader : new PresentedReader(reader, hidden);
}

// Active Directory gives all of the root DSE to whoever asks for no attribute by name.
function generousSelectors(selectors: readonly string[]): readonly string[] {
  return selectors.length === 0 || selectors.includes('*') ? [...selectors, '*', '+'] : selectors;
}

function viewAt(reader: DirectoryReader, id: EntryId): EntryView {
  const bytes = reader.entry(id);
  if (bytes === undefined) throw new DirectoryStorageError('a name leads to an entry that is not there');
  const view = new EntryView(reader);
  view.move(id, bytes);
  return view;
}
