import assert from 'node:assert/strict';
import { count, counted, duration, ldapUrl, moment } from '../../../src/wording/quantities.ts';
import { statusText } from '../../../src/cli/text/status.ts';
import { summaryText } from '../../../src/cli/text/summary.ts';
import { properties, table } from '../../../src/cli/text/table.ts';
import { shellLine, shellWord } from '../../../src/cli/demo/shell-words.ts';
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import type { StatusReport } from '../../../src/identity/admin.ts';
import type { CollectionSummary, RoundSummary } from '../../../src/identity/round.ts';
import { quietBinds } from '../../support/fake-auth.ts';

const users: CollectionSummary = {
  mode: 'full',
  read: 12_345,
  pages: 62,
  entries: { created: 12_000, changed: 3, locked: 1, removed: 0 },
  skipped: { 'no name': 2, guest: 340 },
  notAdopted: { 'given to another': 3 },
  leftOut: { mail: 2 },
};

const groups: CollectionSummary = {
  mode: 'full',
  read: 7,
  pages: 1,
  entries: { created: 7, changed: 0, locked: 0, removed: 0 },
  skipped: {},
  notAdopted: {},
  leftOut: {},
};

const summary: RoundSummary = {
  round: 1,
  outcome: 'published',
  error: null,
  held: null,
  startedAtMs: 0,
  durationMs: 1240,
  resumed: false,
  retries: 1,
  collections: { users, groups },
};

describe('quantities', () => {
  it('puts commas between thousands', () => {
    assert.deepEqual([0, 999, 1000, 1_234_567].map(count), ['0', '999', '1,000', '1,234,567']);
    assert.deepEqual(
      [counted(1, 'group'), counted(0, 'group'), counted(1200, 'group')],
      ['1 group', '0 groups', '1,200 groups'],
    );
  });

  for (const [ms, text] of [
    [-5, '0 ms'],
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [3_599_999, '60 min'],
    [3_600_000, '1 h'],
    [9_000_000, '2 h 30 min'],
    [86_400_000, '1 d'],
    [187_200_000, '2 d 4 h'],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => {
      assert.equal(duration(ms), text);
    });
  }

  it('writes a moment in UTC', () => {
    assert.equal(moment(Date.UTC(2026, 10, 21, 9, 5, 3, 999)), '2026-11-21 09:05:03Z');
  });

  it('puts IPv6 addresses of LDAP URLs in brackets (RFC 4516 §2)', () => {
    assert.equal(ldapUrl({ host: '::1', port: 389, tls: false }), 'ldap://[::1]:389');
    assert.equal(ldapUrl({ host: '10.0.0.1', port: 636, tls: true }), 'ldaps://10.0.0.1:636');
  });
});

describe('tables', () => {
  it('align the first column to the left and numbers to the right', () => {
    assert.equal(
      table([
        ['', 'read'],
        ['users', '5'],
        ['groups', '1,000'],
      ]),
      '         read\nusers       5\ngroups  1,000',
    );
  });

  it('align names that take two cells a character, and marks that take none', () => {
    assert.equal(
      properties([
        ['東京', 'a'],
        ['München', 'b'],
        ['Mu\u0308n', 'c'],
      ]),
      '東京     a\nMünchen  b\nMu\u0308n      c',
    );
  });

  it('indent further lines of a value', () => {
    assert.equal(properties([['Key', 'one\ntwo']]), 'Key  one\n     two');
  });
});

describe('summary of a round', () => {
  it('tells what was read, what became of it, and what was left out and why (FAM-23)', () => {
    assert.equal(
      summaryText(summary),
      `Round 1 published after 1.2 s, full, 63 pages, 1 retry.

          read  created  changed  locked  removed  skipped
users   12,345   12,000        3       1        0      342
groups       7        7        0       0        0        0

skipped users: 340 (guest)
skipped users: 2 (no name)

users without the number of their property: 3 (given to another)

users with a value that does not fit the attribute: 2 (mail)`,
    );
  });

  it('tells why a round failed, and that an interrupted one was continued', () => {
    const text = summaryText({
      ...summary,
      outcome: 'failed',
      error: 'Entra refuses the client secret.',
      resumed: true,
      collections: { users: { ...users, mode: 'incremental' }, groups },
    });
    assert.match(
      text,
      /^Round 1 failed after .*, users incremental, groups full, .*continued an interrupted round\.\nEntra refuses the client secret\.\n/,
    );
  });
});

