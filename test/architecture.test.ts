import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computedImports, importedModules, linesOf } from './support/source-scanner.ts';

/**
 * What a part of the program may import. A part is a folder of `src`, or a file directly in it. `parts` names other parts,
 * or single files of them where only those are offered; `packages` is the one home of a package, or one of its few.
 */
interface Rule {
  readonly parts: readonly string[];
  readonly packages: readonly string[];
}

const rules: Readonly<Record<string, Rule>> = {
  identity: { parts: [], packages: [] },
  wording: { parts: ['identity'], packages: [] },
  directory: { parts: [], packages: [] },
  timing: { parts: [], packages: [] },
  certificates: { parts: [], packages: ['@peculiar/x509'] },
  observability: { parts: ['timing'], packages: ['pino', 'prom-client'] },
  projection: { parts: ['identity', 'directory', 'observability'], packages: [] },
  store: { parts: ['identity', 'directory', 'observability'], packages: ['level', 'lru-cache'] },
  graph: {
    parts: ['identity', 'timing', 'observability'],
    packages: ['@azure/identity', '@microsoft/microsoft-graph-client', 'undici'],
  },
  sync: { parts: ['identity', 'projection', 'timing', 'observability'], packages: [] },
  inspection: { parts: ['identity', 'directory', 'projection', 'sync'], packages: [] },
  auth: { parts: ['identity', 'directory', 'timing', 'observability'], packages: ['bcrypt', 'hash-wasm'] },
  ldap: { parts: ['directory', 'auth', 'timing', 'observability'], packages: [] },
  http: {
    parts: ['identity', 'auth', 'observability', 'timing', 'wording'],
    packages: ['fastify', '@fastify/cookie', '@fastify/formbody'],
  },
  config: { parts: ['identity', 'directory', 'projection', 'timing', 'observability'], packages: ['yaml', 'zod'] },
  simulator: { parts: ['identity', 'timing', 'certificates'], packages: ['yaml', 'zod'] },
  daemon: {
    parts: [
      'identity',
      'directory',
      'timing',
      'observability',
      'projection',
      'store',
      'graph',
      'sync',
      'inspection',
      'auth',
      'ldap',
      'http',
      'config',
    ],
    packages: [],
  },
  'daemon.ts': {
    parts: ['auth/admin-tokens.ts', 'config', 'daemon', 'directory', 'http', 'identity', 'sync'],
    packages: [],
  },
  cli: {
    parts: [
      'auth/hash-password.ts',
      'certificates',
      'config',
      'daemon',
      'daemon.ts',
      'http/control-client.ts',
      'http/control-error.ts',
      'identity',
      'observability',
      'simulator',
      'timing',
      'wording',
    ],
    packages: ['ldapjs', 'uqr', 'yargs'],
  },
  'main.ts': { parts: ['cli/cli.ts'], packages: [] },
};

/** The parts that decide and never act: no sockets, no files, no processes. */
const pure = new Set(['identity', 'directory', 'projection', 'wording']);
const effects = /^node:(?:fs|net|tls|https?|http2|dgram|dns|child_process|cluster|worker_threads|os|process)(?:\/|$)/;

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const sources = listSources(join(root, 'src'));

interface Source {
  /** Path below `src` with forward slashes. */
  readonly path: string;
  readonly part: string;
  readonly text: string;
}

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function listSources(folder: string): readonly Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
    .map((name) => {
      const path = name.split(sep).join('/');
      return { path, part: path.split('/', 1)[0] ?? path, text: readFileSync(join(folder, name), 'utf8') };
    });
}

/** Path below `src` that a relative import means; it begins with `..` when it leaves `src`. */
function targetOf(source: Source, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(source.path), specifier));
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function mayImportFile(source: Source, target: string): boolean {
  const part = target.split('/', 1)[0] ?? target;
  if (part === source.part) return true;
  const allowed = rules[source.part]?.parts ?? [];
  return allowed.includes(part) || allowed.includes(target);
}

function importProblem(source: Source, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = targetOf(source, specifier);
    if (target.startsWith('..')) return 'leaves src';
    if (!sources.some((other) => other.path === target)) return 'names no file of src';
    return mayImportFile(source, target) ? undefined : `is not allowed in ${source.part}`;
  }
  if (specifier.startsWith('node:')) {
    return pure.has(source.part) && effects.test(specifier) ? `has effects, and ${source.part} is pure` : undefined;
  }
  if (builtinModules.includes(specifier)) return 'is written without node:';
  const name = packageOf(specifier);
  return rules[source.part]?.packages.includes(name) ? undefined : `has no home in ${source.part}`;
}

