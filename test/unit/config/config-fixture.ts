import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { type ConfigResult, type ConfigSource, parseConfig } from '../../../src/config/load.ts';
import { type ConfigProblem, formatProblem } from '../../../src/config/problem.ts';

export const tenantId = '11111111-2222-3333-4444-555555555555';
export const clientId = '99999999-2222-3333-4444-555555555555';
export const secretValue = 'h8F~very-secret-value.Q';
export const bcryptHash = '$2b$12$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY';

/** The smallest configuration: tenant id, client id, secret (OOM-04) and the base DN. */
export const minimal = `tenant:
  id: ${tenantId}
  clientId: ${clientId}
  credential:
    secret: \${env:SECRET}
directory:
  baseDn: dc=example,dc=com
`;

export function missingFile(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

/** A source with one environment variable and the given files, by the path under which they are asked for. */
export function source(files: Readonly<Record<string, string>> = {}, env: ConfigSource['env'] = {}): ConfigSource {
  return {
    file: '/etc/entra-ldapd/config.yaml',
    env: { SECRET: secretValue, ...env },
    readFile: (path) => files[path] ?? missingFile(),
  };
}

export function accepted(text: string, from = source()): { config: Config; warnings: readonly ConfigProblem[] } {
  const result = parseConfig(text, from);
  assert.ok(result.ok, `expected no problems, got:\n${describeProblems(result).join('\n')}`);
  return result;
}

export function refused(text: string, from = source()): readonly ConfigProblem[] {
  const result = parseConfig(text, from);
  assert.ok(!result.ok, 'expected problems');
  return result.problems;
}

export function describeProblems(result: ConfigResult): string[] {
  return (result.ok ? result.warnings : result.problems).map(formatProblem);
}

/** The only problem of the minimal configuration with more lines after it. */
export function onlyProblem(addition: string, from = source()): ConfigProblem {
  const problems = refused(minimal + addition, from);
  assert.equal(problems.length, 1, problems.map(formatProblem).join('\n'));
  const [problem] = problems;
  assert.ok(problem);
  return problem;
}
