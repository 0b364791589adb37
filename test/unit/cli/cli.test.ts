import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { runCli } from '../../../src/cli/cli.ts';
import { exitCodes, exitCodesText } from '../../../src/cli/exit-codes.ts';
import { CommandFailure, reportFailure } from '../../../src/cli/failure.ts';
import { type OptionTable, parserOption, readOptions } from '../../../src/cli/options.ts';
import { ControlError, type ControlErrorCode } from '../../../src/http/control-error.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import { FakeShell } from '../../support/fake-shell.ts';

describe('command line', () => {
  it('answers nonsense with exit code 2 and a sentence, whatever it is', async () => {
    const word = fc.string({ maxLength: 12 }).map((text) => `x${text}`);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 4 }), async (words) => {
        const shell = new FakeShell();
        assert.equal(await runCli(words, shell), 2);
        assert.equal(shell.stdout.text, '');
        assert.match(shell.stderr.text, /See: entra-ldapd --help\n$/);
        assert.doesNotMatch(shell.stderr.text, /^\s+at |Unexpected/m);
      }),
      { numRuns: 50 },
    );
  });

  it('prints help on standard output with exit code 0', async () => {
    for (const args of [['--help'], ['-h'], ['sync', '--help'], ['config', '--help']]) {
      const shell = new FakeShell();
      assert.equal(await runCli(args, shell), 0);
      assert.match(shell.stdout.text, /^entra-ldapd /);
      assert.match(shell.stdout.text, /Exit codes:/);
      assert.equal(shell.stderr.text, '');
    }
  });

  it('keeps the last of an option that is given twice', async () => {
    const shell = new FakeShell();
    assert.equal(await runCli(['status', '--config', 'one.yaml', '--config', 'two.yaml'], shell), 3);
    assert.match(shell.stderr.text, /two\.yaml cannot be read/);
  });
});

describe('a wrong command line', () => {
  for (const [args, sentence] of [
    [
      [],
      /Which command\? One of: demo, init, check, serve, sync, .*status, .*export, .*config check, hash-password, .*simulate/,
    ],
    [['stats'], /no command "stats"\. Did you mean status\?/],
    [['stats', '--config', 'x'], /no command "stats"\. Did you mean status\?/],
    [['config'], /Which command\? One of: config check/],
    [['config', 'chekc'], /no command "config chekc"\. Did you mean config check\?/],
    [['--jsno'], /no option --jsno\. See: entra-ldapd --help/],
    [['status', '--jsn'], /status has no option --jsn\. Did you mean --json\?/],
    [['status', '-x'], /status has no option -x/],
    [['serve', 'now'], /serve takes no argument "now"/],
    [['serve', '--config'], /Not enough arguments following: config/],
    [['serve', '--config='], /--config needs a value/],
    [
      ['sync', '--log-level', 'debg'],
      /--log-level must be one of debug, info, warn, error, not "debg"\. Did you mean debug\?/,
    ],
    [['demo', '--port', '65536'], /--port must be a whole number from 0 to 65535, not "65536"/],
    [['demo', '--port', '-1'], /Not enough arguments following: port|--port must be/],
    [['demo', '--tls-port', '1e3'], /--tls-port must be a whole number/],
    [['simulate', '--users', 'many'], /--users must be a whole number/],
    [['simulate', '--page-size', '0'], /--page-size must be a whole number from 1/],
    [['simulate', '--throttling', 'on'], /--throttling must be one of off, microsoft/],
    [['simulate', '--users', '5', '--tenant', 'tenant.yaml'], /--users is for generated tenants/],
    [['hash-password', 'secret'], /hash-password takes no argument/],
    [['explain', 'user'], /explain user needs a NAME: a name, user principal name/],
    [['explain', 'user', 'alice', 'bob'], /explain user takes no argument "bob"/],
    [['explain', 'usr', 'alice'], /no command "explain usr"\. Did you mean explain user\?/],
    [['users', '--limit', '0'], /--limit must be a whole number from 1/],
    [['groups', '--locked'], /groups has no option --locked/],
  ] as const) {
    it(`answers "${args.join(' ')}" with a sentence and exit code 2`, async () => {
      const shell = new FakeShell();
      assert.equal(await runCli(args, shell), 2);
      assert.match(shell.stderr.text, sentence);
      assert.equal(shell.stdout.text, '');
      assert.doesNotMatch(shell.stderr.text, /^\s+at |Unexpected/m);
    });
  }
});

