/**
 * Rules that need more than one key. They see the parts of the document that are right in themselves and keep silent
 * about the others, so that every problem of a file is found at once.
 */
import { normalizeDn } from '../directory/dn.ts';
import type { NumberRange } from '../projection/settings.ts';
import { isLoopback, type ListenAddress } from './endpoints.ts';
import { atKey, type Finding, formatPath, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import { brokenAccountRules } from './rules-service-accounts.ts';
import type { ParsedConfig } from './schema.ts';

/** The parts of a document that are right in themselves. */
export type Parts = Readable<ParsedConfig>;

/** True when the document has something, right or wrong, at a path. */
export type IsPresent = (path: KeyPath) => boolean;

/** Every rule between keys that the document breaks. */
export function brokenRules(config: Parts, isPresent: IsPresent): Finding[] {
  return [
    ...tenantIds(config),
    ...oneCredential(isPresent),
    ...distinctContainers(config),
    ...numberRanges(config, isPresent),
    ...listeners(config, isPresent),
    ...clientCertificates(config, isPresent),
    ...connectionLimits(config),
    ...brokenAccountRules(config, isPresent),
  ];
}

function tenantIds(config: Parts): Finding[] {
  const { id, clientId } = config?.tenant ?? {};
  if (id === undefined || id !== clientId) return [];
  const message =
    'is the same as tenant.id; the overview page of the app registration shows both, the application (client) ID and ' +
    'the directory (tenant) ID';
  return [atKey(['tenant', 'clientId'], message)];
}

function oneCredential(isPresent: IsPresent): Finding[] {
  const path = ['tenant', 'credential'];
  if (!isPresent(path)) return [];
  const [secret, certificate] = [isPresent([...path, 'secret']), isPresent([...path, 'certificateFile'])];
  if (secret && certificate) return [atKey(path, 'has both secret and certificateFile; remove one of them')];
  if (!secret && !certificate) return [atKey(path, 'needs secret or certificateFile')];
  const chain = [...path, 'sendCertificateChain'];
  return secret && isPresent(chain)
    ? [atKey(chain, 'has no meaning with secret; remove it, or use certificateFile')]
    : [];
}

function distinctContainers(config: Parts): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const key of ['users', 'groups', 'services'] as const) {
    const container = config?.directory?.[key];
    const canonical = container === undefined ? undefined : normalizeDn(container);
    if (canonical === undefined) continue;
    const other = seen.get(canonical);
    if (other !== undefined) {
      findings.push(
        atKey(['directory', key], `is the same as directory.${other}; each kind needs a container of its own`),
      );
    }
    seen.set(canonical, key);
  }
  return findings;
}

function completeRange(range: Readable<{ from: number; to: number }>): NumberRange | undefined {
  const { from, to } = range ?? {};
  return from === undefined || to === undefined ? undefined : { from, to };
}

const UIDS: KeyPath = ['users', 'uidNumbers'];
const GIDS: KeyPath = ['groups', 'gidNumbers'];
const PRIMARY: KeyPath = ['users', 'primaryGroup', 'gidNumber'];

function numberRanges(config: Parts, isPresent: IsPresent): Finding[] {
  const uids = completeRange(config?.users?.uidNumbers);
  const gids = completeRange(config?.groups?.gidNumbers);
  const primary = config?.users?.primaryGroup?.gidNumber;
  const alone = primary === undefined ? undefined : { from: primary, to: primary };
  return [
    ...ordered(UIDS, uids),
    ...ordered(GIDS, gids),
    ...apart(isPresent, [GIDS, gids], [UIDS, uids]),
    ...apart(isPresent, [PRIMARY, alone], [UIDS, uids]),
    ...apart(isPresent, [PRIMARY, alone], [GIDS, gids]),
  ];
}

function ordered(path: KeyPath, range: NumberRange | undefined): Finding[] {
  return range !== undefined && range.from > range.to ? [atKey(path, '"from" is larger than "to"; swap them')] : [];
}

type NamedRange = readonly [path: KeyPath, range: NumberRange | undefined];

/** Two ranges share no number, so that nobody's number is ever taken for somebody else's. */
function apart(isPresent: IsPresent, first: NamedRange, second: NamedRange): Finding[] {
  const [[path, left], [otherPath, right]] = [first, second];
  if (left === undefined || right === undefined || left.from > right.to || right.from > left.to) return [];
  // Who left the one to its default can only change the other.
  const [at, other] = isPresent(path) || !isPresent(otherPath) ? [path, otherPath] : [otherPath, path];
  const message = `overlaps ${formatPath(other)}; numbers of users, of groups and of the primary group must not meet`;
  return [atKey(at, message)];
}

