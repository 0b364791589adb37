import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';

import { Output } from './output.ts';
import { type ServerTls, verifiedClientCertificate } from './tls.ts';

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
  #clientCertificate: X509Certificate | undefined;
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

  /** What the client proved to own in the handshake. */
  get clientCertificate(): X509Certificate | undefined {
    return this.#clientCertificate;
  }

  /** Expects a TLS handshake from the next byte on. */
  handshake(tls: ServerTls | undefined): void {
    const raw = this.#socket;
    const events = this.#events;
    raw.off('data', events.onData).off('drain', this.#onDrain).off('end', events.onEnd).off('close', events.onClose);
    const clientCertificates = tls?.clientCertificates ?? 'none';
    const socket = new TLSSocket(raw, {
      isServer: true,
      requestCert: clientCertificates !== 'none',
      rejectUnauthorized: clientCertificates === 'require',
      ...(tls && { secureContext: tls.context, SNICallback: sniCallback(tls) }),
    });
    socket.on('error', this.#onError);
    socket.once('_tlsError', this.#onError);
    socket.once('secure', () => {
      if (clientCertificates !== 'none') this.#clientCertificate = verifiedClientCertificate(socket);
      if (clientCertificates === 'require' && this.#clientCertificate === undefined) {
        events.onError('CLIENT_CERTIFICATE_NOT_VERIFIED');
        socket.destroy();
        return;
      }
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

/** Gives Node the certificate for the name that the client asks for (RFC 6066 §3). */
function sniCallback({ contextFor }: ServerTls): NonNullable<TLSSocketOptions['SNICallback']> {
  return (serverName, done) => done(null, contextFor(serverName));
}