/** Places where code outside `allowed` parts matches. */
function violations(pattern: RegExp, allowed: readonly string[]): readonly string[] {
  return sources
    .filter((source) => !allowed.includes(source.part))
    .flatMap((source) => linesOf(source.text, pattern).map((line) => `${source.path}:${line}`));
}

/** Groups of files that import each other in a circle (Tarjan's strongly connected components). */
function cycles(): readonly (readonly string[])[] {
  const targets = new Map(
    sources.map((source) => [
      source.path,
      importedModules(source.text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => targetOf(source, specifier)),
    ]),
  );
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): void => {
    index.set(path, index.size);
    low.set(path, index.get(path) ?? 0);
    stack.push(path);
    for (const target of targets.get(path) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(path, Math.min(low.get(path) ?? 0, low.get(target) ?? 0));
    }
    if (low.get(path) !== index.get(path)) return;
    const component = stack.splice(stack.indexOf(path));
    if (component.length > 1 || targets.get(path)?.includes(path)) found.push(component);
  };
  for (const path of targets.keys()) if (!index.has(path)) visit(path);
  return found;
}

describe('architecture', () => {
  it('looks at every part of the program that the table names', () => {
    const parts = new Set(sources.map((source) => source.part));
    assert.ok(sources.length > Object.keys(rules).length, `looked at ${sources.length} files only`);
    assert.deepEqual([...parts].sort(), Object.keys(rules).sort());
  });

  it('imports only what the table of folders and packages allows, types included', () => {
    const problems = sources.flatMap((source) =>
      importedModules(source.text).flatMap(({ specifier, line }) => {
        const problem = importProblem(source, specifier);
        return problem === undefined ? [] : [`${source.path}:${line} '${specifier}' ${problem}`];
      }),
    );
    assert.deepEqual(problems, []);
  });

  it('names every module it loads literally', () => {
    const computed = sources.flatMap((source) => computedImports(source.text).map((line) => `${source.path}:${line}`));
    assert.deepEqual(computed, []);
    assert.deepEqual(violations(/\bcreateRequire\b/g, []), []);
  });

  it('has no files that import each other in a circle', () => {
    assert.deepEqual(cycles(), []);
  });

  it('reads the environment, arguments and signals, prints and exits only in cli and main', () => {
    const shell =
      /\bprocess\s*(?:\.\s*(?:argv|env|exit|exitCode|stdin|stdout|stderr|on|once|abort)\b|\[)|\bconsole\b|\bglobalThis\b/g;
    assert.deepEqual(violations(shell, ['cli', 'main.ts']), []);
    const modules = sources
      .filter((source) => source.part !== 'cli')
      .filter((source) =>
        importedModules(source.text).some(({ specifier }) => /^node:(?:process|console)$/.test(specifier)),
      );
    assert.deepEqual(
      modules.map((source) => source.path),
      [],
    );
  });

  it('has no default exports and no barrel files', () => {
    assert.deepEqual(violations(/\bexport\s+default\b|\bas\s+default\b|\bexport\s*\*/g, []), []);
    const barrels = sources
      .filter((source) => /(?:^|\/)index\.[cm]?[jt]s$/.test(source.path))
      .map((source) => source.path);
    assert.deepEqual(barrels, []);
  });

  it('names source files in kebab-case', () => {
    const odd = sources.filter((source) => !/^(?:[a-z0-9-]+\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(source.path));
    assert.deepEqual(
      odd.map((source) => source.path),
      [],
    );
  });

  it('keeps main.ts at twenty lines or fewer', () => {
    const lines = readFileSync(join(root, 'src/main.ts'), 'utf8').trimEnd().split('\n').length;
    assert.ok(lines <= 20, `main.ts has ${lines} lines`);
  });

  it('gives every package that the program depends on a home', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const housed = new Set(Object.values(rules).flatMap((rule) => rule.packages));
    assert.deepEqual([...housed].sort(), Object.keys(manifest.dependencies).sort());
  });
});
