import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

import { Output } from './output.ts';

/** What happens on the way to and from a client. */
export interface TransportEvents {
  readonly onData: (chunk: Buffer) => void;
  /** The socket has taken what it was given, and there may be room for more. */
  readonly onDrain: () => void;
  /** The TLS handshake is complete. */
  readonly onSecure: () => void;
  /** The peer sends nothing more. */
  readonly onEnd: () => void;
  readonly onError: (code: string) => void;
  /** Everything is over; called once. */
  readonly onClose: () => void;
}

/** The socket of one connection, in the clear at first and encrypted from the handshake on. */
export class Transport {
  readonly output: Output;
  readonly #events: TransportEvents;
  #socket: Socket;
  #secure = false;
  #paused = false;

  constructor(socket: Socket, outputBytesMax: number, events: TransportEvents) {
    this.#socket = socket;
    this.#events = events;
    this.output = new Output(socket, outputBytesMax);
    socket.on('error', this.#onError);
    this.#listen();
  }

  /** True when the handshake is complete. */
  get secure(): boolean {
    return this.#secure;
  }

  /** Expects a TLS handshake from the next byte on. */
  handshake(secureContext: SecureContext | undefined): void {
    const raw = this.#socket;
    const events = this.#events;
    raw.off('data', events.onData).off('drain', this.#onDrain).off('end', events.onEnd).off('close', events.onClose);
    const socket = new TLSSocket(raw, { isServer: true, ...(secureContext && { secureContext }) });
    socket.on('error', this.#onError);
    socket.once('_tlsError', this.#onError);
    socket.once('secure', () => {
      this.#secure = true;
      events.onSecure();
    });
    this.#paused = false;
    this.#socket = socket;
    this.output.use(socket);
    this.#listen();
  }

  /** Stops or goes on reading. What TCP can hold waits with the peer. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Closes at once, whatever was still to be sent. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const { onData, onEnd, onClose } = this.#events;
    this.#socket.on('data', onData).on('drain', this.#onDrain).on('end', onEnd).on('close', onClose);
  }

  readonly #onDrain = (): void => {
    this.output.drained();
    if (this.output.ready) this.#events.onDrain();
  };

  readonly #onError = (error: Error & { readonly code?: string }): void => {
    this.#events.onError(error.code ?? error.name);
  };
}
