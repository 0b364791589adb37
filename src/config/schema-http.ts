import { listenAddressExpected, networkExpected, parseListenAddress, parseNetwork } from './endpoints.ts';
import { choice, duration, filePath, flag, integer, list, section, text } from './leaf.ts';
import { z } from 'zod';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Where health, metrics, the status page and the administration are served unless the configuration says otherwise. */
export const defaultHttpListen = '127.0.0.1:8389';

const networks = (description: string) =>
  list(
    description,
    256,
    text({
      description: 'A network or a single address.',
      expected: networkExpected,
      examples: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'],
      parse: parseNetwork,
    }),
  );

const limits = section(
  'What clients may use. Reaching a limit ends the request or the connection, never the program.',
  {
    maxConnections: integer({ description: 'Connections at the same time.', min: 1, max: 10_000 }).prefault(256),
    maxConnectionsPerAddress: integer({
      description: 'Connections at the same time from one address.',
      min: 1,
      max: 10_000,
    }).prefault(64),
    requestsPerMinute: integer({
      description: 'Requests from one address in a minute; one more is answered 429.',
      min: 1,
      max: 1_000_000,
    }).prefault(1200),
    requestTimeout: duration({
      description: 'A request that has not come completely after so long ends its connection.',
      min: SECOND,
      max: 10 * MINUTE,
    }).prefault('15s'),
    idleTimeout: duration({
      description: 'A connection over which nothing goes for so long is closed.',
      min: SECOND,
      max: 60 * MINUTE,
    }).prefault('2m'),
  },
);

/** The HTTP server. */
export const http = section('Health, metrics, the status page and the administration over HTTP.', {
  listen: list(
    'Addresses; [] turns it off. Other machines are served when an address for them is listed.',
    32,
    text({
      description: 'An address and a port.',
      expected: listenAddressExpected,
      examples: [defaultHttpListen, '0.0.0.0:8389', '[::]:8389'],
      parse: parseListenAddress,
    }),
  ).optional(),
  tls: section('The certificate of the HTTP server; with it all its addresses speak HTTPS.', {
    certFile: filePath('A PEM file with the certificate, followed by its chain.'),
    keyFile: filePath('A PEM file with the private key, not encrypted.'),
    minVersion: z
      .preprocess((input) => (typeof input === 'number' ? String(input) : input), tlsVersion())
      .meta({ description: 'The oldest version of TLS that is accepted.' })
      .prefault('1.2'),
  }).optional(),
  trustedProxies: networks(
    'Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Without this key, none.',
  ).prefault([]),
  clearTokensFrom: networks(
    'Networks from which tokens are accepted without TLS nevertheless. Without this key, from this machine itself.',
  ).prefault(['127.0.0.0/8', '::1']),
  ready: section('What /readyz calls ready. Searches are answered in both states.', {
    stale: flag('Whether the daemon is ready while its last round has failed or is overdue.').prefault(true),
    held: flag('Whether the daemon is ready while a change is held back.').prefault(true),
  }).prefault({}),
  metrics: section('Who may read /metrics. There is nothing about single people in it.', {
    allowFrom: networks(
      'Networks from which it can be read. Without this key, from wherever the server is reached.',
    ).optional(),
    token: flag('Whether it takes a token with the scope metrics.').prefault(false),
  }).prefault({}),
  limits: limits.prefault({}),
});

// YAML reads 1.2 without quotes as a number.
function tlsVersion() {
  return choice('The oldest version of TLS that is accepted.', ['1.2', '1.3']);
}
