import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/cli.ts';
import { helpOf } from '../support/command-usages.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { FakeShell } from '../support/fake-shell.ts';
import { markdownFiles, shellLines } from '../support/markdown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** What is not run beside a running daemon, by how its line begins, and which test runs it. */
const elsewhere: Readonly<Record<string, string>> = {
  serve: 'every test of a daemon',
  restore: 'test/e2e/backup.test.ts',
  rollback: 'test/e2e/rollback.test.ts: it asks, and there is nothing to go back to here',
  'init --config': 'test/unit/cli/init.test.ts: it asks',
  'ids import': 'test/e2e/ids.test.ts: no daemon may run',
  'ids adopt': 'test/e2e/ids.test.ts: no daemon may run',
  'sync approve': 'test/e2e/held-changes.test.ts: nothing is held here',
  'plan --config': 'test/e2e/plan.test.ts: there is no second configuration here',
};

interface Line {
  readonly path: string;
  readonly text: string;
  readonly words: readonly string[];
}

/** The lines that begin with the program's name, without comments, redirections and what comes behind a pipe. */
function commandLines(): readonly Line[] {
  const files = markdownFiles(findRoot(dirname(fileURLToPath(import.meta.url))));
  const found = files.flatMap(shellLines).flatMap(({ path, text }): readonly Line[] => {
    const [, rest] = /^entra-ldapd (.*?)(?: +#.*| +[|>].*)?$/.exec(text) ?? [];
    if (rest === undefined) return [];
    const words = [...rest.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(
      ([word, double, single]) => double ?? single ?? word,
    );
    return [{ path, text: rest, words }];
  });
  const lines = new Map(found.map((line) => [line.text, line] as const));
  return [...lines.values()].filter(({ text }) => !Object.keys(elsewhere).some((start) => text.startsWith(start)));
}

describe('commands that the documentation shows', function () {
  this.timeout(120_000);
  let demo: RunningDemo;
  const folder = temporaryFolder();

  before(async () => {
    demo = await startDemo();
  });

  after(async () => {
    await demo[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** The words with the demo's configuration and account, the names of its people, and files in a folder of the test. */
  async function here(words: readonly string[]): Promise<readonly string[]> {
    const given = words.map((word, at) => {
      const before = words[at - 1];
      if (before === '--config') return demo.report.config;
      if (before === '--service') return 'demo';
      if (before === '--folder') return folder.path;
      if (word === 'NAME') return 'alice@contoso.com';
      return /^[\w./-]+\.(?:csv|ldif|schema|backup)$/.test(word) ? join(folder.path, basename(word)) : word;
    });
    const { stdout: help } = await helpOf(
      words.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-')).slice(0, 2),
    );
    const config = help.includes('--config') && !given.includes('--config') ? ['--config', demo.report.config] : [];
    const into =
      words[0] === 'certs' && words[1] === 'create' && !given.includes('--folder')
        ? ['--folder', join(folder.path, 'certs')]
        : [];
    // The demo of a test has another port each time, which its configuration does not say.
    const url = words[0] === 'client-config' && !given.includes('--url') ? ['--url', demo.ldaps] : [];
    return [...given, ...config, ...into, ...url];
  }

  const lines = commandLines();

  it('are many', () => {
    assert.ok(lines.length > 40);
  });

  for (const { path, text, words } of lines) {
    it(`do what they are meant to: ${text} (${path})`, async () => {
      const shell = new FakeShell();
      shell.stdin.end('a new password\n');
      const code = await runCli(await here(words), shell);
      assert.equal(code, 0, shell.stderr.text + shell.stdout.text);
    });
  }
});
