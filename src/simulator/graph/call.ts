import type { IncomingHttpHeaders } from 'node:http';
import { header, parsePairs } from '../exchange.ts';
import type { AccessClaims } from '../login/token-issuer.ts';
import { badRequest } from './graph-error.ts';

/** How an injected fault bends one page of a delta query. */
export type PageFault = 'replayedPage' | 'emptyPage' | 'foreignNextLink';

/** One request to Graph after the token was checked. */
export interface GraphCall {
  readonly method: string;
  /** Decoded path segments after the version; `users('x')` counts as two. */
  readonly segments: readonly string[];
  /** The path as sent, for links that lead back to it. */
  readonly path: string;
  /** System query options without their dollar sign, in lower case. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly origin: string;
  readonly caller: AccessClaims;
  readonly atMs: number;
  readonly pageFault: PageFault | undefined;
}

/** What an operation answers; the service adds Graph's headers. */
export interface GraphAnswer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with a JSON body and status 200. */
export function ok(value: unknown): GraphAnswer {
  return { status: 200, body: JSON.stringify(value) };
}

/** Whether the request asks for the advanced query capabilities (they also need `$count=true` for most things). */
export function isEventual(call: GraphCall): boolean {
  return header(call.headers, 'consistencylevel')?.toLowerCase() === 'eventual';
}

/** Whether the request has both marks of an advanced query: the header and `$count=true`. */
export function isAdvanced(call: GraphCall): boolean {
  return isEventual(call) && call.query.get('count')?.toLowerCase() === 'true';
}

/** Reads the query string of a Graph URL. Throws when it is malformed or names one option twice. */
export function parseQuery(text: string): Map<string, string> {
  const pairs = parsePairs(text);
  if (pairs === undefined) throw badRequest('The query string is malformed or names an option more than once.');
  const query = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase().replace(/^\$/, '');
    if (query.has(key)) throw badRequest(`Query option '${name}' was specified more than once.`);
    query.set(key, value);
  }
  return query;
}

/** Splits a decoded-later path into segments, `users('x')` and `servicePrincipals(appId='x')` included. */
export function splitPath(path: string): string[] {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    let decoded: string;
    try {
      decoded = decodeURIComponent(raw);
    } catch {
      throw badRequest('The path is malformed.');
    }
    const keyed = /^([A-Za-z.]+)\((.+)\)$/.exec(decoded);
    if (keyed?.[1] === undefined || keyed[2] === undefined) segments.push(decoded);
    else segments.push(keyed[1], keyed[2].replace(/^'(.*)'$/, '$1'));
  }
  return segments;
}
