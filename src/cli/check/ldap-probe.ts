/**
 * A look at an LDAP server from outside, by a client that shares no code with the server. The only place where the program
 * uses `ldapjs`, and of it the client alone; see docs/decisions/0002-own-wire-protocol-instead-of-ldapjs-server.md.
 */
import type { Client, SearchEntry } from 'ldapjs';

/** What a server says about itself to anybody. */
export interface RootDse {
  readonly namingContexts: readonly string[];
  readonly vendorName: string | undefined;
  readonly vendorVersion: string | undefined;
}

/** Where an LDAP server listens. */
export interface LdapEndpoint {
  readonly url: string;
  readonly tls: boolean;
}

/** From the start of the connection to the end of the answer. */
const timeoutMs = 5_000;

/**
 * Reads the root DSE (RFC 4512 §5.1) as an anonymous client. Rejects with the reason as an Error when there is no answer
 * within some seconds. The certificate is not checked: the name that clients use is not known here.
 */
export async function readRootDse(endpoint: LdapEndpoint): Promise<RootDse> {
  return await withClient(endpoint, async (client) => describe(await searchRoot(client)));
}

/**
 * The result code (RFC 4511 §4.1.9) of an anonymous search for the entry of this name alone. Rejects with the reason as an Error when
 * there is no answer within some seconds.
 */
export async function searchEntryCode(endpoint: LdapEndpoint, dn: string): Promise<number> {
  return await withClient(endpoint, (client) => searchCode(client, dn));
}

async function withClient<T>({ url, tls }: LdapEndpoint, work: (client: Client) => Promise<T>): Promise<T> {
  // Loaded here, because most commands have no use for it.
  const { default: ldapjs } = await import('ldapjs');
  const client = ldapjs.createClient({
    url,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    reconnect: false,
    ...(tls ? { tlsOptions: { rejectUnauthorized: false } } : {}),
  });
  try {
    await connected(client);
    return await work(client);
  } finally {
    client.destroy();
  }
}

function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('connect', () => resolve());
    for (const event of ['connectError', 'connectRefused', 'connectTimeout', 'setupError', 'error', 'close']) {
      client.on(event, (error: unknown) => reject(asError(error)));
    }
  });
}

function searchRoot(client: Client): Promise<SearchEntry> {
  return new Promise((resolve, reject) => {
    const attributes = ['namingContexts', 'vendorName', 'vendorVersion'];
    client.on('close', () => reject(new Error('the connection was closed')));
    client.search('', { scope: 'base', filter: '(objectClass=*)', attributes }, (failure, answer) => {
      if (failure !== null) {
        reject(failure);
        return;
      }
      answer.on('searchEntry', resolve);
      answer.on('error', reject);
      answer.on('end', () => reject(new Error('the server has no root DSE')));
    });
  });
}

function searchCode(client: Client, dn: string): Promise<number> {
  return new Promise((resolve, reject) => {
    client.on('close', () => reject(new Error('the connection was closed')));
    client.search(dn, { scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'] }, (failure, answer) => {
      if (failure !== null) {
        reject(failure);
        return;
      }
      answer.on('error', (error: unknown) => {
        // What is no result of the server has a name instead of a number.
        if (error instanceof Error && 'code' in error && typeof error.code === 'number') resolve(error.code);
        else reject(asError(error));
      });
      answer.on('end', () => resolve(0));
    });
  });
}

function describe(entry: SearchEntry): RootDse {
  const valuesOf = (name: string): readonly string[] =>
    entry.attributes.filter(({ type }) => type.toLowerCase() === name.toLowerCase()).flatMap(({ values }) => values);
  return {
    namingContexts: valuesOf('namingContexts'),
    vendorName: valuesOf('vendorName')[0],
    vendorVersion: valuesOf('vendorVersion')[0],
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the connection was closed');
}
