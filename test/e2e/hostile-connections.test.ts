import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';

import { absentTenantConfig, absentTenantEnvironment } from '../support/absent-tenant.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { testCertificate } from '../support/ldap-test-server.ts';
import { anonymousMemoryBytes } from '../support/demo-program.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1024 * 1024;
const growthBytesMax = 60 * mebibyte;
const connectionsMax = 400;
const perAddressMax = 250;

const whoAmI = ber.message(7, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3'));
const rootDse = ber.searchRequest({ base: '', scope: 0, attributes: ['*', '+'] });
const startTls = ber.message(1, ber.extendedRequest('1.3.6.1.4.1.1466.20037'));
/** The first octets of a ClientHello (RFC 8446 §4.1.2) whose rest never comes. */
const halfHello = Buffer.from('16030100c8010000c40303', 'hex');

const configuration = `${absentTenantConfig}ldap:
  listen: ["127.0.0.1:0"]
  tlsListen: ["127.0.0.1:0"]
  tls: { certFile: ldap.pem, keyFile: ldap.key }
  limits: { maxConnections: ${connectionsMax}, maxConnectionsPerAddress: ${perAddressMax} }
`;

describe('the daemon under attack by connections (P8, E10, E14)', () => {
  const folder = temporaryFolder();
  let daemon: RunningProgram;
  let port: number;
  let tlsPort: number;
  let ca: string;
  let stopped = false;
  let attackers: Socket[] = [];

  before(async () => {
    const certificate = await testCertificate();
    ({ ca } = certificate);
    writeFileSync(join(folder.path, 'ldap.pem'), certificate.certPem);
    writeFileSync(join(folder.path, 'ldap.key'), certificate.keyPem, { mode: 0o600 });
    const config = join(folder.path, 'config.yaml');
    writeFileSync(config, configuration);
    daemon = startProgram(['serve', '--config', config], { env: absentTenantEnvironment });
    port = Number((await daemon.waitFor(/ldap\.server\.listening .*port=(\d+) tls=false/))[1]);
    tlsPort = Number((await daemon.waitFor(/ldap\.server\.listening .*port=(\d+) tls=true/))[1]);
    // What the first connections leave behind (compiled code, pools) is not what an attack costs.
    for (let round = 0; round < 20; round++) await assertServed();
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  afterEach(async () => {
    const gone = attackers.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'));
    for (const socket of attackers) socket.destroy();
    attackers = [];
    await Promise.all(gone);
    if (!stopped) await untilServed();
  });

  /** Others, who come from another address, are answered in the clear and over TLS. */
  async function assertServed(): Promise<void> {
    using plain = await RawClient.connect(port);
    assert.equal((await plain.ask(1, rootDse)).entries.length, 1);
    using secure = await RawClient.connectTls(tlsPort, ca);
    assert.equal((await secure.ask(1, rootDse)).entries.length, 1);
  }

  /** The server notices only little by little that its attackers have gone. */
  async function untilServed(): Promise<void> {
    for (;;) {
      try {
        await assertServed();
        return;
      } catch (error) {
        if (!(error instanceof Error) || !/busy|51|closed|ended|ECONNRESET|disconnected/.test(error.message))
          throw error;
      }
    }
  }

  async function attack(
    count: number,
    options: Partial<NetConnectOpts> & { readonly localAddress?: string },
    first: Buffer,
  ): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () =>
      connect({ port, host: '127.0.0.1', ...options } as NetConnectOpts),
    );
    attackers.push(...sockets);
    await Promise.all(
      sockets.map(async (socket) => {
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        if (first.length > 0) socket.write(first);
      }),
    );
    return sockets;
  }

  async function withstand(what: () => Promise<unknown>): Promise<void> {
    const before = anonymousMemoryBytes(daemon.pid);
    await what();
    await assertServed();
    const grown = anonymousMemoryBytes(daemon.pid) - before;
    assert.ok(grown <= growthBytesMax, `memory has grown by ${Math.round(grown / mebibyte)} MiB`);
  }

  /** Result codes of the Notices of Disconnection that these connections were sent; they are told apart by the code alone. */
  async function refusedAmong(sockets: readonly Socket[]): Promise<number> {
    const answers = sockets.map(
      (socket) =>
        new Promise<number>((resolve) => {
          socket.once('data', (chunk: Buffer) => resolve(chunk.includes(Buffer.from([0x0a, 0x01, 51])) ? 1 : 0));
          socket.once('close', () => resolve(0));
        }),
    );
    return (await Promise.all(answers)).reduce((sum, refused) => sum + refused, 0);
  }

  it('tells those connections of one address busy that are more than maxConnectionsPerAddress, and serves other addresses', async () => {
    await withstand(async () => {
      const sockets = await attack(perAddressMax + 100, { localAddress: '127.0.0.2' }, whoAmI);
      assert.equal(await refusedAmong(sockets), 100);
    });
  });

  it('tells those connections busy that are more than maxConnections, and takes others when they have gone', async () => {
    const sockets = [
      ...(await attack(perAddressMax, { localAddress: '127.0.0.2' }, whoAmI)),
      ...(await attack(perAddressMax, { localAddress: '127.0.0.3' }, whoAmI)),
    ];
    assert.equal(await refusedAmong(sockets), 2 * perAddressMax - connectionsMax);
    using late = await RawClient.connect(port);
    assert.equal(await late.notice(), 51);
    for (const socket of sockets.splice(0, 50)) socket.destroy();
    await untilServed();
  });

  for (const [what, on, first] of [
    ['say nothing on the LDAPS port', 'ldaps', Buffer.alloc(0)],
    ['stop in the middle of a ClientHello', 'ldaps', halfHello],
    ['ask for StartTLS and say nothing more', 'ldap', startTls],
    ['ask for StartTLS and stop in the middle of a ClientHello', 'ldap', startTls],
  ] as const) {
    it(`serves others while ${perAddressMax} connections ${what}`, async () => {
      await withstand(async () => {
        const sockets = await attack(
          perAddressMax,
          { port: on === 'ldaps' ? tlsPort : port, localAddress: '127.0.0.2' },
          first,
        );
        if (on === 'ldap') {
          await Promise.all(sockets.map((socket) => once(socket, 'data')));
          if (what.endsWith('ClientHello')) for (const socket of sockets) socket.write(halfHello);
        }
      });
    });
  }

  it('serves others while connections ask without end and read nothing', async () => {
    const requests = Buffer.concat(Array.from({ length: 500 }, (_, at) => ber.message(at + 1, rootDse)));
    await withstand(async () => {
      const sockets = await attack(100, { localAddress: '127.0.0.2' }, Buffer.alloc(0));
      for (const socket of sockets) socket.pause().write(requests);
      for (let round = 0; round < 50; round++) await assertServed();
    });
  });

  it('serves others while connections ask and abandon without end', async () => {
    const pairs = Array.from({ length: 1000 }, (_, at) => [
      ber.message(2 * at + 1, rootDse),
      ber.message(2 * at + 2, ber.abandonRequest(2 * at + 1)),
    ]);
    await withstand(async () => {
      const sockets = await attack(50, { localAddress: '127.0.0.2' }, Buffer.concat([...pairs.flat(), whoAmI]));
      for (const socket of sockets) socket.resume();
      for (let round = 0; round < 20; round++) await assertServed();
    });
  });

  it('frees what handshakes have taken that were broken off', async () => {
    await withstand(async () => {
      for (let round = 0; round < 10; round++) {
        const sockets = await attack(100, { port: tlsPort, localAddress: '127.0.0.2' }, halfHello);
        for (const socket of sockets) socket.destroy();
        await assertServed();
      }
    });
  });

  it('writes a few lines about thousands of broken messages, and at its end how many it left out', async () => {
    const mark = daemon.output.length;
    await withstand(async () => {
      for (let round = 0; round < 15; round++) {
        const sockets = await attack(200, { localAddress: '127.0.0.2' }, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        const open = sockets.filter((socket) => !socket.closed);
        await Promise.all(open.map((socket) => once(socket.resume(), 'close')));
      }
    });
    stopped = true;
    const { code, stdout, stderr } = await daemon.stop();
    assert.equal(code, 0, stderr);
    const log = `${stdout}${stderr}`.slice(mark);
    const lines = log.match(/ldap\.protocol\.error/g)?.length ?? 0;
    assert.ok(lines > 0 && lines <= 40, `${lines} lines`);
    assert.match(
      log,
      /WARN +ldap\.log\.shortened .*lines=ldap\.protocol\.error|WARN +ldap\.log\.shortened .*count=\d{3,}/,
    );
  });
});
