import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { hashSync } from 'bcrypt';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient, type RawMessage } from '../support/ldap-raw-client.ts';
import { testCertificate } from '../support/ldap-test-server.ts';
import { changesOf, readSync, syncMessage } from '../support/sync-client.ts';
import { workersNode } from '../support/workers-node.ts';

const base = 'dc=contoso,dc=com';
const secret = 's3cret';
const password = 'Passw0rd!-of-people';
const readerDn = `cn=reader,ou=services,${base}`;
const names = Array.from({ length: 40 }, (_, index) => `user${String(index).padStart(2, '0')}`);
const upn = (name: string): string => `${name}@contoso.com`;
const userDn = (name: string): string => `uid=${name},ou=users,${base}`;

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c15', domains: ['contoso.com'] },
  users: names.map((name) => ({ userPrincipalName: upn(name), displayName: name, jobTitle: 'round 0', password })),
  groups: [
    { displayName: 'Staff', members: names.map(upn) },
    { displayName: 'Few', members: [upn('user01'), upn('user02')] },
  ],
});

const account = (name: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  name,
  passwordHash: hashSync(secret, 4),
  ...more,
});

const serviceAccounts = [
  account('reader'),
  account('few', { rights: { users: ['Few'], groups: ['Few'] } }),
  account('alone', { limits: { maxConnections: 1 } }),
];

const controlOid = {
  sort: '1.2.840.113556.1.4.473',
  matchedValues: '1.2.826.0.1.3344810.2.3',
  assertion: '1.3.6.1.1.12',
  sync: '1.3.6.1.4.1.4203.1.9.1.1',
};
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const byUid = ber.sequence(ber.sequence(ber.text('uid')));
const not = (filter: Buffer): Buffer => ber.element(0xa2, filter);
const anyOf = (...filters: readonly Buffer[]): Buffer => ber.element(0xa1, ...filters);
const beginningWith = (attribute: string, value: string): Buffer =>
  ber.element(0xa4, ber.text(attribute), ber.sequence(ber.element(0x80, value)));

type Question = readonly [operation: Buffer, controls?: readonly Buffer[]];

/** Whatever a server can be asked in different ways; each is asked on a connection that has bound as the reader. */
const questions: readonly Question[] = [
  [ber.searchRequest({ base: '', scope: 0, attributes: ['*', '+'] })],
  [ber.searchRequest({ base: 'cn=subschema', scope: 0, attributes: ['+'] })],
  [ber.searchRequest({ base, scope: 0, attributes: ['*', '+'] })],
  [ber.searchRequest({ base, scope: 1 })],
  [ber.searchRequest({ base, attributes: ['*', '+'] })],
  [ber.searchRequest({ base, typesOnly: true })],
  [ber.searchRequest({ base, filter: ber.equality('uid', 'user07'), attributes: ['1.1'] })],
  [ber.searchRequest({ base, filter: ber.equality('memberOf', `cn=few,ou=groups,${base}`), attributes: ['uid'] })],
  [ber.searchRequest({ base, filter: beginningWith('cn', 'user1'), attributes: ['@posixAccount'] })],
  [ber.searchRequest({ base, filter: not(ber.equality('nosuch', 'x')) })],
  [ber.searchRequest({ base, filter: anyOf(ber.present('gidNumber'), ber.equality('uid', 'nobody')) })],
  [ber.searchRequest({ base, sizeLimit: 5 })],
  [ber.searchRequest({ base: `uid=nobody,ou=users,${base}`, scope: 0 })],
  [ber.searchRequest({ base: 'no DN at all', scope: 0 })],
  [ber.searchRequest({ base, attributes: ['uid'] }), [ber.control(controlOid.sort, true, byUid)]],
  [ber.searchRequest({ base, attributes: ['uid'] }), [ber.pagedControl(1000)]],
  [
    ber.searchRequest({ base, filter: ber.equality('cn', 'Staff'), attributes: ['memberUid'] }),
    [ber.control(controlOid.matchedValues, true, ber.sequence(ber.equality('memberUid', 'user03')))],
  ],
  [
    ber.searchRequest({ base: userDn('user01'), scope: 0 }),
    [ber.control(controlOid.assertion, true, ber.equality('uid', 'user02'))],
  ],
  [ber.searchRequest({ base }), [ber.control(controlOid.sync, true, ber.sequence(ber.enumerated(1)))]],
  [ber.searchRequest({ base }), [ber.control('1.2.3.4', true)]],
  [ber.compareRequest(userDn('user01'), 'uid', 'user01')],
  [ber.compareRequest(userDn('user01'), 'uid', 'user02')],
  [ber.compareRequest(userDn('user01'), 'nosuch', 'x')],
  [ber.element(0x4a, userDn('user01'))],
  [whoAmI],
  [ber.extendedRequest('1.2.3.4')],
  [ber.bindRequest('', '', 2)],
  [ber.bindRequest(readerDn, '')],
];

