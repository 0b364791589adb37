import { isAbsolute, join } from 'node:path';
import { Secret } from '../identity/secret.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type {
  Config,
  LdapConfig,
  ListenerConfig,
  ServiceAccountConfig,
  TenantConfig,
  TenantCredential,
} from './config.ts';
import { clouds, type ListenAddress } from './endpoints.ts';
import { serviceAccountDn } from './names.ts';
import type { ParsedConfig } from './schema.ts';

const TLS_LISTEN_DEFAULT: readonly ListenAddress[] = [{ host: '0.0.0.0', port: 636 }];

/** What building needs beside the parsed document. */
export interface BuildContext {
  /** The folder of the configuration file, where relative paths start. */
  readonly folder: string;
  /** Reads a file by its path as written; the file was read before without a problem. */
  readonly readFile: (path: string) => string;
}

/** Turns a parsed document that breaks no rule into the configuration. */
export function buildConfig(parsed: ParsedConfig, context: BuildContext): Config {
  return deepFreeze({
    tenant: buildTenant(parsed.tenant, context),
    directory: { ...parsed.directory },
    projection: buildProjection(parsed),
    sync: { intervalMs: parsed.sync.interval, jitter: parsed.sync.jitter },
    store: { path: resolvePath(context.folder, parsed.store.path) },
    ldap: buildLdap(parsed.ldap, context),
    serviceAccounts: buildServiceAccounts(parsed),
    bind: { entra: { enabled: parsed.bind.entra.enabled, timeoutMs: parsed.bind.entra.timeout } },
    log: { ...parsed.log },
  });
}

/** A path as written in the file, seen from where the file's own path is seen. */
export function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function buildTenant(tenant: ParsedConfig['tenant'], { readFile }: BuildContext): TenantConfig {
  const cloud = clouds[tenant.cloud];
  return {
    displayName: tenant.displayName,
    id: tenant.id,
    clientId: tenant.clientId,
    credential: buildCredential(tenant.credential, readFile),
    authorityHost: tenant.authorityHost ?? cloud.authorityHost,
    graphUrl: tenant.graphUrl ?? cloud.graphUrl,
    ca: tenant.caFile === undefined ? undefined : readFile(tenant.caFile),
    requestTimeoutMs: tenant.requestTimeout,
  };
}

function buildCredential(
  { secret, certificateFile, sendCertificateChain = false }: ParsedConfig['tenant']['credential'],
  readFile: BuildContext['readFile'],
): TenantCredential {
  if (secret !== undefined) return { kind: 'secret', secret };
  return { kind: 'certificate', pem: new Secret(readFile(certificateFile ?? '')), sendCertificateChain };
}

function buildProjection({ directory, users, groups, serviceAccounts }: ParsedConfig): ProjectionSettings {
  return {
    baseDn: directory.baseDn,
    users: {
      container: directory.users,
      uidFrom: users.uidFrom,
      includeGuests: users.guests,
      whenLocked: users.whenLocked,
      uidNumbers: users.uidNumbers,
      homeDirectory: users.homeDirectory,
      loginShell: users.loginShell,
      primaryGroup: users.primaryGroup,
    },
    groups: {
      container: directory.groups,
      withoutEmail: groups.withoutEmail,
      gidNumbers: groups.gidNumbers,
      membership: groups.membership,
    },
    services: {
      container: directory.services,
      accounts: serviceAccounts.map(({ name, description }) => ({ name, description })),
    },
  };
}

function buildLdap(ldap: ParsedConfig['ldap'], { folder }: BuildContext): LdapConfig {
  const { tls, limits } = ldap;
  const tlsListen = ldap.tlsListen ?? (tls === undefined ? [] : TLS_LISTEN_DEFAULT);
  const listeners: ListenerConfig[] = [
    ...ldap.listen.map((address) => ({ ...address, tls: false })),
    ...tlsListen.map((address) => ({ ...address, tls: true })),
  ];
  return {
    listeners,
    requireTlsForBind: ldap.requireTlsForBind ?? tls !== undefined,
    tls: tls && {
      certFile: resolvePath(folder, tls.certFile),
      keyFile: resolvePath(folder, tls.keyFile),
      minVersion: `TLSv${tls.minVersion}`,
      ciphers: tls.ciphers,
      clientCaFile: tls.clientCa === undefined ? undefined : resolvePath(folder, tls.clientCa),
      clientCertificates: tls.clientCertificate ?? (tls.clientCa === undefined ? 'none' : 'request'),
    },
    limits: {
      connectionsMax: limits.maxConnections,
      connectionsPerAddressMax: limits.maxConnectionsPerAddress,
      operationsPerConnectionMax: limits.operationsPerConnection,
      messageBytesMax: limits.messageSize,
      idleMs: limits.idleTimeout,
      sizeLimit: limits.sizeLimit,
      timeLimitMs: limits.timeLimit,
    },
  };
}

function buildServiceAccounts({ serviceAccounts, directory }: ParsedConfig): ServiceAccountConfig[] {
  return serviceAccounts.map(
    ({ name, description, passwordHash, certificateSubject, certificateAltName, allowFrom }) => ({
      name,
      dn: serviceAccountDn(name, directory.services, directory.baseDn),
      description,
      passwordHash,
      certificateSubject,
      certificateAltName,
      allowFrom,
    }),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
