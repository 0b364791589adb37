/**
 * Rules that need more than one key. They see the parts of the document that are right in themselves and keep silent
 * about the others, so that every problem of a file is found at once.
 */
import { normalizeDn } from '../directory/dn.ts';
import type { NumberRange } from '../projection/settings.ts';
import { isLoopback, type ListenAddress } from './endpoints.ts';
import { atKey, type Finding, formatPath, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import { accessDoubts, brokenAccessRules } from './rules-access.ts';
import { attributeDoubts, brokenAttributeRules } from './rules-attributes.ts';
import { bindDoubts, brokenBindRules } from './rules-bind.ts';
import { brokenLinkRules, linkRuleDoubts } from './rules-bind-rules.ts';
import { brokenHttpRules, httpDoubts } from './rules-http.ts';
import { brokenNtHashRules, ntHashDoubts } from './rules-nt-hash.ts';
import { brokenPolicyRules, policyDoubts } from './rules-policy.ts';
import { brokenPrimaryGroupRules } from './rules-primary-group.ts';
import { brokenAccountRules } from './rules-service-accounts.ts';
import { brokenSudoRules, sudoDoubts } from './rules-sudo.ts';
import { brokenWorkerRules } from './rules-workers.ts';
import type { ParsedConfig } from './schema.ts';
import { credentialKinds } from './schema-tenant.ts';

/** The parts of a document that are right in themselves. */
export type Parts = Readable<ParsedConfig>;

/** True when the document has something, right or wrong, at a path. */
export type IsPresent = (path: KeyPath) => boolean;

/** Every rule between keys that the document breaks. */
export function brokenRules(config: Parts, isPresent: IsPresent): Finding[] {
  return [
    ...tenantIds(config),
    ...credentials(config, isPresent),
    ...distinctContainers(config),
    ...numberRanges(config, isPresent),
    ...listeners(config, isPresent),
    ...clientCertificates(config, isPresent),
    ...connectionLimits(config),
    ...brokenWorkerRules(config),
    ...brokenHttpRules(config),
    ...brokenAccountRules(config, isPresent),
    ...brokenAccessRules(config, isPresent),
    ...brokenPolicyRules(config),
    ...brokenBindRules(config),
    ...brokenLinkRules(config, isPresent),
    ...brokenNtHashRules(config),
    ...brokenPrimaryGroupRules(config, isPresent),
    ...brokenSudoRules(config),
    ...brokenAttributeRules(config),
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

function credentials(config: Parts, isPresent: IsPresent): Finding[] {
  const [one, several] = [
    ['tenant', 'credential'],
    ['tenant', 'credentials'],
  ];
  if (one === undefined || several === undefined) return [];
  if (isPresent(one) && isPresent(several)) {
    return [atKey(one, 'and tenant.credentials are both there; keep one of them')];
  }
  if (isPresent(one)) return oneCredential(one, isPresent);
  if (!isPresent(several)) {
    return isPresent(['tenant']) ? [atKey(['tenant'], 'needs credential (or a list of them, credentials)')] : [];
  }
  const list = config?.tenant?.credentials ?? [];
  if (list.length === 0) return [atKey(several, 'is empty; the application needs a credential')];
  return list.flatMap((_, index) => oneCredential([...several, index], isPresent));
}

function oneCredential(path: KeyPath, isPresent: IsPresent): Finding[] {
  const given = credentialKinds.filter((kind) => isPresent([...path, kind]));
  const [kind, other] = given;
  if (kind === undefined) return [atKey(path, `needs one of: ${credentialKinds.join(', ')}`)];
  if (other !== undefined) return [atKey(path, `has both ${kind} and ${other}; remove one of them`)];
  return [
    ...onlyWith(path, 'sendCertificateChain', 'certificateFile', kind, isPresent),
    ...onlyWith(path, 'secretExpires', 'secret', kind, isPresent),
  ];
}

function onlyWith(path: KeyPath, key: string, needed: string, kind: string, isPresent: IsPresent): Finding[] {
  if (kind === needed || !isPresent([...path, key])) return [];
  return [atKey([...path, key], `has no meaning with ${kind}; remove it, or use ${needed}`)];
}

function distinctContainers(config: Parts): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const key of ['users', 'groups', 'services', 'privateGroups', 'sudoers'] as const) {
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
  return [
    ...secretInFile(config, isInFile),
    ...clearTextPasswords(config),
    ...httpDoubts(config),
    ...hashCosts(config),
    ...accessDoubts(config),
    ...policyDoubts(config),
    ...bindDoubts(config),
    ...linkRuleDoubts(config),
    ...ntHashDoubts(config),
    ...sudoDoubts(config),
    ...attributeDoubts(config),
  ];
}

function secretInFile(config: Parts, isInFile: (path: KeyPath) => boolean): Finding[] {
  const listed = (config?.tenant?.credentials ?? []).map((_, index) => ['tenant', 'credentials', index, 'secret']);
  const message = 'stands in the file itself; better keep it outside and write ${env:NAME} or ${file:PATH}';
  return [['tenant', 'credential', 'secret'], ...listed].filter(isInFile).map((path) => atKey(path, message));
}

function clearTextPasswords(config: Parts): Finding[] {
  const ldap = config?.ldap;
  if ((ldap?.listen ?? []).every((address) => address === undefined || isLoopback(address.host))) return [];
  if (ldap?.requireTlsForBind === false) {
    const message =
      'lets passwords cross the network unencrypted; set ldap.tls and ldap.requireTlsForBind, or listen on 127.0.0.1 only';
    return [atKey(['ldap', 'listen'], message)];
  }
  const networks = (ldap?.clearPasswordsFrom ?? []).filter((network) => network !== undefined);
  if (!networks.every(({ address }) => address !== undefined && isLoopback(address))) {
    return [atKey(['ldap', 'clearPasswordsFrom'], 'lets passwords cross these networks unencrypted')];
  }
  if (ldap?.tls !== undefined) return [];
  const message =
    'and no TLS: passwords from other machines are refused; add ldap.tls, or list their networks in ldap.clearPasswordsFrom';
  return [atKey(['ldap', 'listen'], `has addresses for other machines, ${message}`)];
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
