import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCli } from '../../../src/cli/cli.ts';
import { bindEventLine, bindRows, shieldText } from '../../../src/cli/text/auth.ts';
import { type ControlServer, startControlServer } from '../../../src/http/control-server.ts';
import type { AdminApi, StatusReport } from '../../../src/identity/admin.ts';
import type { AuthAdmin, ShieldReport } from '../../../src/identity/auth-report.ts';
import type { BindEvent, BindEventQuery } from '../../../src/identity/bind-event.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { fakeAuth, quietBinds } from '../../support/fake-auth.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const event: BindEvent = {
  atMs: Date.UTC(2026, 10, 21, 10, 59, 3, 250),
  verdict: 'refused',
  name: 'ALICE',
  dn: 'uid=alice,ou=users,dc=example,dc=com',
  objectId: '10000000-0000-4000-8000-000000000001',
  address: '192.0.2.7',
  secure: true,
  link: 'entra',
  remembered: false,
  reason: 'interactionRequired',
  aadsts: 50076,
  correlationId: '6c7dbbd5-7ef4-4d2c-8a3f-111111111111',
  durationMs: 345,
  count: 1,
};

const shield: ShieldReport = {
  accounts: [
    { key: 'user:1', dn: 'uid=alice,ou=users', left: 1, waitMs: 0, locks: 0 },
    { key: 'user:2', dn: 'uid=bob,ou=users', left: 0, waitMs: 61_000, locks: 0 },
    { key: 'user:3', dn: null, left: 6, waitMs: 120_000, locks: 2 },
  ],
  addresses: [
    { address: '192.0.2.7', left: 12, waitMs: 0 },
    { address: '2001:db8:0:0::/64', left: -4, waitMs: 5000 },
  ],
  isShortened: true,
};

describe('the commands about logins', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let config: string;
  let server: ControlServer | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
    config = join(folder.path, 'config.yaml');
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const tenant = { id, clientId: 'fedcba98-7654-3210-fedc-ba9876543210', credential: { secret: 'x' } };
    writeFileSync(config, JSON.stringify({ tenant, directory: { baseDn: 'dc=example,dc=com' }, store: { path: '.' } }));
  });

  afterEach(async () => {
    await server?.close();
    server = undefined;
    folder[Symbol.dispose]();
  });

  /** Only what these commands ask for. */
  async function serve(auth: Partial<AuthAdmin>): Promise<void> {
    const status = { binds: quietBinds } as Partial<StatusReport>;
    const api = { auth: fakeAuth(auth), status: () => status } as Partial<AdminApi> as AdminApi;
    server = await startControlServer({ dataDirectory: folder.path, api, log: silentLog });
  }

  async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const shell = new FakeShell();
    const code = await runCli([...args, '--config', config], shell);
    return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
  }

  it('"auth status" tells who is held back, for people and for programs', async () => {
    await serve({ shield: () => shield });
    const text = (await run('auth', 'status')).stdout;
    assert.equal(text, `${shieldText(quietBinds, shield)}\n`);
    const json: unknown = JSON.parse((await run('auth', 'status', '--json')).stdout);
    assert.deepEqual(json, { ...quietBinds, ...shield });
  });

  it('"auth unlock" says whom it has unlocked, and what to give when there is nobody', async () => {
    const asked: string[] = [];
    const unlock: AuthAdmin['unlock'] = (name) => {
      asked.push(name);
      return name === 'nobody' ? undefined : { kind: 'user', name: 'uid=alice\u001b', wasHeld: name === 'alice' };
    };
    await serve({ unlock });
    assert.equal((await run('auth', 'unlock', 'alice')).stdout, 'uid=alice\ufffd may try again.\n');
    assert.equal((await run('auth', 'unlock', 'other')).stdout, 'Nothing stood against uid=alice\ufffd.\n');
    const { code, stdout, stderr } = await run('auth', 'unlock', 'nobody');
    assert.deepEqual([code, stdout], [8, '']);
    assert.match(stderr, /^No user who may bind, .* is called "nobody"\. Give a uid, /);
    assert.deepEqual(asked, ['alice', 'other', 'nobody']);
    assert.equal((await run('auth', 'unlock')).code, 2);
  });

  it('"auth status" and "auth unlock" need a running daemon and say so', async () => {
    for (const command of [
      ['auth', 'status'],
      ['auth', 'unlock', 'alice'],
    ]) {
      const { code, stderr } = await run(...command);
      assert.equal(code, 6);
      assert.match(stderr, /No entra-ldapd is running/);
    }
  });

  it('"audit" hands on what is asked for', async () => {
    const asked: BindEventQuery[] = [];
    const events: AuthAdmin['events'] = async (query) => {
      asked.push({ ...query });
      return [event];
    };
    await serve({ events });
    assert.equal((await run('audit')).stdout, `${bindEventLine(event)}\n`);
    const narrow = [
      '--user',
      'a&b',
      '--address',
      '::1',
      '--verdict',
      'busy',
      '--since',
      '2026-11-21T10:00Z',
      '--limit',
      '7',
    ];
    assert.deepEqual(JSON.parse((await run('audit', ...narrow, '--json')).stdout), { binds: [event] });
    const wide = { user: undefined, address: undefined, verdict: undefined, sinceMs: undefined, newest: 1000 };
    const sinceMs = Date.UTC(2026, 10, 21, 10);
    assert.deepEqual(asked, [wide, { user: 'a&b', address: '::1', verdict: 'busy', sinceMs, newest: 7 }]);
  });

  for (const since of ['yesterday', '2026-11-21T10:00', '5', '10:00', '2026-13-01']) {
    it(`"audit" refuses --since ${since}, and says what it takes`, async () => {
      const { code, stderr } = await run('audit', '--since', since);
      assert.equal(code, 2);
      assert.match(stderr, /^--since must be a span such as 2h or 7d, or a time with its zone/);
    });
  }

  it('"audit" takes a span, a day and a time with its zone', async () => {
    const asked: (number | undefined)[] = [];
    await serve({
      events: async ({ sinceMs }) => {
        asked.push(sinceMs);
        return [];
      },
    });
    for (const since of ['1h30m', '2026-11-21', '2026-11-21 10:00+01:00'])
      assert.equal((await run('audit', '--since', since)).code, 0);
    const ageMs = Date.now() - (asked[0] ?? 0);
    assert.ok(ageMs >= 90 * 60_000 && ageMs < 91 * 60_000);
    assert.deepEqual(asked.slice(1), [Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 21, 9)]);
  });
});

