import assert from 'node:assert/strict';
import { standardSchema } from '../../src/directory/schema.ts';
import { Projector } from '../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../src/projection/settings.ts';
import type { SafetyLimits } from '../../src/identity/safety.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import { type DumpedEntry, dumpDirectory } from './directory-dump.ts';
import { ManualClock } from './manual-clock.ts';
import type { ModelTenant } from './model-tenant.ts';
import { noLimits, openSettings, openTestStore, testEngine } from './sync-bench.ts';

const { signal } = new AbortController();

/** What clients see, without stamps. */
export type Shown = ReadonlyMap<string, DumpedEntry>;

/** A store and an engine on it that remember what each publication showed, as often as the process "ends" and starts again. */
export class RollingTenant implements AsyncDisposable {
  readonly tenant: ModelTenant;
  readonly clock = new ManualClock();
  /** What each publication showed. */
  readonly shown = new Map<number, Shown>();
  readonly #path: string;
  readonly #batch: number;
  store: Store;
  engine: SyncEngine;

  private constructor(path: string, batch: number, tenant: ModelTenant, store: Store) {
    this.#path = path;
    this.#batch = batch;
    this.tenant = tenant;
    this.store = store;
    this.engine = this.#newEngine();
  }

  /** With a small batch a publish is written in many steps. */
  static async open(path: string, tenant: ModelTenant, batch = 5): Promise<RollingTenant> {
    return new RollingTenant(path, batch, tenant, await openTestStore(path, batch));
  }

  get publication(): number {
    return this.store.view.facts?.publication ?? 0;
  }

  /** What clients see now. */
  async dump(): Promise<Shown> {
    return (await dumpDirectory(this.store.source)) ?? assert.fail('nothing is shown');
  }

  /** A round that is to end well; later than the one before. */
  async round(full = false): Promise<string> {
    await this.clock.advance(1000);
    const { summary } = await this.engine.runRound(full, signal);
    assert.notEqual(summary.outcome, 'failed', summary.error ?? '');
    await this.remember();
    return summary.outcome;
  }

  /** Publishes what was decided about. */
  async replan(): Promise<string> {
    await this.clock.advance(1000);
    const { summary } = await this.engine.replan(signal);
    await this.remember();
    return summary.outcome;
  }

  async rollBack(to: number | null = null): Promise<void> {
    await this.clock.advance(1000);
    await this.engine.rollBack(to, 'command', signal);
    await this.remember();
  }

  /** From now on nothing of this kind may be done to more than `count`. */
  limit(kind: keyof SafetyLimits, count: number): void {
    const projector = new Projector(openSettings, standardSchema);
    const safety = { ...noLimits, [kind]: { count, share: 1, few: 0 } };
    this.engine.use({ projector, fingerprint: JSON.stringify(openSettings), safety });
  }

  /** Publishes by other rules about who may sign in. */
  async usePolicy(policy: ProjectionSettings['policy']): Promise<void> {
    const settings = { ...openSettings, policy };
    const projector = new Projector(settings, standardSchema);
    this.engine.use({ projector, fingerprint: JSON.stringify(settings), safety: noLimits });
    assert.equal(await this.replan(), 'published');
  }

  async approve(): Promise<void> {
    assert.ok(await this.engine.decide(this.engine.hold?.hold ?? -1, 'approved'));
  }

  async remember(): Promise<void> {
    this.shown.set(this.publication, await this.dump());
  }

  /** Ends the process and starts it again. */
  async restart(): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.store = await openTestStore(this.#path, this.#batch);
    this.engine = this.#newEngine();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }

  #newEngine(): SyncEngine {
    return testEngine(this.store, this.tenant, this.clock, undefined, undefined, this.tenant);
  }
}
