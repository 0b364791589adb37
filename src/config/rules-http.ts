/** Rules for the HTTP server that need more than one key. */
import { isLoopback, type ListenAddress } from './endpoints.ts';
import { atKey, type Finding } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;

/** Every rule on the HTTP server that the document breaks. */
export function brokenHttpRules(config: Parts): Finding[] {
  return [...repeatedAddresses(config), ...connectionLimits(config)];
}

/** What is allowed but probably not meant. */
export function httpDoubts(config: Parts): Finding[] {
  const { listen, tls, trustedProxies, clearTokensFrom } = config?.http ?? {};
  const findings: Finding[] = [];
  if (!(clearTokensFrom ?? []).every((network) => network?.address === undefined || isLoopback(network.address))) {
    findings.push(atKey(['http', 'clearTokensFrom'], 'lets tokens cross these networks unencrypted'));
  }
  const isOpen = (listen ?? []).some((address) => address !== undefined && !isLoopback(address.host));
  const isOnlyLocal = (clearTokensFrom ?? []).every(
    (network) => network !== undefined && isLoopback(network.address ?? ''),
  );
  if (isOpen && tls === undefined && (trustedProxies ?? []).length === 0 && isOnlyLocal) {
    const message =
      'has addresses for other machines, and no TLS: tokens from there are refused; add http.tls, or name the reverse proxy ' +
      'that speaks HTTPS in http.trustedProxies';
    findings.push(atKey(['http', 'listen'], message));
  }
  return findings;
}

function repeatedAddresses(config: Parts): Finding[] {
  const name = ({ host, port }: ListenAddress): string => `${host.toLowerCase()} ${port}`;
  const seen = new Map<string, string>();
  for (const key of ['listen', 'tlsListen'] as const) {
    for (const [index, address] of (config?.ldap?.[key] ?? []).entries()) {
      if (address !== undefined) seen.set(name(address), `ldap.${key}[${index}]`);
    }
  }
  const findings: Finding[] = [];
  for (const [index, address] of (config?.http?.listen ?? []).entries()) {
    // Port 0 is another free port each time.
    if (address === undefined || address.port === 0) continue;
    const other = seen.get(name(address));
    if (other !== undefined)
      findings.push(atKey(['http', 'listen', index], `is the same address as ${other}; change one of them`));
    seen.set(name(address), `http.listen[${index}]`);
  }
  return findings;
}

function connectionLimits(config: Parts): Finding[] {
  const { maxConnections, maxConnectionsPerAddress } = config?.http?.limits ?? {};
  if (maxConnections === undefined || maxConnectionsPerAddress === undefined) return [];
  if (maxConnectionsPerAddress <= maxConnections) return [];
  return [atKey(['http', 'limits', 'maxConnectionsPerAddress'], 'is larger than http.limits.maxConnections; lower it')];
}