describe('logins as text', () => {
  it('have one line for each event, with who, why and where Microsoft has it', () => {
    assert.equal(
      bindEventLine(event),
      '2026-11-21 10:59:03Z  refused      192.0.2.7  ALICE (uid=alice,ou=users,dc=example,dc=com): interactionRequired, AADSTS50076, by entra, 345 ms, 6c7dbbd5-7ef4-4d2c-8a3f-111111111111',
    );
  });

  it('say only what is known, and how often', () => {
    const nobody = {
      ...event,
      dn: null,
      link: null,
      aadsts: null,
      correlationId: null,
      reason: 'no such user',
      count: 1200,
    };
    assert.match(bindEventLine(nobody), / {2}ALICE: no such user, 345 ms ×1,200$/);
    const merged = { ...nobody, name: '', address: '' };
    assert.match(bindEventLine(merged), / {2}several addresses {2}-: no such user/);
    const known = {
      ...event,
      name: event.dn ?? '',
      verdict: 'accepted',
      reason: null,
      aadsts: null,
      correlationId: null,
      remembered: true,
    } as const;
    assert.match(
      bindEventLine(known),
      /accepted {5}192\.0\.2\.7 {2}uid=alice,ou=users,dc=example,dc=com: by entra, remembered, 345 ms$/,
    );
  });

  it('do not let a name move the cursor (P7)', () => {
    const line = bindEventLine({ ...event, name: 'a\u001b[2J\nforged' });
    for (const control of ['\u001b', '\n']) assert.ok(!line.includes(control));
  });

  it('tell how long each account and address has to wait', () => {
    assert.equal(
      shieldText(quietBinds, shield),
      [
        'Accounts:',
        '  uid=alice,ou=users: 1 wrong password left',
        '  uid=bob,ou=users: no wrong password left, the next in 1 min 1 s',
        '  user:3: locked by Entra 2 times, asked again in 2 min',
        'Addresses:',
        '  192.0.2.7: 12 wrong passwords left',
        '  2001:db8:0:0::/64: no wrong password left, the next in 5.0 s',
        'There are more than are listed.',
      ].join('\n'),
    );
    const nobody = { accounts: [], addresses: [], isShortened: false };
    assert.equal(shieldText(quietBinds, nobody), 'No account is held back.\nNo address is held back.');
  });

  it('are in the status as soon as there is anything to tell', () => {
    assert.deepEqual(bindRows(quietBinds), []);
    const report = {
      entra: false,
      acceptProven: [50_076, 50_158],
      ntHashes: null,
      counts: { accepted: 1200, refused: 3, busy: 0, unavailable: 1 },
      byLink: {},
      alarm: { reason: 'the client secret has expired', aadsts: 7_000_222, sinceMs: 0, count: 2 },
      keysAlarm: { reason: 'one-time codes cannot be checked', aadsts: null, sinceMs: 0, count: 1 },
      rules: [
        { groups: ['staff'], services: ['vpn'], switches: { codeRequired: true }, unknownGroups: [] },
        {
          groups: ['Old Staff'],
          services: null,
          switches: { entra: false, local: true },
          unknownGroups: ['Old Staff'],
        },
      ],
      auditProblem: 'disk full',
      resting: 1,
      limited: 2,
      strangersHeld: true,
    };
    const [[title, text] = ['', '']] = bindRows(report);
    assert.equal(title, 'Logins');
    assert.deepEqual(text.split('\n'), [
      '1,200 accepted, 3 refused, 1 unavailable since the start',
      'Entra is not asked about passwords',
      'no second factor is asked for although Entra wants one: AADSTS50076, AADSTS50158',
      'bind.rules[0]: staff, from the networks of vpn: codeRequired on',
      'bind.rules[1]: Old Staff: local on, entra off; no group is called Old Staff, so nobody is in it',
      '1 account locked by Entra; see entra-ldapd auth status',
      '2 addresses with too many wrong passwords; see entra-ldapd auth status',
      'who has not logged in from the same address before is told to come back later: too many wrong passwords',
      'ALARM since 1970-01-01 00:00:00Z: passwords cannot be checked: the client secret has expired (2 logins)',
      'ALARM since 1970-01-01 00:00:00Z: one-time codes cannot be checked (1 login)',
      'ALARM: the audit trail cannot be written: disk full',
    ]);
    const [[, many] = ['', '']] = bindRows({ ...quietBinds, resting: 5 });
    assert.match(many, /^5 accounts locked by Entra, which may have blocked the address of this server; see/);
  });
});
