import { isIP, isIPv6 } from 'node:net';
import type { Reading } from './units.ts';

/** A place to listen at. Port 0 lets the system choose a free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Where one of Microsoft's clouds is: origins without a trailing slash. */
export interface CloudEndpoints {
  readonly authorityHost: string;
  readonly graphUrl: string;
}

/**
 * The login and Graph origins of the clouds ("National clouds" and "Microsoft Graph national cloud deployments",
 * learn.microsoft.com).
 */
export const clouds = {
  global: { authorityHost: 'https://login.microsoftonline.com', graphUrl: 'https://graph.microsoft.com' },
  usgov: { authorityHost: 'https://login.microsoftonline.us', graphUrl: 'https://graph.microsoft.us' },
  'usgov-dod': { authorityHost: 'https://login.microsoftonline.us', graphUrl: 'https://dod-graph.microsoft.us' },
  china: {
    authorityHost: 'https://login.partner.microsoftonline.cn',
    graphUrl: 'https://microsoftgraph.chinacloudapi.cn',
  },
} as const satisfies Readonly<Record<string, CloudEndpoints>>;

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.?)*$/;
const ADDRESS = /^(?:\[([^\]]{1,64})\]|([^:[\]]{1,253})):(\d{1,5})$/;

/** What an address to listen at looks like; continues the sentence "the key …". */
export const listenAddressExpected =
  'must be an address and a port from 0 to 65535, for instance 0.0.0.0:389, 127.0.0.1:3389 or "[::]:389"';

/** Reads `0.0.0.0:389`, `localhost:389` or `[::]:389`. */
export function parseListenAddress(text: string): Reading<ListenAddress> {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return { problem: listenAddressExpected };
  const [, bracketed, plain] = match;
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? { value: { host: bracketed, port } } : { problem: listenAddressExpected };
  }
  const host = plain ?? '';
  // Digits and dots that are no address (10.0.0.300) would be asked of the DNS as a name.
  const known = /^[\d.]+$/.test(host) ? isIP(host) === 4 : HOST_NAME.test(host);
  return known ? { value: { host, port } } : { problem: listenAddressExpected };
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** What a web address of a service looks like; continues the sentence "the key …". */
export const httpsOriginExpected =
  'must be an https address without path, for instance https://login.microsoftonline.com';

/** Reads an https address without path, query, fragment and user into its origin. */
export function parseHttpsOrigin(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return { problem: `${httpsOriginExpected}; http would send secrets in the clear` };
  const bare = url !== undefined && url.href === `${url.origin}/`;
  return bare && url.protocol === 'https:' ? { value: url.origin } : { problem: httpsOriginExpected };
}
