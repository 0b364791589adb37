import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { StoredAdminTokens } from '../../../src/auth/admin-tokens.ts';
import type { Config } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { type HttpService, openHttp } from '../../../src/daemon/http.ts';
import { StartupError } from '../../../src/daemon/startup-error.ts';
import { Statistics } from '../../../src/ldap/statistics.ts';
import { DurationCounts, roundBounds } from '../../../src/observability/duration-counts.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAdminTokens } from '../../support/memory-admin-tokens.ts';
import { readMetrics } from '../../support/prometheus-text.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { sampleAdministration, sampleStatus } from '../../support/sample-administration.ts';
import { loopbackCertificates } from '../../support/simulator-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { minimal, source } from '../config/config-fixture.ts';

const nothing = { created: 0, changed: 0, locked: 0, removed: 0 };

function configOf(http: object): Config {
  const result = parseConfig(`${minimal}http: ${JSON.stringify(http)}\n`, source());
  assert.ok(result.ok);
  return result.config;
}

/** Opens HTTP over an administration of samples. */
function open(config: Config, log: RecordingLog = recordingLog(), clock = new ManualClock()): Promise<HttpService> {
  const options = { config, log, clock, version: '0.1.0', signal: new AbortController().signal };
  const rounds = { published: 0, unchanged: 0, held: 0, failed: 0, aborted: 0 };
  return openHttp(options, () => config, {
    api: sampleAdministration({ status: () => sampleStatus }),
    tokens: new StoredAdminTokens({ store: new MemoryAdminTokens(), clock, log }),
    health: () => ({ state: 'serving', publishedAtMs: 1, lastSuccessAtMs: 1, hold: null }),
    ldap: () => new Statistics().snapshot({ connections: 3, secureConnections: 2, boundConnections: 1 }),
    rounds: () => ({
      rounds,
      durations: new DurationCounts(roundBounds).snapshot(),
      entries: { users: nothing, groups: nothing },
    }),
    staleAfterMs: () => 60_000,
    storeBytes: async () => 4096,
  });
}

describe('HTTP of the daemon', () => {
  it('is not there where the configuration turns it off', async () => {
    await using http = await open(configOf({ listen: [] }));
    assert.deepEqual(http.addresses, []);
  });

  it('has to have an address that was asked for, and is done without where nobody asked', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      const asked = configOf({ listen: [`127.0.0.1:${port}`] });
      await assert.rejects(open(asked), (error: unknown) => {
        assert.ok(error instanceof StartupError && error.code === 'listen');
        assert.match(error.message, /^Another program is listening on 127\.0\.0\.1:\d+\. .* in http\.listen\.$/);
        return true;
      });
      const log = recordingLog();
      await using http = await open({ ...asked, http: { ...asked.http, isListenGiven: false } }, log);
      assert.deepEqual(http.addresses, []);
      assert.deepEqual(
        log.events.map(({ level, event }) => [level, event]),
        [['warn', 'http.not_listening']],
      );
    } finally {
      other.close();
    }
  });

  it('says which file of its certificate cannot be used', async () => {
    const config = configOf({
      listen: ['127.0.0.1:0'],
      tls: { certFile: '/nowhere/http.pem', keyFile: '/nowhere/http.key' },
    });
    await assert.rejects(open(config), (error: unknown) => {
      assert.ok(error instanceof StartupError && error.code === 'certificate');
      assert.match(error.message, /\/nowhere\/http\.(?:pem|key)/);
      return true;
    });
  });

  it('takes a renewed certificate into use and reports its end, also in the metrics (PAIN-16)', async () => {
    using folder = temporaryFolder();
    const [first, second] = [await loopbackCertificates(), await loopbackCertificates()];
    const files = { certFile: join(folder.path, 'http.pem'), keyFile: join(folder.path, 'http.key') };
    writeFileSync(files.certFile, first.server.certPem);
    writeFileSync(files.keyFile, first.server.keyPem);
    const [log, clock] = [recordingLog(), new ManualClock(Date.now())];
    await using http = await open(configOf({ listen: ['127.0.0.1:0'], tls: files }), log, clock);
    const families = readMetrics(await get(http, first.ca.certPem));
    const expiry = families.get('entra_ldapd_certificate_expiry_timestamp_seconds')?.samples;
    const validToMs = http.certificate()?.validToMs ?? 0;
    assert.equal(expiry?.get('entra_ldapd_certificate_expiry_timestamp_seconds{certificate="http"}'), validToMs / 1000);
    assert.equal(
      families.get('entra_ldapd_ldap_connections')?.samples.get('entra_ldapd_ldap_connections{security="tls"}'),
      2,
    );
    writeFileSync(files.certFile, second.server.certPem);
    writeFileSync(files.keyFile, second.server.keyPem);
    http.readAgain();
    while (!log.events.some(({ event }) => event === 'certificate.renewed')) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1000);
    }
    assert.match(await get(http, second.ca.certPem), /^# HELP /);
  });
});

async function get({ addresses }: HttpService, ca: string): Promise<string> {
  const [address] = addresses;
  assert.equal(address?.tls, true);
  const asked = request({ host: '127.0.0.1', port: address?.port, path: '/metrics', ca, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}
