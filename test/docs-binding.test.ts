import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { refusalResult } from '../src/auth/diagnostics.ts';
import { aadstsMeanings } from '../src/graph/aadsts.ts';
import { secondFactorCodes } from '../src/identity/password-check.ts';
import type { LinkName } from '../src/auth/link.ts';
import { parseConfig } from '../src/config/load.ts';
import { bindSwitches } from '../src/identity/bind-rule.ts';
import { codeIn, tableRows } from './support/markdown.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const guid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const text = readFileSync(join(root, 'docs/binding.md'), 'utf8');

describe('documentation of binds', () => {
  it('has every code of Entra with its meaning and its answer, and no other', () => {
    const rows = tableRows(text, 'code').map(([code = '', meaning, answer = '', password]) => {
      const [word] = codeIn(answer);
      return [
        Number(codeIn(code)[0]),
        meaning,
        word,
        answer.includes('alarm'),
        password?.includes('let through'),
      ] as const;
    });
    const expected = [...aadstsMeanings].map(([code, meaning]) => {
      const { verdict } = meaning;
      const isTrouble = verdict === 'unavailable' || verdict === 'misconfigured';
      const word = isTrouble
        ? 'unavailable'
        : /data (\w+)/.exec(refusalResult('activeDirectoryFull', { denial: verdict }).diagnosticMessage)?.[1];
      return [code, meaning.text, word, verdict === 'misconfigured', secondFactorCodes.includes(code)] as const;
    });
    assert.deepEqual(rows, expected);
  });

  it('has every link of the chain, and every switch of the rules', () => {
    const firstCodes = (heading: string): readonly string[] =>
      tableRows(text, heading).map(([cell = '']) => codeIn(cell)[0] ?? '');
    const links: Readonly<Record<LinkName, true>> = {
      service: true,
      certificate: true,
      local: true,
      appPassword: true,
      oneTimeCode: true,
      remembered: true,
      entra: true,
    };
    assert.deepEqual(firstCodes('link'), Object.keys(links));
    assert.deepEqual(firstCodes('key'), bindSwitches);
  });

  it('shows rules that are accepted, and none that has no effect', () => {
    const [example = ''] = /^bind:\n {2}rules:\n(?: {4}.*\n)+/m.exec(text) ?? [];
    const hash = `$2b$12$${'a'.repeat(53)}`;
    const services = ['vpn', 'bastion'].map((name) => ({ name, passwordHash: hash, allowFrom: ['192.0.2.1'] }));
    const tenant = { id: guid(1), clientId: guid(2), credential: { secret: 'x' } };
    const rest = { tenant, directory: { baseDn: 'dc=example,dc=com' }, serviceAccounts: services };
    // YAML takes JSON for a value.
    const others = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
    const source = { file: 'c.yaml', env: {}, readFile: () => assert.fail() };
    const result = parseConfig(`${example}${others.join('')}`, source);
    assert.ok(result.ok, result.ok ? '' : result.problems.map(({ message }) => message).join('\n'));
    assert.equal(result.config.bind.rules.length, 5);
    assert.deepEqual(
      result.warnings.filter(({ key }) => key?.startsWith('bind') ?? false),
      [],
    );
  });
});
