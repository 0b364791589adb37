import assert from 'node:assert/strict';

import { Secret } from '../../../src/identity/secret.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import type { ConnectProxy } from '../../support/connect-proxy.ts';
import { json } from '../../support/fake-microsoft.ts';
import { drive, sourceError, startFixture } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const signal = new AbortController().signal;

function throughProxy({ url }: Pick<ConnectProxy, 'url'>, more: { login?: Secret; bypass?: string[] } = {}) {
  return startFixture({ proxy: { url, login: more.login, bypass: more.bypass ?? [] } });
}

async function ask(fixture: GraphFixture): Promise<void> {
  fixture.microsoft.graph(json({ value: [{ displayName: 'Contoso' }] }));
  assert.equal((await fixture.graph.organization(signal)).displayName, 'Contoso');
}

describe('a proxy on the way to Microsoft', () => {
  it('connects requests, tokens and passwords, and sees only the names of the hosts (RFC 9110 §9.3.6)', async () => {
    await using proxy = await startConnectProxy();
    await using fixture = await throughProxy(proxy);
    await ask(fixture);
    assert.equal((await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal)).kind, 'accepted');
    const host = new URL(fixture.microsoft.origin).host;
    assert.ok(proxy.targets.length >= 2, 'requests and binds have connections of their own');
    assert.deepEqual([...new Set(proxy.targets)], [host]);
    assert.equal(proxy.authorizations[0], undefined);
  });

  it('gets its user and password, and Microsoft does not', async () => {
    await using proxy = await startConnectProxy();
    await using fixture = await throughProxy(proxy, { login: new Secret('anna:p@ss:word') });
    await ask(fixture);
    const expected = `Basic ${Buffer.from('anna:p@ss:word').toString('base64')}`;
    assert.deepEqual([...new Set(proxy.authorizations)], [expected]);
    for (const { headers } of [...fixture.microsoft.graphRequests, ...fixture.microsoft.tokenRequests]) {
      assert.equal(headers['proxy-authorization'], undefined);
    }
  });

  for (const bypass of ['127.0.0.1', '*', '.0.0.1', '*.0.0.1']) {
    it(`is passed by for a host that ${bypass} names`, async () => {
      await using proxy = await startConnectProxy();
      await using fixture = await throughProxy(proxy, { bypass: ['example.com', bypass] });
      await ask(fixture);
      assert.deepEqual(proxy.targets, []);
    });
  }

  for (const bypass of ['7.0.0.1', '127.0.0', 'localhost', '']) {
    it(`is not passed by for a host that ${JSON.stringify(bypass)} does not name`, async () => {
      await using proxy = await startConnectProxy();
      await using fixture = await throughProxy(proxy, { bypass: [bypass] });
      await ask(fixture);
      assert.notDeepEqual(proxy.targets, []);
    });
  }

  const refusals: readonly [status: number, says: RegExp, attempts: number][] = [
    [407, /The proxy 127\.0\.0\.1:\d+ does not lead to .*demands a user and a password/, 1],
    [403, /does not allow this host/, 1],
    [502, /could not connect/, 8],
  ];
  for (const [status, says, attempts] of refusals) {
    it(`that answers ${status} is named in the error, which is final only where asking again is in vain`, async () => {
      await using proxy = await startConnectProxy({ refuses: status });
      await using fixture = await throughProxy(proxy);
      const asking = fixture.graph.organization(signal);
      const rejected = assert.rejects(
        asking,
        sourceError('unavailable', ({ message, details }) => says.test(message) && details.attempts === attempts),
      );
      await drive(fixture.clock, asking);
      await rejected;
    });
  }

  it('that nobody answers at is named in the error', async () => {
    await using fixture = await throughProxy({ url: 'http://127.0.0.1:1' });
    const asking = fixture.graph.organization(signal);
    const rejected = assert.rejects(
      asking,
      sourceError('unavailable', ({ message }) => /through the proxy 127\.0\.0\.1:1: nothing listens/.test(message)),
    );
    await drive(fixture.clock, asking);
    await rejected;
  });
});
