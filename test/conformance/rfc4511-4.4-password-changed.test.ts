import assert from 'node:assert/strict';

import { createAuthenticator, type LiveAuthenticator } from '../../src/auth/authenticator.ts';
import { createUserLookup } from '../../src/auth/user-lookup.ts';
import { revokeOutdated } from '../../src/daemon/revocations.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { defaultLdapLimits } from '../../src/ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../../src/ldap/server.ts';
import { silentLog } from '../../src/observability/log.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { TestDirectory } from '../support/ldap-test-directory.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ModelTenant, modelId } from '../support/model-tenant.ts';
import { openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const alice = 'uid=alice,ou=users,dc=example,dc=com';
const bob = 'uid=bob,ou=users,dc=example,dc=com';
const [before, after] = ['2026-11-01T10:00:00Z', '2026-11-21T10:00:00Z'];
const strongerAuthRequired = 8;

describe('A connection of somebody whose password was changed in Entra (RFC 4511 §4.4.1)', () => {
  const clock = new ManualClock();
  let folder: ReturnType<typeof temporaryFolder>;
  let tenant: ModelTenant;
  let store: Store;
  let engine: SyncEngine;
  let authenticator: LiveAuthenticator;
  let server: LdapServer;
  let revoking: Disposable;

  function put(number: number, name: string, properties: Readonly<Record<string, unknown>> = {}): void {
    const times = { lastPasswordChangeDateTime: before, signInSessionsValidFromDateTime: before };
    const own = { userPrincipalName: `${name}@example.com`, surname: name, accountEnabled: true };
    tenant.putUser(modelId('user', number), { ...own, ...times, ...properties });
  }

  async function publish(): Promise<void> {
    const { summary } = await engine.runRound(false, new AbortController().signal);
    assert.equal(summary.outcome, 'published');
  }

  async function bound(name: string, password = 'old'): Promise<RawClient> {
    const client = await RawClient.connect(server.addresses[0]?.port ?? 0);
    assert.equal((await client.ask(1, ber.bindRequest(name, password))).code, 0);
    return client;
  }

  beforeEach(async () => {
    folder = temporaryFolder();
    tenant = new ModelTenant((below) => below - 1);
    put(1, 'alice');
    put(2, 'bob');
    store = await openTestStore(folder.path);
    engine = testEngine(store, tenant, clock);
    await publish();
    authenticator = createAuthenticator({
      serviceAccounts: [],
      users: createUserLookup(store.source, standardSchema),
      passwords: { check: () => Promise.resolve({ kind: 'accepted' }) },
      clock,
      log: silentLog,
    });
    server = await startLdapServer({
      listeners: [{ host: '127.0.0.1', port: 0, tls: false }],
      directory: new TestDirectory(),
      authenticator,
      log: silentLog,
      clock,
      limits: defaultLdapLimits,
      requireTlsForBind: false,
    });
    revoking = store.source.onPublished(() => revokeOutdated(server, store.source, silentLog));
  });

  afterEach(async () => {
    revoking[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    await authenticator[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  for (const property of ['lastPasswordChangeDateTime', 'signInSessionsValidFromDateTime']) {
    it(`ends with a Notice of Disconnection at the publish of another ${property} (P7)`, async () => {
      using old = await bound(alice);
      using another = await bound(bob);
      put(1, 'alice', { [property]: after });
      await publish();
      assert.equal(await old.notice(), strongerAuthRequired);
      assert.equal(await old.next(), undefined);
      assert.equal((await another.ask(2, whoAmI)).code, 0);
      using again = await bound(alice, 'new');
      put(2, 'bob', { surname: 'Bobson' });
      await publish();
      assert.equal((await again.ask(2, whoAmI)).code, 0);
    });
  }

  it('goes on through a publish of anything else', async () => {
    using client = await bound(alice);
    put(1, 'alice', { surname: 'Jones' });
    await publish();
    assert.equal((await client.ask(2, whoAmI)).code, 0);
  });

  it('ends once more when the new password was used before the publish, for nobody can tell which it was', async () => {
    using early = await bound(alice, 'new');
    put(1, 'alice', { lastPasswordChangeDateTime: after });
    await publish();
    assert.equal(await early.notice(), strongerAuthRequired);
    using client = await bound(alice, 'new');
    put(1, 'alice', { lastPasswordChangeDateTime: after, surname: 'Jones' });
    await publish();
    assert.equal((await client.ask(2, whoAmI)).code, 0);
  });
});