function listeners(config: Parts, isPresent: IsPresent): Finding[] {
  const hasTls = isPresent(['ldap', 'tls']);
  const plain = config?.ldap?.listen;
  const secure = config?.ldap?.tlsListen;
  const findings: Finding[] = [];
  if (!hasTls && secure !== undefined && secure.length > 0) {
    findings.push(
      atKey(['ldap', 'tlsListen'], 'needs a certificate; add ldap.tls with certFile and keyFile, or write []'),
    );
  }
  if (!hasTls && config?.ldap?.requireTlsForBind === true) {
    const message = 'would refuse every password, because there is no TLS; add ldap.tls, or write false';
    findings.push(atKey(['ldap', 'requireTlsForBind'], message));
  }
  const silent = plain?.length === 0 && (isPresent(['ldap', 'tlsListen']) ? secure?.length === 0 : !hasTls);
  if (silent) findings.push(atKey(['ldap', 'listen'], 'and ldap.tlsListen are both empty, so nobody could connect'));
  return [...findings, ...repeatedAddresses(plain, secure)];
}

type Addresses = readonly (ListenAddress | undefined)[] | undefined;

function repeatedAddresses(plain: Addresses, secure: Addresses): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [key, addresses] of [
    ['listen', plain],
    ['tlsListen', secure],
  ] as const) {
    for (const [index, address] of (addresses ?? []).entries()) {
      // Port 0 is another free port each time.
      if (address === undefined || address.port === 0) continue;
      const name = `${address.host.toLowerCase()} ${address.port}`;
      const other = seen.get(name);
      if (other !== undefined)
        findings.push(atKey(['ldap', key, index], `is the same address as ${other}; remove one`));
      seen.set(name, `ldap.${key}[${index}]`);
    }
  }
  return findings;
}

function clientCertificates(config: Parts, isPresent: IsPresent): Finding[] {
  const path = ['ldap', 'tls', 'clientCertificate'];
  const wanted = config?.ldap?.tls?.clientCertificate;
  const hasCa = isPresent(['ldap', 'tls', 'clientCa']);
  if (wanted === 'none' && hasCa) return [atKey(path, 'is none, so that clientCa has no meaning; remove one of them')];
  if (wanted === undefined || wanted === 'none' || hasCa) return [];
  return [atKey(path, 'needs clientCa, the authorities that sign the certificates')];
}

function connectionLimits(config: Parts): Finding[] {
  const { maxConnections, maxConnectionsPerAddress } = config?.ldap?.limits ?? {};
  if (maxConnections === undefined || maxConnectionsPerAddress === undefined) return [];
  if (maxConnectionsPerAddress <= maxConnections) return [];
  return [atKey(['ldap', 'limits', 'maxConnectionsPerAddress'], 'is larger than ldap.limits.maxConnections; lower it')];
}

/** What is allowed but probably not meant. `isInFile` is true when the text at a path stands in the file itself. */
export function doubts(config: Parts, isInFile: (path: KeyPath) => boolean): Finding[] {
  return [...secretInFile(isInFile), ...clearTextPasswords(config), ...hashCosts(config)];
}

function secretInFile(isInFile: (path: KeyPath) => boolean): Finding[] {
  const path = ['tenant', 'credential', 'secret'];
  const message = 'stands in the file itself; better keep it outside and write ${env:NAME} or ${file:PATH}';
  return isInFile(path) ? [atKey(path, message)] : [];
}

function clearTextPasswords(config: Parts): Finding[] {
  const ldap = config?.ldap;
  if (ldap === undefined || (ldap.requireTlsForBind ?? ldap.tls !== undefined)) return [];
  if ((ldap.listen ?? []).every((address) => address === undefined || isLoopback(address.host))) return [];
  const message =
    'lets passwords cross the network unencrypted; set ldap.tls and ldap.requireTlsForBind, or listen on 127.0.0.1 only';
  return [atKey(['ldap', 'listen'], message)];
}

const COST_MIN = 10;
const COST_MAX = 13;

function hashCosts(config: Parts): Finding[] {
  const findings: Finding[] = [];
  for (const [index, account] of (config?.serviceAccounts ?? []).entries()) {
    const cost = Number(account?.passwordHash?.reveal().slice(4, 6));
    const path = ['serviceAccounts', index, 'passwordHash'];
    if (cost < COST_MIN)
      findings.push(atKey(path, `has a cost below ${COST_MIN}, which is quick to guess; make a new hash`));
    if (cost > COST_MAX) findings.push(atKey(path, `has a cost above ${COST_MAX}, so that each bind takes seconds`));
  }
  return findings;
}
