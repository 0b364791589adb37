/**
 * A server made with ldapjs that does the same lookups in memory: what the usual way of serving LDAP from Node costs. Run as
 * `node ldapjs-process.js LDIF`; prints its port.
 */
import type { Server } from 'node:net';

import ldapjs from 'ldapjs';

import { baseDn } from './tenant.ts';
import { readLdif } from './ldif.ts';

/** What its handlers are given, as far as it is used here; its types leave that open. */
interface Response {
  send(entry: Held): void;
  end(): void;
}

interface SearchRequest {
  readonly filter: { readonly attribute?: string; readonly value?: string; matches(entry: object): boolean };
}

interface Held {
  readonly dn: string;
  readonly attributes: Record<string, readonly string[]>;
}

const entries: Held[] = [];
const byUid = new Map<string, Held>();
for (const { dn, attributes } of readLdif(process.argv[2] ?? '')) {
  const entry: Held = { dn, attributes: {} };
  for (const [name, values] of attributes) entry.attributes[name.toLowerCase()] = values;
  entries.push(entry);
  const uid = entry.attributes['uid']?.[0];
  if (uid !== undefined) byUid.set(uid.toLowerCase(), entry);
}

const server = ldapjs.createServer();
// As shipped it leaves Nagle's algorithm on, which holds back the second of its two writes for 40 ms.
(server as unknown as { server: Server }).server.on('connection', (socket) => socket.setNoDelay(true));

server.bind(baseDn, (_request: unknown, response: Response, next: () => void) => {
  response.end();
  next();
});

server.search(baseDn, ({ filter }: SearchRequest, response: Response, next: () => void) => {
  const found = filter.attribute === 'uid' ? byUid.get(String(filter.value).toLowerCase()) : undefined;
  const candidates = filter.attribute === 'uid' ? (found === undefined ? [] : [found]) : entries;
  for (const entry of candidates) if (filter.matches(entry.attributes)) response.send(entry);
  response.end();
  next();
});

server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${new URL(server.url).port}\n`));
