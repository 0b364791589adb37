import assert from 'node:assert/strict';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { ExplainAnswer, Explanation, Inspection } from '../../../src/identity/inspection.ts';
import type { RoundSummary } from '../../../src/identity/round.ts';
import { createInspection } from '../../../src/inspection/inspection.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant } from '../../support/model-tenant.ts';
import { seededChoice } from '../../support/seeded-choice.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A tenant, a store, rounds that bring the one into the other, and questions about what came of it. */
export class InspectionBench implements AsyncDisposable {
  readonly tenant = new ModelTenant(seededChoice(20_261_121));
  readonly clock = new ManualClock();
  readonly store: Store;
  readonly inspection: Inspection;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #engine: ReturnType<typeof testEngine>;

  private constructor(folder: ReturnType<typeof temporaryFolder>, store: Store, settings: ProjectionSettings) {
    this.#folder = folder;
    this.store = store;
    this.#engine = testEngine(store, this.tenant, this.clock, settings);
    this.inspection = createInspection(() => ({
      ...store,
      mirror: this.#engine.overlaid,
      projector: new Projector(settings, standardSchema),
      schema: standardSchema,
      tenantId: 'the tenant',
      hasLocalPassword: () => false,
      overlayFindings: [],
      isEntraAsked: true,
    }));
  }

  static async open(settings: ProjectionSettings = openSettings): Promise<InspectionBench> {
    const folder = temporaryFolder();
    return new InspectionBench(folder, await openTestStore(folder.path), settings);
  }

  async round(): Promise<RoundSummary> {
    const { summary } = await this.#engine.runRound(false, new AbortController().signal);
    assert.equal(summary.error, null);
    return summary;
  }

  ask(name: string, kind: 'user' | 'group' = 'user'): Promise<ExplainAnswer> {
    return this.inspection.explain({ kind, name });
  }

  /** What is told of the one object that answers to a name. */
  async explain(name: string, kind: 'user' | 'group' = 'user'): Promise<Explanation> {
    const answer = await this.ask(name, kind);
    assert.ok(answer.found === 'one', `${name}: ${answer.found}`);
    return answer.explanation;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** All items of a list. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The items in the order of their texts; a tenant reports its objects in any order. */
export function sorted<T>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
}
