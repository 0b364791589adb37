import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from 'bcrypt';
import { Client } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { RoundSummary } from '../../src/identity/round.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { programFile, runCommand, runProgram, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const exampleConfig = new URL('../../../config/entra-ldapd.example.yaml', import.meta.url);

describe('commands', () => {
  describe('beside a running daemon', () => {
    let demo: RunningDemo;

    before(async () => {
      demo = await startDemo();
    });

    after(async () => {
      await demo[Symbol.asyncDispose]();
    });

    const run = (command: string, ...args: readonly string[]) =>
      runProgram([command, '--config', demo.report.config, ...args]);

    it('"status" tells where the daemon listens and what it serves', async () => {
      const { code, stdout } = await run('status');
      assert.equal(code, 0);
      assert.match(stdout, /^entra-ldapd \d+\.\d+\.\d+ is serving\.$/m);
      assert.match(stdout, new RegExp(`^Listening +${demo.ldap}, ${demo.ldaps}, `, 'm'));
      assert.match(stdout, /^Directory +\d+ users, \d+ groups, 1 service account; published /m);
      assert.match(stdout, /^Round \d+ published after /m);
    });

    it('the demo tells where its status page is, and a token that opens it', async () => {
      const { url, token } = demo.report.statusPage;
      assert.match(await (await fetch(url)).text(), /<h1>Sign in<\/h1>/);
      const answer = await fetch(`${url}api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(((await answer.json()) as StatusReport).state, 'serving');
      const { stdout } = await run('admin-token', 'list', '--json');
      assert.equal((JSON.parse(stdout) as { tokens: readonly unknown[] }).tokens.length, 1);
    });

    it('"status --json" prints one document with the whole report', async () => {
      const { code, stdout, stderr } = await run('status', '--json');
      assert.equal(code, 0);
      assert.equal(stderr, '');
      const status = JSON.parse(stdout) as StatusReport & { running: boolean };
      assert.equal(status.running, true);
      assert.equal(status.state, 'serving');
      assert.equal(status.baseDn, 'dc=contoso,dc=com');
      assert.ok((status.directory?.users ?? 0) > 400);
    });

    it('"sync" follows a round of the daemon and prints its summary as a table (FAM-23, FAM-27)', async () => {
      const { code, stdout } = await run('sync');
      assert.equal(code, 0);
      assert.match(stdout, /^Round \d+ found no change after .*, incremental, /m);
      assert.match(stdout, /^ +read +created +changed +locked +removed +skipped$/m);
      assert.match(stdout, /^users +0 +0 +0 +0 +0 +0$/m);
    });

    it('"sync --full" reads everything anew and changes nothing (FED-24)', async () => {
      const { code, stdout, stderr } = await run('sync', '--full', '--json');
      assert.equal(code, 0, stderr);
      const summary = JSON.parse(stdout) as RoundSummary;
      assert.equal(summary.outcome, 'unchanged');
      assert.equal(summary.collections.users.mode, 'full');
      assert.ok(summary.collections.users.read >= 500);
      assert.match(stderr, /^round \d+: reading users/m, 'progress goes to standard error (FED-25)');
    });

    it('keeps the socket and the data folder to their owner', () => {
      assert.equal(statSync(demo.folder).mode & 0o777, 0o700);
      assert.equal(statSync(join(demo.folder, 'store')).mode & 0o777, 0o700);
      assert.equal(statSync(join(demo.folder, 'store', 'control.sock')).mode & 0o777, 0o600);
      for (const file of ['entra-ldapd.yaml', 'server.key', 'server.crt', 'ca.pem']) {
        assert.equal(statSync(join(demo.folder, file)).mode & 0o777, 0o600, file);
      }
    });
  });

  it('a second start of the demo serves at once what the first has published, and goes on (P3)', async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, 'demo');
    const numberOfAlice = async (demo: RunningDemo): Promise<unknown> => {
      const client = new Client({ url: demo.ldap });
      await client.bind(demo.report.bindDn, demo.report.servicePassword);
      const { searchEntries } = await client.search('dc=contoso,dc=com', { filter: '(uid=alice)' });
      await client.unbind();
      return searchEntries[0]?.['uidNumber'];
    };
    const first = await startDemo(data);
    const firstNumber = await numberOfAlice(first);
    const firstCa = readFileSync(first.report.caFile, 'utf8');
    const { code, stderr } = await first.program.stop();
    assert.equal(code, 0, stderr);

    await using second = await startDemo(data);
    assert.equal(await numberOfAlice(second), firstNumber);
    assert.equal(readFileSync(second.report.caFile, 'utf8'), firstCa);
    const { stdout } = await runProgram(['sync', '--config', second.report.config, '--json']);
    const summary = JSON.parse(stdout) as RoundSummary;
    assert.equal(summary.outcome, 'unchanged');
    assert.equal(summary.collections.users.entries.removed, 0);
  });

  it('"simulate", "sync --once" and "serve" work one after the other (SNP-23)', async () => {
    using folder = temporaryFolder();
    const cwd = folder.path;
    await using simulator = startProgram(['simulate', '--users', '50', '--groups', '10', '--port', '0', '--json'], {
      cwd,
    });
    const [line] = await simulator.waitFor(/^\{.*\}$/m);
    const tenant = JSON.parse(line) as {
      url: string;
      tenantId: string;
      clientId: string;
      clientSecret: string;
      caFile: string;
    };
    const { code: hashCode, stdout: hashed } = await runProgram(['hash-password', '--json'], {
      input: 'service password\n',
    });
    assert.equal(hashCode, 0);
    const { passwordHash } = JSON.parse(hashed) as { passwordHash: string };
    const config = {
      tenant: {
        id: tenant.tenantId,
        clientId: tenant.clientId,
        credential: { secret: '${env:SECRET}' },
        authorityHost: tenant.url,
        graphUrl: tenant.url,
        caFile: tenant.caFile,
      },
      directory: { baseDn: 'dc=contoso,dc=com' },
      store: { path: 'store' },
      ldap: { listen: ['127.0.0.1:0'] },
      serviceAccounts: [{ name: 'app', passwordHash }],
      log: { format: 'text' },
    };
    // JSON is YAML.
    writeFileSync(join(cwd, 'config.yaml'), JSON.stringify(config));
    const options = { cwd, env: { SECRET: tenant.clientSecret } };

    const check = await runProgram(['config', 'check', '--config', 'config.yaml'], options);
    assert.equal(check.code, 0, check.stderr);
    assert.match(check.stdout, /^config\.yaml is valid/);

    const down = await runProgram(['status', '--config', 'config.yaml'], options);
    assert.equal(down.code, 6);
    assert.match(down.stderr, /No entra-ldapd is running.*entra-ldapd serve --config config\.yaml/);
    assert.equal(down.stdout, '');
    const downJson = await runProgram(['status', '--config', 'config.yaml', '--json'], options);
    assert.deepEqual(JSON.parse(downJson.stdout), { running: false });
    assert.equal(downJson.code, 6);

    const once = await runProgram(['sync', '--once', '--config', 'config.yaml', '--json'], options);
    assert.equal(once.code, 0, once.stderr);
    assert.equal((JSON.parse(once.stdout) as RoundSummary).outcome, 'published');

    await using daemon = startProgram(['serve', '--config', 'config.yaml'], options);
    const [, port] = await daemon.waitFor(/ldap\.server\.listening.* port=(\d+) tls=false/);
    const client = new Client({ url: `ldap://127.0.0.1:${port}` });
    await client.bind('cn=app,ou=services,dc=contoso,dc=com', 'service password');
    const { searchEntries } = await client.search('ou=users,dc=contoso,dc=com', { filter: '(uid=alice)' });
    assert.equal(searchEntries.length, 1);
    await client.unbind();
    daemon.signal('SIGINT');
    const stopped = await daemon.ended();
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.equal(stopped.stderr, '');
    assert.equal((await simulator.stop()).code, 0);
  });

  it('"hash-password" prints a hash that matches the first line of its input', async () => {
    const { code, stdout } = await runProgram(['hash-password'], { input: 'pässword 1\r\nsecond line\n' });
    assert.equal(code, 0);
    assert.match(stdout, /^\$2b\$\d\d\$.{53}\n$/);
    assert.equal(await compare('pässword 1', stdout.trim()), true);
  });

  it('"config check" accepts the example that is shipped (OOM-12)', async () => {
    const hash = `$2b$10$${'a'.repeat(53)}`;
    const env = { ENTRA_CLIENT_SECRET: 'a-secret', GITLAB_PASSWORD_HASH: hash };
    const { code, stderr } = await runProgram(['config', 'check', '--config', exampleConfig.pathname], { env });
    assert.equal(code, 0, stderr);
  });

  it('every command explains itself with examples and the exit codes', async () => {
    for (const command of ['demo', 'serve', 'sync', 'status', 'export', 'simulate', 'config check', 'hash-password']) {
      const { code, stdout } = await runProgram([...command.split(' '), '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^entra-ldapd ${command} \\[options\\]`));
      assert.match(stdout, /^Examples:$/m);
      assert.match(stdout, /^ +6 +no running daemon answers$/m);
    }
    const { stdout } = await runProgram(['--help']);
    assert.match(stdout, /entra-ldapd demo +Try it now/);
    assert.match((await runProgram(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('"sync" that waits for a tenant which is away ends at once with exit code 130 when it is interrupted', async () => {
    using folder = temporaryFolder();
    const demo = await startDemo(join(folder.path, 'demo'));
    await demo.program.stop();
    await using sync = startProgram(['sync', '--config', demo.report.config]);
    await sync.waitFor(/graph\.request\.retried/);
    sync.signal('SIGINT');
    const { code, stderr } = await sync.ended();
    assert.equal(code, 130, stderr);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  it('a reader that closes its pipe early does no harm', async () => {
    const { stderr } = await runCommand('sh', ['-c', '"$0" "$1" --help | true', process.execPath, programFile]);
    assert.equal(stderr, '');
  });
});
