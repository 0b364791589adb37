import type { Socket } from 'node:net';

const nothing = Buffer.alloc(0);

/**
 * The way out of one connection, in order and bounded: beyond `bytesMax` nothing more is handed to the socket, and whoever
 * has more to say waits until {@link Output.ready} is true again.
 */
export class Output {
  #socket: Socket;
  readonly #bytesMax: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** What is to be done with the socket when the queue has been handed over. */
  #afterwards: ((socket: Socket) => void) | undefined;

  constructor(socket: Socket, bytesMax: number) {
    this.#socket = socket;
    this.#bytesMax = bytesMax;
  }

  /** Goes on over another socket: the one that encrypts. */
  use(socket: Socket): void {
    this.#socket = socket;
  }

  /** Bytes that the peer has not taken yet. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength;
  }

  /** Bytes that the peer has taken, more or less: it grows as long as the peer reads. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
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
      const part = this.#queue[taken++] ?? nothing;
      this.#queuedBytes -= part.length;
      this.#socket.write(part);
    }
    if (taken > 0) this.#queue = this.#queue.slice(taken);
    this.#handedOver();
  }

  /** Closes our side behind everything written before. */
  end(): void {
    this.#afterwards = (socket) => socket.end();
    this.#handedOver();
  }

  /** Calls back when everything written before has left; not at all when the connection breaks. */
  whenSent(callback: () => void): void {
    this.#afterwards = (socket) => {
      socket.write(nothing, (error) => {
        if (!error) callback();
      });
    };
    this.#handedOver();
  }

  #handedOver(): void {
    if (this.#queue.length > 0 || this.#afterwards === undefined) return;
    const afterwards = this.#afterwards;
    this.#afterwards = undefined;
    afterwards(this.#socket);
  }

  /** The socket tells of draining only from its own high-water mark on. */
  get #limit(): number {
    return Math.max(this.#bytesMax, this.#socket.writableHighWaterMark);
  }
}
