import assert from 'node:assert/strict';
import type { DirectoryReader, LinkName } from '../../src/directory/reader.ts';
import { normalizeDn } from '../../src/directory/dn.ts';
import { entryAttribute, entryDn } from '../../src/directory/entry-codec.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { HoldReport, SafetyLimits } from '../../src/identity/safety.ts';
import type { PublicationFacts } from '../../src/identity/view.ts';
import { entryTexts } from '../../src/projection/entry-texts.ts';
import { Projector } from '../../src/projection/projector.ts';
import type { PrimaryGroup, ProjectionSettings } from '../../src/projection/settings.ts';
import type { SudoRule } from '../../src/projection/sudo-settings.ts';
import { splitElements } from '../../src/store/set-codec.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import { ManualClock } from './manual-clock.ts';
import type { ModelTenant } from './model-tenant.ts';
import { noLimits, openSettings, openTestStore, testEngine } from './sync-bench.ts';
import { syncTenant } from './sync-tenant.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Settings with another primary group. */
export function primarySettings(
  primary: Partial<PrimaryGroup>,
  more: Partial<ProjectionSettings> = {},
): ProjectionSettings {
  const settings = { ...openSettings, ...more };
  const primaryGroup = { ...settings.users.primaryGroup, ...primary };
  return { ...settings, users: { ...settings.users, primaryGroup } };
}

/** Settings with sudo rules. */
export function sudoSettings(rules: readonly SudoRule[], more: Partial<ProjectionSettings> = {}): ProjectionSettings {
  return { ...openSettings, ...more, sudo: { container: 'ou=SUDOers', defaults: [], rules } };
}

/** Rounds over the tenant of `syncTenant`, and what is published after them. */
export class PosixBench implements AsyncDisposable {
  readonly tenant: ModelTenant;
  readonly store: Store;
  readonly #folder: Disposable;
  readonly #engine: SyncEngine;
  readonly #signal = new AbortController().signal;

  readonly #safety: SafetyLimits;

  private constructor(
    folder: Disposable,
    store: Store,
    chosen: ProjectionSettings,
    tenant: ModelTenant,
    safety: SafetyLimits,
  ) {
    this.#folder = folder;
    this.store = store;
    this.tenant = tenant;
    this.#engine = testEngine(store, tenant, new ManualClock(), chosen, safety);
    this.#safety = safety;
  }

  static async open(
    chosen: ProjectionSettings,
    tenant: ModelTenant = syncTenant(),
    safety: SafetyLimits = noLimits,
  ): Promise<PosixBench> {
    const folder = temporaryFolder();
    const bench = new PosixBench(folder, await openTestStore(folder.path), chosen, tenant, safety);
    await bench.round();
    return bench;
  }

  /** Runs a round, which reads everything anew with `full`; returns how many users it changed. */
  async round(full = false): Promise<number> {
    const { summary } = await this.#engine.runRound(full, this.#signal);
    assert.equal(summary.error, null);
    return summary.collections.users.entries.changed;
  }

  /** Goes on with other settings, and publishes by them; returns what is held back instead. */
  async use(settings: ProjectionSettings): Promise<HoldReport | null> {
    const projector = new Projector(settings, standardSchema);
    this.#engine.use({ projector, fingerprint: JSON.stringify(settings), safety: this.#safety });
    const { summary } = await this.#engine.replan(this.#signal);
    assert.equal(summary.error, null);
    return summary.held;
  }

  get facts(): PublicationFacts {
    return this.store.view.facts ?? assert.fail('nothing is published');
  }

  /** Values of an attribute of an entry, `undefined` when there is no such entry. */
  values(name: string, attribute: string): readonly string[] | undefined {
    return this.#read((reader) => {
      const id = reader.findDn(normalizeDn(`${name},dc=example,dc=com`) ?? '');
      const entry = id === undefined ? undefined : reader.entry(id);
      if (id === undefined || entry === undefined) return undefined;
      const link = links[attribute];
      return link === undefined ? (entryTexts(entry).get(attribute) ?? []) : linkedTexts(reader, id, link);
    });
  }

  /** The number of the change that an entry was last part of. */
  changeNumber(name: string): string {
    return this.stamp(name, 'entryCSN');
  }

  /** A value of an entry that says when it was changed. */
  stamp(name: string, attribute: 'entryCSN' | 'uSNChanged'): string {
    return this.#read((reader) => {
      const entry = reader.entry(reader.findDn(normalizeDn(`${name},dc=example,dc=com`) ?? '') ?? 0);
      return (entry && entryAttribute(entry, attribute)[0]?.toString()) ?? assert.fail(`there is no ${name}`);
    });
  }

  /** How many entries there are below a container, as the container says it and as they are counted. */
  async sizes(container: string): Promise<readonly [said: number, counted: number] | undefined> {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const id = reader.findDn(normalizeDn(`${container},dc=example,dc=com`) ?? '');
    if (id === undefined) return undefined;
    let counted = 0;
    for await (const block of reader.scan(reader.childRanges(id), 10)) counted += block.length;
    return [reader.childCount(id), counted];
  }

  /** The DNs of all entries below a container, without the base. */
  async names(container: string): Promise<readonly string[]> {
    using lease = this.store.source.acquire();
    const { reader } = lease ?? assert.fail('nothing is published');
    const id = reader.findDn(normalizeDn(`${container},dc=example,dc=com`) ?? '');
    const names: string[] = [];
    for await (const block of reader.scan(id === undefined ? [] : reader.childRanges(id), 100)) {
      for (const { bytes } of block) names.push(entryDn(bytes).replace(',dc=example,dc=com', ''));
    }
    return names;
  }

  #read<T>(look: (reader: DirectoryReader) => T): T {
    using lease = this.store.source.acquire();
    return look(lease?.reader ?? assert.fail('nothing is published'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

const links: Readonly<Record<string, LinkName>> = { member: 'member', memberUid: 'memberUid', memberOf: 'memberOf' };

function linkedTexts(reader: DirectoryReader, id: number, link: LinkName): readonly string[] {
  const elements = splitElements(Buffer.concat([...(reader.linked(id, link)?.runs ?? [])]));
  return elements.map((element) => element.subarray((element[1] ?? 0) < 0x80 ? 2 : 3).toString());
}
