/** SASL mechanisms (RFC 4513 §5.2): which are offered when, and what their messages say. */
import { isUtf8 } from 'node:buffer';

/** The mechanisms that a connection offers, by what protects it. The root DSE lists exactly these (RFC 4513 §5.2.1.5). */
export const saslOffers = {
  /** Passwords do not cross the network unencrypted by a mechanism that could have waited for TLS. */
  clear: [],
  secure: ['PLAIN'],
  /** With TLS and a certificate of the client that was verified. */
  certified: ['EXTERNAL', 'PLAIN'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What protects a connection. */
export type SaslOffer = keyof typeof saslOffers;

/** The message of the mechanism PLAIN. */
export interface PlainMessage {
  /** Whom to act as; empty: whoever the name stands for. */
  readonly authorizationId: string;
  readonly name: string;
  /** A view of the message. */
  readonly password: Buffer;
}

/** Reads a message of PLAIN (RFC 4616 §2); undefined when it is none. Name and password may be empty. */
export function parsePlain(message: Buffer): PlainMessage | undefined {
  const first = message.indexOf(0);
  const second = message.indexOf(0, first + 1);
  if (first < 0 || second < 0 || message.includes(0, second + 1) || !isUtf8(message)) return undefined;
  return {
    authorizationId: message.toString('utf8', 0, first),
    name: message.toString('utf8', first + 1, second),
    password: message.subarray(second + 1),
  };
}
