import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';

import * as fc from 'fast-check';

import { directoryOver } from '../support/directory-client.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { admin, TestServer } from '../support/ldap-test-server.ts';
import { memoryDirectory } from '../support/memory-directory.ts';
import { sampleEntries } from '../support/sample-directory.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

describe('P7, P8: bytes from those who mean us no good', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function servesOthers(): Promise<void> {
    using client = await server.connect();
    assert.equal((await client.ask(1, whoAmI)).code, 0);
  }

  for (const depth of [5000, 10_000, 60_000]) {
    it(`refuses ${depth} nested filters without a stack overflow (E11)`, async () => {
      const headers: Buffer[] = [];
      let size = 2;
      const innermost = Buffer.from([0x87, 0]);
      for (let level = 0; level < depth; level++) {
        const header = Buffer.concat([Buffer.from([0xa2]), ber.lengthOctets(size)]);
        headers.push(header);
        size += header.length;
      }
      const filter = Buffer.concat([...headers.reverse(), innermost]);
      using client = await server.connectBound();
      assert.equal((await client.ask(2, ber.searchRequest({ filter }))).code, 11);
      await servesOthers();
    });
  }

  const great: readonly [what: string, operation: Buffer][] = [
    [
      'an OR of 3,000 terms',
      ber.searchRequest({
        filter: ber.element(0xa1, ...Array.from({ length: 3000 }, (_, at) => ber.equality('uid', `u${at}`))),
      }),
    ],
    ['1,000 attribute names', ber.searchRequest({ attributes: Array.from({ length: 1000 }, (_, at) => `name${at}`) })],
    ['a value of 1 MB', ber.searchRequest({ filter: ber.equality('cn', 'x'.repeat(1_000_000)) })],
    ['a base of 100 KB', ber.searchRequest({ base: `cn=${'x'.repeat(100_000)},dc=example,dc=com` })],
    ['a base of 5,000 RDNs', ber.searchRequest({ base: `${'ou=x,'.repeat(5000)}dc=example,dc=com` })],
    [
      'a substring of 60,000 escapes of one octet',
      ber.searchRequest({
        filter: ber.element(0xa4, ber.text('cn'), ber.sequence(ber.element(0x81, Buffer.alloc(60_000, 0xff)))),
      }),
    ],
    [
      '10,000 substrings',
      ber.searchRequest({
        filter: ber.element(
          0xa4,
          ber.text('cn'),
          ber.sequence(...Array.from({ length: 10_000 }, () => ber.element(0x81, 'x'))),
        ),
      }),
    ],
    [
      '500,000 combining marks',
      ber.searchRequest({ filter: ber.equality('cn', 'a' + '\u0301\u0316'.repeat(250_000)) }),
    ],
  ];
  for (const [what, operation] of great) {
    it(`answers ${what} or refuses it by a limit, and serves others (E12)`, async () => {
      const source = memoryDirectory(sampleEntries);
      const limits = { messageBytesMax: 2 * 1024 * 1024 };
      await using own = await TestServer.start({ directoryOffering: () => directoryOver(source), limits });
      using client = await own.connectBound();
      const { code } = await client.ask(2, operation);
      assert.ok([0, 11, 32, 34].includes(code), `answered ${code}`);
      assert.equal((await client.ask(3, whoAmI)).code, 0);
    });
  }

  it('survives 150 halves of messages and serves others (E10)', async () => {
    const clients = await Promise.all(Array.from({ length: 150 }, () => server.connect()));
    await Promise.all(clients.map((client) => client.send(Buffer.from([0x30, 0x20, 0x02]))));
    await servesOthers();
    for (const client of clients) client[Symbol.dispose]();
  });

  it('survives a client that asks much and goes', async () => {
    for (let round = 0; round < 10; round++) {
      const client = await server.connectBound();
      await client.send(...Array.from({ length: 50 }, (_, index) => ber.message(index + 10, ber.searchRequest())));
      client[Symbol.dispose]();
    }
    await servesOthers();
  });

  it('answers or ends the session on random bytes, and never anything else (E3)', async () => {
    const seed = randomInt(2 ** 31);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        using client = await server.connect();
        await client.send(Buffer.from(bytes));
        client.halfClose();
        while ((await client.next()) !== undefined);
      }),
      { seed, numRuns: 60 },
    );
    await servesOthers();
    assert.equal(server.log.of('ldap.connection.broken').length, 0, `seed ${seed}`);
  });

  it('answers or ends the session on damaged requests, and never logs in by one (P7)', async () => {
    const requests = [
      ber.message(2, ber.bindRequest(admin.dn, 'wrong')),
      ber.message(
        2,
        ber.searchRequest({
          filter: ber.element(0xa0, ber.equality('uid', 'x'), ber.element(0xa2, ber.present('cn'))),
          attributes: ['*', '+'],
        }),
        [ber.pagedControl(10)],
      ),
      ber.message(2, ber.compareRequest('uid=u1,dc=example,dc=com', 'uid', 'u1')),
      ber.message(2, ber.extendedRequest('1.3.6.1.1.8', 'x')),
      ber.message(
        2,
        ber.element(
          0x66,
          ber.text('x'),
          ber.sequence(
            ber.sequence(ber.enumerated(2), ber.sequence(ber.text('mail'), ber.element(0x31, ber.text('x')))),
          ),
        ),
      ),
      ber.message(
        2,
        ber.element(0x60, ber.integer(3), ber.text(''), ber.element(0xa3, ber.text('PLAIN'), ber.text('\0a\0b'))),
      ),
    ];
    const damage = fc.array(fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const seed = randomInt(2 ** 31);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...requests), damage, fc.nat(), async (request, changes, cut) => {
        const bytes = Buffer.from(request);
        for (const { at, octet } of changes) bytes[at % bytes.length] = octet;
        using client = await server.connect();
        await client.send(bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length), ber.message(9, whoAmI));
        client.halfClose();
        for (let message = await client.next(); message !== undefined; message = await client.next()) {
          if (message.id === 9) assert.ok(!message.body.includes('dn:'), 'a damaged request logged in');
        }
      }),
      { seed, numRuns: 150 },
    );
    await servesOthers();
    assert.equal(server.log.of('ldap.connection.broken').length, 0, `seed ${seed}`);
    assert.equal(server.log.of('ldap.operation.failed').length, 0, `seed ${seed}`);
  });

  it('keeps nothing of connections that have gone', async () => {
    for (let round = 0; round < 50; round++) {
      using client = await RawClient.connect(server.port);
      await client.send(Buffer.from([0x30, 0x82, 0x20, 0x00, 1, 2, 3]));
    }
    while (server.server.statistics().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    await servesOthers();
  });
});
