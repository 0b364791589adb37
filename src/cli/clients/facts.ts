import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config, ListenerConfig, ServiceAccountConfig } from '../../config/config.ts';
import { isLoopback } from '../../config/endpoints.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';

/** What stands where the password of the service account has to be put: it is kept as a hash, so nobody can print it. */
export const passwordPlaceholder = 'SERVICE_PASSWORD';

/** How a client protects the connection. */
export type Encryption = 'ldaps' | 'startTls' | 'none';

/** What a client has to be told of this directory. */
export interface DirectoryFacts {
  readonly host: string;
  readonly port: number;
  readonly encryption: Encryption;
  /** `ldaps://host:port`, or `ldap://host:port` with StartTLS and without. */
  readonly url: string;
  /** The authorities to trust, as a path on the client. */
  readonly caFile: string;
  readonly baseDn: string;
  /** RDNs of the containers below the base. */
  readonly users: string;
  readonly groups: string;
  readonly usersDn: string;
  readonly groupsDn: string;
  /** undefined: there are no sudo rules. */
  readonly sudoersDn: string | undefined;
  readonly bindDn: string;
  /** The attribute that people type when they log in. */
  readonly login: string;
  /** Object classes to search for. */
  readonly userClass: string;
  readonly groupClass: string;
  /** Whether the service account sees the tree as Active Directory. */
  readonly activeDirectory: boolean;
  readonly hasSshKeys: boolean;
  /** The group whose members may log in; undefined: everybody. */
  readonly groupDn: string | undefined;
}

/** What is chosen on the command line. */
export interface Choices {
  readonly service: string | undefined;
  readonly url: string | undefined;
  readonly ca: string | undefined;
  readonly login: string | undefined;
  readonly group: string | undefined;
}

/**
 * What a client is told of the directory that a configuration describes. Throws a {@link CommandFailure} when there is no service
 * account, or several and none was chosen, or when the URL is none.
 */
export function directoryFacts(config: Config, client: string, choices: Choices): DirectoryFacts {
  const account = chooseAccount(config.serviceAccounts, client, choices.service);
  const { baseDn, users, groups, sudoers } = config.directory;
  const { activeDirectory } = account;
  const groupsDn = `${groups},${baseDn}`;
  return {
    ...(choices.url === undefined ? ownEndpoint(config) : givenEndpoint(choices.url, config)),
    caFile: choices.ca ?? (ownAuthority(config) === undefined ? publicAuthorities : ownAuthorityPlace),
    baseDn,
    users,
    groups,
    usersDn: `${users},${baseDn}`,
    groupsDn,
    sudoersDn: config.projection.sudo === undefined ? undefined : `${sudoers},${baseDn}`,
    bindDn: account.dn,
    login: choices.login ?? (activeDirectory ? 'sAMAccountName' : 'uid'),
    userClass: activeDirectory ? 'user' : 'inetOrgPerson',
    groupClass: activeDirectory ? 'group' : 'posixGroup',
    activeDirectory,
    hasSshKeys: config.projection.users.sshPublicKeyFrom.length > 0,
    groupDn: choices.group === undefined ? undefined : `cn=${escapeDnValue(choices.group)},${groupsDn}`,
  };
}

/** A filter for the users who may log in, with what the client puts for the name that was typed. */
export function loginFilter(facts: DirectoryFacts, typed: string): string {
  return `(&(objectClass=${facts.userClass})(${facts.login}=${typed})${groupItem(facts)})`;
}

/** A filter for all users who may log in. */
export function usersFilter(facts: DirectoryFacts): string {
  const item = groupItem(facts);
  return item === '' ? `(objectClass=${facts.userClass})` : `(&(objectClass=${facts.userClass})${item})`;
}

/** What a filter needs for members of the chosen group alone; empty for everybody. */
function groupItem({ groupDn }: DirectoryFacts): string {
  return groupDn === undefined ? '' : `(memberOf=${escapeFilterValue(groupDn)})`;
}

/** Where Debian has the authorities that everybody trusts. */
export const publicAuthorities = '/etc/ssl/certs/ca-certificates.crt';
const ownAuthorityPlace = '/etc/ssl/certs/entra-ldapd-ca.pem';

