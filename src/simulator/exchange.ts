import type { IncomingHttpHeaders } from 'node:http';

/** A request with its body read. */
export interface Exchange {
  readonly method: string;
  /** The path as it was sent, still percent-encoded. */
  readonly path: string;
  /** What followed the question mark, still encoded; empty when there was none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `https://host:port` as the client wrote it, the base of every link in the answer. */
  readonly origin: string;
}

/** An answer. Bodies are complete texts, or their UTF-8 bytes; the server sends them chunked, as Graph does. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Buffer;
}

/** The value of a header that may come once; the first when it came several times. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Decodes one percent-encoded piece of a URL; undefined when it is malformed. A plus sign is a space in queries only. */
function decodeComponent(text: string, plusIsSpace: boolean): string | undefined {
  try {
    return decodeURIComponent(plusIsSpace ? text.replaceAll('+', ' ') : text);
  } catch {
    return undefined;
  }
}

/** Reads `application/x-www-form-urlencoded` pairs; undefined when malformed or when a name comes twice (RFC 6749 §3.2). */
export function parsePairs(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const piece of text.split('&')) {
    if (piece === '') continue;
    const at = piece.indexOf('=');
    const name = decodeComponent(at === -1 ? piece : piece.slice(0, at), true);
    const value = decodeComponent(at === -1 ? '' : piece.slice(at + 1), true);
    if (name === undefined || value === undefined || pairs.has(name)) return undefined;
    pairs.set(name, value);
  }
  return pairs;
}
