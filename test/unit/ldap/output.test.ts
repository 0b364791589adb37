import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { Output } from '../../../src/ldap/output.ts';

describe('Output', () => {
  let socket: Socket;
  let client: Socket;

  beforeEach(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
  });

  afterEach(() => {
    client.destroy();
    socket.destroy();
  });

  async function received(bytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of client) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= bytes) break;
    }
    return Buffer.concat(chunks);
  }

  it('hands the socket no more than its limit at a time, and everything in order (P8)', async () => {
    const output = new Output(socket, 100_000);
    socket.on('drain', () => output.drained());
    const parts = Array.from({ length: 400 }, (_, index) => Buffer.alloc(50_000, index));
    output.write(parts);
    assert.ok(socket.writableLength < 150_000);
    assert.ok(output.pendingBytes > 1_000_000);
    assert.equal(output.ready, false);
    output.write([Buffer.from('last')]);
    output.end();
    const expected = Buffer.concat([...parts, Buffer.from('last')]);
    assert.ok((await received(expected.length)).equals(expected));
    assert.deepEqual([output.pendingBytes, output.ready, socket.writableEnded], [0, true, true]);
  });

  it('calls back when everything has left, and not before', async () => {
    const output = new Output(socket, 100_000);
    socket.on('drain', () => output.drained());
    output.write(Array.from({ length: 400 }, () => Buffer.alloc(50_000)));
    const sent = new Promise<number>((resolve) => output.whenSent(() => resolve(output.pendingBytes)));
    const all = received(20_000_000);
    assert.equal(await sent, 0);
    await all;
  });

  it('shows that the peer takes something', async () => {
    const output = new Output(socket, 100_000);
    const before = output.takenBytes;
    output.write([Buffer.alloc(1000)]);
    await received(1000);
    assert.ok(output.takenBytes > before);
  });
});