/** One daemon, whose LDAP is served by one thread and then by two. */
describe('LDAP served by several threads', function () {
  // Another release of Node.js is fetched, once for all runs.
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let certificate: Awaited<ReturnType<typeof testCertificate>>;
  let byOneThread: readonly (readonly RawMessage[])[];
  let lastAddress = 0;

  const ldap = (workers: number | 'auto', more: Readonly<Record<string, unknown>> = {}) => ({
    listen: ['127.0.0.1:0'],
    tlsListen: ['127.0.0.1:0'],
    tls: { certFile: 'ldap.pem', keyFile: 'ldap.key' },
    workers,
    ...more,
  });

  before(async () => {
    const mortal = fileURLToPath(new URL('../support/mortal-workers.js', import.meta.url));
    daemon = await DaemonOnSimulator.open({
      tenant: parseTenant(tenantText, 'tenant.json'),
      node: await workersNode('--import', mortal),
      sections: { serviceAccounts, ldap: ldap(1), log: { level: 'debug', format: 'json' } },
    });
    certificate = await testCertificate();
    putCertificate();
    await daemon.start();
    await daemon.waitFor(/"event":"directory\.published"/);
    byOneThread = await answers(await boundAsReader(await daemon.connect()));
    assert.equal((await daemon.stop()).code, 0);
    daemon.edit({ ldap: ldap(2) });
    await daemon.start();
    await daemon.waitFor(/"event":"workers\.serving".*"threads":2/);
  });

  after(() => daemon[Symbol.asyncDispose]());

  function putCertificate(): void {
    daemon.write('ldap.key', certificate.keyPem);
    daemon.write('ldap.pem', certificate.certPem);
  }

  /** An address of this machine that no connection came from yet. */
  function newAddress(): string {
    lastAddress += 1;
    return `127.1.${lastAddress >> 8}.${lastAddress & 255}`;
  }

  async function workerOf(address: string): Promise<string> {
    const line = new RegExp(`"event":"ldap\\.connection\\.opened".*"peer":"${address}".*"worker":(\\d+)`);
    return (await daemon.waitFor(line))[1] ?? '';
  }

  /** A connection to each thread, in their order. */
  async function onEach(connect = (address: string) => daemon.connect(address)): Promise<readonly RawClient[]> {
    const found = new Map<string, RawClient>();
    while (found.size < 2) {
      const address = newAddress();
      const client = await connect(address);
      const worker = await workerOf(address);
      if (found.has(worker)) client[Symbol.dispose]();
      else found.set(worker, client);
    }
    return [...found].sort(([a], [b]) => Number(a) - Number(b)).map(([, client]) => client);
  }

  async function boundAsReader(client: RawClient): Promise<RawClient> {
    return await boundAs(client, readerDn, secret);
  }

  async function boundAs(client: RawClient, name: string, withPassword: string): Promise<RawClient> {
    const { code } = await client.ask(1, ber.bindRequest(name, withPassword));
    assert.equal(code, 0);
    return client;
  }

  async function readers(): Promise<readonly [RawClient, RawClient]> {
    const [first, second] = await onEach();
    assert.ok(first !== undefined && second !== undefined);
    return [await boundAsReader(first), await boundAsReader(second)];
  }

  /** Every message that answers each question. */
  async function answers(client: RawClient): Promise<readonly (readonly RawMessage[])[]> {
    const all: RawMessage[][] = [];
    for (const [index, [operation, controls]] of questions.entries()) {
      const id = index + 2;
      await client.send(ber.message(id, operation, controls));
      all.push(await messagesOf(client));
    }
    return all;
  }

  async function messagesOf(client: RawClient): Promise<RawMessage[]> {
    const messages: RawMessage[] = [];
    for (;;) {
      const message = await client.next();
      assert.ok(message !== undefined, 'the connection ended');
      messages.push(message);
      if (![0x64, 0x73, 0x79].includes(message.tag)) return messages;
    }
  }

  async function values(client: RawClient, fields: ber.SearchFields, attribute: string): Promise<readonly string[]> {
    const { code, entries } = await client.ask(2, ber.searchRequest({ base, ...fields, attributes: [attribute] }));
    assert.equal(code, 0);
    return entries.flatMap(({ attributes }) => attributes.get(attribute) ?? []);
  }

  const titles = (client: RawClient): Promise<readonly string[]> =>
    values(client, { filter: ber.present('title') }, 'title');

  async function contextOf(client: RawClient): Promise<string> {
    return (await values(client, { scope: 0 }, 'contextCSN'))[0] ?? '';
  }

  /** Runs a round to its end; it must publish. */
  async function round(): Promise<void> {
    const started = await daemon.control.requestSync({ full: false });
    for await (const event of daemon.control.followRound(started.round, new AbortController().signal)) {
      if (event.kind === 'finished') assert.equal(event.summary.outcome, 'published');
    }
  }

  function giveTitles(title: string): void {
    for (const name of names) daemon.simulator.control.setUserProperties(upn(name), { jobTitle: title });
  }

  it('is answered by each of them with the bytes that one thread answers', async () => {
    for (const client of await readers()) {
      const given = await answers(client);
      for (const [index, messages] of given.entries())
        assert.deepEqual(messages, byOneThread[index], `question ${index}`);
    }
  });

  it('shows a publication on every connection as soon as it is made, and never a part of one (P2)', async () => {
    const [first, second] = await readers();
    for (const number of [1, 2, 3]) {
      giveTitles(`round ${number}`);
      const published = round();
      const over = new AbortController();
      void published.finally(() => over.abort());
      let newest = '';
      while (!over.signal.aborted) {
        // What one thread has shown, the other has shown from then on.
        for (const client of [first, second]) {
          const context = await contextOf(client);
          assert.ok(context >= newest, `${context} came after ${newest}`);
          newest = context;
          const shown = await titles(client);
          assert.equal(shown.length, names.length);
          assert.equal(new Set(shown).size, 1);
        }
      }
      await published;
      for (const client of [first, second]) assert.deepEqual([...new Set(await titles(client))], [`round ${number}`]);
    }
  });

  it('goes on with the pages of a sorted search on a connection to another thread (RFC 2696)', async () => {
    const [first, second] = await readers();
    const sorted = ber.control(controlOid.sort, true, byUid);
    const search = ber.searchRequest({ base: `ou=users,${base}`, scope: 1, attributes: ['uid'] });
    const seen: string[] = [];
    let cookie: Buffer | string = '';
    for (let page = 0; page < 4; page++) {
      const client = page % 2 === 0 ? first : second;
      const { code, entries, controls } = await client.ask(page + 10, search, [ber.pagedControl(10, cookie), sorted]);
      assert.equal(code, 0);
      seen.push(...entries.flatMap(({ attributes }) => attributes.get('uid') ?? []));
      const [outer] = ber.elements(controls.get('1.2.840.113556.1.4.319') ?? Buffer.alloc(0));
      cookie = ber.elements(outer?.body ?? Buffer.alloc(0))[1]?.body ?? '';
    }
    assert.deepEqual(seen, names);
    assert.equal(cookie.length, 0);
  });

  it('counts what an account may have on the connections to all of them (P8)', async () => {
    const [first, second] = await onEach();
    assert.ok(first !== undefined && second !== undefined);
    await boundAs(first, `cn=alone,ou=services,${base}`, secret);
    const request = ber.bindRequest(`cn=alone,ou=services,${base}`, secret);
    assert.equal((await second.ask(1, request)).code, 51);
    await first.ask(2, ber.bindRequest('', ''));
    assert.equal((await second.ask(3, request)).code, 0);
  });

  it('keeps a persistent search up to date on each of them (RFC 4533 §3.4)', async () => {
    const fields = { base: `ou=users,${base}`, scope: 1, attributes: ['uid'], persist: true };
    const clients = await readers();
    for (const client of clients) {
      await client.send(syncMessage(20, fields));
      await readSync(client, 20, ({ kind }) => kind === 'refreshed');
    }
    daemon.simulator.control.setUserProperties(upn('user05'), { jobTitle: 'changed' });
    await round();
    for (const client of clients) {
      const events = await readSync(client, 20, (event) => 'dn' in event);
      assert.deepEqual(changesOf(events), ['modify uid=user05']);
    }
    giveTitles('round 4');
    await round();
  });

  it('takes over changed limits, rights and passwords on every thread (P7, P8)', async () => {
    const [first, second] = await onEach();
    assert.ok(first !== undefined && second !== undefined);
    const few = await boundAs(first, `cn=few,ou=services,${base}`, secret);
    const reader = await boundAsReader(second);
    const changed = [
      account('reader'),
      account('few', { rights: { users: ['Staff'], groups: ['Staff'] } }),
      serviceAccounts[2],
    ];
    daemon.edit({ serviceAccounts: changed, ldap: ldap(2, { limits: { sizeLimit: 7, maxConnectionsPerAddress: 5 } }) });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded"/);
    // The accounts have other hashes, so that who is bound as one of them is disconnected.
    assert.deepEqual([await few.notice(), await reader.notice()], [8, 8]);
    for (const client of await readers()) {
      const { code, entries } = await client.ask(2, ber.searchRequest({ base }));
      assert.deepEqual([code, entries.length], [4, 7]);
    }
    for (const client of await onEach()) {
      await boundAs(client, `cn=few,ou=services,${base}`, secret);
      const { entries } = await client.ask(2, ber.searchRequest({ base, filter: ber.equality('uid', 'user09') }));
      assert.equal(entries.length, 1);
    }
    const address = newAddress();
    for (let connections = 0; connections < 5; connections++) {
      assert.equal((await (await daemon.connect(address)).ask(1, whoAmI)).code, 0);
    }
    assert.equal(await (await daemon.connect(address)).notice(), 51, 'whichever threads they are connected to');
    daemon.edit({ ldap: ldap(2) });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded".*\n[^]*"event":"config\.reloaded"/);
  });

  it('disconnects from every thread who is locked by a publish (P7)', async () => {
    const clients = await onEach();
    for (const client of clients) await boundAs(client, upn('user11'), password);
    daemon.simulator.control.disableUser(upn('user11'));
    await round();
    for (const client of clients) assert.equal(await client.notice(), 8);
  });

  it('makes handshakes with a renewed certificate on every thread, and resumes sessions of the other (PAIN-16)', async () => {
    const [, tlsPort] = await daemon.waitFor(/"event":"ldap\.server\.listening".*"port":(\d+),"tls":true/);
    certificate = await testCertificate();
    putCertificate();
    daemon.reload();
    await daemon.waitFor(/"event":"certificate\.renewed"/);
    const secure = (address: string, session?: Buffer): Promise<RawClient> =>
      RawClient.connectTls(Number(tlsPort), certificate.ca, {
        localAddress: address,
        maxVersion: 'TLSv1.2',
        ...(session && { session }),
      });
    const [first, second] = await onEach((address) => secure(address));
    assert.ok(first !== undefined && second !== undefined);
    for (const client of [first, second]) await boundAsReader(client);
    const session = first.session();
    const resumed = await onEach((address) => secure(address, session));
    for (const client of resumed) assert.equal(client.isSessionReused(), true);
    for (const client of [first, second, ...resumed]) client[Symbol.dispose]();
  });

  it('goes on by the others when one dies, which is replaced and reported', async () => {
    const [first, second] = await readers();
    const { threads: before } = await daemon.control.status();
    assert.deepEqual(before, { wanted: 2, serving: 2, restarts: 0 });
    const counted = (await daemon.control.status()).connections;
    daemon.program.signal('SIGUSR2');
    await daemon.waitFor(/"level":"error".*"event":"worker\.died"/);
    assert.equal(await first.notice(), undefined, 'its connections are gone');
    assert.equal((await titles(second)).length, names.length);
    await daemon.waitFor(/"event":"worker\.restarted"/);
    for (const client of await readers()) {
      assert.deepEqual([...new Set(await titles(client))], ['round 4']);
    }
    const { threads, connections } = await daemon.control.status();
    assert.deepEqual(threads, { wanted: 2, serving: 2, restarts: 1 });
    assert.ok(connections < counted + 2, 'connections of the dead thread are not counted any more');
  });

  // Last, because it stops the daemon.
  it('ends what persists and tells every client when the daemon stops (RFC 4511 §4.4.1)', async () => {
    const [first, second] = await readers();
    const fields = { base, persist: true };
    for (const client of [first, second]) {
      await client.send(syncMessage(30, fields));
      await readSync(client, 30, ({ kind }) => kind === 'refreshed');
    }
    const stopped = daemon.stop();
    for (const client of [first, second]) {
      const events = await readSync(client, 30);
      assert.deepEqual(
        events.map((event) => ('code' in event ? event.code : event.kind)),
        [52],
      );
      assert.equal(await client.notice(), 52);
    }
    assert.equal((await stopped).code, 0);
  });
});
