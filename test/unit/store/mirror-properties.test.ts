import assert from 'node:assert/strict';

import type { DirectoryChange, GraphProperties, ObjectPage } from '../../../src/identity/change.ts';
import type { Mirror } from '../../../src/identity/mirror.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const anna = modelId('user', 1);
const ben = modelId('user', 2);
const signal = new AbortController().signal;

const page = (...changes: DirectoryChange[]): ObjectPage => ({ changes, rejected: [] });
const user = (properties: GraphProperties, id = anna): DirectoryChange => ({ kind: 'user', id, properties });

function propertiesOf(mirror: Mirror, id = anna): GraphProperties | undefined {
  const node = mirror.nodeOf(id);
  return node === undefined ? undefined : mirror.record(node)?.properties;
}

/** Forgets what is marked as changed, as a publish does, and tells what has been marked. */
async function marked(mirror: Mirror): Promise<number> {
  const dirty = await mirror.dirtyNodes();
  return dirty.kind === 'all' ? Number.POSITIVE_INFINITY : dirty.nodes.length;
}

describe('what the mirror keeps of an object', () => {
  it('stays where a page of changes says nothing of it', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    await store.mirror.applyPage(page(user({ mail: 'a', department: 'Sales' })), 1, '{}');
    await store.mirror.applyPage(page(user({ mail: 'b' })), 2, '{}');
    assert.deepEqual(propertiesOf(store.mirror), { mail: 'b', department: 'Sales' });
  });

  it('is what an enumeration of everything says and nothing else: what was cleared or is not selected any more is gone (FED-18)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user({ mail: 'a', department: 'Sales', jobTitle: 'Clerk' })), 1, '{}');
    await mirror.applyPage(page(user({ mail: 'a' })), 2, '{}', { keeps: [] });
    assert.deepEqual(propertiesOf(mirror), { mail: 'a' });
  });

  it('is put together from several elements of one enumeration, in one page or many', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user({ mail: 'old', department: 'old' })), 1, '{}');
    await mirror.applyPage(page(user({ mail: 'a' }), user({ department: 'Sales' })), 2, '{}', { keeps: [] });
    await mirror.applyPage(page(user({ jobTitle: 'Clerk' })), 2, '{}', { keeps: [] });
    assert.deepEqual(propertiesOf(mirror), { mail: 'a', department: 'Sales', jobTitle: 'Clerk' });
  });

  it('keeps in an enumeration of everything what others bring', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user({ mail: 'a', department: 'Sales' })), 1, '{}');
    await mirror.amend([{ id: anna, properties: { customSecurityAttributes: { Site: { Floor: 3 } } } }], '{}');
    await mirror.applyPage(page(user({ mail: 'a' })), 2, '{}', { keeps: ['customSecurityAttributes'] });
    assert.deepEqual(propertiesOf(mirror), { mail: 'a', customSecurityAttributes: { Site: { Floor: 3 } } });
  });
});

describe('properties that are brought by others', () => {
  it('are merged into what is live and in scope, and mark it as changed only when they differ', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user({ mail: 'a' }), user({ mail: 'b' }, ben)), 1, '{}');
    await mirror.markAllDirty();
    await store.view.openWriter(0).commit(
      {
        publishedAtMs: 0,
        fingerprint: '',
        users: 0,
        groups: 0,
        services: 0,
        objectClasses: { structural: [], user: [], group: [], service: [], privateGroup: [], sudo: [] },
      },
      '{}',
    );
    assert.equal(await marked(mirror), 0);
    const brought = [
      { id: anna, properties: { extabcdefgh_desk: { number: 7 } } },
      { id: ben, properties: { extabcdefgh_desk: null } },
    ];
    await mirror.amend(brought, 'state');
    assert.equal(await marked(mirror), 1);
    assert.deepEqual(propertiesOf(mirror), { mail: 'a', extabcdefgh_desk: { number: 7 } });
    assert.deepEqual(propertiesOf(mirror, ben), { mail: 'b' });
    assert.equal(mirror.loadState(), 'state', 'in the same batch');
    await mirror.amend([{ id: anna, properties: { extabcdefgh_desk: null } }], '{}');
    assert.deepEqual(propertiesOf(mirror), { mail: 'a' });
  });

  it('make nobody known, and come to nobody who is gone or out of scope', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    const brought = { extabcdefgh_desk: { number: 7 } };
    await mirror.amend([{ id: anna, properties: brought }], '{}');
    assert.equal(mirror.nodeOf(anna), undefined);
    await mirror.applyPage(page(user({ mail: 'a' }), { kind: 'removed', id: anna, reason: 'changed' }), 1, '{}');
    await mirror.applyPage(page({ kind: 'user', id: ben, properties: {}, outOfScope: true }), 1, '{}');
    await mirror.amend(
      [anna, ben].map((id) => ({ id, properties: brought })),
      '{}',
    );
    assert.equal(propertiesOf(mirror), undefined);
    assert.deepEqual(propertiesOf(mirror, ben), {});
  });

  it('do not count as having seen an object, so that one that is gone is still swept', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const { mirror } = store;
    await mirror.applyPage(page(user({ mail: 'a' })), 1, '{}');
    await mirror.amend([{ id: anna, properties: { extabcdefgh_desk: { number: 7 } } }], '{}');
    await mirror.sweep('users', 2, signal);
    assert.equal(propertiesOf(mirror), undefined);
  });
});
