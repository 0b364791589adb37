/** What is measured: prepared requests on the same entries for every server. */

import type { BenchServer } from './servers/bench-server.ts';
import type { DirectoryContents } from './servers/tenant.ts';
import type { LoadJob } from './load-protocol.ts';
import { and, bind, equality, idsMax, pagedSearch, present, searches, substring } from './requests.ts';

/** One line of the table. */
export interface WorkItem {
  readonly name: string;
  /** What one unit of work is, for the table. */
  readonly unit: 'searches' | 'reads' | 'binds' | 'handshakes';
  /** Entries that every answer must have; undefined when they differ from request to request. */
  readonly entriesEach: number | undefined;
  /** Servers that cannot do this, or so slowly that nobody would wait. */
  readonly without?: readonly BenchServer['name'][];
  /** Requests in one round; fewer with `--quick`. */
  readonly count: number;
  readonly connections: number;
  readonly outstanding?: number;
  readonly tls?: boolean;
  readonly connectEach?: boolean;
  readonly pageSize?: number;
  readonly requests: (server: BenchServer) => readonly Buffer[];
}

/** How many different prepared requests an item has at most. */
const variants = 5_000;

/** Numbers below `bound`, always the same ones, without order (Park and Miller's generator). */
function* shuffledIndexes(bound: number, count: number): Generator<number, void, void> {
  let state = 48_271;
  for (let i = 0; i < count; i++) {
    state = (state * 48_271) % 0x7fffffff;
    yield state % bound;
  }
}

function pick<T>(values: readonly T[], count = variants): T[] {
  const picked: T[] = [];
  for (const index of shuffledIndexes(values.length, Math.min(count, idsMax))) {
    const value = values[index];
    if (value !== undefined) picked.push(value);
  }
  return picked;
}

/** The items for a directory. */
export function workItems(contents: DirectoryContents): WorkItem[] {
  const { baseDn: base, users, groups } = contents;
  const [largest] = groups;
  const member = largest?.members[Math.floor(largest.members.length / 2)] ?? '';
  const mailed = users.flatMap(({ mail }) => (mail === undefined ? [] : [mail]));
  const byUid = (attributes?: readonly string[]) => (): readonly Buffer[] =>
    searches(pick(users).map(({ uid }) => ({ base, filter: equality('uid', uid), ...(attributes && { attributes }) })));
  const eight = { connections: 8, entriesEach: 1, unit: 'searches' } as const;
  return [
    { ...eight, name: 'equality search', count: 60_000, requests: byUid() },
    { ...eight, name: 'equality search, 3 attributes', count: 60_000, requests: byUid(['uid', 'mail', 'uidNumber']) },
    { ...eight, name: 'equality search, pipelined 16', count: 60_000, outstanding: 16, requests: byUid() },
    { ...eight, name: 'equality search, 1,000 connections', count: 60_000, connections: 1_000, requests: byUid() },
    { ...eight, name: 'equality search over TLS', count: 60_000, tls: true, without: ['ldapjs'], requests: byUid() },
    {
      ...eight,
      name: 'login filter (class and uid)',
      count: 40_000,
      without: ['ldapjs'],
      requests: () =>
        searches(
          pick(users).map(({ uid }) => ({
            base,
            filter: and(equality('objectClass', 'posixAccount'), equality('uid', uid)),
          })),
        ),
    },
    {
      ...eight,
      name: 'read one entry by its DN',
      count: 60_000,
      without: ['ldapjs'],
      requests: () => searches(pick(users).map(({ dn }) => ({ base: dn, scope: 0, filter: present('objectClass') }))),
    },
    {
      ...eight,
      name: 'groups of a user (member=)',
      entriesEach: undefined,
      count: 20_000,
      without: ['ldapjs'],
      requests: () =>
        searches(
          pick(users).map(({ dn }) => ({
            base,
            filter: and(equality('objectClass', 'posixGroup'), equality('member', dn)),
            attributes: ['cn', 'gidNumber'],
          })),
        ),
    },
    {
      ...eight,
      name: 'users of a group (memberOf=)',
      entriesEach: undefined,
      count: 2_000,
      without: ['ldapjs'],
      requests: () =>
        searches(
          pick(groups.slice(1), 500).map(({ dn }) => ({ base, filter: equality('memberOf', dn), attributes: ['uid'] })),
        ),
    },
    {
      ...eight,
      name: `largest group whole (${(largest?.members.length ?? 0).toLocaleString('en')} members)`,
      connections: 2,
      unit: 'reads',
      count: 200,
      without: ['ldapjs'],
      requests: () => searches([{ base: largest?.dn ?? base, scope: 0, attributes: ['cn', 'member'] }]),
    },
    {
      ...eight,
      name: 'member filter on the largest group',
      count: 20_000,
      without: ['ldapjs'],
      requests: () =>
        searches([{ base: largest?.dn ?? base, scope: 0, filter: equality('member', member), attributes: ['cn'] }]),
    },
    {
      ...eight,
      name: 'substring, indexed (mail=abc*)',
      entriesEach: undefined,
      count: 4_000,
      without: ['ldapjs'],
      requests: () =>
        searches(
          pick(mailed).map((mail) => ({ base, filter: substring('mail', mail.slice(0, 8), 0), attributes: ['mail'] })),
        ),
    },
    {
      ...eight,
      name: 'unindexed filter (title=*ab*)',
      entriesEach: undefined,
      unit: 'reads',
      connections: 2,
      count: 20,
      without: ['ldapjs'],
      requests: () => searches([{ base, filter: substring('title', 'zq', 1), attributes: ['uid'] }]),
    },
    {
      ...eight,
      name: `whole subtree (${users.length.toLocaleString('en')} users)`,
      unit: 'reads',
      entriesEach: users.length,
      connections: 2,
      count: 16,
      without: ['ldapjs'],
      requests: () => searches([{ base: `ou=users,${base}`, scope: 1, filter: present('uid') }]),
    },
    {
      ...eight,
      name: 'whole subtree in pages of 1,000',
      unit: 'reads',
      entriesEach: users.length,
      connections: 2,
      count: 16,
      pageSize: 1_000,
      without: ['ldapjs'],
      requests: () => [pagedSearch({ base: `ou=users,${base}`, scope: 1, filter: present('uid') }, 1_000)],
    },
    {
      ...eight,
      name: 'LDAPS handshake',
      unit: 'handshakes',
      entriesEach: undefined,
      count: 600,
      tls: true,
      connectEach: true,
      without: ['ldapjs'],
      requests: () => [],
    },
    {
      ...eight,
      name: 'service account binds again',
      unit: 'binds',
      entriesEach: undefined,
      count: 400,
      without: ['ldapjs'],
      requests: ({ bindDn, password }) => [bind(bindDn, password)],
    },
  ];
}

/** The job for one server. */
export function jobFor(item: WorkItem, server: BenchServer, tlsCa: string, count: number): LoadJob {
  return {
    host: server.host,
    port: item.tls === true ? server.tlsPort : server.port,
    ...(item.tls === true && { tlsCa }),
    connections: item.connections,
    outstanding: item.outstanding ?? 1,
    prologue: item.connectEach === true ? [] : [bind(server.bindDn, server.password)],
    requests: item.requests(server),
    warmUp: Math.max(Math.ceil(count / 5), item.connections),
    count,
    ...(item.pageSize !== undefined && { pageSize: item.pageSize }),
    ...(item.connectEach === true && { connectEach: true }),
  };
}
