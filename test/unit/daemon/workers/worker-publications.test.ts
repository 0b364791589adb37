import assert from 'node:assert/strict';

import { WorkerPublications, type ShowingThread } from '../../../../src/daemon/workers/worker-publications.ts';
import type { ToWorker, WorkerRequest } from '../../../../src/daemon/workers/messages.ts';
import { standardSchema } from '../../../../src/directory/schema.ts';
import { parseTenantId } from '../../../../src/identity/ids.ts';
import { structuralNodes } from '../../../../src/identity/node.ts';
import { SharedView } from '../../../../src/store/shared-view.ts';
import { openStore, type Store } from '../../../../src/store/store.ts';
import { dumpDirectory } from '../../../support/directory-dump.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import type { ModelTenant } from '../../../support/model-tenant.ts';
import { testEngine } from '../../../support/sync-bench.ts';
import { putPerson, syncTenant } from '../../../support/sync-tenant.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const tenantId = parseTenantId('11111111-2222-4333-8444-555555555555') ?? assert.fail('not a tenant id');

/** What a thread does with what it is asked and told, without the thread. */
class Reader implements ShowingThread, AsyncDisposable {
  readonly gone = new Promise<never>(() => {});
  readonly said: ToWorker['kind'][] = [];
  /** Called when a snapshot was taken, before that is answered. */
  onSnapshot: () => void | Promise<void> = () => {};
  killedBy: unknown;
  readonly view: SharedView;

  constructor(view: SharedView) {
    this.view = view;
  }

  async ask(request: WorkerRequest): Promise<readonly []> {
    assert.ok(request.kind === 'snapshot');
    // As late as a thread may hear of it.
    await new Promise(setImmediate);
    this.view.prepare(request.publication);
    await this.onSnapshot();
    return [];
  }

  say({ kind }: ToWorker): void {
    this.said.push(kind);
  }

  kill(cause: unknown): Promise<void> {
    this.killedBy = cause;
    return Promise.resolve();
  }

  get shown(): number | undefined {
    using lease = this.view.acquire();
    return lease?.reader.publication;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.view[Symbol.asyncDispose]();
  }
}

describe('What several threads show (P2)', () => {
  const clock = new ManualClock();
  let folder: ReturnType<typeof temporaryFolder>;
  let tenant: ModelTenant;
  let store: Store;
  let current: Int32Array;
  let publications: WorkerPublications;
  let readers: Reader[];

  beforeEach(async () => {
    folder = temporaryFolder();
    tenant = syncTenant();
    store = await openStore({ directory: folder.path, tenantId, schema: standardSchema, isShared: true });
    current = new Int32Array(new SharedArrayBuffer(4));
    publications = new WorkerPublications(store.publications, current);
    readers = [];
  });

  afterEach(async () => {
    publications[Symbol.dispose]();
    for (const reader of readers) await reader[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function newReader(): Promise<Reader> {
    const options = { directory: folder.path, tenantId, entryCacheBytes: 1024 * 1024, current };
    const reader = new Reader(await SharedView.open(options));
    readers.push(reader);
    return reader;
  }

  async function joined(): Promise<Reader> {
    const reader = await newReader();
    await publications.join(reader);
    return reader;
  }

  async function publish(title = 'new'): Promise<void> {
    putPerson(tenant, 5, title);
    await clock.advance(1000);
    const { summary } = await testEngine(store, tenant, clock).runRound(false, new AbortController().signal);
    assert.equal(summary.outcome, 'published', summary.error ?? '');
  }

  it('is nothing before the first publication, and that from then on', async () => {
    const reader = await joined();
    assert.equal(reader.shown, undefined);
    await publish();
    assert.equal(reader.shown, 1);
    assert.deepEqual(reader.said, ['published']);
  });

  it('is the same in all of them, entries that they had read before included', async () => {
    const [first, second] = [await joined(), await joined()];
    for (const title of ['Title A', 'Title B', 'Title C']) {
      await publish(title);
      const wanted = await dumpDirectory(store.source);
      assert.ok(JSON.stringify([...(wanted ?? [])]).includes(title));
      assert.deepEqual(await dumpDirectory(first.view), wanted);
      assert.deepEqual(await dumpDirectory(second.view), wanted);
    }
  });

  it('is the one before until all of them can show the next', async () => {
    const [first, second] = [await joined(), await joined()];
    await publish();
    const seen: unknown[] = [];
    first.onSnapshot = second.onSnapshot = () =>
      void seen.push([first.shown, second.shown, store.view.facts?.publication]);
    await publish('other');
    assert.deepEqual(seen, [
      [1, 1, 1],
      [1, 1, 1],
    ]);
    assert.deepEqual([first.shown, second.shown], [2, 2]);
  });

  it('stays readable for whoever began to read it', async () => {
    const reader = await joined();
    await publish();
    using lease = reader.view.acquire();
    await publish('other');
    assert.deepEqual([lease?.reader.publication, reader.shown], [1, 2]);
    assert.ok(lease?.reader.entry(structuralNodes.base) !== undefined);
  });

  it('is, for a thread that joins while a publish is written, what is shown when that has ended', async () => {
    await publish();
    const writer = store.view.openWriter(clock.now());
    const late = await newReader();
    let hasJoined = false;
    const joining = publications.join(late).then(() => {
      hasJoined = true;
    });
    await new Promise(setImmediate);
    assert.equal(hasJoined, false);
    await writer.abort();
    await joining;
    assert.equal(late.shown, 1);
    await publish('other');
    assert.equal(late.shown, 2);
  });

  it('is looked for again when a publish was begun while a thread took its first snapshot', async () => {
    await publish();
    const late = await newReader();
    let snapshots = 0;
    late.onSnapshot = async () => {
      snapshots += 1;
      if (snapshots === 1) await publish('other');
    };
    await publications.join(late);
    assert.deepEqual([snapshots, late.shown], [2, 2]);
  });

  it('is shown by nobody who cannot take a snapshot of it: the thread is ended before the publish is over', async () => {
    const [first, second] = [await joined(), await joined()];
    await publish();
    first.onSnapshot = () => Promise.reject(new Error('no snapshot'));
    await publish('other');
    assert.match(String(first.killedBy), /no snapshot/);
    assert.deepEqual([second.killedBy, second.shown], [undefined, 2]);
  });

  it('changes no more in a thread that has left', async () => {
    const reader = await joined();
    await publish();
    publications.leave(reader);
    await publish('other');
    assert.deepEqual(reader.said, ['published']);
  });
});
