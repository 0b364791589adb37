import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { elementLength, elements } from './ldap-ber.ts';

const searchResultEntry = 0x64;

/** Passes LDAP connections on to another port of this machine and counts the entries that come back. */
export class CountingProxy implements AsyncDisposable {
  /** Where connections are passed on to; it may change from one connection to the next. */
  target = 0;
  /** Entries that were passed to clients. */
  entries = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client: Socket) => this.#pass(client));
  }

  /** Listens on a free loopback port. */
  static async start(): Promise<CountingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CountingProxy(server);
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    let rest: Buffer = Buffer.alloc(0);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        if (from === server) rest = this.#count(Buffer.concat([rest, chunk]));
        to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** Counts the entries among whole messages and returns what is not whole. */
  #count(bytes: Buffer): Buffer {
    let rest = bytes;
    for (;;) {
      const length = elementLength(rest);
      if (length === undefined || length > rest.length) return rest;
      const [message] = elements(rest.subarray(0, length));
      const [, operation] = elements(message?.body ?? rest);
      if (operation?.tag === searchResultEntry) this.entries++;
      rest = rest.subarray(length);
    }
  }
}
