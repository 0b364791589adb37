import { isIP, isIPv6 } from 'node:net';
import type { NetworkConfig } from './config.ts';
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

/** What a network looks like; continues the sentence "the key …". */
export const networkExpected =
  'must be a network or an IP address, for instance 10.0.0.0/8, 192.0.2.7 or "2001:db8::/32"';

/** Reads `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32` (RFC 4632 §3.1, RFC 4291 §2.3). */
export function parseNetwork(text: string): Reading<NetworkConfig> {
  const [, address = '', written] = /^([\da-f.:]{2,45})(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = Number(written ?? bits);
  if (version === 0 || prefix > bits) return { problem: networkExpected };
  const value = version === 4 ? ipv4Bits(address) : ipv6Bits(address);
  // Clients with IPv4 addresses are known by them, however they come in (RFC 4291 §2.5.5.2).
  if (version === 6 && value >> 32n === 0xffffn) {
    return { problem: `${networkExpected}; write IPv4 addresses as such, without ::ffff:` };
  }
  // Who writes 10.1.2.3/8 may have meant one machine, and would open the account to sixteen million.
  if (value % (1n << BigInt(bits - prefix)) !== 0n) {
    return { problem: `${networkExpected}; this one has bits behind its prefix that are not zero` };
  }
  return { value: { family: version === 4 ? 'ipv4' : 'ipv6', address, prefix } };
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, octet) => bits * 256n + BigInt(octet), 0n);
}

function ipv6Bits(address: string): bigint {
  // The serializer of URLs knows all spellings, and writes hexadecimal groups with at most one gap (RFC 5952 §4).
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n);
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
