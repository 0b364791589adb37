import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../support/temporary-folder.ts';
import { corpusFolder } from './corpus.ts';

const compiled = join(dirname(fileURLToPath(import.meta.url)), '../..');
const modules = join(corpusFolder, '../../../node_modules');

/** A mistake that could have been made: in a compiled file, this text instead of that. */
interface Mistake {
  readonly what: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
  /** The target that finds it, and with what words. */
  readonly target: string;
  readonly found: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    what: 'an element that is longer than what holds it is read',
    file: 'ldap/ber-reader.js',
    right: 'if (length > this.#end - this.#offset)',
    wrong: 'if (length > 100_000)',
    target: 'filter',
    found: /read outside the message/,
  },
  {
    what: 'a length may have any number of octets',
    file: 'ldap/framer.js',
    right: 'if (octets > headerBytesMax - 2)',
    wrong: 'if (octets > 127)',
    target: 'message',
    found: /RangeError/,
  },
  {
    what: 'some of the input budget is not given back',
    file: 'ldap/framer.js',
    right: 'this.#budget.release(this);',
    wrong: ';',
    target: 'message',
    found: /some of the budget is lost/,
  },
  {
    what: 'an escaped space at the end of a value is trimmed',
    file: 'directory/dn-parser.js',
    right: 'value += unescaped;\n        trimmable = 0;',
    wrong: 'value += unescaped;\n        trimmable += unescaped === " " ? 1 : 0;',
    target: 'dn',
    found: /reads what it wrote|read and normalized|two spellings/,
  },
  {
    what: 'capitals that compatibility decomposition uncovers stay capitals',
    file: 'directory/string-prep.js',
    right: 'const folded = foldCase(composed);',
    wrong: 'const folded = composed;',
    target: 'string-prep',
    found: /at its end after one time/,
  },
  {
    what: 'NOT makes Undefined False',
    file: 'directory/filter-items.js',
    right: 'return value === Truth.Undefined ? value : truth(value === Truth.False);',
    wrong: 'return truth(value === Truth.False);',
    target: 'filter-matching',
    found: /entry #/,
  },
  {
    what: 'a connection that goes keeps what it had read of a message',
    file: 'ldap/connection.js',
    right: 'this.#framer.clear();',
    wrong: '',
    target: 'connection',
    found: /some of the budget is lost/,
  },
];

describe('the fuzzer', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeEach(() => {
    folder = temporaryFolder();
    for (const part of ['src', 'test/fuzz', 'test/support']) {
      cpSync(join(compiled, part), join(folder.path, part), { recursive: true });
    }
    writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
    symlinkSync(modules, join(folder.path, 'node_modules'));
  });

  afterEach(() => folder[Symbol.dispose]());

  function plant(file: string, right: string, wrong: string): void {
    const path = join(folder.path, 'src', file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(right), `${file} does not say ${right}`);
    writeFileSync(path, text.replaceAll(right, wrong));
  }

  /** Fuzzes the copy, without the kept corpus. A process of its own, for the counters of V8 are needed here by others. */
  async function fuzz(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    const child = spawn(process.execPath, [join(folder.path, 'test/fuzz/main.js'), '--seed', '1', '--first', ...args], {
      cwd: folder.path,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  for (const { what, file, right, wrong, target, found } of mistakes) {
    it(`finds out when ${what}`, async () => {
      plant(file, right, wrong);
      const { code, output } = await fuzz('--target', target, '--runs', '40000');
      assert.equal(code, 1, output);
      assert.match(output, found);
      const replay = new RegExp(`replay with npm run fuzz -- --target ${target} --replay (\\S+/crash-[0-9a-f]{12})\n`);
      const kept = replay.exec(output)?.[1] ?? '';
      assert.equal((await fuzz('--target', target, '--replay', kept)).code, 1, `${kept} does not raise it again`);
    });
  }

  it('finds by the blocks it reaches what changes without looking do not find', async () => {
    writeFileSync(
      join(folder.path, 'src/ldap/maze.js'),
      `export function maze(input) {
        if (input[0] === 0x30) if (input[1] === 0x84) if (input[2] === 0x7f) if (input[3] === 0x1f)
          throw new Error('out of the maze');
      }`.replaceAll(' if (', ' \n if ('),
    );
    writeFileSync(
      join(folder.path, 'test/fuzz/targets/all.js'),
      `import { maze } from '../../../src/ldap/maze.js';
      const steps = { fixed: 1_000_000, perByte: 0 };
      export const targets = [{ name: 'maze', bytesMax: 8, words: [0x30, 0x84, 0x7f, 0x1f].map((octet) => Buffer.of(octet)), seeds: [Buffer.alloc(4)], steps, run: maze }];`,
    );
    const guided = await fuzz('--runs', '40000');
    assert.equal(guided.code, 1, guided.output);
    assert.match(guided.output, /out of the maze/);
    const blind = await fuzz('--runs', '40000', '--blind', '--corpus', join(folder.path, 'blind'));
    assert.equal(blind.code, 0, blind.output);
  });
});
