import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { Client } from 'ldapts';
import { anonymousMemoryBytes, type RunningDemo, startDemo } from '../support/demo-program.ts';

const mebibyte = 1024 * 1024;
const growthBytesMax = 50 * mebibyte;

/** A BER element with a definite length in the long form. */
function element(tag: number, content: Buffer): Buffer {
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
  header.writeUInt32BE(content.length, 2);
  return Buffer.concat([header, content]);
}

const messageId = Buffer.from([0x02, 0x01, 0x01]);

/** A search request whose filter is `depth` negations of a presence. */
function nestedSearch(depth: number): Buffer {
  let filter = element(0x87, Buffer.from('objectClass'));
  for (let level = 0; level < depth; level += 1) filter = element(0xa2, filter);
  const search = Buffer.concat([
    element(0x04, Buffer.from('dc=contoso,dc=com')),
    Buffer.from([0x0a, 0x01, 0x02, 0x0a, 0x01, 0x00, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x01, 0x01, 0x00]),
    filter,
    element(0x30, Buffer.alloc(0)),
  ]);
  return element(0x30, Buffer.concat([messageId, element(0x63, search)]));
}

const anonymousBind = Buffer.from('300c020101600702010304008000', 'hex');

/** Messages that no client would send; each stands for a way to be wrong. */
const hostile: Readonly<Record<string, Buffer>> = {
  'a length of 4 GiB': Buffer.from('3084ffffffff020101', 'hex'),
  'a length of eight octets': Buffer.from('3088ffffffffffffffff', 'hex'),
  'a length of 127 octets': Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(127, 0xff)]),
  'an indefinite length': Buffer.from('30800201016000', 'hex'),
  '10,000 nested filters': nestedSearch(10_000),
  'a message cut in its header': anonymousBind.subarray(0, 1),
  'a message cut in its middle': anonymousBind.subarray(0, 8),
  'a bind of nothing': Buffer.from('30050201016000', 'hex'),
  'a message id below zero': Buffer.from('3005020180420000', 'hex'),
  'a response instead of a request': Buffer.from('300c02010161070a010004000400', 'hex'),
  'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'a TLS hello on the plain port': Buffer.from('16030100c8010000c40303'.padEnd(400, '0'), 'hex'),
  zeros: Buffer.alloc(100_000),
};

/** Sends bytes, says that nothing more will come, and resolves when the server has closed the connection. */
async function send(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // The server may reset the connection while we still write.
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
}

async function openIdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

describe('the daemon under hostile bytes (P7, P8)', () => {
  let demo: RunningDemo;

  before(async () => {
    demo = await startDemo();
    // What the first connections leave behind (compiled code, pools) is not what an attack costs.
    for (const bytes of Object.values(hostile)) await send(demo.port, bytes);
    await assertServed();
  });

  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  async function assertServed(): Promise<void> {
    const client = new Client({ url: demo.ldap, timeout: 20_000 });
    try {
      await client.bind(demo.report.bindDn, demo.report.servicePassword);
      const { searchEntries } = await client.search('dc=contoso,dc=com', { filter: '(uid=alice)' });
      assert.deepEqual(
        searchEntries.map((entry) => entry['mail']),
        ['alice@contoso.com'],
      );
    } finally {
      await client.unbind();
    }
  }

  /** Runs an attack while another client is being served, and compares the memory after it with the memory before. */
  async function withstand(attack: () => Promise<unknown>): Promise<void> {
    const before = anonymousMemoryBytes(demo.program.pid);
    await Promise.all([attack(), assertServed()]);
    await assertServed();
    const grown = anonymousMemoryBytes(demo.program.pid) - before;
    assert.ok(grown <= growthBytesMax, `memory has grown by ${Math.round(grown / mebibyte)} MiB`);
  }

  for (const [name, bytes] of Object.entries(hostile)) {
    it(`closes a connection that sends ${name}, and serves the others`, async () => {
      await withstand(() => Promise.all(Array.from({ length: 20 }, () => send(demo.port, bytes))));
    });
  }

  it('closes connections that send random bytes, and serves the others', async () => {
    await withstand(() =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), (bytes) => send(demo.port, Buffer.from(bytes))),
        { numRuns: 300 },
      ),
    );
  });

  it('closes connections that send a changed message, and serves the others', async () => {
    const valid = nestedSearch(3);
    await withstand(() =>
      fc.assert(
        fc.asyncProperty(fc.nat(valid.length - 1), fc.nat(255), (position, octet) => {
          const changed = Buffer.from(valid);
          changed[position] = octet;
          return send(demo.port, changed);
        }),
        { numRuns: 300 },
      ),
    );
  });

  it('holds 2,000 idle connections, and serves the others', async () => {
    let sockets: readonly Socket[] = [];
    try {
      await withstand(async () => {
        sockets = await openIdle(demo.port, 2000);
      });
      assert.ok(sockets.every((socket) => !socket.destroyed));
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('holds 500 connections with half a message each, and serves the others', async () => {
    let sockets: readonly Socket[] = [];
    try {
      await withstand(async () => {
        sockets = await openIdle(demo.port, 500);
        for (const socket of sockets) socket.write(Buffer.from('3084000fffff', 'hex'));
      });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('has not ended, and stops with exit code 0 when it is asked to', async () => {
    const { code, stderr } = await demo.program.stop();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Unexpected|uncaught|^\s+at /im);
  });
});
