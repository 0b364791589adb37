import assert from 'node:assert/strict';
import { liveChange } from '../../../src/config/live.ts';
import { accepted, minimal, refused, source } from './config-fixture.ts';

const loopback = [
  { family: 'ipv4', address: '127.0.0.0', prefix: 8 },
  { family: 'ipv6', address: '::1', prefix: 128 },
];

/** The problems of a document with this section, as they are told. */
function problemsOf(http: string): readonly string[] {
  return refused(`${minimal}http: ${http}\n`).map(({ key, message }) => `${key} ${message}`);
}

describe('the HTTP server in the configuration', () => {
  it('is on by default, on this machine only, and known as asked for by nobody', () => {
    const { http } = accepted(minimal).config;
    assert.deepEqual(http.listeners, [{ host: '127.0.0.1', port: 8389 }]);
    assert.equal(http.isListenGiven, false);
    assert.deepEqual([http.tls, http.trustedProxies, http.clearTokensFrom], [undefined, [], loopback]);
    assert.deepEqual(
      [http.ready, http.metrics],
      [
        { stale: true, held: true },
        { allowFrom: undefined, token: false },
      ],
    );
  });

  it('can be turned off, and be given addresses, certificate, networks and limits', () => {
    assert.deepEqual(accepted(`${minimal}http: { listen: [] }\n`).config.http.listeners, []);
    const { http } = accepted(
      `${minimal}http:
  listen: [0.0.0.0:8443, "[::1]:8443"]
  tls: { certFile: http.pem, keyFile: /keys/http.key, minVersion: 1.3 }
  trustedProxies: [10.0.0.1]
  metrics: { allowFrom: [10.0.0.0/8], token: true }
  limits: { maxConnections: 10, maxConnectionsPerAddress: 10, requestsPerMinute: 60, requestTimeout: 5s, idleTimeout: 30s }
`,
    ).config;
    assert.equal(http.isListenGiven, true);
    assert.deepEqual(http.tls, {
      certFile: '/etc/entra-ldapd/http.pem',
      keyFile: '/keys/http.key',
      minVersion: 'TLSv1.3',
    });
    assert.deepEqual(http.metrics, { allowFrom: [{ family: 'ipv4', address: '10.0.0.0', prefix: 8 }], token: true });
    assert.deepEqual(http.limits, {
      connectionsMax: 10,
      connectionsPerAddressMax: 10,
      requestsPerMinute: 60,
      requestMs: 5000,
      idleMs: 30_000,
    });
  });

  it('tells every problem at once, with its place', () => {
    assert.deepEqual(problemsOf('{ listen: [0.0.0.0:389], limits: { maxConnections: 1 }, ready: { stale: maybe } }'), [
      'http.listen[0] is the same address as ldap.listen[0]; change one of them',
      'http.limits.maxConnectionsPerAddress is larger than http.limits.maxConnections; lower it',
      'http.ready.stale must be true or false; this is a text',
    ]);
    assert.deepEqual(problemsOf('{ listen: [127.0.0.1:8389, 127.0.0.1:8389] }'), [
      'http.listen[1] is the same address as http.listen[0]; change one of them',
    ]);
    assert.match(problemsOf('{ tls: { certFile: x } }').join(), /http\.tls\.keyFile is missing/);
  });

  it('doubts an address for other machines from which every token is refused, and networks that could read tokens', () => {
    const doubtsOf = (http: string): readonly (string | undefined)[] =>
      accepted(`${minimal}http: ${http}\n`)
        .warnings.map(({ key }) => key)
        .filter((key) => key?.startsWith('http.'));
    assert.deepEqual(doubtsOf('{ listen: [0.0.0.0:8389] }'), ['http.listen']);
    assert.deepEqual(doubtsOf('{ listen: [0.0.0.0:8389], trustedProxies: [10.0.0.1] }'), []);
    assert.deepEqual(doubtsOf('{ listen: [0.0.0.0:8389], clearTokensFrom: [10.0.0.0/8] }'), ['http.clearTokensFrom']);
    assert.deepEqual(doubtsOf('{ listen: [127.0.0.1:8389] }'), []);
  });

  it('is taken over by a running daemon but for addresses and certificate, which need a restart', () => {
    const running = accepted(minimal).config;
    const changed = '{ listen: [127.0.0.1:1], tls: { certFile: a, keyFile: b }, ready: { held: false } }';
    const { config, needsRestart } = liveChange(running, accepted(`${minimal}http: ${changed}\n`, source()).config);
    assert.deepEqual(needsRestart, ['http.listen', 'http.tls']);
    assert.deepEqual([config.http.listeners, config.http.tls], [running.http.listeners, undefined]);
    assert.equal(config.http.ready.held, false);
  });

  it('leaves two intervals until what is served is stale, unless told otherwise (FED-20)', () => {
    assert.equal(accepted(minimal).config.sync.staleAfterMs, 3_600_000);
    assert.equal(accepted(`${minimal}sync: { interval: 15m, staleAfter: 30m }\n`).config.sync.staleAfterMs, 1_800_000);
  });
});
