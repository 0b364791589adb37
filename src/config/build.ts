import { isAbsolute, join } from 'node:path';
import { Secret } from '../identity/secret.ts';
import type { Scope } from '../identity/scope.ts';
import { noOverlay, type Overlay } from '../projection/overlay.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type { SudoSettings } from '../projection/sudo-settings.ts';
import type {
  Config,
  LdapConfig,
  ListenerConfig,
  ServiceAccountConfig,
  TenantConfig,
  TenantCredential,
} from './config.ts';
import { buildAccess } from './build-access.ts';
import { buildBind } from './build-bind.ts';
import { buildHttp } from './build-http.ts';
import { clouds, type ListenAddress } from './endpoints.ts';
import { serviceAccountDn } from './names.ts';
import type { LocalAccount } from './overlay/pieces.ts';
import type { ParsedConfig } from './schema.ts';

/** A round may fail once, or be late, before anybody is told that what is served is stale. */
const STALE_INTERVALS = 2;

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
  const projection = buildProjection(parsed);
  return deepFreeze({
    tenant: buildTenant(parsed.tenant, context),
    directory: { ...parsed.directory, memberOf: parsed.directory.memberOf },
    scope: buildScope(parsed),
    verifiedDomainsOnly: parsed.users.domains === 'verified',
    projection,
    readBy: projection,
    sync: {
      intervalMs: parsed.sync.interval,
      staleAfterMs: parsed.sync.staleAfter ?? STALE_INTERVALS * parsed.sync.interval,
      jitter: parsed.sync.jitter,
      fullIntervalMs: parsed.sync.fullInterval.everyMs,
      untrackedIntervalMs: parsed.sync.untrackedInterval,
      mode: parsed.sync.mode,
    },
    safety: { ...parsed.safety },
    store: buildStore(parsed.store, context),
    secrets: buildSecrets(parsed.secrets, context),
    ldap: buildLdap(parsed.ldap, context),
    http: buildHttp(parsed.http, context.folder),
    serviceAccounts: buildServiceAccounts(parsed),
    access: buildAccess(parsed),
    localAccounts: [],
    bind: buildBind(parsed),
    log: { ...parsed.log },
  });
}

/** The configuration with what its overlay files say. */
export function withOverlay(config: Config, overlay: Overlay, localAccounts: readonly LocalAccount[]): Config {
  const projection = { ...config.projection, overlay };
  return deepFreeze({ ...config, projection, readBy: projection, localAccounts });
}

function buildStore({ path, undo, history }: ParsedConfig['store'], { folder }: BuildContext): Config['store'] {
  return {
    path: resolvePath(folder, path),
    undo: { publicationsMax: undo.publications, bytesMax: undo.size, ageMaxMs: undo.maxAge },
    historyEntriesMax: history.lines,
  };
}

function buildSecrets({ file, keys }: ParsedConfig['secrets'], { folder }: BuildContext): Config['secrets'] {
  return {
    file: file === undefined ? undefined : resolvePath(folder, file),
    keys: keys?.map(({ id, base64 }) => ({ id, secret: new Secret(base64) })),
  };
}

/** A path as written in the file, seen from where the file's own path is seen. */
export function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function buildTenant(tenant: ParsedConfig['tenant'], context: BuildContext): TenantConfig {
  const cloud = clouds[tenant.cloud];
  return {
    displayName: tenant.displayName,
    id: tenant.id,
    clientId: tenant.clientId,
    credentials: namedCredentials(tenant).map(([name, credential]) => buildCredential(name, credential, context)),
    authorityHost: tenant.authorityHost ?? cloud.authorityHost,
    graphUrl: tenant.graphUrl ?? cloud.graphUrl,
    ca: tenant.caFile === undefined ? undefined : context.readFile(tenant.caFile),
    proxy: tenant.proxy,
    requestTimeoutMs: tenant.requestTimeout,
  };
}

type ParsedCredential = NonNullable<ParsedConfig['tenant']['credential']>;

/** The credentials with the places where they stand; exactly one of the two keys is there. */
function namedCredentials({ credential, credentials = [] }: ParsedConfig['tenant']): [string, ParsedCredential][] {
  if (credential !== undefined) return [['tenant.credential', credential]];
  return credentials.map((each, index) => [`tenant.credentials[${index}]`, each]);
}

function buildCredential(
  name: string,
  {
    secret,
    secretExpires,
    certificateFile,
    sendCertificateChain,
    federatedTokenFile,
    managedIdentity,
  }: ParsedCredential,
  { folder, readFile }: BuildContext,
): TenantCredential {
  if (secret !== undefined) return { name, kind: 'secret', secret, expiresAtMs: secretExpires };
  if (federatedTokenFile !== undefined) {
    return { name, kind: 'workloadIdentity', tokenFile: resolvePath(folder, federatedTokenFile) };
  }
  if (managedIdentity !== undefined) {
    return { name, kind: 'managedIdentity', clientId: managedIdentity === 'system' ? undefined : managedIdentity };
  }
  return {
    name,
    kind: 'certificate',
    pem: new Secret(readFile(certificateFile ?? '')),
    sendCertificateChain: sendCertificateChain ?? false,
  };
}

