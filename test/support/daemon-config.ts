import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';

/** Sections of a configuration, and in `tenant` single keys, that replace the usual ones; undefined takes a key away. */
export interface ConfigChanges {
  readonly tenant?: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

/**
 * Writes the configuration of a daemon on a simulator, with its store in the same folder, LDAP on a free loopback port
 * and a log of JSON lines. Returns its path.
 */
export function writeDaemonConfig(folder: string, simulator: Simulator, caPem: string, changes: ConfigChanges): string {
  writeFileSync(join(folder, 'ca.pem'), caPem);
  const { tenant, ...sections } = changes;
  const config = {
    tenant: {
      id: simulator.tenant.tenantId,
      clientId: DEFAULT_CLIENT_ID,
      credential: { secret: DEFAULT_CLIENT_SECRET },
      authorityHost: simulator.url,
      graphUrl: simulator.url,
      caFile: 'ca.pem',
      ...tenant,
    },
    directory: { baseDn: 'dc=contoso,dc=com' },
    sync: { interval: '24h' },
    store: { path: 'store' },
    ldap: { listen: ['127.0.0.1:0'], tlsListen: [] },
    http: { listen: [] },
    log: { level: 'info', format: 'json' },
    ...sections,
  };
  const file = join(folder, 'entra-ldapd.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}
