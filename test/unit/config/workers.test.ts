import assert from 'node:assert/strict';
import { liveChange } from '../../../src/config/live.ts';
import { brokenWorkerRules } from '../../../src/config/rules-workers.ts';
import { supportsWorkers } from '../../../src/config/worker-support.ts';
import { accepted, minimal, onlyProblem, source } from './config-fixture.ts';

describe('ldap.workers', () => {
  it('is one thread by default, and takes auto and numbers, also from the environment', () => {
    const workers = (text: string, from = source()) => accepted(`${minimal}ldap: ${text}\n`, from).config.ldap.workers;
    assert.equal(workers('{}'), 1);
    assert.equal(workers('{ workers: auto }'), 'auto');
    assert.equal(workers('{ workers: "${env:THREADS}" }', source({}, { THREADS: '1' })), 1);
  });

  for (const value of ['0', '65', '1.5', 'all', 'true', '[2]']) {
    it(`does not take ${value}, and says where and what it takes`, () => {
      const { line, key, message } = onlyProblem(`ldap:\n  workers: ${value}\n`);
      assert.deepEqual([line, key], [9, 'ldap.workers']);
      assert.match(message, /^must be auto or a whole number from 1 to 64/);
    });
  }

  it('needs a Node.js in which several threads can listen at one address, for more than one', () => {
    assert.deepEqual(['20.20.2', '22.11.0', '22.12.0', '22.23.3', '23.0.0', '23.1.0', '24.0.0'].map(supportsWorkers), [
      false,
      false,
      true,
      true,
      false,
      true,
      true,
    ]);
    const findings = (workers: number | 'auto', version: string): readonly unknown[] =>
      brokenWorkerRules({ ldap: { workers } }, version);
    assert.deepEqual([findings('auto', '20.20.2'), findings(1, '20.20.2'), findings(2, '22.12.0')], [[], [], []]);
    assert.deepEqual(findings(2, '20.20.2'), [
      {
        path: ['ldap', 'workers'],
        at: 'key',
        message:
          'needs Node.js 22.12 or later, and this is 20.20.2; run entra-ldapd with a newer one, or write auto, which is one ' +
          'thread here',
      },
    ]);
  });

  it('is taken over by a restart only', () => {
    const running = accepted(`${minimal}ldap: { workers: 1 }\n`).config;
    const { config, needsRestart } = liveChange(running, accepted(`${minimal}ldap: { workers: auto }\n`).config);
    assert.deepEqual([config.ldap.workers, needsRestart], [1, ['ldap.workers']]);
  });
});
