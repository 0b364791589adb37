/** The whole configuration as one zod schema. Rules that need more than one key are in `rules.ts`. */
import { z } from 'zod';
import { parseTenantId } from '../identity/ids.ts';
import { Secret } from '../identity/secret.ts';
import type { UidSource } from '../projection/settings.ts';
import { httpsOriginExpected, listenAddressExpected, parseHttpsOrigin, parseListenAddress } from './endpoints.ts';
import { choice, duration, flag, integer, list, percent, plainText, section, size, text } from './leaf.ts';
import { baseDnExpected, containerExpected, isGuid, isOneLine, parseBaseDn, parseContainer } from './names.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The largest number that POSIX ids may have: readers exist that take them for signed 32-bit numbers. */
export const posixNumberMax = 2_147_483_647;

const UID_SOURCES = [
  'userPrincipalNameLocalPart',
  'userPrincipalName',
  'mailNickname',
  'onPremisesSamAccountName',
] as const satisfies readonly UidSource[];

function filePath(description: string) {
  return plainText({
    description: `${description} A relative path starts at the folder of this file.`,
    expected: 'must be the path of a file, at most 4096 characters on one line',
    accept: (input) => isOneLine(input, 4096),
  });
}

function origin(description: string) {
  return text({ description, expected: httpsOriginExpected, parse: parseHttpsOrigin });
}

const tenantIdExpected =
  'must be the "Directory (tenant) ID" from the overview page of the app registration, 32 hexadecimal digits in the form ' +
  '01234567-89ab-cdef-0123-456789abcdef';
const clientIdExpected =
  'must be the "Application (client) ID" from the overview page of the app registration, 32 hexadecimal digits in the ' +
  'form 01234567-89ab-cdef-0123-456789abcdef';
const guidPattern = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

const secretExpected = 'must be the value of a client secret, best as ${env:NAME} or ${file:PATH}';

const credential = section('How this program proves to Entra who it is: a client secret or a certificate.', {
  secret: text({
    description:
      'The value (not the ID) of a client secret of the app registration, best as ${env:NAME} or ${file:PATH}.',
    expected: secretExpected,
    parse: (input) => {
      if (isGuid(input)) {
        return {
          problem:
            'is the ID of a client secret, not its value; copy the column "Value", which is shown only once after creation, ' +
            'or create a new secret with a long expiry',
        };
      }
      if (!isOneLine(input, 512))
        return { problem: `${secretExpected}; it is empty, or has a blank at its start or end` };
      return { value: new Secret(input) };
    },
  }).optional(),
  certificateFile: filePath(
    'A PEM file with the private key and the certificate that is registered in Entra.',
  ).optional(),
  sendCertificateChain: flag(
    'Send the certificate chain too, which subject name and issuer authentication needs. Only with certificateFile.',
  ).optional(),
}).meta({ oneOf: [{ required: ['secret'] }, { required: ['certificateFile'] }] });

const tenant = section('The Entra tenant and the app registration in it.', {
  displayName: plainText({
    description: 'A name for people, shown in the status.',
    expected: 'must be a text of at most 256 characters on one line',
    accept: (input) => isOneLine(input, 256),
  }).optional(),
  id: text({
    description: 'The "Directory (tenant) ID" from the overview page of the app registration.',
    expected: tenantIdExpected,
    pattern: guidPattern,
    parse: (input) => {
      const value = parseTenantId(input);
      return value === undefined ? { problem: tenantIdExpected } : { value };
    },
  }),
  clientId: text({
    description: 'The "Application (client) ID" from the overview page of the app registration.',
    expected: clientIdExpected,
    pattern: guidPattern,
    parse: (input) => (isGuid(input) ? { value: input.toLowerCase() } : { problem: clientIdExpected }),
  }),
  credential,
  cloud: choice('The Microsoft cloud that the tenant lives in.', ['global', 'usgov', 'usgov-dod', 'china']).prefault(
    'global',
  ),
  authorityHost: origin('The sign-in service, when it is not the one of the cloud.').optional(),
  graphUrl: origin('Microsoft Graph, when it is not the one of the cloud.').optional(),
  caFile: filePath('A PEM file with certificate authorities to trust beside the usual ones.').optional(),
  requestTimeout: duration({
    description: 'How long one request to Entra or Microsoft Graph may take.',
    min: SECOND,
    max: 5 * MINUTE,
  }).prefault('30s'),
});

