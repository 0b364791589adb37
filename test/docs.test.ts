import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultAuthLimits } from '../src/auth/limits.ts';
import { defaultDirectoryLimits } from '../src/directory/limits.ts';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { defaultLdapLimits } from '../src/ldap/limits.ts';
import { Table } from '../src/store/keys.ts';
import { allCommands, helpOf, usagesOf } from './support/command-usages.ts';
import { brokenLinks, codeIn, codeSpans, linksOf, markdownFiles, shellLines, tableRows } from './support/markdown.ts';
import type { Ended } from './support/program.ts';
import { importedModules } from './support/source-scanner.ts';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const files = markdownFiles(root);

/** How many requirements there are of each source. */
const requirements: Readonly<Record<string, number>> = { FAM: 28, FED: 25, FOX: 21, SNP: 27, OOM: 12, PAIN: 23 };
const promises = 9;

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(read(path)) as Readonly<Record<string, unknown>>;
}

function sources(folder: 'src' | 'test'): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `${folder}/${name}`, text: read(join(folder, name)) }));
}

/** Ids that look like a requirement or a promise and are none. */
function malformedIds(text: string): readonly string[] {
  const named = [...text.matchAll(/\b(FAM|FED|FOX|SNP|OOM|PAIN)[-_ ]?(\d+)\b/g)].flatMap(
    ([id, source = '', digits = '']) => {
      const isKnown = Number(digits) >= 1 && Number(digits) <= (requirements[source] ?? 0);
      return isKnown && id === `${source}-${digits.padStart(2, '0')}` ? [] : [id];
    },
  );
  return [...named, ...promisesIn(text).filter((id) => !/^P[1-9]$/.test(id) || Number(id.slice(1)) > promises)];
}

/** `P1` and its like; parts of longer words (`HTTP2`, `P-256`, base64) are not meant. */
function promisesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w/+=.$-])P\d{1,2}(?![\w/+=-])/g)].map(([id]) => id);
}

/** True when the schema of the configuration has a key, written with dots. */
function isConfigKey(key: string): boolean {
  let schema: unknown = readJson('config/entra-ldapd.schema.json');
  for (const name of key.replaceAll('[]', '').split('.')) {
    const { properties, items } = schema as {
      properties?: Record<string, unknown>;
      items?: { properties?: Record<string, unknown> };
    };
    schema = (properties ?? items?.properties)?.[name];
    if (schema === undefined) return false;
  }
  return true;
}

/** What a part of `src` really imports, as parts, files of parts, and packages. */
function realImports(part: string): ReadonlySet<string> {
  const own = sources('src').filter(({ path }) => path === `src/${part}` || path.startsWith(`src/${part}/`));
  const found = own.flatMap(({ path, text }) =>
    importedModules(text).flatMap(({ specifier }) => {
      if (specifier.startsWith('node:')) return [];
      if (specifier.startsWith('.')) return [join(dirname(path), specifier).replaceAll('\\', '/').slice('src/'.length)];
      return [
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      ];
    }),
  );
  return new Set(found.filter((target) => target.split('/', 1)[0] !== part && target !== part));
}

function limitsTable(header: string, firstName: string): Readonly<Record<string, number>> {
  const text = read('docs/architecture.md');
  const rows = tableRows(text, header);
  assert.equal(codeIn(rows[0]?.[0])[0], firstName);
  return Object.fromEntries(rows.map(([name, value = '']) => [codeIn(name)[0], Number(value.replaceAll(',', ''))]));
}

