import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { recipes } from '../../../src/cli/clients/recipes.ts';
import { runCli } from '../../../src/cli/cli.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bcryptHash, minimal } from '../config/config-fixture.ts';

const account = (name: string, more = ''): string => `  - name: ${name}\n    passwordHash: ${bcryptHash}\n${more}`;
const one = `serviceAccounts:\n${account('reader')}`;

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command on a configuration with these further lines. */
async function clientConfig(further: string, ...args: readonly string[]): Promise<Printed> {
  using folder = temporaryFolder();
  const config = join(folder.path, 'config.yaml');
  writeFileSync(config, minimal.replace('${env:SECRET}', 'secret') + further);
  const shell = new FakeShell();
  const code = await runCli(['client-config', ...args, '--config', config], shell);
  return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
}

interface Report {
  readonly files: readonly { readonly place: string; readonly text: string }[];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}

async function report(further: string, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await clientConfig(further, ...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Report;
}

const url = ['--url', 'ldaps://ldap.example.com'] as const;

describe('client-config', () => {
  it('lists every client with its page, as text and for programs', async () => {
    const { stdout } = await clientConfig('', 'list');
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ', 1)[0]),
      recipes.map(({ name }) => name),
    );
    const json = JSON.parse((await clientConfig('', 'list', '--json')).stdout) as readonly { readonly page: string }[];
    for (const { page } of json) assert.match(page, /^https:\/\//);
  });

  for (const { name } of recipes) {
    it(`fills in all but the password for ${name}`, async () => {
      const { files, steps } = await report(one, name, ...url);
      const text = files.map((file) => file.text).join('\n');
      assert.match(text, /ldap\.example\.com/);
      assert.match(text, /cn=reader,ou=services,dc=example,dc=com/);
      assert.match(text, /dc=example,dc=com/);
      assert.ok(text.includes('SERVICE_PASSWORD'));
      assert.doesNotMatch(text, /undefined|null|\[object/);
      assert.ok(!text.includes(bcryptHash));
      for (const file of files) assert.match(file.text, /\n$/);
      assert.match(steps[0] ?? '', /password of cn=reader,/);
    });

    it(`lets in only a group with ${name} when told so`, async () => {
      const [all, some] = [await report(one, name, ...url), await report(one, name, ...url, '--group', 'Staff')];
      assert.notDeepEqual(all.files, some.files);
      assert.ok(some.files.some(({ text }) => text.includes('cn=Staff,ou=groups,dc=example,dc=com')));
    });
  }

  it('says what the encryption, the containers, the keys and the sudo rules are like', async () => {
    const further = `${one}sudo:\n  rules:\n    - name: all\n      users: [ALL]\nusers:\n  sshPublicKeyFrom: [extensionAttribute5]\n`;
    const { files, warnings } = await report(further, 'sssd', ...url);
    const [{ text } = { text: '' }] = files;
    assert.match(text, /^services = nss, pam, ssh, sudo$/m);
    assert.match(text, /^ldap_uri = ldaps:\/\/ldap\.example\.com:636$/m);
    assert.match(text, /^ldap_sudo_search_base = ou=SUDOers,dc=example,dc=com$/m);
    assert.deepEqual(warnings, []);
  });

  it('speaks of Active Directory to accounts that see it, and to no others', async () => {
    const accounts = `serviceAccounts:\n${account('crowd', '    activeDirectory: true\n')}${account('jira')}`;
    const [active] = (await report(accounts, 'jira', '--service', 'crowd', ...url)).files;
    assert.match(active?.text ?? '', /Microsoft Active Directory[^]*sAMAccountName[^]*objectGUID/);
    const [plain] = (await report(accounts, 'jira', ...url)).files;
    assert.match(plain?.text ?? '', /OpenLDAP[^]*cn=jira,[^]*entryUUID/);
    assert.doesNotMatch(plain?.text ?? '', /sAMAccountName|objectGUID/);
  });

  it('writes the YAML of GitLab and Jenkins so that it is read back as it was meant', async () => {
    const [gitlab] = (await report(one, 'gitlab', ...url, '--group', 'A (b), "c"')).files;
    const [, yaml = ''] = /<<-'EOS'\n([^]*)EOS\n/.exec(gitlab?.text ?? '') ?? [];
    const { main } = parse(yaml) as { main: Record<string, unknown> };
    assert.equal(main['port'], 636);
    assert.equal(
      main['user_filter'],
      String.raw`(&(objectClass=inetOrgPerson)(memberOf=cn=A \28b\29\5c, \5c"c\5c",ou=groups,dc=example,dc=com))`,
    );
    const [jenkins] = (await report(one, 'jenkins', ...url)).files;
    const { jenkins: read } = parse(jenkins?.text ?? '') as {
      jenkins: { securityRealm: { ldap: { configurations: Record<string, unknown>[] } } };
    };
    assert.equal(read.securityRealm.ldap.configurations[0]?.['userSearch'], '(&(objectClass=inetOrgPerson)(uid={0}))');
  });

  it('takes the address, the name in the certificate and the authority beside it from the configuration', async () => {
    using certificates = temporaryFolder();
    const make = ['certs', 'create', '--names', 'dir.example.com,192.0.2.1', '--folder', certificates.path];
    assert.equal(await runCli(make, new FakeShell()), 0);
    const [certFile, keyFile] = ['ldap.pem', 'ldap.key'].map((name) => join(certificates.path, name));
    const tls = `  tls:\n    certFile: ${certFile}\n    keyFile: ${keyFile}\n`;
    const ldaps = await report(`${one}ldap:\n  listen: [0.0.0.0:389]\n${tls}`, 'nslcd');
    assert.match(ldaps.files[0]?.text ?? '', /^uri ldaps:\/\/dir\.example\.com:636$/m);
    assert.match(ldaps.files[0]?.text ?? '', /^tls_cacertfile \/etc\/ssl\/certs\/entra-ldapd-ca\.pem$/m);
    assert.ok(ldaps.steps.some((step) => step.startsWith(`Copy ${join(certificates.path, 'ca.pem')} `)));
    const startTls = await report(`${one}ldap:\n  listen: ["[::]:1389"]\n  tlsListen: []\n${tls}`, 'nslcd');
    assert.match(startTls.files[0]?.text ?? '', /^uri ldap:\/\/dir\.example\.com:1389\nssl start_tls$/m);
  });

  it('warns of what will not work', async () => {
    const { warnings: clear } = await report(one, 'jira', '--url', 'ldap://ldap.example.com');
    assert.match(clear.join('\n'), /unencrypted.*ldap\.tls/s);
    const { warnings: sssd } = await report(one, 'sssd', '--url', 'ldap://ldap.example.com');
    assert.match(sssd.join('\n'), /SSSD does not log people in over a connection without TLS/);
    const removed = await report(`${one}users:\n  attributes:\n    mail: false\n`, 'gitlab', ...url);
    assert.deepEqual(removed.warnings, ['GitLab needs mail, and users.attributes.mail removes it.']);
    const off = await report(
      `serviceAccounts:\n${account('a', '    enabled: false\n')}`,
      'jira',
      '--service',
      'a',
      ...url,
    );
    assert.match(off.warnings.join('\n'), /account a is turned off/);
    const login = await report(one, 'apache', ...url, '--login', 'sAMAccountName');
    assert.match(login.warnings.join('\n'), /activeDirectory: true/);
  });

  for (const [title, further, args, code, sentence] of [
    ['no client of that name', one, ['gitlba'], 2, /no client "gitlba"\. Did you mean gitlab\?/],
    ['no service account', '', ['gitlab', ...url], 3, /no service account that gitlab.*hash-password/s],
    ['several and none chosen', `${one}${account('b')}`, ['gitlab', ...url], 2, /--service with one of: reader, b/],
    ['one that is not there', one, ['gitlab', '--service', 'x', ...url], 2, /no service account "x".*only reader/],
    ['what is no URL', one, ['gitlab', '--url', 'ldap.example.com'], 2, /--url must be ldap:\/\/NAME:PORT/],
    ['a port that is not known', `${one}ldap:\n  listen: [127.0.0.1:0]\n`, ['gitlab'], 3, /--url ldaps:\/\/NAME:PORT/],
  ] as const) {
    it(`refuses ${title} with a sentence that says what to do`, async () => {
      const ended = await clientConfig(further, ...args);
      assert.equal(ended.code, code);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, sentence);
    });
  }
});
