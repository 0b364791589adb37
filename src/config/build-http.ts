import { isAbsolute, join } from 'node:path';
import type { HttpConfig } from './config-http.ts';
import { parseListenAddress } from './endpoints.ts';
import type { ParsedConfig } from './schema.ts';
import { defaultHttpListen } from './schema-http.ts';

/** The HTTP server as the configuration has it; relative paths start at `folder`. */
export function buildHttp(http: ParsedConfig['http'], folder: string): HttpConfig {
  const { listen, tls, limits, metrics, ready, trustedProxies, clearTokensFrom } = http;
  const byDefault = parseListenAddress(defaultHttpListen);
  const path = (written: string): string => (isAbsolute(written) ? written : join(folder, written));
  return {
    listeners: listen ?? ('value' in byDefault ? [byDefault.value] : []),
    isListenGiven: listen !== undefined,
    tls: tls && { certFile: path(tls.certFile), keyFile: path(tls.keyFile), minVersion: `TLSv${tls.minVersion}` },
    trustedProxies,
    clearTokensFrom,
    ready,
    metrics: { allowFrom: metrics.allowFrom, token: metrics.token },
    limits: {
      connectionsMax: limits.maxConnections,
      connectionsPerAddressMax: limits.maxConnectionsPerAddress,
      requestsPerMinute: limits.requestsPerMinute,
      requestMs: limits.requestTimeout,
      idleMs: limits.idleTimeout,
    },
  };
}
