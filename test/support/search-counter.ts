import { once } from 'node:events';
import { createServer, type Server, Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';

const SEARCH_REQUEST = 0x63;

/** Stands between a client and an LDAP server without TLS, and counts the searches that go through (RFC 4511 §4.5.1). */
export class SearchCounter implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #searches = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number): Promise<SearchCounter> {
    const server = createServer();
    const counter = new SearchCounter(server);
    server.on('connection', (client) => counter.#relay(client, connect(port, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return counter;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The searches since the last call. */
  take(): number {
    const searches = this.#searches;
    this.#searches = 0;
    return searches;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket, server: Socket): void {
    let pending = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => {
      server.write(bytes);
      pending = Buffer.concat([pending, bytes]);
      for (let end = messageEnd(pending); end !== undefined; end = messageEnd(pending)) {
        if (operationOf(pending.subarray(0, end)) === SEARCH_REQUEST) this.#searches++;
        pending = pending.subarray(end);
      }
    });
    server.on('data', (bytes: Buffer) => client.write(bytes));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.end();
      });
    }
  }
}

/** Where a BER length ends and what it says; undefined when it is not whole yet. */
function lengthAt(bytes: Buffer, at: number): { readonly start: number; readonly length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 1, length: first };
  const octets = first & 0x7f;
  if (bytes.length < at + 1 + octets) return undefined;
  return { start: at + 1 + octets, length: bytes.readUIntBE(at + 1, octets) };
}

function messageEnd(bytes: Buffer): number | undefined {
  const size = lengthAt(bytes, 1);
  return size === undefined || bytes.length < size.start + size.length ? undefined : size.start + size.length;
}

/** The tag behind the message id. */
function operationOf(message: Buffer): number | undefined {
  const size = lengthAt(message, 1);
  const id = size === undefined ? undefined : lengthAt(message, size.start + 1);
  return id === undefined ? undefined : message[id.start + id.length];
}
