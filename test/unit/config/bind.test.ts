import assert from 'node:assert/strict';

import { defaultBindSettings } from '../../../src/auth/settings.ts';
import type { BindConfig } from '../../../src/config/config-bind.ts';
import { secondFactorCodes } from '../../../src/identity/password-check.ts';
import { accepted, minimal, onlyProblem, refused } from './config-fixture.ts';

const bindOf = (lines: string): BindConfig => accepted(`${minimal}bind:\n${lines}`).config.bind;
const local = 'ldap: { listen: ["127.0.0.1:3389"] }\n';
const doubtsOf = (lines: string): (readonly [key: string | undefined, message: string])[] =>
  accepted(`${minimal}${local}bind:\n${lines}`).warnings.map(({ key, message }) => [key, message]);

describe('the bind section', () => {
  it('has the defaults that binds have without it', () => {
    const { entra, ...rest } = accepted(minimal).config.bind;
    const { acceptProven, ...settings } = defaultBindSettings;
    assert.deepEqual(rest, settings);
    assert.deepEqual(entra, { enabled: true, timeoutMs: 10_000, acceptProven });
  });

  it('takes every key', () => {
    const lines = [
      '  diagnostics: activeDirectoryFull',
      '  entra: { enabled: false, timeout: 3s, acceptProven: [50076, 50158] }',
      '  shield:',
      '    account: { attempts: 3, refill: 2m }',
      '    address: { attempts: 4, refill: 3s }',
      '    total: { attempts: 5, refill: 4s }',
      '    lockout: { first: 5m, most: 6m }',
      '  memory: { accepted: 7s, refused: 8s }',
      '  audit: { maxAge: 9d, maxEvents: 10000, maxSize: 11MiB }',
    ];
    const { diagnostics, entra, shield, memory, audit } = bindOf(`${lines.join('\n')}\n`);
    assert.deepEqual(
      { diagnostics, entra, shield, memory, audit },
      {
        diagnostics: 'activeDirectoryFull',
        entra: { enabled: false, timeoutMs: 3000, acceptProven: [50_076, 50_158] },
        shield: {
          account: { attempts: 3, refillMs: 120_000 },
          address: { attempts: 4, refillMs: 3000 },
          total: { attempts: 5, refillMs: 4000 },
          lockout: { firstMs: 300_000, mostMs: 360_000 },
        },
        memory: { acceptedMs: 7000, refusedMs: 8000 },
        audit: { ageMs: 777_600_000, eventsMax: 10_000, bytesMax: 11_534_336 },
      },
    );
    assert.equal(bindOf('  audit: { enabled: false }\n').audit, undefined);
  });

  it('lets through the codes of a second factor and no other, with their place (PAIN-03, P7)', () => {
    assert.deepEqual(
      bindOf(`  entra: { acceptProven: [${secondFactorCodes.join(', ')}] }\n`).entra.acceptProven,
      secondFactorCodes,
    );
    for (const code of ['50126', '53003', '50055', '1.5', '"50076"', 'AADSTS50076', '[]']) {
      const { key, line, message } = onlyProblem(`bind:\n  entra:\n    acceptProven: [50076, ${code}]\n`);
      assert.deepEqual([key, line], ['bind.entra.acceptProven[1]', 10], code);
      assert.match(message, /must be the number of a code .*: 50072, 50074/);
    }
  });

  it('refuses a first rest that is longer than the longest', () => {
    const { key, message } = onlyProblem('bind: { shield: { lockout: { first: 2h } } }\n');
    assert.equal(key, 'bind.shield.lockout.first');
    assert.match(message, /longer than bind\.shield\.lockout\.most/);
  });

  it('tells all its problems at once', () => {
    const lines = [
      'bind:',
      '  diagnostics: verbose',
      '  shield: { account: { attempts: 0 }, address: { refill: 1 } }',
      '  memory: { accepted: 2h }',
      '  audit: { maxAge: 1m, maxSize: 1 }',
    ];
    const keys = refused(`${minimal}${lines.join('\n')}\n`).map(({ key }) => key);
    assert.deepEqual(keys, [
      'bind.diagnostics',
      'bind.shield.account.attempts',
      'bind.shield.address.refill',
      'bind.memory.accepted',
      'bind.audit.maxAge',
      'bind.audit.maxSize',
    ]);
  });

  it('doubts what lets people be locked out, old passwords work for long, or second factors be left out', () => {
    assert.deepEqual(
      doubtsOf(
        '  shield: { account: { attempts: 10 } }\n  memory: { accepted: 11m }\n  entra: { acceptProven: [50076] }\n',
      ).map(([key]) => key),
      ['bind.shield.account.attempts', 'bind.memory.accepted', 'bind.entra.acceptProven'],
    );
    assert.deepEqual(doubtsOf('  shield: { account: { attempts: 9 } }\n  memory: { accepted: 10m }\n'), []);
  });
});
