import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { ExampleError, fillExample, type InitAnswers } from '../../../src/cli/init/fill-example.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const tenantId = '01234567-89ab-4def-8123-456789abcdef';
const clientId = '11234567-89ab-4def-8123-456789abcdef';
const example = readFileSync('config/entra-ldapd.example.yaml', 'utf8');

/** Resolves when so many questions stand at the end of the output. */
async function question(shell: FakeShell, count: number): Promise<void> {
  const asked = /(?:tenant|\(client\) ID|secret \[ENTRA_CLIENT_SECRET\]|begins|0\.0\.0\.0:389\]|\[-\]): /g;
  while ((shell.stderr.text.match(asked) ?? []).length < count) await new Promise(setImmediate);
}

describe('entra-ldapd init', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;

  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder.path, 'etc', 'entra-ldapd.yaml');
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  async function init(args: readonly string[], shell = new FakeShell()) {
    const code = await runCli(['init', '--config', file, ...args], shell);
    return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
  }

  /** The configuration that was written, as `serve` reads it. */
  function written(env: Readonly<Record<string, string>> = { ENTRA_CLIENT_SECRET: 'a-secret~value' }) {
    const result = parseConfig(readFileSync(file, 'utf8'), {
      file,
      env,
      readFile: (path) => readFileSync(path, 'utf8'),
    });
    assert.ok(result.ok, JSON.stringify(result));
    return result.config;
  }

  const ids = ['--tenant', tenantId, '--client-id', clientId];

  it('writes a commented configuration that is right, when options say all, and what to do next (FAM-09, OOM-04)', async () => {
    const { code, stdout, stderr } = await init([...ids, '--base-dn', 'dc=example,dc=org']);
    assert.equal(code, 0, stderr);
    const { tenant, directory, ldap, serviceAccounts } = written();
    assert.deepEqual([tenant.id, tenant.clientId], [tenantId, clientId]);
    assert.equal(directory.baseDn, 'dc=example,dc=org');
    assert.deepEqual(ldap.listeners, [{ host: '0.0.0.0', port: 389, tls: false }]);
    assert.deepEqual(serviceAccounts, []);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.split('\n').filter((line) => /^ *# /.test(line)).length > 60, 'the comments are there');
    assert.match(text, /^#serviceAccounts:$/m);
    assert.ok(!/REQUIRED, and|00000000-0000-0000-0000/.test(text));
    assert.match(stdout, /environment variable ENTRA_CLIENT_SECRET/);
    assert.match(stdout, new RegExp(`entra-ldapd check --config ${file}`));
    assert.equal(statSync(file).mode & 0o007, 0);
  });

  it('takes secrets, certificates and authorities by their files, seen from the folder of the configuration (FAM-07)', async () => {
    writeFileSync(join(folder.path, 'secret'), 'a-secret~value\n');
    const args = [...ids, '--base-dn', 'dc=a', '--secret-file', join(folder.path, 'secret'), '--listen', '[::1]:3389'];
    const { code, stderr } = await init(args);
    assert.equal(code, 0, stderr);
    const { tenant, ldap } = written({});
    const [credential] = tenant.credentials;
    assert.ok(credential?.kind === 'secret');
    assert.equal(credential.secret.reveal(), 'a-secret~value');
    assert.match(readFileSync(file, 'utf8'), /secret: \$\{file:\.\.\/secret\}/);
    assert.deepEqual(ldap.listeners, [{ host: '::1', port: 3389, tls: false }]);
  });

  it('never overwrites a configuration', async () => {
    await init([...ids, '--base-dn', 'dc=example,dc=org']);
    const before = readFileSync(file, 'utf8');
    const { code, stderr } = await init([...ids, '--base-dn', 'dc=other,dc=org']);
    assert.equal(code, 8);
    assert.match(stderr, /exists already/);
    assert.equal(readFileSync(file, 'utf8'), before);
  });

  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [[], /--tenant is needed/],
    [['--tenant', 'not a tenant'], /--tenant must be the Directory \(tenant\) ID, or a domain/],
    [['--tenant', tenantId], /--client-id is needed/],
    [[...ids], /--base-dn is needed/],
    [['--tenant', tenantId, '--client-id', 'contoso.com'], /--client-id must be the Application/],
    [[...ids, '--base-dn', 'example.com'], /--base-dn .*write a domain as dc=/],
    [[...ids, '--base-dn', 'dc=a', '--listen', 'nowhere'], /--listen must be an address and a port/],
    [[...ids, '--secret-env', 'my secret value'], /--secret-env must be the name of a variable/],
    [[...ids, '--secret-env', 'A', '--secret-file', 'b'], /Give one of/],
    [[...ids, '--base-dn', 'dc=a', '--tls-key', 'k'], /--tls-key needs --tls-cert/],
    [[...ids, '--base-dn', 'dc=a', '--tls-cert', 'c'], /--tls-key is needed/],
    [[...ids, '--authority-host', 'http://x'], /--authority-host must be an https address/],
    [['--tenant', 'contoso.com', '--ca-file', '/nowhere'], /--ca-file \/nowhere cannot be read/],
  ];
  for (const [args, says] of wrong) {
    it(`ends with 2, and writes nothing, for ${JSON.stringify(args.join(' '))} without a terminal`, async () => {
      const { code, stderr } = await init(args);
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.ok(!existsSync(file));
      assert.ok(!stderr.includes('my secret value'));
    });
  }

  it('prints how the application is registered, with the permissions it needs and no other (FAM-01, OOM-05, FOX-08)', async () => {
    const { code, stdout } = await init(['--steps']);
    assert.equal(code, 0);
    for (const part of [
      /App registrations > New registration/,
      /User\.Read\.All, GroupMember\.Read\.All/,
      /az ad app create/,
    ]) {
      assert.match(stdout, part);
    }
    assert.ok(!/Directory\.Read|ReadWrite/.test(stdout));
    assert.ok(!existsSync(file));
  });

  it('asks at a terminal for what options leave open, again after a wrong answer, and prints the steps first', async () => {
    const shell = new FakeShell({ terminal: true });
    const answers = ['nonsense with blanks', tenantId, clientId, '', 'dc=example,dc=net', '127.0.0.1:3389', ''];
    const running = runCli(['init', '--config', file], shell);
    for (const [index, answer] of answers.entries()) {
      await question(shell, index + 1);
      shell.stdin.write(`${answer}\n`);
    }
    assert.equal(await running, 0, shell.stderr.text);
    assert.match(shell.stderr.text, /App registrations > New registration/);
    assert.match(shell.stderr.text, /The answer must be the Directory \(tenant\) ID/);
    assert.match(shell.stderr.text, /\[ENTRA_CLIENT_SECRET\]: /);
    const { tenant, directory, ldap } = written();
    assert.deepEqual([tenant.id, tenant.clientId, directory.baseDn], [tenantId, clientId, 'dc=example,dc=net']);
    assert.deepEqual(ldap.listeners, [{ host: '127.0.0.1', port: 3389, tls: false }]);
  });

  it('writes nothing when Ctrl-C answers a question', async () => {
    const shell = new FakeShell({ terminal: true });
    const running = init([], shell);
    await question(shell, 1);
    shell.send('SIGINT');
    const { code, stderr } = await running;
    assert.equal(code, 130);
    assert.match(stderr, /Nothing was written/);
    assert.ok(!existsSync(file));
  });

  it('writes nothing when the input ends before the answers', async () => {
    const shell = new FakeShell({ terminal: true });
    shell.stdin.end();
    const { code, stderr } = await init([], shell);
    assert.equal(code, 130);
    assert.match(stderr, /Nothing was written/);
    assert.ok(!existsSync(file));
  });

  describe('with a tenant to ask', () => {
    let client: SimulatorClient;

    before(async () => {
      client = await SimulatorClient.start();
    });

    after(async () => {
      await client.close();
    });

    function at(domain: string): Promise<{ code: number; stderr: string }> {
      const ca = join(folder.path, 'ca.pem');
      writeFileSync(ca, client.ca);
      const { url } = client.simulator;
      const where = ['--authority-host', url, '--graph-url', url, '--ca-file', ca];
      return init(['--tenant', domain, '--client-id', clientId, ...where]);
    }

    it('finds the tenant of a domain, and makes the base DN of it', async () => {
      const { code, stderr } = await at('Contoso.com');
      assert.equal(code, 0, stderr);
      const { tenant, directory } = written();
      assert.equal(tenant.id, client.simulator.tenant.tenantId);
      assert.equal(directory.baseDn, 'dc=contoso,dc=com');
      assert.deepEqual([tenant.authorityHost, tenant.graphUrl], [client.simulator.url, client.simulator.url]);
      assert.match(tenant.ca ?? '', /BEGIN CERTIFICATE/);
    });

    it('says that no tenant has a domain', async () => {
      const { code, stderr } = await at('nobody.example');
      assert.equal(code, 4);
      assert.match(stderr, /tenant does not exist in this cloud/);
      assert.ok(!existsSync(file));
    });
  });

  it('notices an example that it was not written for', () => {
    const answers: InitAnswers = {
      tenantId,
      clientId,
      credential: { kind: 'certificate', file: '../app.pem' },
      cloud: 'global',
      authorityHost: undefined,
      graphUrl: undefined,
      caFile: undefined,
      baseDn: 'o=Example: "quoted"',
      listen: '127.0.0.1:389',
      tls: { certFile: 'a b.pem', keyFile: '1' },
    };
    const text = fillExample(example, answers, 'x.yaml');
    assert.match(text, /^ +certificateFile: \.\.\/app\.pem$/m);
    assert.match(text, /^ +#secret:/m);
    assert.match(text, /^ +baseDn: "o=Example: \\"quoted\\""$/m);
    assert.match(text, /^ {2}tls:\n[^]*^ +certFile: "a b\.pem"\n[^]*^ +keyFile: "1"$/m);
    assert.throws(() => fillExample(example.replace('clientId:', 'application:'), answers, 'x.yaml'), ExampleError);
  });
});
