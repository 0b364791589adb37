import type { Collection, DirectoryChange, ObjectPage } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { Admission, FeedStatistics } from '../identity/ports.ts';

/** What the scope of a collection is kept with while it is pulled. */
export interface RoundScopeInput {
  readonly admission: Admission;
  readonly mirror: Mirror;
  readonly collection: Collection;
  /** Whether pages say everything of what is on them, and not only what has changed. */
  readonly isAnew: boolean;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/**
 * The scope of one collection in one round. A complete list of who is admitted decides; delta pages then say what the admitted
 * are like. The list is had before anything is written, so that a list that fails takes nobody out of scope (P2).
 */
export class RoundScope {
  readonly #input: RoundScopeInput;
  readonly #admitted: ReadonlySet<ObjectId>;

  private constructor(input: RoundScopeInput, admitted: ReadonlySet<ObjectId>) {
    this.#input = input;
    this.#admitted = admitted;
  }

  /** Asks who is in scope; undefined when everybody is. Throws `SourceError`. */
  static async open(input: RoundScopeInput): Promise<RoundScope | undefined> {
    const { admission, collection, signal, statistics } = input;
    const admitted = await admission.admitted(collection, signal, statistics);
    return admitted === undefined ? undefined : new RoundScope(input, admitted);
  }

  /**
   * The page without the properties of what is not in scope, and of what comes into it by a change: of that a page of changes says
   * too little, so it is read by {@link RoundScope.settle}.
   */
  narrow<Page extends ObjectPage>(page: Page): Page {
    return { ...page, changes: page.changes.map((change) => this.#narrowed(change)) };
  }

  #narrowed(change: DirectoryChange): DirectoryChange {
    if (change.kind === 'removed') return change;
    if (this.#admitted.has(change.id) && (this.#input.isAnew || !this.#isEmptied(change.id))) return change;
    return { ...change, properties: {}, outOfScope: true };
  }

  #isEmptied(id: ObjectId): boolean {
    const { mirror } = this.#input;
    const node = mirror.nodeOf(id);
    return node !== undefined && mirror.record(node)?.outOfScope === true;
  }

  /**
   * Once all pages were applied: empties what went out of scope without being reported, and reads what came into it. Delta
   * queries report neither, for a filter may look at what they do not track. Returns how many objects were read.
   */
  async settle(generation: number, state: string): Promise<number> {
    const { admission, mirror, collection, signal, statistics } = this.#input;
    const missing = await mirror.keepAdmitted(collection, this.#admitted, signal);
    let read = 0;
    for await (const page of admission.objects(collection, missing, signal, statistics)) {
      await mirror.applyPage(page, generation, state);
      read += page.changes.length;
    }
    return read;
  }
}
