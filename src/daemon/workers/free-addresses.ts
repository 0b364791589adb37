import { createServer } from 'node:net';
import type { LdapListener } from '../../ldap/server.ts';

/**
 * Makes sure that nobody listens at these addresses, as far as they have a port. Several threads can listen at one address only
 * by letting every process of this user do so too (SO_REUSEPORT), and nobody would notice a second daemon that takes every other
 * connection. Rejects with the error of `net.Server.listen`.
 */
export async function requireFree(listeners: readonly LdapListener[]): Promise<void> {
  for (const { host, port } of listeners) if (port !== 0) await tryToListen(host, port);
}

async function tryToListen(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
