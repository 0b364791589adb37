import assert from 'node:assert/strict';

import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SyncEngine } from '../../../src/sync/engine.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { modelId, type ModelTenant } from '../../support/model-tenant.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { syncTenant } from '../../support/sync-tenant.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const settings = { ...openSettings, activeDirectory: true };
const dn = 'uid=u4,ou=users,dc=example,dc=com';

describe('Update sequence numbers of users whose memberships change (design §5, Active Directory flavour)', () => {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  let tenant: ModelTenant;
  let store: Store;
  let engine: SyncEngine;

  before(async () => {
    tenant = syncTenant();
    store = await openTestStore(folder.path);
    engine = testEngine(store, tenant, clock, settings);
    await publish();
  });

  after(async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function publish(): Promise<void> {
    await clock.advance(2_000);
    await engine.runRound(false, new AbortController().signal);
  }

  function shown(attribute: string): string {
    using lease = store.source.acquire();
    const id = lease?.reader.findDn(dn);
    const bytes = id === undefined ? undefined : lease?.reader.entry(id);
    return bytes === undefined ? assert.fail('no entry') : (entryAttribute(bytes, attribute)[0]?.toString() ?? '');
  }

  function highest(): number {
    using lease = store.source.acquire();
    return lease?.history.stampMs ?? 0;
  }

  it('grow with memberOf, which the flavour shows as an attribute of the user, so that nobody who asks for what is greater misses it', async () => {
    const before = { highest: highest(), changed: Number(shown('uSNChanged')), modified: shown('modifyTimestamp') };
    tenant.setMember(modelId('group', 2), modelId('user', 4), true);
    await publish();
    assert.ok(before.changed <= before.highest);
    assert.ok(Number(shown('uSNChanged')) > before.highest);
    assert.ok(Number(shown('uSNChanged')) <= highest());
    assert.equal(shown('modifyTimestamp'), before.modified);
  });

  it('and times do not move again when everything is planned anew and comes to the same', async () => {
    const stamps = ['modifyTimestamp', 'whenChanged', 'uSNChanged', 'entryCSN'];
    const before = { stamps: stamps.map(shown), highest: highest() };
    engine = testEngine(store, tenant, clock, { ...settings, users: { ...settings.users, includeGuests: false } });
    await publish();
    assert.ok(highest() > before.highest);
    assert.deepEqual(stamps.map(shown), before.stamps);
  });
});
