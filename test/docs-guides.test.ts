import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registrationSteps } from '../src/cli/init/registration-steps.ts';
import { codeIn, linksOf } from './support/markdown.ts';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const docs = join(root, 'docs');

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function page(name: string): string {
  return readFileSync(join(docs, name), 'utf8');
}

describe('docs/README.md', () => {
  it('leads to every page', () => {
    const linked = new Set(linksOf(page('README.md')).map((link) => link.split('#', 1)[0]));
    const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'README.md');
    assert.deepEqual(
      pages.filter((name) => !linked.has(name)),
      [],
    );
  });
});

describe('docs/register-app.md', () => {
  it('has the commands of Azure that init prints, and no others', () => {
    const [, block = ''] = /^```bash\n([^]*?)^```/m.exec(page('register-app.md')) ?? [];
    const printed =
      registrationSteps.split('The same by the Azure command line:')[1]?.split('The last command')[0] ?? '';
    assert.equal(block.trim(), printed.replaceAll(/^ {2}/gm, '').trim());
  });

  it('has the permissions that init asks for (FOX-08)', () => {
    for (const permission of ['User.Read.All', 'GroupMember.Read.All', 'openid']) {
      assert.ok(registrationSteps.includes(permission));
      assert.ok(page('register-app.md').includes(`| \`${permission}\` |`), permission);
    }
  });
});

describe('docs/troubleshooting.md', () => {
  it('quotes messages that the program has', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
      .join('\n');
    // Of LDAP and its clients.
    const others = new Set(['noSuchObject', 'memberOf', "Can't contact LDAP server (-1)"]);
    const rows = page('troubleshooting.md').split('\n');
    const messages = rows.flatMap((row) => (row.startsWith('| `') ? codeIn(row.split('|')[1]) : []));
    assert.ok(messages.length > 15);
    assert.deepEqual(
      messages.filter((message) => !others.has(message) && !sources.includes(message)),
      [],
    );
  });

  it('names codes of Entra that the table of binds explains', () => {
    const codes = [...page('troubleshooting.md').matchAll(/AADSTS(\d+)/g)].map(([, code]) => `\`${code}\``);
    assert.ok(codes.length > 4);
    assert.deepEqual(
      codes.filter((code) => !page('binding.md').includes(code)),
      [],
    );
  });
});
