import assert from 'node:assert/strict';
import { compare } from 'bcrypt';
import { runCli } from '../../../src/cli/cli.ts';
import { FakeShell } from '../../support/fake-shell.ts';

describe('hash-password on a terminal', () => {
  /** Runs the command and types a line of keys at each prompt. */
  async function typed(...lines: readonly string[]): Promise<{ code: number; shell: FakeShell }> {
    const shell = new FakeShell({ terminal: true });
    const keys = [...lines];
    const prompted = shell.stderr.write.bind(shell.stderr);
    shell.stderr.write = (text: unknown): boolean => {
      if (String(text).endsWith(': ')) setImmediate(() => shell.stdin.write(keys.shift() ?? '\u0003'));
      return prompted(text);
    };
    return { code: await runCli(['hash-password'], shell), shell };
  }

  it('asks twice and shows neither', async () => {
    const { code, shell } = await typed('pässword\r', 'pässword\r');
    assert.equal(code, 0);
    assert.equal(await compare('pässword', shell.stdout.text.trim()), true);
    assert.equal(shell.stderr.text, 'Password: \nThe same password again: \n');
    assert.equal(shell.stdin.raw, false, 'the terminal is as it was');
  });

  it('knows backspace and the key that wipes the line', async () => {
    const { code, shell } = await typed('wrong\u0015pax\u007fss\r', 'pass\n');
    assert.equal(code, 0);
    assert.equal(await compare('pass', shell.stdout.text.trim()), true);
  });

  it('refuses two different passwords with exit code 2', async () => {
    const { code, shell } = await typed('one\r', 'two\r');
    assert.equal(code, 2);
    assert.equal(shell.stdout.text, '');
    assert.match(shell.stderr.text, /The two passwords differ/);
  });

  it('ends with exit code 130 on Ctrl-C, and the terminal is as it was', async () => {
    const { code, shell } = await typed('half\u0003');
    assert.equal(code, 130);
    assert.equal(shell.stdout.text, '');
    assert.equal(shell.stdin.raw, false);
  });
});

describe('hash-password without a terminal', () => {
  async function piped(input: string): Promise<{ code: number; shell: FakeShell }> {
    const shell = new FakeShell();
    shell.stdin.end(input);
    return { code: await runCli(['hash-password'], shell), shell };
  }

  it('takes the first line, blanks and all', async () => {
    const { code, shell } = await piped(' a b \r\nnext');
    assert.equal(code, 0);
    assert.equal(await compare(' a b ', shell.stdout.text.trim()), true);
    assert.equal(shell.stderr.text, '');
  });

  for (const [name, input, sentence] of [
    ['nothing', '', /no password on standard input/],
    ['an empty line', '\nsecond', /no password on standard input/],
    ['73 octets', `${'p'.repeat(73)}\n`, /73 octets/],
    ['74 octets in 37 characters', `${'ä'.repeat(37)}\n`, /74 octets/],
    ['a NUL', 'sec\0ret\n', /NUL/],
    ['a line without end', 'p'.repeat(5000), /too long/],
  ] as const) {
    it(`refuses ${name} with exit code 2 and does not repeat it`, async () => {
      const { code, shell } = await piped(input);
      assert.equal(code, 2);
      assert.match(shell.stderr.text, sentence);
      assert.equal(shell.stdout.text, '');
      assert.doesNotMatch(shell.stderr.text, /ppp|sec|äää/);
    });
  }
});