function buildScope({ users, groups, sync }: ParsedConfig): Scope {
  return {
    users: { enabled: users.enabled, filter: users.filter, memberOf: users.memberOf },
    groups: { enabled: groups.enabled, filter: groups.filter },
    assignedOnly: sync.assignedOnly,
  };
}

function buildProjection({
  directory,
  users,
  groups,
  policy,
  sudo,
  serviceAccounts,
  sync,
}: ParsedConfig): ProjectionSettings {
  return {
    baseDn: directory.baseDn,
    create: sync.create,
    activeDirectory: directory.activeDirectory || serviceAccounts.some((account) => account.activeDirectory === true),
    users: {
      container: directory.users,
      uidFrom: users.uidFrom,
      includeGuests: users.guests,
      accountTypes: users.accountTypes,
      domains: users.domains === 'verified' ? undefined : users.domains,
      duplicates: users.duplicates,
      whenLocked: users.whenLocked,
      uidNumbers: users.uidNumbers,
      uidNumberFrom: users.uidNumberFrom,
      homeDirectory: users.homeDirectory,
      homeDirectoryFrom: users.homeDirectoryFrom,
      loginShell: users.loginShell,
      loginShellFrom: users.loginShellFrom,
      sshPublicKeyFrom: users.sshPublicKeyFrom,
      attributes: users.attributes,
      primaryGroup: {
        ...users.primaryGroup,
        gidNumberFrom: users.primaryGroup.gidNumberFrom,
        groups: users.primaryGroup.groups ?? [],
        nested: users.primaryGroup.nested ?? true,
        container: directory.privateGroups,
      },
    },
    groups: {
      container: directory.groups,
      withoutEmail: groups.withoutEmail,
      types: groups.types,
      membershipTypes: groups.membershipTypes,
      namePrefixes: groups.namePrefixes,
      gidNumbers: groups.gidNumbers,
      gidNumberFrom: groups.gidNumberFrom,
      nameFrom: groups.nameFrom,
      attributes: groups.attributes,
      membership: groups.membership,
    },
    policy: { ...policy, allowedGroups: policy.allowedGroups },
    overlay: noOverlay,
    services: {
      container: directory.services,
      accounts: serviceAccounts.map(({ name, description }) => ({ name, description })),
    },
    sudo: sudo && buildSudo(sudo, directory.sudoers),
  };
}

function buildSudo({ defaults, rules }: NonNullable<ParsedConfig['sudo']>, container: string): SudoSettings {
  return {
    container,
    defaults,
    rules: rules.map(({ description, notBefore, notAfter, order, ...rule }) => ({
      ...rule,
      description,
      notBeforeMs: notBefore,
      notAfterMs: notAfter,
      order,
    })),
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
    workers: ldap.workers,
    requireTlsForBind: ldap.requireTlsForBind,
    clearPasswordsFrom: ldap.clearPasswordsFrom,
    tls: tls && {
      certFile: resolvePath(folder, tls.certFile),
      keyFile: resolvePath(folder, tls.keyFile),
      minVersion: `TLSv${tls.minVersion}`,
      ciphers: tls.ciphers,
      clientCaFile: tls.clientCa === undefined ? undefined : resolvePath(folder, tls.clientCa),
      clientCertificates: tls.clientCertificate ?? (tls.clientCa === undefined ? 'none' : 'request'),
      further: (tls.certificates ?? []).map(({ certFile, keyFile, names }) => ({
        certFile: resolvePath(folder, certFile),
        keyFile: resolvePath(folder, keyFile),
        names,
      })),
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
    lookthroughLimit: limits.lookthroughLimit,
  };
}

function buildServiceAccounts({ serviceAccounts, directory }: ParsedConfig): ServiceAccountConfig[] {
  return serviceAccounts.map(
    ({
      name,
      enabled,
      description,
      activeDirectory,
      passwordHash,
      certificateSubject,
      certificateAltName,
      allowFrom,
      ntHash,
      limits,
    }) => ({
      name,
      dn: serviceAccountDn(name, directory.services, directory.baseDn),
      description,
      isEnabled: enabled,
      activeDirectory: activeDirectory ?? directory.activeDirectory,
      passwordHash,
      certificateSubject,
      certificateAltName,
      allowFrom,
      ntHash,
      limits: {
        sizeLimit: limits?.sizeLimit,
        timeLimitMs: limits?.timeLimit,
        operationsPerSecond: limits?.operationsPerSecond,
        burst: limits?.burst ?? limits?.operationsPerSecond,
        connectionsMax: limits?.maxConnections,
      },
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