function container(description: string) {
  return text({ description, expected: containerExpected, examples: ['ou=users'], parse: parseContainer });
}

const directory = section('The LDAP tree.', {
  baseDn: text({
    description: 'The naming context below which everything is served.',
    expected: baseDnExpected,
    examples: ['dc=example,dc=com'],
    parse: parseBaseDn,
  }),
  users: container('The container of the users.').prefault('ou=users'),
  groups: container('The container of the groups.').prefault('ou=groups'),
  services: container('The container of the service accounts.').prefault('ou=services'),
});

function posixNumber(description: string) {
  return integer({ description, min: 1, max: posixNumberMax });
}

// A field of a passwd(5) line: a colon would end it.
function passwdPath(description: string, expected: string, accept: (input: string) => boolean) {
  return plainText({
    description,
    expected,
    accept: (input) => isOneLine(input, 1024) && input.startsWith('/') && !input.includes(':') && accept(input),
  });
}

const primaryGroup = section('The POSIX group that is the primary group of every user. It has no members of its own.', {
  name: plainText({
    description: 'The name of the group.',
    expected: 'must be a name of at most 64 characters without colon, comma and slash, for instance domain-users',
    accept: (input) => isOneLine(input, 64) && !/[:,/]/.test(input),
  }).prefault('domain-users'),
  gidNumber: posixNumber('The number of the group, outside both ranges.').prefault(1_000_000_000),
});

const users = section('How users appear in LDAP.', {
  uidFrom: choice('Where the short name (uid) comes from. Names that were once given stay.', UID_SOURCES).prefault(
    'userPrincipalNameLocalPart',
  ),
  guests: flag('Whether guests of the tenant appear.').prefault(false),
  whenLocked: choice('Users whose account is disabled stay visible but locked, or are hidden.', [
    'lock',
    'hide',
  ]).prefault('lock'),
  uidNumbers: section('The range of uidNumber. It must not overlap the range of the groups.', {
    from: posixNumber('The first number.').prefault(100_000_000),
    to: posixNumber('The last number.').prefault(999_999_999),
  }).prefault({}),
  homeDirectory: passwdPath(
    'The home directory; {uid} stands for the short name.',
    'must be an absolute path that holds {uid} and no colon, for instance /home/{uid}',
    (input) => input.includes('{uid}') && !/[{}]/.test(input.replaceAll('{uid}', '')),
  ).prefault('/home/{uid}'),
  loginShell: passwdPath(
    'The login shell.',
    'must be an absolute path without a colon, for instance /bin/bash',
    () => true,
  ).prefault('/bin/bash'),
  primaryGroup: primaryGroup.prefault({}),
});

const groups = section('How groups appear in LDAP.', {
  withoutEmail: flag('Whether groups without a mail address appear; security groups have none.').prefault(true),
  gidNumbers: section('The range of gidNumber. It must not overlap the range of the users.', {
    from: posixNumber('The first number.').prefault(1_000_000_001),
    to: posixNumber('The last number.').prefault(1_999_999_999),
  }).prefault({}),
  membership: choice('Whether the members of nested groups count as members (transitive) or not (direct).', [
    'transitive',
    'direct',
  ]).prefault('transitive'),
});

const sync = section('When the tenant is read.', {
  interval: duration({ description: 'The time between two rounds.', min: MINUTE, max: 24 * HOUR }).prefault('30m'),
  jitter: percent('By how much the interval varies at random, so that daemons do not all ask at once.', 0.5).prefault(
    '10%',
  ),
});

const store = section('The local copy.', {
  path: plainText({
    description:
      'The folder of the local copy, for this program alone. A relative path starts at the folder of this file.',
    expected: 'must be the path of a folder, at most 4096 characters on one line',
    accept: (input) => isOneLine(input, 4096),
  }).prefault('data'),
});

const listenAddress = text({
  description: 'An address and a port.',
  expected: listenAddressExpected,
  examples: ['0.0.0.0:389', '127.0.0.1:3389', '[::]:389'],
  parse: parseListenAddress,
});