describe('documentation', () => {
  it('is looked at as a whole', () => {
    const paths = new Set(files.map(({ path }) => path));
    for (const path of ['README.md', 'SECURITY.md', 'docs/architecture.md', 'certs/README.md'])
      assert.ok(paths.has(path), path);
    assert.ok(files.flatMap(({ text }) => linksOf(text)).length > 20);
    assert.ok(usagesOf(files.flatMap(codeSpans)).length > 10);
  });

  it('has only relative links that lead to a file of the project and to a heading in it', () => {
    assert.deepEqual(
      files.flatMap((file) => brokenLinks(root, file)),
      [],
    );
  });

  it('numbers its decisions without gaps, each with a status and a date', () => {
    const decisions = files.filter(({ path }) => path.startsWith('docs/decisions/'));
    for (const [index, { path, text }] of decisions.entries()) {
      const number = String(index + 1);
      assert.ok(path.startsWith(`docs/decisions/${number.padStart(4, '0')}-`), path);
      assert.ok(text.startsWith(`# ${number}. `), path);
      assert.match(text, /^Status: (?:accepted|superseded by \[.+\]\(.+\)), \d{4}-\d\d-\d\d$/m, path);
    }
  });

  it('names requirements and promises by well-formed ids only, and so do sources and tests', () => {
    const odd = [...files, ...sources('src'), ...sources('test')].flatMap(({ path, text }) =>
      malformedIds(text).map((id) => `${path}: ${id}`),
    );
    assert.deepEqual(odd, []);
  });

  it('explains every promise that a test proves', () => {
    const explained = tableRows(read('docs/architecture.md'), 'id').map(([id]) => id);
    assert.deepEqual(
      explained,
      Array.from({ length: promises }, (_, index) => `P${index + 1}`),
    );
    const holds = new Set(
      tableRows(read('docs/architecture.md'), 'id').flatMap(([id = '', , , today]) =>
        today === 'planned' ? [] : [id],
      ),
    );
    const proven = new Set(
      sources('test').flatMap(({ path, text }) => (path === 'test/docs.test.ts' ? [] : promisesIn(text))),
    );
    assert.deepEqual(
      [...proven].filter((id) => !holds.has(id)),
      [],
    );
  });

  it('is there wherever a source or a test refers to it', () => {
    const missing = [...sources('src'), ...sources('test')].flatMap(({ path, text }) =>
      [...text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)].flatMap(([target]) =>
        existsSync(join(root, target)) ? [] : [`${path}: ${target}`],
      ),
    );
    assert.deepEqual(missing, []);
  });

  it('names keys of the configuration that exist', () => {
    const section =
      /^(?:tenant|directory|users|groups|sync|store|ldap|serviceAccounts(?:\[\])?|bind|access|log)\.[a-zA-Z.[\]]+$/;
    const keys = files.flatMap(codeSpans).filter(({ text }) => section.test(text.split(':', 1)[0] ?? ''));
    assert.ok(keys.length > 10);
    // Events of the log, and hosts, look like keys.
    const others = sources('src')
      .map(({ text }) => text)
      .join('\n');
    const isOther = (text: string): boolean => text.startsWith('ldap.example.') || others.includes(`'${text}'`);
    const unknown = keys.filter(({ text }) => !isOther(text) && !isConfigKey(text.split(':', 1)[0] ?? ''));
    assert.deepEqual(unknown, []);
  });

  it('names npm commands that package.json has', () => {
    const { scripts } = readJson('package.json') as { scripts: Record<string, string> };
    const pieces = [...files.flatMap(codeSpans), ...files.flatMap(shellLines)];
    const commands = pieces.flatMap(({ text }) => [...text.matchAll(/\bnpm (?:run )?(?:--silent )?([a-z][a-z:]*)/g)]);
    assert.ok(commands.length > 5);
    const ownOfNpm = new Set(['install', 'ci']);
    for (const [usage, script = ''] of commands) assert.ok(ownOfNpm.has(script) || script in scripts, usage);
  });
});

/** What may stand for a word of a usage: itself, one of `users|groups`, or one of those that the help lists for an operand. */
function wordsFor(word: string | undefined, help: string): readonly string[] {
  if (word === undefined) return [];
  const own = word.replaceAll(/[[\]]/g, '').split('|');
  const [, listed = ''] = new RegExp(`^${own.join('')}: [^:]*one of (.*?)\n\n`, 'ms').exec(help) ?? [];
  return [...own, ...listed.split(/[\s,]+/)];
}