describe('options', () => {
  const table = {
    flag: { kind: 'flag', description: '' },
    text: { kind: 'text', description: '' },
    count: { kind: 'integer', from: 1, to: 10, description: '', fallback: 5 },
    word: { kind: 'choice', choices: ['one', 'two'], description: '' },
  } as const satisfies OptionTable;

  it('have their fallback, or are undefined, when they are not given', () => {
    assert.deepEqual(readOptions(table, {}), { flag: false, text: undefined, count: 5, word: undefined });
  });

  it('are read as what they are', () => {
    const found = { flag: true, text: '007', count: '10', word: 'two' };
    assert.deepEqual(readOptions(table, found), { flag: true, text: '007', count: 10, word: 'two' });
  });

  it('accept whole numbers at their bounds and refuse the next ones', () => {
    assert.equal(readOptions(table, { count: '1' }).count, 1);
    for (const count of ['0', '11', '1.5', '-1', '1e1', '0x5', ' 5', '99999999999999999999', 'five']) {
      assert.throws(() => readOptions(table, { count }), /--count must be a whole number from 1 to 10, not/);
    }
  });

  it('refuse an empty value and a word that is not offered', () => {
    assert.throws(() => readOptions(table, { text: '' }), /--text needs a value/);
    assert.throws(() => readOptions(table, { word: 'tow' }), /must be one of one, two, not "tow"\. Did you mean two\?/);
  });

  it('tell their choices and defaults in the help', () => {
    assert.match(parserOption(table.word).description ?? '', /\(one, two\)/);
    assert.match(parserOption(table.count).description ?? '', /\[default: 5\]/);
  });
});

describe('failures', () => {
  const report = (error: unknown, debug = false): { code: number; text: string } => {
    const shell = new FakeShell();
    shell.debug = debug;
    return { code: reportFailure(shell, error), text: shell.stderr.text };
  };

  it('have the exit code of their kind', () => {
    assert.equal(report(new CommandFailure(exitCodes.listen, 'Taken.')).code, 7);
    assert.equal(report(new SourceError('credentials', 'Refused.')).code, 4);
    assert.equal(report(new TypeError('x is undefined')).code, 1);
    const control: Readonly<Record<ControlErrorCode, number>> = {
      notRunning: 6,
      forbidden: 6,
      foreign: 6,
      otherVersion: 6,
      refused: 6,
      notPossible: 8,
      interrupted: 6,
      inUse: 5,
      notASocket: 5,
      pathTooLong: 3,
    };
    for (const [code, exitCode] of Object.entries(control)) {
      assert.equal(report(new ControlError(code as ControlErrorCode, 'Sentence.')).code, exitCode, code);
    }
  });

  it('are sentences without a stack', () => {
    assert.equal(report(new CommandFailure(exitCodes.store, 'The store is locked.')).text, 'The store is locked.\n');
    assert.equal(report(new TypeError('x is undefined')).text, 'Unexpected error: x is undefined\n');
    assert.equal(report('thrown text').text, 'Unexpected error: thrown text\n');
  });

  it('have their stack in debug mode', () => {
    assert.match(report(new TypeError('x is undefined'), true).text, /^\s+at /m);
  });

  it('list every exit code in the help, each with a different number', () => {
    const lines = exitCodesText().split('\n').slice(1);
    assert.deepEqual(
      lines.map((line) => Number.parseInt(line, 10)),
      Object.values(exitCodes),
    );
    assert.equal(new Set(Object.values(exitCodes)).size, lines.length);
  });
});
