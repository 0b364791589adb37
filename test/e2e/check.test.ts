import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Finding } from '../../src/identity/examination.ts';
import type { RoundSummary } from '../../src/identity/round.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { type ConfigChanges, writeDaemonConfig } from '../support/daemon-config.ts';
import { startManagedIdentityEndpoint } from '../support/managed-identity-endpoint.ts';
import { type Ended, runProgram, type SpawnOptions, startProgram } from '../support/program.ts';
import { loopbackCertificates, SimulatorClient } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

describe('entra-ldapd check', () => {
  let client: SimulatorClient;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    client = await SimulatorClient.start();
  });

  after(async () => {
    await client.close();
  });

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  function config(changes: ConfigChanges = {}): string {
    return writeDaemonConfig(folder.path, client.simulator, client.ca, changes);
  }

  function check(file: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<Ended> {
    return runProgram(['check', '--config', file, ...args], { ...options, env: { NO_PROXY: '', ...options.env } });
  }

  async function findings(file: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<Report> {
    const { stdout, stderr } = await check(file, ['--json', ...args], options);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as Report;
  }

  it('ends with 0 and a table when all is right, imports nothing, and says it without colours (FAM-08, FOX-04)', async () => {
    client.control.resetStatistics();
    const { code, stdout, stderr } = await check(config());
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^ok {4}User\.Read\.All +granted, to read users$/m);
    assert.match(stdout, /^ok {4}ldap:\/\/127\.0\.0\.1:0 +can be listened at$/m);
    assert.match(stdout, /\n\nEverything needed is there, 2 warnings\.\n$/);
    assert.ok(!stdout.includes('\u001b'));
    assert.ok(!stdout.includes(DEFAULT_CLIENT_SECRET));
    const { requests } = client.control.statistics();
    assert.equal(requests['usersDelta'], 1);
    assert.equal(requests['groupsDelta'], 1);
  });

  it('ends with 4 and what to do when Entra refuses the secret (FAM-10)', async () => {
    const file = config({ tenant: { credential: { secret: 'not-the-secret' } } });
    const { code, stdout } = await check(file);
    assert.equal(code, 4);
    assert.match(stdout, /^FAIL {2}tenant\.credential +.*AADSTS7000215/m);
    assert.match(stdout, /^ {6}-> Create a new secret .* its value \(not its ID\)/m);
    assert.match(stdout, /\n1 problem, \d warnings?\.\n$/);
    assert.ok(!stdout.includes('not-the-secret'));
  });

  it('ends with 3 before anybody is asked for the id of a secret in place of its value (SNP-27)', async () => {
    client.control.resetStatistics();
    const secret = '99999999-9999-4999-8999-999999999999';
    const { code, stdout } = await check(config({ tenant: { credential: { secret } } }));
    assert.equal(code, 3);
    assert.match(stdout, /^FAIL {2}Configuration +.*is the ID of a client secret, not its value/m);
    assert.deepEqual(client.control.statistics().requests, {});
    assert.ok(!stdout.includes(secret));
  });

  it('is what init ends with, and leads from nothing to a synchronized directory (FAM-08, FAM-10, OOM-04)', async () => {
    writeFileSync(join(folder.path, 'ca.pem'), client.ca);
    writeFileSync(join(folder.path, 'secret'), `${DEFAULT_CLIENT_SECRET}\n`);
    const file = join(folder.path, 'new.yaml');
    const { url } = client.simulator;
    const answers = ['--tenant', 'contoso.com', '--client-id', DEFAULT_CLIENT_ID, '--listen', '127.0.0.1:0'];
    const files = ['--secret-file', join(folder.path, 'secret'), '--ca-file', join(folder.path, 'ca.pem')];
    const where = ['--config', file, '--authority-host', url, '--graph-url', url];
    const written = await runProgram(['init', ...where, ...answers, ...files]);
    assert.equal(written.code, 0, written.stderr);
    const checked = await check(file);
    assert.equal(checked.code, 0, checked.stdout);
    assert.ok(!existsSync(join(folder.path, 'data')), 'nothing is imported yet');
    const synced = await runProgram(['sync', '--once', '--json', '--config', file]);
    assert.equal(synced.code, 0, synced.stderr);
    assert.equal((JSON.parse(synced.stdout) as RoundSummary).outcome, 'published');
  });

  it('tries a user whose password comes on standard input (PAIN-01)', async () => {
    const file = config();
    const right = await findings(file, ['--user', 'alice@contoso.com'], { input: 'Passw0rd!\n' });
    assert.equal(right.findings.find(({ id }) => id === 'signIn')?.finding, 'works for this user');
    const { code, stdout } = await check(file, ['--user', 'carol@contoso.com'], { input: 'Passw0rd!\n' });
    assert.equal(code, 4);
    assert.match(stdout, /multi-factor authentication is required \(AADSTS50076\)/);
    assert.ok(!stdout.includes('Passw0rd!'));
  });

  it('ends with 7 when another program listens at the address', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await check(config({ ldap: { listen: [`127.0.0.1:${port}`], tlsListen: [] } }));
    server.close();
    assert.equal(code, 7);
    assert.match(stdout, /another program listens there\n {6}-> Stop it, or choose another address in ldap\.listen\./);
  });

  it('asks the daemon that runs with this configuration from outside, over LDAP and over TLS', async () => {
    const { server } = await loopbackCertificates();
    writeFileSync(join(folder.path, 'tls.pem'), server.certPem);
    writeFileSync(join(folder.path, 'tls.key'), server.keyPem);
    const tls = { certFile: 'tls.pem', keyFile: 'tls.key' };
    const file = config({ ldap: { listen: ['127.0.0.1:0'], tlsListen: ['127.0.0.1:0'], tls } });
    await using daemon = startProgram(['serve', '--config', file]);
    await daemon.waitFor(/directory\.published/);
    const report = await findings(file);
    const answers = report.findings.filter(({ id }) => id === 'daemon');
    assert.equal(answers.length, 2);
    for (const { verdict, finding } of answers) {
      assert.equal(verdict, 'good', finding);
      assert.match(finding, /^entra-ldapd \S+ serves dc=contoso,dc=com$/);
    }
    const certificate = report.findings.find(({ id }) => id === 'tls');
    assert.match(certificate?.finding ?? '', /localhost.*0 days left/);
    assert.equal(certificate?.verdict, 'doubtful');
  });

  it('says so when the daemon that runs serves another tree', async () => {
    const file = config();
    await using daemon = startProgram(['serve', '--config', file]);
    await daemon.waitFor(/directory\.published/);
    const { code, stdout } = await check(config({ directory: { baseDn: 'dc=example,dc=com' } }));
    assert.equal(code, 6, stdout);
    assert.match(stdout, /serves dc=contoso,dc=com, and not dc=example,dc=com\n {6}-> Restart the daemon/);
  });

  it('goes through the proxy of the environment, and around it where NO_PROXY says so', async () => {
    await using proxy = await startConnectProxy();
    const file = config();
    assert.ok((await findings(file, [], { env: { https_proxy: '', HTTPS_PROXY: proxy.url } })).ok);
    const host = new URL(client.simulator.url).host;
    assert.deepEqual([...new Set(proxy.targets)], [host]);
    const asked = proxy.targets.length;
    const around = { https_proxy: proxy.url, no_proxy: 'example.com,127.0.0.1' };
    assert.ok((await findings(file, [], { env: around })).ok);
    assert.equal(proxy.targets.length, asked);
  });

  it('prefers the proxy of the configuration, and names what is wrong with that of the environment', async () => {
    await using proxy = await startConnectProxy();
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', https_proxy: '' };
    const own = { tenant: { proxy: proxy.url.replace('http://', 'http://anna:secret@') } };
    assert.ok((await findings(config(own), [], { env })).ok);
    assert.equal(proxy.authorizations[0], `Basic ${Buffer.from('anna:secret').toString('base64')}`);
    const { code, stderr } = await check(config(), [], { env: { HTTPS_PROXY: 'ftp://hunter2@x', https_proxy: '' } });
    assert.equal(code, 3);
    assert.match(stderr, /environment variable HTTPS_PROXY must be the address of a proxy/);
    assert.ok(!stderr.includes('hunter2'));
  });

  const identity = '12345678-9abc-4def-8123-456789abcdef';
  const platforms: readonly [what: string, env: (url: string) => Record<string, string>, path: RegExp][] = [
    [
      'a virtual machine',
      (url) => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: url }),
      /^\/metadata\/identity\/oauth2\/token\/?$/,
    ],
    ['App Service', (url) => ({ IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h' }), /^\/msi\/token$/],
  ];
  for (const [what, env, path] of platforms) {
    for (const managedIdentity of ['system', identity]) {
      it(`takes the managed identity "${managedIdentity}" of ${what}, past any proxy`, async () => {
        await using endpoint = await startManagedIdentityEndpoint(await client.token());
        await using proxy = await startConnectProxy();
        const file = config({ tenant: { credential: { managedIdentity }, proxy: proxy.url } });
        const report = await findings(file, [], { env: env(endpoint.url) });
        const by = Object.fromEntries(report.findings.map(({ id, verdict }) => [id, verdict]));
        assert.deepEqual([by['credential'], by['requests.users'], by['requests.groups']], ['good', 'good', 'good']);
        assert.deepEqual([...new Set(proxy.targets)], [new URL(client.simulator.url).host]);
        const [request] = endpoint.requests;
        assert.match(request?.path ?? '', path);
        assert.equal(request?.query['resource'], client.simulator.url);
        assert.equal(request.query['client_id'], managedIdentity === 'system' ? undefined : identity);
        // The registration of the test is no public client.
        assert.equal(by['signIn'], 'bad');
        const signIn = report.findings.find(({ id }) => id === 'signIn');
        assert.match(`${signIn?.finding} ${signIn?.fix}`, /7000218.*Allow public client flows/);
      });
    }
  }

  it('says that a machine without a managed identity has none', async () => {
    await using endpoint = await startManagedIdentityEndpoint(undefined);
    const file = config({ tenant: { credential: { managedIdentity: 'system' } } });
    const report = await findings(file, [], { env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: endpoint.url } });
    const credential = report.findings.find(({ id }) => id === 'credential');
    assert.equal(credential?.verdict, 'bad');
    assert.match(credential.finding, /managed identity gives no token: this machine has no such identity/);
  });
});