describe('documentation of the command line', () => {
  it('shows only commands and options that the program has', async () => {
    const usages = usagesOf([...files.flatMap(codeSpans), ...files.flatMap(shellLines)]);
    const helps = new Map<string, Ended>();
    for (const { words } of usages) {
      const name = words.join(' ');
      if (!helps.has(name)) helps.set(name, await helpOf(words));
    }
    const wrong = usages.filter(({ words, options }) => {
      const help = helps.get(words.join(' '));
      const [program, ...usage] = help?.stdout.split('\n')[0]?.split(' ') ?? [];
      const isUsage =
        words.length === 0
          ? usage[0] === '<command>'
          : words.every((word, at) => wordsFor(usage[at], help?.stdout ?? '').includes(word));
      return (
        help?.code !== 0 ||
        program !== 'entra-ldapd' ||
        !isUsage ||
        !options.every((option) => help.stdout.includes(option))
      );
    });
    assert.deepEqual(
      wrong.map(({ path, text }) => `${path}: ${text}`),
      [],
    );
  });

  it('lists every command in README.md', async () => {
    const listed = tableRows(read('README.md'), 'command').flatMap(([command]) => codeIn(command));
    const existing = await allCommands();
    assert.ok(existing.length > 5);
    assert.deepEqual(listed.toSorted(), existing.map((name) => `entra-ldapd ${name}`).toSorted());
  });

  it('explains every exit code', () => {
    const text = read('docs/decisions/0005-exit-codes-are-an-interface.md');
    assert.deepEqual(
      tableRows(text, 'code').map(([code]) => Number(code)),
      Object.values(exitCodes),
    );
  });
});

describe('documentation of the architecture', () => {
  const text = read('docs/architecture.md');

  it('has a row for every part of src, with all that the part imports', () => {
    const rows = tableRows(text, 'folder');
    const parts = readdirSync(join(root, 'src'));
    assert.deepEqual(rows.flatMap(([part]) => codeIn(part)).toSorted(), parts.toSorted());
    for (const [cell, , ours, packages] of rows) {
      const part = codeIn(cell)[0] ?? '';
      const allowed = new Set([...codeIn(ours), ...codeIn(packages)]);
      const undocumented = [...realImports(part)].filter(
        (target) => !allowed.has(target) && !(target.includes('/') && allowed.has(target.split('/', 1)[0] ?? '')),
      );
      assert.deepEqual(undocumented, [], part);
    }
  });

  it('lists the tables of the store with their numbers', () => {
    const documented = tableRows(text, 'table').map(([number]) => Number(codeIn(number)[0]));
    assert.deepEqual(documented, Object.values(Table));
  });

  it('gives the limits their real defaults (P8)', () => {
    assert.deepEqual(limitsTable('limit | default | key', 'connectionsMax'), defaultLdapLimits);
    assert.deepEqual(limitsTable('limit of searches | default', 'filterDepthMax'), defaultDirectoryLimits);
    assert.deepEqual(limitsTable('limit of binds | default', 'hashesMax'), defaultAuthLimits);
  });

  it('gives every direct dependency a reason, and no other package', () => {
    const dependencies = read('docs/dependencies.md');
    const {
      dependencies: used,
      devDependencies: tools,
      overrides,
    } = readJson('package.json') as Record<'dependencies' | 'devDependencies' | 'overrides', Record<string, string>>;
    const [first = '', development = ''] = dependencies.split('## For development');
    const [tables = '', held = ''] = development.split('## Overrides');
    assert.deepEqual(
      tableRows(first, 'package')
        .flatMap(([name]) => codeIn(name))
        .toSorted(),
      Object.keys(used).toSorted(),
    );
    assert.deepEqual(
      tableRows(tables, 'package')
        .flatMap(([name]) => codeIn(name))
        .toSorted(),
      Object.keys(tools).toSorted(),
    );
    assert.deepEqual(codeIn(held).toSorted(), Object.keys(overrides).toSorted());
  });
});
