import assert from 'node:assert/strict';
import type { AdminApi } from '../../../../src/identity/admin.ts';
import type { Conflict, ExplainAnswer, Explanation, ObjectRow } from '../../../../src/identity/inspection.ts';
import { fakeAuth } from '../../../support/fake-auth.ts';
import { fakeInspection } from '../../../support/fake-inspection.ts';
import { fakeMemory } from '../../../support/fake-memory.ts';
import {
  rowByRow,
  sampleHistory,
  sampleHold,
  sampleNowMs,
  sampleRound,
  sampleStatus,
} from '../../../support/sample-administration.ts';
import { StatusPage } from '../../../support/status-page.ts';

/** What somebody reads on a page: its text without the markup. */
async function readPage(
  path: string,
  api: Partial<AdminApi>,
  scopes?: readonly ['read'] | readonly ['read', 'people'],
): Promise<string> {
  await using page = await StatusPage.signedIn({ api, ...(scopes && { scopes }) });
  const { status, text } = await page.get(path);
  assert.equal(status, 200);
  const [, main = ''] = /<main[^>]*>(.*)<\/main>/s.exec(text) ?? [];
  return main
    .replaceAll(/<title>.*?<\/title>|<svg.*?<\/svg>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

const alice: ObjectRow = {
  kind: 'user',
  objectId: '10000000-0000-4000-8000-000000000001',
  state: 'shown',
  origin: 'tenant',
  reason: null,
  name: 'alice',
  number: 1001,
  displayName: 'Alice Adams',
  userPrincipalName: 'alice@contoso.com',
  mail: null,
};

const explanation: Explanation = {
  kind: 'user',
  objectId: alice.objectId,
  state: 'skipped',
  reason: 'guest',
  source: { tenantId: 't', readInFullAtMs: sampleNowMs - 3_600_000, publishedAtMs: sampleNowMs },
  dn: null,
  record: { displayName: 'Alice Adams', accountEnabled: true },
  removal: null,
  origin: 'both',
  overlay: [{ place: { file: 'o.yaml', line: 3 }, changes: [['title', ['Chief']]], isLocked: false }],
  overlayFindings: [],
  rules: [{ title: 'guests', setting: 'users.guests', verdict: 'skipped', reason: 'guest' }],
  name: {
    wanted: 'alice',
    given: 'alice@contoso.com',
    sinceMs: sampleNowMs,
    clash: {
      wanted: 'alice',
      holder: 'x',
      holderName: 'alice',
      holderUserPrincipalName: 'alice@fabrikam.com',
      decidedBy: 'its holder is older',
    },
  },
  number: { attribute: 'uidNumber', number: 1001, origin: 'derived', sinceMs: null, notAdopted: 'another has it' },
  primaryGroup: null,
  memberOf: [{ name: 'Europe', objectId: 'g', isDirect: false, isShown: false, through: ['Sales'] }],
  members: null,
  isShortened: true,
  bind: {
    isPossible: false,
    explanation: 'guests have no entry',
    lastRefusal: {
      atMs: sampleNowMs - 60_000,
      aadsts: 50076,
      meaning: 'a second factor is wanted',
      advice: 'Make an app password.',
    },
  },
};

const explaining = (answer: ExplainAnswer) => ({ inspection: fakeInspection({ explain: async () => answer }) });

describe('the overview', () => {
  it('shows a daemon before its first round', async () => {
    const text = await readPage('/', {
      status: () => ({
        ...sampleStatus,
        state: 'starting',
        directory: null,
        sync: { ...sampleStatus.sync, last: null, lastSuccessAtMs: null, lastFullAtMs: null },
        certificates: [],
        credentials: [],
      }),
      memory: fakeMemory({ history: () => rowByRow([]) }),
    });
    assert.match(text, /Starting: nothing is published yet/);
    assert.match(text, /– nothing is published yet .*No round has ended yet\./);
    assert.match(text, /TLS is not configured/);
  });

  it('is there when the store cannot be read, and says so (PAIN-20)', async () => {
    const unreadable = fakeMemory({
      history: () => {
        throw new Error('the store is damaged');
      },
    });
    const broken = () => ({ ...sampleStatus, state: 'broken' as const });
    const text = await readPage('/', { status: broken, memory: unreadable });
    assert.match(text, /The store cannot be read Searches are answered “unavailable”/);
    assert.match(text, /The sync log cannot be read\./);
  });

  it('shows how far a round has come, with the collection that it reads (FED-25)', async () => {
    const running = {
      round: 13,
      phase: 'pull',
      collection: 'groups',
      mode: 'full',
      pages: 4,
      read: 1,
      entries: 0,
      expected: 60,
      startedAtMs: sampleNowMs - 4000,
    } as const;
    const text = await readPage('/', { status: () => ({ ...sampleStatus, sync: { ...sampleStatus.sync, running } }) });
    assert.equal(text.match(/Reading 1 object of 4 pages, for 4\.0 s/g)?.length, 1);
    const planning = { ...running, phase: 'publish', collection: null, entries: 1 } as const;
    const both = await readPage('/', {
      status: () => ({ ...sampleStatus, sync: { ...sampleStatus.sync, running: planning } }),
    });
    assert.equal(both.match(/Publishing 1 entry, for/g)?.length, 2);
  });

  it('shows the error of a failed round with users and with groups, and why objects were left out (FOX-12, FED-21)', async () => {
    const last = { ...sampleRound, outcome: 'failed' as const, error: 'Graph is away.' };
    const text = await readPage('/', { status: () => ({ ...sampleStatus, sync: { ...sampleStatus.sync, last } }) });
    assert.equal(text.match(/Failed/g)?.length, 2);
    assert.ok((text.match(/Graph is away\./g)?.length ?? 0) >= 2);
    assert.match(text, /Left out: 24 24: guest/);
  });

  it('has the numbers of each chart as a table too', async () => {
    const failed = { ...sampleHistory, outcome: 'failed' as const, times: 3, durationMs: 2000 };
    const text = await readPage('/', { memory: fakeMemory({ history: () => rowByRow([sampleHistory, failed]) }) });
    assert.match(
      text,
      /Began Outcome Times Took Changed 2026-11-21 11:55:00Z published 1 640 ms 3 2026-11-21 11:55:00Z failed 3 2\.0 s 3/,
    );
    assert.match(text, /Nobody has signed in during this time\./);
  });

  it('shows sign-ins by the hour or by the day', async () => {
    const counts = { accepted: 0, refused: 0, busy: 0, unavailable: 0 };
    const binds = () => ({ ...sampleStatus.binds, counts: { ...counts } });
    await using page = await StatusPage.signedIn({ api: { auth: fakeAuth({ report: binds }) } });
    counts.accepted = 3;
    counts.unavailable = 1;
    assert.match((await page.get('/')).text, /2026-11-21 12:00:00Z: 3 accepted, 0 refused, 1 undecided/);
    assert.equal((await page.get('/')).text.match(/class="slot"/g)?.length, 60 + 2);
    assert.equal((await page.get('/?binds=day')).text.match(/class="slot"/g)?.length, 48 + 2);
  });

  it('offers to synchronize only where the token allows it', async () => {
    assert.match(await readPage('/', {}), /Sync now/);
    assert.doesNotMatch(await readPage('/', {}, ['read']), /Sync now|All users/);
  });
});

describe('the page of what is held back (P4)', () => {
  const held = {
    status: () => ({ ...sampleStatus, state: 'held' as const, sync: { ...sampleStatus.sync, held: sampleHold } }),
  };
  const item = {
    kind: 'usersRenamed',
    dn: 'uid=a,dc=x',
    objectId: 'o',
    displayName: 'A',
    newName: 'b',
    members: null,
  } as const;

  it('says how far it reaches, and names people only to whom may see them', async () => {
    const heldItems = () => [
      item,
      { ...item, kind: 'groupsShrunk' as const, newName: null, members: { lost: 3, of: 4 } },
    ];
    const all = await readPage('/held', { ...held, heldItems });
    assert.match(all, /users removed 340 476 50/);
    assert.match(all, /A uid=a,dc=x is renamed will be b .*loses members loses 3 of 4 members/);
    const some = await readPage('/held', held, ['read']);
    assert.match(some, /shown to tokens with the scope “people”/);
    assert.match(some, /entra-ldapd sync approve --change 7/);
    assert.doesNotMatch(some, /uid=a/);
  });

  it('lists so many and says how to see all (P8)', async () => {
    const heldItems = () => Array.from({ length: 501 }, () => item);
    const text = await readPage('/held', { ...held, heldItems });
    assert.equal(text.match(/uid=a,dc=x/g)?.length, 500);
    assert.match(text, /These are the first 500\. All of them: entra-ldapd sync held/);
  });

  it('asks about nothing but the change that is held back now', async () => {
    assert.match(await readPage('/held/decide?change=7&decision=approved', held), /Approve change 7\?/);
    assert.match(await readPage('/held/decide?change=6&decision=approved', held), /Not held back any more/);
    assert.match(await readPage('/held/decide?change=7', {}), /Not held back any more/);
  });
});

describe('the pages of people', () => {
  it('lists by search and state, and turns no more pages than it says (P8)', async () => {
    const asked: unknown[] = [];
    const api = {
      inspection: fakeInspection({
        objects: (request) => {
          asked.push(request);
          return rowByRow(Array.from({ length: 51 }, () => alice));
        },
      }),
    };
    const text = await readPage('/users?search=%20ali%20&state=locked&page=x', api);
    assert.deepEqual(asked, [{ kind: 'user', state: 'locked', search: 'ali' }]);
    assert.match(text, /Alice Adams alice@contoso\.com Shown alice 1001/);
    assert.match(text, /1–50 and more .*Page 1 Next/);
    assert.match(await readPage('/users?page=2', api), /51–51 .*Previous Page 2/);
    assert.match(
      await readPage('/users?state=nonsense', { inspection: fakeInspection({ objects: () => rowByRow([]) }) }),
      /There are none\./,
    );
    const endless = {
      inspection: fakeInspection({ objects: () => rowByRow(Array.from({ length: 10_001 }, () => alice)) }),
    };
    assert.match(await readPage('/users?page=999', endless), /9,951–10,000 and more .*Page 200 Search to see more/);
  });

  it('explains every rule, name, number, way of a membership and refusal (P9, PAIN-01)', async () => {
    const text = await readPage('/users/explain?name=alice', explaining({ found: 'one', explanation }));
    for (const part of [
      /Alice Adams User, without an entry/,
      /Left out guest/,
      /not "alice", which is kept by alice@fabrikam\.com: its holder is older/,
      /1001, worked out from the object id; not the one of its property: another has it/,
      /Not possible guests have no entry/,
      /a second factor is wanted \(AADSTS50076\)\. Make an app password\./,
      /Europe through Sales Not shown/,
      /There are more than are listed\./,
      /o\.yaml:3 title: Chief/,
      /What Entra says .*accountEnabled true/,
    ])
      assert.match(text, part);
  });

  it('asks which one is meant, and says what it means when there is none', async () => {
    const several = await readPage('/users/explain?name=alice', explaining({ found: 'several', candidates: [alice] }));
    assert.match(several, /Several users answer to “alice”\..*Alice Adams alice@contoso\.com/);
    const none = await readPage(
      '/groups/explain?name=x',
      explaining({
        found: 'none',
        source: { tenantId: 't', readInFullAtMs: null, publishedAtMs: null },
        overlayFindings: [],
      }),
    );
    assert.match(none, /No group answers to “x”\..*Read in full never/);
  });

  it('tells each kind of conflict as a sentence (P5)', async () => {
    const common = { kind: 'user', objectId: 'o', name: 'bob', userPrincipalName: 'bob@contoso.com' } as const;
    const conflicts: readonly Conflict[] = [
      { ...common, about: 'number', wanted: 7, number: 8, holder: null, holderName: null, reason: 'it is below 1000' },
      { ...common, about: 'privateGroup', group: null, holder: null, holderName: 'staff' },
      {
        ...common,
        about: 'duplicate',
        holder: 'h',
        holderUserPrincipalName: 'bob@corp.example',
        sign: 'mail address',
        isLeftOut: true,
      },
    ];
    const text = await readPage('/conflicts', { inspection: fakeInspection({ conflicts: () => rowByRow(conflicts) }) });
    assert.match(text, /bob bob@contoso\.com Number has 8 and asks for 7: it is below 1000/);
    assert.match(text, /Own group/);
    assert.match(text, /Two accounts/);
    assert.match(
      await readPage('/conflicts', { inspection: fakeInspection({ conflicts: () => rowByRow([]) }) }),
      /Everybody has the name/,
    );
  });
});

describe('the pages of what was', () => {
  it('shows the sync log by kind and outcome, one line for many alike (FOX-21)', async () => {
    const asked: unknown[] = [];
    const history = (request: unknown) => {
      asked.push(request);
      return rowByRow([
        { ...sampleHistory, outcome: 'failed' as const, times: 4, note: 'Graph is away.' },
        { ...sampleHistory, kind: 'configuration' as const, outcome: 'done' as const, round: null },
      ]);
    };
    const text = await readPage('/history?kind=round&outcome=failed', { memory: fakeMemory({ history }) });
    assert.deepEqual(asked.at(-1), { kind: 'round', outcome: 'failed', limit: 100, sinceMs: null });
    assert.match(
      text,
      /4 times since 2026-11-21 11:55:00Z Round 12 by schedule, publication 44 Graph is away\. Failed 3 read, 1 created, 2 changed, 1 locked incremental/,
    );
    assert.match(text, /Configuration .*Taken over/);
    await readPage('/history?kind=nonsense&limit=5000', { memory: fakeMemory({ history }) });
    assert.deepEqual(asked.at(-1), { kind: null, outcome: null, limit: 100, sinceMs: null });
  });

  it('names the command for each publication, and says why there are no earlier ones', async () => {
    const points = [
      { publication: 43, publishedAtMs: sampleNowMs - 7_200_000, replacedAtMs: sampleNowMs, changes: 13 },
    ];
    const returnPoints = async () => ({ shown: 45, restores: 43, points, end: 'tooLarge' as const });
    const text = await readPage('/publications', { memory: fakeMemory({ returnPoints }) });
    assert.match(text, /Clients see publication 45, with the content of 43\./);
    assert.match(text, /43 2 h ago 2026-11-21 12:00:00Z 13 entra-ldapd rollback --to 43/);
    assert.match(text, /store\.undo\.size/);
  });

  it('shows sign-ins by who, where, how and when, and who is held back', async () => {
    const asked: unknown[] = [];
    const event = {
      atMs: sampleNowMs - 61_000,
      verdict: 'refused',
      name: 'eve',
      dn: null,
      objectId: null,
      address: '',
      secure: false,
      link: 'entra',
      remembered: true,
      reason: 'wrong password',
      aadsts: 50126,
      correlationId: 'c-1',
      durationMs: 12,
      count: 3,
    } as const;
    const auth = fakeAuth({
      report: () => sampleStatus.binds,
      shield: () => ({
        accounts: [{ key: 'service:gitlab', dn: null, left: 0, waitMs: 60_000, locks: 2 }],
        addresses: [{ address: '10.0.0.9', left: 1, waitMs: 0 }],
        isShortened: true,
      }),
      events: async (query) => {
        asked.push(query);
        return [event];
      },
    });
    const text = await readPage('/audit?user=eve&address=10.0.0.9&verdict=refused&period=hour', { auth });
    assert.deepEqual(asked, [
      { user: 'eve', address: '10.0.0.9', verdict: 'refused', sinceMs: sampleNowMs - 3_600_000, newest: 200 },
    ]);
    assert.match(
      text,
      /eve Refused 3 times 1 min ago several without TLS wrong password, AADSTS50126, by entra, remembered, 12 ms c-1/,
    );
    assert.match(text, /service:gitlab locked by Entra 2 times, asked again in 1 min Unlock gitlab/);
    assert.match(text, /10\.0\.0\.9 1 wrong password left Unlock 10\.0\.0\.9/);
    assert.match(text, /entra-ldapd auth status/);
  });

  it('shows the log by importance and name', async () => {
    const asked: unknown[] = [];
    const logs = (request: unknown) => {
      asked.push(request);
      return rowByRow([
        {
          timeMs: sampleNowMs,
          level: 'error' as const,
          event: 'control.failed',
          fields: { a: 1, b: ['x', 'y'] },
          cause: { message: 'no', code: 'EIO', stack: undefined },
        },
      ]);
    };
    const text = await readPage('/log?level=warn&event=control.*', { memory: fakeMemory({ logs }) });
    assert.deepEqual(asked, [{ level: 'warn', event: 'control.*', sinceMs: null, limit: 300, follow: false }]);
    assert.match(text, /2026-11-21 12:00:00Z error control\.failed a=1 b=x,y EIO: no/);
  });
});