describe('status', () => {
  const nowMs = Date.UTC(2026, 10, 21, 12);
  const status: StatusReport = {
    version: '1.2.3',
    state: 'serving',
    startedAtMs: nowMs - 7_200_000,
    tenant: { id: '01234567-89ab-cdef-0123-456789abcdef', displayName: 'Contoso', isHybrid: null },
    baseDn: 'dc=contoso,dc=com',
    listeners: [{ host: '0.0.0.0', port: 389, tls: false }],
    connections: 1,
    threads: { wanted: 1, serving: 1, restarts: 0 },
    certificates: [],
    directory: { publication: 4, publishedAtMs: nowMs - 60_000, users: 1, groups: 2000, services: 0, privateGroups: 0 },
    sync: {
      running: null,
      last: null,
      lastSuccessAtMs: nowMs - 30_000,
      nextAtMs: nowMs + 90_000,
      lastFullAtMs: null,
      reconciliation: null,
      reading: { mode: 'auto', listsEverything: false, create: true },
      held: null,
    },
    binds: quietBinds,
    credentials: [],
    traffic: { requests: 0, resourceUnits: 0, throttled: 0, slowedMs: 0, allowanceUsed: null },
    config: null,
    http: [],
    settingsPending: false,
    unreadableProperties: [],
    unknownPolicyGroups: [],
    sudo: null,
    overlay: null,
  };

  it('shows the threads that serve where there are several, and those that died', () => {
    const shown = (threads: StatusReport['threads']): string | undefined =>
      /^Served by +(.*)$/m.exec(statusText({ ...status, threads }, nowMs))?.[1];
    assert.equal(shown({ wanted: 1, serving: 1, restarts: 0 }), undefined);
    assert.equal(shown({ wanted: 4, serving: 4, restarts: 0 }), '4 threads');
    assert.equal(
      shown({ wanted: 4, serving: 3, restarts: 2 }),
      '3 of 4 threads; 2 threads died since the start and came back, the log says why',
    );
  });

  it('shows where HTTP is served, unless it is turned off', () => {
    const http = [
      { host: '127.0.0.1', port: 8389, tls: false },
      { host: '::1', port: 8443, tls: true },
    ];
    assert.match(statusText({ ...status, http }, nowMs), /^HTTP +http:\/\/127\.0\.0\.1:8389, https:\/\/\[::1\]:8443$/m);
    assert.doesNotMatch(statusText(status, nowMs), /^HTTP/m);
  });

  it('tells everything an administrator asks first (FAM-24, FED-21)', () => {
    assert.equal(
      statusText(status, nowMs),
      `entra-ldapd 1.2.3 is serving.

Tenant        Contoso (01234567-89ab-cdef-0123-456789abcdef)
Base          dc=contoso,dc=com
Listening     ldap://0.0.0.0:389, 1 connection
Running for   2 h
Directory     1 user, 2,000 groups, 0 service accounts; published 2026-11-21 11:59:00Z (1 min ago)
Synchronized  2026-11-21 11:59:30Z (30.0 s ago)
Next round    in 1 min 30 s`,
    );
  });

  for (const [what, leftMs, line] of [
    ['days', 9.9 * 86_400_000, 'valid until 2026-12-01 09:36:00Z (9 days left)'],
    ['one day', 86_400_000, 'valid until 2026-11-22 12:00:00Z (1 day left)'],
    ['hours', 3_600_000, 'valid until 2026-11-21 13:00:00Z (0 days left)'],
    ['no time', 0, 'valid until 2026-11-21 12:00:00Z (expired)'],
  ] as const) {
    it(`shows a certificate with ${what} left (PAIN-16)`, () => {
      const text = statusText(
        { ...status, certificates: [{ names: [], validToMs: nowMs + leftMs, problem: null }] },
        nowMs,
      );
      assert.ok(text.includes(`\nCertificate   ${line}\nRunning for `), text);
    });
  }

  it('says why the configuration file is not in use, and which keys need a restart (FAM-28)', () => {
    const problems = ['/etc/x.yaml:2:2 policie: is no key', '/etc/x.yaml:3:9 log.level: must be one of: debug'];
    const config = { file: '/etc/x.yaml', sinceMs: nowMs, problems, needsRestart: ['store.path', 'ldap.tls'] };
    assert.ok(
      statusText({ ...status, config, settingsPending: true }, nowMs).endsWith(
        `
Configuration  not taken over: /etc/x.yaml has 2 problems
               /etc/x.yaml:2:2 policie: is no key
               /etc/x.yaml:3:9 log.level: must be one of: debug
               needs a restart: store.path
               needs a restart: ldap.tls
               changed; shown when the open round is complete`,
      ),
    );
    const fine = { ...config, problems: [], needsRestart: [] };
    assert.equal(statusText({ ...status, config: fine }, nowMs), statusText(status, nowMs));
  });

  it('says which groups that decide who may sign in cannot be told', () => {
    const text = statusText(
      {
        ...status,
        unknownPolicyGroups: [
          { list: 'allowedGroups', group: 'Stuff', found: 0 },
          { list: 'disabledGroups', group: 'Leavers', found: 2 },
        ],
      },
      nowMs,
    );
    assert.ok(
      text.includes('Policy        policy.allowedGroups: no group is called Stuff, so it lets nobody in\n'),
      text,
    );
    assert.ok(text.endsWith('policy.disabledGroups: 2 groups are called Leavers, so it locks nobody'), text);
  });

  it('says which permission is missing for a property that is mapped (PAIN-21)', () => {
    const property = 'customSecurityAttributes';
    const permission = 'CustomSecAttributeAssignment.Read.All';
    const unreadableProperties = [{ collection: 'users', property, permission }] as const;
    assert.ok(
      statusText({ ...status, unreadableProperties }, nowMs).endsWith(
        `\nProperties    ${property} of users cannot be read without the application permission ${permission}; what is known of it stays`,
      ),
    );
  });

  it('shows why a renewed certificate is not in use (PAIN-16)', () => {
    const certificates = [{ names: [], validToMs: nowMs, problem: 'The file /x cannot be read (EACCES).' }];
    const text = statusText({ ...status, certificates }, nowMs);
    assert.match(text, /^ {14}not renewed: The file \/x cannot be read \(EACCES\)\.$/m);
  });

  it('shows each certificate, and by which names clients ask for those behind the first', () => {
    const certificate = { validToMs: nowMs, problem: null };
    const certificates = [
      { ...certificate, names: ['ldap.example.com'] },
      { ...certificate, names: ['*.example.org', 'example.org'] },
    ];
    const text = statusText({ ...status, certificates }, nowMs);
    assert.equal(text.match(/^Certificate /gm)?.length, 2);
    assert.match(
      text,
      /^Certificate {3}valid until [^\n]+\nCertificate {3}for \*\.example\.org, example\.org\n {14}valid until /m,
    );
  });

  it('shows each credential, why one is refused, and when it ends (FOX-09, FAM-06)', () => {
    const day = 86_400_000;
    const credentials = [
      {
        name: 'tenant.credentials[0]',
        kind: 'secret',
        state: 'refused',
        problem: 'It has expired.',
        expiresAtMs: nowMs,
      },
      {
        name: 'tenant.credentials[1]',
        kind: 'certificate',
        state: 'inUse',
        problem: null,
        expiresAtMs: nowMs + 20 * day,
      },
      { name: 'tenant.credentials[2]', kind: 'managedIdentity', state: 'unused', problem: null, expiresAtMs: null },
    ] as const;
    assert.match(
      statusText({ ...status, credentials }, nowMs),
      new RegExp(
        [
          '^Credentials +tenant\\.credentials\\[0\\], client secret, valid until 2026-11-21 12:00:00Z \\(expired\\): refused: It has expired\\.',
          ' +tenant\\.credentials\\[1\\], certificate, valid until 2026-12-11 12:00:00Z \\(20 days left\\): in use',
          ' +tenant\\.credentials\\[2\\], managed identity: not in use$',
        ].join('\\n'),
        'm',
      ),
    );
  });

  it('shows what was asked of Microsoft Graph, and how near its limits that came', () => {
    const traffic = { requests: 1234, resourceUnits: 2000, throttled: 2, slowedMs: 61_000, allowanceUsed: 0.85 };
    const line =
      /^Graph +1,234 requests, 2,000 resource units, 2 refused as too many, slowed down by 1 min 1 s, 85 % of the allowance used$/m;
    assert.match(statusText({ ...status, traffic }, nowMs), line);
  });

  it('shows when everything was last read, and what the reported changes had missed', () => {
    const none = { created: 0, changed: 0, locked: 0, removed: 0 };
    const sync = { ...status.sync, lastFullAtMs: nowMs - 3_600_000 };
    const line = (found: typeof none | undefined): string => {
      const reconciliation = found && { atMs: nowMs, users: found, groups: none };
      const text = statusText({ ...status, sync: { ...sync, reconciliation: reconciliation ?? null } }, nowMs);
      return /^Read in full +(.*)$/m.exec(text)?.[1] ?? '';
    };
    assert.equal(line(undefined), '2026-11-21 11:00:00Z (1 h ago)');
    assert.equal(line(none), '2026-11-21 11:00:00Z (1 h ago); nothing had drifted');
    assert.match(line({ ...none, created: 1, removed: 2 }), /; 3 changes had been missed$/);
  });

  it('tells starting, stale and broken apart (PAIN-20)', () => {
    const first = (changed: Partial<StatusReport>): string =>
      statusText({ ...status, ...changed }, nowMs).split('\n', 1)[0] ?? '';
    const texts = (['starting', 'serving', 'stale', 'broken'] as const).map((state) => first({ state }));
    assert.equal(new Set(texts).size, 4);
    assert.match(texts[0] ?? '', /starting.*"busy"/);
    assert.match(texts[2] ?? '', /old state/);
    assert.match(texts[3] ?? '', /"unavailable"/);
  });

  it('shows a daemon before its first round', () => {
    const sync = { ...status.sync, lastSuccessAtMs: null, nextAtMs: null };
    const text = statusText(
      { ...status, directory: null, tenant: { id: 'x', displayName: null, isHybrid: null }, sync },
      nowMs,
    );
    assert.match(text, /^Tenant +x$/m);
    assert.match(text, /^Directory +nothing published yet$/m);
    assert.match(text, /^Synchronized +not yet since the start$/m);
    assert.match(text, /^Next round +not scheduled$/m);
  });

  it('shows the round that is running and the report of the last one', () => {
    const running = {
      round: 5,
      phase: 'pull',
      collection: 'groups',
      mode: 'full',
      pages: 3,
      read: 300,
      entries: 0,
      expected: 1000,
      startedAtMs: nowMs - 2000,
    } as const;
    const text = statusText({ ...status, sync: { ...status.sync, running, last: summary } }, nowMs);
    assert.match(
      text,
      /^Next round +running now: round 5: reading groups \(full\), 300 of about 1,000 objects, 3 pages, 2\.0 s$/m,
    );
    assert.match(text, /^Round 1 published after 1\.2 s/m);
  });
});

describe('shell words', () => {
  it('leave plain words as they are and quote the others', () => {
    assert.equal(shellWord('cn=demo,ou=services,dc=contoso,dc=com'), 'cn=demo,ou=services,dc=contoso,dc=com');
    assert.equal(shellLine(['ldapwhoami', '-w', "it's"], { CA: '/a b' }), `CA='/a b' ldapwhoami -w 'it'\\''s'`);
  });

  it('are read back by a shell as they were', () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 20 })
      .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`]);
        assert.deepEqual(stdout.toString().split('\0').slice(0, -1), words);
      }),
      { numRuns: 30 },
    );
  });
});
