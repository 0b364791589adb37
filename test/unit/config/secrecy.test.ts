import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { parseConfig } from '../../../src/config/load.ts';
import { accepted, bcryptHash, describeProblems, minimal, missingFile, secretValue, source } from './config-fixture.ts';

/** Every way in which somebody might turn a value into text. */
function printed(value: unknown): string {
  const deep = { depth: Infinity, showHidden: true, getters: true } as const;
  return [
    JSON.stringify(value),
    inspect(value, deep),
    inspect(value, { ...deep, customInspect: false }),
    String(value),
  ].join('\n');
}

describe('secrets of a configuration', () => {
  it('do not appear when the configuration is printed (FAM-07)', () => {
    const { config } = accepted(`${minimal}serviceAccounts: [{name: a, passwordHash: "${bcryptHash}"}]\n`);
    const text = printed(config);
    assert.ok(!text.includes(secretValue));
    assert.ok(!text.includes(bcryptHash));
    assert.match(text, /\[secret\]/);
  });

  it('do not appear in problems, wherever in the file and however broken the file (P7, FAM-07)', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9~._-]{12,40}$/);
    const template = [
      'tenant:',
      '  id: §',
      '  clientId: §',
      '  credential: {secret: §, certificateFile: §, sendCertificateChain: §, bogus: §}',
      '  secret: §',
      '  cloud: §',
      '  authorityHost: §',
      '  graphUrl: https://user:§@example.com',
      '  caFile: §',
      '  requestTimeout: §',
      'directory: {baseDn: §, users: §}',
      'users: {uidFrom: §, guests: §, uidNumbers: §, homeDirectory: §, primaryGroup: {name: "§:", gidNumber: §}}',
      'sync: {interval: §, jitter: §}',
      'ldap: {listen: [§], tls: {certFile: §, keyFile: §, minVersion: §}, limits: {messageSize: §, sizeLimit: §}}',
      'serviceAccounts: [{name: a, passwordHash: §}, §]',
      'log: {level: §}',
    ];
    fc.assert(
      fc.property(secret, fc.subarray(template, { minLength: 1 }), (value, lines) => {
        const result = parseConfig(lines.join('\n').replaceAll('§', value), source());
        assert.ok(!result.ok);
        assert.ok(!printed(result).includes(value), describeProblems(result).join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('do not appear in problems when they come from the environment or a file', () => {
    const text = minimal
      .replaceAll(/(id|clientId|baseDn): .*/g, '$1: ${env:SECRET}')
      .replace('${env:SECRET}', '${file:x}');
    const result = parseConfig(text, { ...source(), readFile: () => secretValue });
    assert.ok(!result.ok);
    assert.ok(!printed(result).includes(secretValue));
  });

  it('do not appear in problems of texts that are not YAML', () => {
    for (const text of [
      `a: @${secretValue}`,
      `${secretValue}:\n x\n y`,
      `"${secretValue}`,
      `{${secretValue}: [}`,
      `a: *${secretValue}`,
      `- &${secretValue} a`,
      `!<${secretValue}> a`,
    ]) {
      const result = parseConfig(text, source());
      assert.ok(!result.ok);
      assert.ok(!printed(result).includes(secretValue), describeProblems(result).join('\n'));
    }
  });
});

describe('a configuration of any text', () => {
  const fragments = fc.constantFrom(
    ...'tenant:|id: |credential: |secret|users:|- |[|]|{|}|: |${env:A}|${file:|"|&a |*a|!!str |30m|1|null|__proto__|#|>'.split(
      '|',
    ),
    '\n',
    '  ',
    '\t',
    '|',
    "'",
    '\u0000',
    '\ud800',
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.array(fragments, { maxLength: 20 }).map((parts) => minimal + parts.join('')),
  );

  it('never makes the reader throw, and every problem has a place and a sentence', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = parseConfig(text, { file: 'c.yaml', env: { SECRET: secretValue }, readFile: missingFile });
        for (const problem of result.ok ? result.warnings : result.problems) {
          assert.equal(problem.file, 'c.yaml');
          assert.ok(problem.line >= 1 && problem.column >= 1);
          assert.ok(problem.message.length > 10);
        }
        assert.ok(result.ok || result.problems.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not make the reader throw when reading a file throws something strange', () => {
    const strange = [null, 'text', new Error('x'), Object.assign(new Error('x'), { code: 5 })];
    for (const thrown of strange) {
      const readFile = (): never => {
        throw thrown;
      };
      const text = minimal.replace('${env:SECRET}', '${file:x}');
      assert.equal(parseConfig(text, { file: 'c.yaml', env: {}, readFile }).ok, false);
    }
  });
});
