import { Socket } from 'node:net';

/** A socket without a network: what is given to `arrive` is read from it, and what is written to it is kept. */
export class MemorySocket extends Socket {
  /** What the server has sent. */
  readonly sent: Buffer[] = [];
  sentBytes = 0;

  constructor() {
    super({ allowHalfOpen: false });
  }

  /** Octets come from the peer. */
  arrive(chunk: Buffer): void {
    if (!this.destroyed) this.push(chunk);
  }

  /** The peer closes its side. */
  finish(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    // What comes is pushed when it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.sent.push(chunk);
    this.sentBytes += chunk.length;
    callback();
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: (error?: Error) => void): void {
    for (const { chunk } of chunks) this.sent.push(chunk);
    this.sentBytes += chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
    callback();
  }

  override _final(callback: (error?: Error) => void): void {
    callback();
  }
}