const limits = section(
  'What clients may use. Reaching a limit ends the operation or the connection, never the program.',
  {
    maxConnections: integer({ description: 'Connections at the same time.', min: 1, max: 100_000 }).prefault(8192),
    maxConnectionsPerAddress: integer({
      description: 'Connections at the same time from one address.',
      min: 1,
      max: 100_000,
    }).prefault(4096),
    operationsPerConnection: integer({
      description: 'Operations of one connection in progress; more wait.',
      min: 1,
      max: 10_000,
    }).prefault(64),
    messageSize: size({ description: 'The longest request.', min: 64 * 1024, max: 64 * 1024 ** 2 }).prefault('1MiB'),
    idleTimeout: duration({
      description: 'A connection with a bind that asks nothing for so long is closed.',
      min: SECOND,
      max: 24 * HOUR,
    }).prefault('15m'),
    sizeLimit: integer({
      description: 'Entries in the answer to one search, or in one page of it.',
      min: 1,
      max: posixNumberMax,
    }).prefault(100_000),
    timeLimit: duration({ description: 'Time for one search.', min: SECOND, max: HOUR }).prefault('2m'),
  },
);

const ldap = section('The LDAP server.', {
  listen: list('Addresses for LDAP.', 32, listenAddress).prefault(['0.0.0.0:389']),
  tlsListen: list(
    'Addresses for LDAPS; they need ldap.tls. Without this key it is 0.0.0.0:636 when ldap.tls is there.',
    32,
    listenAddress,
  ).optional(),
  requireTlsForBind: flag(
    'Refuse passwords on connections without TLS. Without this key it is true when ldap.tls is there.',
  ).optional(),
  tls: section('The certificate of the LDAP server.', {
    certFile: filePath('A PEM file with the certificate, followed by its chain.'),
    keyFile: filePath('A PEM file with the private key, not encrypted.'),
    minVersion: z
      .preprocess((input) => (typeof input === 'number' ? String(input) : input), tlsVersion())
      .meta({ description: 'The oldest version of TLS that is accepted.' })
      .prefault('1.2'),
  }).optional(),
  limits: limits.prefault({}),
});

// YAML reads 1.2 without quotes as a number.
function tlsVersion() {
  return choice('The oldest version of TLS that is accepted.', ['1.2', '1.3']);
}

const passwordHashExpected =
  'must be a bcrypt hash that begins with $2b$; "entra-ldapd hash-password" makes one from a password';
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

const serviceAccounts = list(
  'Accounts for the programs that search the directory.',
  1000,
  section('One service account: cn=NAME below the container of the service accounts.', {
    name: plainText({
      description: 'The name of the account.',
      expected: 'must be a name of at most 64 characters on one line, for instance gitlab',
      accept: (input) => isOneLine(input, 64),
    }),
    description: plainText({
      description: 'What the account is for.',
      expected: 'must be a text of at most 1024 characters on one line',
      accept: (input) => isOneLine(input, 1024),
    }).optional(),
    passwordHash: text({
      description: 'The bcrypt hash of its password, made by "entra-ldapd hash-password".',
      expected: passwordHashExpected,
      parse: (input) => (BCRYPT.test(input) ? { value: new Secret(input) } : { problem: passwordHashProblem(input) }),
    }),
  }),
);

function passwordHashProblem(input: string): string {
  if (!/^\$2[aby]\$/.test(input)) return `${passwordHashExpected}; plain passwords are not accepted`;
  return `${passwordHashExpected}; this one is cut short, or its cost is not from 4 to 16`;
}

const bind = section('Who checks the passwords of users.', {
  entra: section('Entra checks the password, by the resource owner password grant.', {
    enabled: flag('Whether Entra is asked at all.').prefault(true),
    timeout: duration({ description: 'How long Entra may take to answer.', min: SECOND, max: MINUTE }).prefault('10s'),
  }).prefault({}),
});

const log = section('What is logged, on standard output.', {
  level: choice('The least important events that are logged.', ['debug', 'info', 'warn', 'error']).prefault('info'),
  format: choice('Lines for people, or one JSON object per line.', ['text', 'json']).prefault('text'),
});

/** The schema of the document. Its input is the plain YAML; its output has units, ids and secrets as their own types. */
export const configSchema = section('The configuration of entra-ldapd.', {
  tenant,
  directory,
  users: users.prefault({}),
  groups: groups.prefault({}),
  sync: sync.prefault({}),
  store: store.prefault({}),
  ldap: ldap.prefault({}),
  serviceAccounts: serviceAccounts.prefault([]),
  bind: bind.prefault({}),
  log: log.prefault({}),
});

/** What {@link configSchema} yields. */
export type ParsedConfig = z.output<typeof configSchema>;
