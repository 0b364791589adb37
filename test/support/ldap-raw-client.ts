import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';

import * as ber from './ldap-ber.ts';

/** One message from the server. */
export interface RawMessage {
  readonly id: number;
  readonly tag: number;
  readonly body: Buffer;
  /** Control values by type. */
  readonly controls: ReadonlyMap<string, Buffer>;
}

/** The end of an operation. */
export interface RawResult {
  readonly code: number;
  readonly matchedDn: string;
  readonly text: string;
  /** Contents of the elements behind the three of an LDAPResult, by tag. */
  readonly extras: ReadonlyMap<number, string>;
  readonly controls: ReadonlyMap<string, Buffer>;
  readonly entries: readonly RawEntry[];
}

/** One entry of a search result. */
interface RawEntry {
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const noticeOid = '1.3.6.1.4.1.1466.20036';

/** A client that sends exactly the bytes it is told to and understands only what a test needs. */
export class RawClient implements Disposable {
  #socket: Socket;
  #buffered: Buffer = Buffer.alloc(0);
  readonly #messages: RawMessage[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  /** How often data arrived: the server's writes, as far as TCP keeps them apart. */
  reads = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Connects to a loopback port, from another loopback address if one is given. */
  static async connect(
    port: number,
    options: { readonly allowHalfOpen?: boolean; readonly localAddress?: string } = {},
  ): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** Connects to a loopback port with TLS. */
  static async connectTls(
    port: number,
    ca: string,
    options: ConnectionOptions & { readonly localAddress?: string } = {},
  ): Promise<RawClient> {
    const socket = connectTls({ port, host: '127.0.0.1', ca, ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** Begins a TLS handshake on this connection; rejects when it fails. */
  async secure(ca: string, options: ConnectionOptions = {}): Promise<void> {
    const raw = this.#socket;
    raw.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    const socket = connectTls({ socket: raw, ca, host: '127.0.0.1', ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
    });
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Sends bytes; resolves when the kernel has them. */
  send(...bytes: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => this.#socket.write(Buffer.concat(bytes), () => resolve()));
  }

  /** The TLS session of this connection, to be resumed by another. */
  session(): Buffer | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket.getSession() : undefined;
  }

  /** True when the TLS session of another connection was resumed. */
  isSessionReused(): boolean {
    return this.#socket instanceof TLSSocket && this.#socket.isSessionReused();
  }

  /** Stops taking anything from the kernel. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Takes from the kernel again. */
  readAgain(): void {
    this.#socket.resume();
  }

  /** Closes the sending side only. */
  halfClose(): void {
    this.#socket.end();
  }

  /** The next message; undefined at the end of the connection. */
  async next(): Promise<RawMessage | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined || this.#ended) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The result of the operation with this id; rejects when the connection ends before. Other messages are dropped. */
  async result(id: number): Promise<RawResult> {
    const entries: RawEntry[] = [];
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error('the connection ended');
      if (message.id === 0) throw new Error(`notice of disconnection ${resultOf(message, []).code}`);
      if (message.id !== id) continue;
      if (message.tag === 0x64) entries.push(entryOf(message.body));
      else return resultOf(message, entries);
    }
  }

  /** Sends one request and waits for its result. */
  async ask(id: number, operation: Buffer, controls?: readonly Buffer[]): Promise<RawResult> {
    await this.send(ber.message(id, operation, controls));
    return this.result(id);
  }

  /** Reads until the connection ends: the result code of the Notice of Disconnection, or undefined when there was none. */
  async notice(): Promise<number | undefined> {
    let code: number | undefined;
    for (let message = await this.next(); message !== undefined; message = await this.next()) {
      if (message.id !== 0) continue;
      const result = resultOf(message, []);
      if (result.extras.get(0x8a) === noticeOid) code = result.code;
    }
    return code;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.reads++;
      this.#take(chunk);
      this.#wake?.();
    });
    const ended = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', ended);
  }

  #take(chunk: Buffer): void {
    let rest = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    for (;;) {
      const length = ber.elementLength(rest);
      if (length === undefined || length > rest.length) break;
      this.#messages.push(parse(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    this.#buffered = rest;
  }
}

function parse(bytes: Buffer): RawMessage {
  const [outer] = ber.elements(bytes);
  const [id, operation, controls] = ber.elements(outer?.body ?? bytes);
  if (id === undefined || operation === undefined) throw new Error('the server sent no LDAPMessage');
  const values = new Map<string, Buffer>();
  for (const { body } of controls === undefined ? [] : ber.elements(controls.body)) {
    const parts = ber.elements(body);
    values.set(parts[0]?.body.toString() ?? '', parts.at(-1)?.body ?? Buffer.alloc(0));
  }
  return { id: ber.integerValue(id.body), tag: operation.tag, body: operation.body, controls: values };
}

function resultOf(message: RawMessage, entries: readonly RawEntry[]): RawResult {
  const [code, matchedDn, text, ...rest] = ber.elements(message.body);
  return {
    code: ber.integerValue(code?.body ?? Buffer.alloc(0)),
    matchedDn: matchedDn?.body.toString() ?? '',
    text: text?.body.toString() ?? '',
    extras: new Map(rest.map(({ tag, body }) => [tag, body.toString()])),
    controls: message.controls,
    entries,
  };
}

function entryOf(body: Buffer): RawEntry {
  const [dn, list] = ber.elements(body);
  const attributes = new Map<string, readonly string[]>();
  for (const attribute of ber.elements(list?.body ?? Buffer.alloc(0))) {
    const [name, values] = ber.elements(attribute.body);
    attributes.set(
      name?.body.toString() ?? '',
      ber.elements(values?.body ?? Buffer.alloc(0)).map((value) => value.body.toString()),
    );
  }
  return { dn: dn?.body.toString() ?? '', attributes };
}

/** The cookie in the paged results control of a result; undefined when it has none. */
export function pagedCookie(result: RawResult): Buffer | undefined {
  const value = result.controls.get('1.2.840.113556.1.4.319');
  if (value === undefined) return undefined;
  const [outer] = ber.elements(value);
  return ber.elements(outer?.body ?? Buffer.alloc(0))[1]?.body;
}