/**
 * The file with the authority beside the certificate that it signed, as `certs create` makes the two; undefined where the
 * certificate comes from elsewhere.
 */
export function ownAuthority({ ldap }: Config): string | undefined {
  if (ldap.tls === undefined) return undefined;
  const file = join(dirname(ldap.tls.certFile), 'ca.pem');
  const certificate = readCertificate(ldap.tls.certFile);
  if (certificate === undefined || !existsSync(file)) return undefined;
  const authority = readCertificate(file);
  return authority !== undefined && certificate.checkIssued(authority) ? file : undefined;
}

function readCertificate(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    // Whoever may not read it still gets a configuration; `check` says what is wrong with the file.
    return undefined;
  }
}

function chooseAccount(
  accounts: readonly ServiceAccountConfig[],
  client: string,
  wanted: string | undefined,
): ServiceAccountConfig {
  const usable = accounts.filter(({ isEnabled }) => isEnabled);
  const names = accounts.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    const found = accounts.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw usageFailure(
      `There is no service account "${wanted}" in serviceAccounts${names === '' ? '' : `, only ${names}`}.`,
    );
  }
  const found = usable.find(({ name }) => name === client) ?? (usable.length === 1 ? usable[0] : undefined);
  if (found !== undefined) return found;
  if (usable.length > 0) throw usageFailure(`Which service account is it for? --service with one of: ${names}.`);
  throw new CommandFailure(
    exitCodes.config,
    `There is no service account that ${client} could search with. Add one called ${client} to serviceAccounts; its ` +
      'passwordHash is made by: entra-ldapd hash-password',
  );
}

type Endpoint = Pick<DirectoryFacts, 'host' | 'port' | 'encryption' | 'url'>;

/** The address that clients best use: LDAPS where it is spoken, by the name in the certificate. */
function ownEndpoint(config: Config): Endpoint {
  const { listeners, tls } = config.ldap;
  const listener = listeners.find((each) => each.tls) ?? listeners[0];
  if (listener === undefined) throw new CommandFailure(exitCodes.config, 'ldap.listen names no address.');
  const host = hostFor(listener, tls?.certFile);
  const port = listener.port === 0 ? undefined : listener.port;
  if (port === undefined)
    throw new CommandFailure(
      exitCodes.config,
      'The port is 0, which is another one at each start. Say where the server is reached: --url ldaps://NAME:PORT',
    );
  return endpoint(listener.tls, host, port, tls !== undefined);
}

function hostFor({ host }: ListenerConfig, certFile: string | undefined): string {
  if (isLoopback(host)) return host;
  const names = certFile === undefined ? [] : dnsNames(readCertificate(certFile)?.subjectAltName);
  const named = names.find((name) => !name.startsWith('*') && name !== 'localhost');
  if (named !== undefined) return named;
  return host === '0.0.0.0' || host === '::' ? hostname() : host;
}

function dnsNames(subjectAltName: string | undefined): readonly string[] {
  return [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
}

function givenEndpoint(text: string, config: Config): Endpoint {
  const [, scheme, name = '', port] =
    /^(ldaps?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  if (scheme === undefined) throw usageFailure(`--url must be ldap://NAME:PORT or ldaps://NAME:PORT, not "${text}".`);
  const tls = scheme === 'ldaps';
  return endpoint(tls, name.replaceAll(/[[\]]/g, ''), Number(port ?? (tls ? 636 : 389)), config.ldap.tls !== undefined);
}

function endpoint(tls: boolean, host: string, port: number, startTls: boolean): Endpoint {
  const encryption = tls ? 'ldaps' : startTls ? 'startTls' : 'none';
  const name = host.includes(':') ? `[${host}]` : host;
  return { host, port, encryption, url: `${tls ? 'ldaps' : 'ldap'}://${name}:${port}` };
}

/** RFC 4514 §2.4. */
function escapeDnValue(value: string): string {
  return value.replaceAll(/[\\",+;<>=]|^[ #]| $/g, (found) => `\\${found}`);
}

/** RFC 4515 §3. */
function escapeFilterValue(value: string): string {
  return value.replaceAll(/[\\*()]/g, (found) => `\\${found.charCodeAt(0).toString(16)}`);
}
