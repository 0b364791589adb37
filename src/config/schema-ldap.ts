import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { Secret } from '../identity/secret.ts';
import { listenAddressExpected, networkExpected, parseListenAddress, parseNetwork } from './endpoints.ts';
import { choice, duration, filePath, flag, integer, list, plainText, section, size, text } from './leaf.ts';
import { accountLimits, rights } from './schema-access.ts';
import { ntHashGrant } from './schema-nt-hash.ts';
import { workers } from './schema-workers.ts';
import { parseServerName, serverNameExpected } from './server-name.ts';
import {
  altNameExpected,
  certificateSubjectExpected,
  isOneLine,
  parseAltName,
  parseCertificateSubject,
} from './names.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** A size limit is at most `maxInt` (RFC 4511 §4.1.1). */
const MAX_INT = 2_147_483_647;

const listenAddress = text({
  description: 'An address and a port.',
  expected: listenAddressExpected,
  examples: ['0.0.0.0:389', '127.0.0.1:3389', '[::]:389'],
  parse: parseListenAddress,
});

const network = text({
  description: 'A network or a single address.',
  expected: networkExpected,
  examples: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'],
  parse: parseNetwork,
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
      max: MAX_INT,
    }).prefault(100_000),
    lookthroughLimit: integer({
      description: 'Entries that one search may look at, whether they match or not.',
      min: 1,
      max: MAX_INT,
    }).prefault(10_000_000),
    timeLimit: duration({ description: 'Time for one search.', min: SECOND, max: HOUR }).prefault('2m'),
  },
);

/** The LDAP server. */
export const ldap = section('The LDAP server.', {
  listen: list('Addresses for LDAP.', 32, listenAddress).prefault(['0.0.0.0:389']),
  tlsListen: list(
    'Addresses for LDAPS; they need ldap.tls. Without this key it is 0.0.0.0:636 when ldap.tls is there.',
    32,
    listenAddress,
  ).optional(),
  requireTlsForBind: flag('Refuse passwords on connections without TLS.').prefault(true),
  clearPasswordsFrom: list(
    'Networks from which passwords are accepted without TLS nevertheless. Without this key, from this machine itself.',
    256,
    network,
  ).prefault(['127.0.0.0/8', '::1']),
  tls: section('The certificate of the LDAP server.', {
    certFile: filePath('A PEM file with the certificate, followed by its chain.'),
    keyFile: filePath('A PEM file with the private key, not encrypted.'),
    minVersion: z
      .preprocess((input) => (typeof input === 'number' ? String(input) : input), tlsVersion())
      .meta({ description: 'The oldest version of TLS that is accepted.' })
      .prefault('1.2'),
    ciphers: plainText({
      description: 'The ciphers that are accepted, the preferred first; without this key, those of Node.js.',
      expected:
        'must be a cipher list of OpenSSL with at least one cipher that this program has, names separated by colons, ' +
        'for instance ECDHE+AESGCM:ECDHE+CHACHA20',
      accept: (input) => isOneLine(input, 1024) && hasCiphers(input),
    }).optional(),
    clientCa: filePath('A PEM file with the authorities that sign client certificates.').optional(),
    clientCertificate: choice(
      'Whether clients are asked for a certificate. Without this key: request when there is clientCa, else none.',
      ['none', 'request', 'require'],
    ).optional(),
    certificates: list(
      'Certificates for clients that ask for the server by another name, used with the same versions and ciphers.',
      100,
      section('A certificate for certain names.', {
        names: list(
          'The names that clients ask for. Without this key, the DNS names in the certificate.',
          100,
          text({
            description: 'The name of a server.',
            expected: serverNameExpected,
            examples: ['ldap.example.org', '*.example.org'],
            parse: parseServerName,
          }),
        ).optional(),
        certFile: filePath('A PEM file with the certificate, followed by its chain.'),
        keyFile: filePath('A PEM file with the private key, not encrypted.'),
      }),
    ).optional(),
  }).optional(),
  workers: workers.prefault(1),
  limits: limits.prefault({}),
});

// OpenSSL alone knows its ciphers. It passes over names that it does not know as long as one is left.
function hasCiphers(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return true;
  } catch {
    return false;
  }
}

// YAML reads 1.2 without quotes as a number.
function tlsVersion() {
  return choice('The oldest version of TLS that is accepted.', ['1.2', '1.3']);
}

const passwordHashExpected =
  'must be a bcrypt hash that begins with $2b$; "entra-ldapd hash-password" makes one from a password';
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

/** A bcrypt hash. */
export function passwordHash(description: string) {
  return text({
    description,
    expected: passwordHashExpected,
    parse: (input) => (BCRYPT.test(input) ? { value: new Secret(input) } : { problem: passwordHashProblem(input) }),
  });
}

/** The accounts of programs. */
export const serviceAccounts = list(
  'Accounts for the programs that search the directory.',
  1000,
  section('One service account: cn=NAME below the container of the service accounts.', {
    name: plainText({
      description: 'The name of the account.',
      expected: 'must be a name of at most 64 characters on one line, for instance gitlab',
      accept: (input) => isOneLine(input, 64),
    }),
    enabled: flag('Whether the account can be used. One that is turned off keeps its entry.').prefault(true),
    description: plainText({
      description: 'What the account is for.',
      expected: 'must be a text of at most 1024 characters on one line',
      accept: (input) => isOneLine(input, 1024),
    }).optional(),
    activeDirectory: flag(
      'Whether the account sees the tree as Active Directory. Without this key: as directory.activeDirectory says.',
    ).optional(),
    passwordHash: passwordHash('The bcrypt hash of its password, made by "entra-ldapd hash-password".').optional(),
    certificateSubject: text({
      description:
        'The subject of the client certificate that opens the account by SASL EXTERNAL, as a distinguished name. ' +
        'It needs ldap.tls.clientCa.',
      expected: certificateSubjectExpected,
      examples: ['CN=gitlab,O=Example'],
      parse: parseCertificateSubject,
    }).optional(),
    certificateAltName: text({
      description:
        'Another name of the client certificate (subject alternative name) that opens the account by SASL EXTERNAL. ' +
        'It needs ldap.tls.clientCa.',
      expected: altNameExpected,
      examples: ['dns:gitlab.example.com', 'uri:spiffe://example.com/gitlab'],
      parse: parseAltName,
    }).optional(),
    allowFrom: list(
      'Networks that the account may bind from, by password or certificate. Without this key, from everywhere.',
      256,
      network,
    ).optional(),
    rights: rights(
      'What the account may read. Without this key, what access.services says, or everything when there is none.',
    ).optional(),
    ntHash: ntHashGrant.prefault(false),
    limits: accountLimits.optional(),
  }),
);

function passwordHashProblem(input: string): string {
  if (!/^\$2[aby]\$/.test(input)) return `${passwordHashExpected}; plain passwords are not accepted`;
  return `${passwordHashExpected}; this one is cut short, or its cost is not from 4 to 16`;
}
