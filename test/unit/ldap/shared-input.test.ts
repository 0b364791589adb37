import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { withSharedInput } from '../../../src/ldap/shared-input.ts';
import { testCertificate } from '../../support/ldap-test-server.ts';

describe('sockets that share a buffer for what they read', () => {
  let server: Server;
  const clients: Socket[] = [];
  const accepted: Socket[] = [];

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of [...clients.splice(0), ...accepted.splice(0)]) socket.destroy();
    if (server.listening) server.close();
  });

  /** A client and our end of its connection, before and after. */
  async function pair(): Promise<{ client: Socket; original: Socket; socket: Socket }> {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client);
    const [original] = (await once(server, 'connection')) as [Socket];
    const socket = withSharedInput(original);
    accepted.push(socket);
    return { client, original, socket };
  }

  it('are other sockets than those that were accepted, on the Node.js of this run', async () => {
    const { original, socket } = await pair();
    assert.notEqual(socket, original);
    assert.equal(original.destroyed, true);
    assert.equal(socket.remoteAddress, '127.0.0.1');
  });

  it('give each chunk as bytes of its own, which reads of other sockets leave alone', async () => {
    const [first, second] = [await pair(), await pair()];
    first.client.write('password of the first');
    const [kept] = (await once(first.socket, 'data')) as [Buffer];
    second.client.write('SECOND SECOND SECOND SECOND');
    const [other] = (await once(second.socket, 'data')) as [Buffer];
    assert.equal(kept.toString(), 'password of the first');
    assert.equal(other.toString(), 'SECOND SECOND SECOND SECOND');
  });

  it('pass on everything in order, however much it is', async () => {
    const { client, socket } = await pair();
    const sent = Buffer.alloc(1_000_000, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
    client.end(sent);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'end');
    assert.ok(Buffer.concat(chunks).equals(sent));
  });

  it('give nothing while they are paused, take no more than they have room for, and go on', async () => {
    const { client, socket } = await pair();
    const seen: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      seen.push(chunk);
      socket.pause();
    });
    client.write('one');
    await once(socket, 'data');
    const rest = Buffer.alloc(8_000_000, 'rest');
    client.end(rest);
    // What is written on a connection beside it has come and gone, so that some of this has come too.
    const beside = await pair();
    beside.client.write('x');
    await once(beside.socket, 'data');
    assert.equal(Buffer.concat(seen).toString(), 'one');
    assert.ok(socket.readableLength <= socket.readableHighWaterMark + 64 * 1024);
    socket.removeAllListeners('data').on('data', (chunk: Buffer) => seen.push(chunk));
    socket.resume();
    await once(socket, 'end');
    assert.ok(Buffer.concat(seen.slice(1)).equals(rest));
  });

  it('notice while they are paused that the peer has closed', async () => {
    const { client, socket } = await pair();
    socket.pause();
    client.end();
    await once(socket, 'close');
  });

  it('answer over the connection that they were taken out of, and leave their server free to close', async () => {
    const { client, socket } = await pair();
    const closed = once(server, 'close');
    server.close();
    await closed;
    socket.end('still here');
    const [answer] = (await once(client, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'still here');
  });

  it('can be put under TLS, also when the first of it has been read before, and pass on everything (StartTLS, LDAPS)', async () => {
    const { certPem: cert, keyPem: key, ca } = await testCertificate();
    for (const isLate of [false, true]) {
      const { client, socket } = await pair();
      if (isLate) socket.pause();
      const secured = connectTls({ socket: client, ca, host: '127.0.0.1' });
      if (isLate) while (socket.readableLength === 0) await new Promise((resolve) => setImmediate(resolve));
      const tls = new TLSSocket(socket, { isServer: true, cert, key });
      const sent = Buffer.alloc(1_000_000, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
      const chunks: Buffer[] = [];
      tls.on('data', (chunk: Buffer) => chunks.push(chunk));
      secured.end(sent);
      await once(tls, 'end');
      assert.ok(Buffer.concat(chunks).equals(sent));
      const closed = once(socket, 'close');
      tls.destroy();
      await closed;
    }
  });

  it('report that a peer has broken off, as any other does', async () => {
    const { client, socket } = await pair();
    socket.pause();
    const broken = once(socket, 'error');
    client.resetAndDestroy();
    const [error] = (await broken) as [Error & { code?: string }];
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(socket.destroyed, true);
  });

  it('are the accepted ones where Node has no such handles', async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client);
    const [original] = (await once(server, 'connection')) as [Socket];
    accepted.push(original);
    const { _handle: handle } = original as unknown as { _handle: object };
    Object.defineProperty(handle, 'useUserBuffer', { value: undefined });
    assert.equal(withSharedInput(original), original);
    client.write('as ever');
    const [chunk] = (await once(original, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'as ever');
  });
});
