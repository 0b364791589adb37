import type { Socket } from 'node:net';

/**
 * The way out of one connection, in order and bounded: beyond `bytesMax` nothing more is handed to the socket, and whoever
 * has more to say waits until {@link Output.ready} is true again.
 */
export class Output {
  #socket: Socket;
  readonly #bytesMax: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #ending = false;

  constructor(socket: Socket, bytesMax: number) {
    this.#socket = socket;
    this.#bytesMax = bytesMax;
  }

  /** Goes on over another socket: the one that encrypts. Everything written before must have left. */
  use(socket: Socket): void {
    this.#socket = socket;
  }

  /** Bytes that the peer has not taken yet. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength;
  }

  /** False while the peer has more unread bytes waiting than it may. */
  get ready(): boolean {
    return this.pendingBytes < this.#limit;
  }

  /** Writes behind everything written before. */
  write(parts: readonly Buffer[]): void {
    for (const part of parts) {
      if (this.#queue.length > 0 || this.#socket.writableLength >= this.#limit) {
        this.#queue.push(part);
        this.#queuedBytes += part.length;
      } else {
        this.#socket.write(part);
      }
    }
  }

  /** To be called when the socket has drained: hands it what waited. */
  drained(): void {
    let taken = 0;
    while (taken < this.#queue.length && this.#socket.writableLength < this.#limit) {
      const part = this.#queue[taken++];
      if (part === undefined) break;
      this.#queuedBytes -= part.length;
      this.#socket.write(part);
    }
    if (taken > 0) this.#queue = this.#queue.slice(taken);
    if (this.#ending && this.#queue.length === 0) this.#socket.end();
  }

  /** Closes our side when everything written has left. */
  end(): void {
    this.#ending = true;
    if (this.#queue.length === 0) this.#socket.end();
  }

  /** The socket tells of draining only from its own high-water mark on. */
  get #limit(): number {
    return Math.max(this.#bytesMax, this.#socket.writableHighWaterMark);
  }
}
