import assert from 'node:assert/strict';
import { type AdminScope, adminScopes } from '../../../../src/identity/admin-token.ts';
import { AdminRefusal, type HoldRequest } from '../../../../src/identity/admin.ts';
import { fakeAuth } from '../../../support/fake-auth.ts';
import { fakeInspection } from '../../../support/fake-inspection.ts';
import { fakeMemory } from '../../../support/fake-memory.ts';
import { rowByRow, sampleHistory, sampleHold, sampleStatus } from '../../../support/sample-administration.ts';
import { StatusPage } from '../../../support/status-page.ts';

const places: readonly (readonly [path: string, scope: AdminScope])[] = [
  ['/', 'read'],
  ['/held', 'read'],
  ['/held/decide?change=7&decision=approved', 'approve'],
  ['/domains', 'read'],
  ['/history', 'read'],
  ['/publications', 'read'],
  ['/users', 'people'],
  ['/users/explain?name=alice', 'people'],
  ['/groups', 'people'],
  ['/groups/explain?name=staff', 'people'],
  ['/conflicts', 'people'],
  ['/audit', 'audit'],
  ['/log', 'audit'],
];

const actions: readonly (readonly [path: string, scope: AdminScope])[] = [
  ['/sync', 'sync'],
  ['/held/decide', 'approve'],
  ['/domains/refresh', 'sync'],
  ['/unlock', 'unlock'],
];

/** An administration that answers what every page asks. */
const answering = {
  status: () => ({ ...sampleStatus, state: 'held' as const, sync: { ...sampleStatus.sync, held: sampleHold } }),
  memory: fakeMemory({
    history: () => rowByRow([sampleHistory]),
    logs: () => rowByRow([]),
    returnPoints: async () => ({ shown: 44, restores: null, points: [], end: 'forgotten' as const }),
  }),
  inspection: fakeInspection({
    objects: () => rowByRow([]),
    conflicts: () => rowByRow([]),
    domains: async () => ({
      readAtMs: null,
      problem: null,
      isHybrid: null,
      accounts: { cloud: 0, synchronized: 0 },
      domains: [],
    }),
    explain: async () => ({
      found: 'none' as const,
      source: { tenantId: 't', readInFullAtMs: null, publishedAtMs: null },
      overlayFindings: [],
    }),
  }),
  auth: fakeAuth({
    report: () => sampleStatus.binds,
    shield: () => ({ accounts: [], addresses: [], isShortened: false }),
    events: async () => [],
  }),
};

describe('the door of the status page', () => {
  for (const [path, scope] of places) {
    it(`opens ${path} to tokens with the scope ${scope} and to nobody else (P7)`, async () => {
      await using stranger = await StatusPage.open({ api: answering });
      const turned = await stranger.get(path);
      assert.deepEqual([turned.status, turned.location?.split('?')[0]], [303, '/sign-in']);
      await using allowed = await StatusPage.signedIn({
        api: answering,
        scopes: scope === 'approve' ? ['approve', 'read'] : [scope],
      });
      assert.equal((await allowed.get(path)).status, 200);
      const others = adminScopes.filter((each) => each !== scope);
      await using refused = await StatusPage.signedIn({ api: answering, scopes: others });
      const answer = await refused.get(path);
      if (path === '/') return assert.deepEqual([answer.status, answer.location], [303, '/users']);
      assert.equal(answer.status, 403);
      assert.match(answer.text, new RegExp(`lacks the scope <code>${scope}</code>`));
      return undefined;
    });
  }

  for (const [path, scope] of actions) {
    it(`refuses ${path} without a session, without the scope ${scope}, and from other sites (P7)`, async () => {
      // Nothing of it reaches the administration, which would fail the test.
      await using stranger = await StatusPage.open();
      assert.equal((await stranger.post(path, {})).location?.split('?')[0], '/sign-in');
      await using lacking = await StatusPage.signedIn({ scopes: adminScopes.filter((each) => each !== scope) });
      assert.equal((await lacking.post(path, { csrf: await lacking.csrf() })).status, 403);
      await using page = await StatusPage.signedIn();
      const csrf = await page.csrf();
      const foreign = [
        await page.post(path, {}),
        await page.post(path, { csrf: `${csrf}x` }),
        await page.post(path, { csrf }, { origin: 'https://evil.example' }),
        await page.post(path, { csrf }, { origin: 'null' }),
        await page.post(path, { csrf }, { origin: 'https://ldap.contoso.com' }),
      ];
      assert.deepEqual(
        foreign.map(({ status }) => status),
        [403, 403, 403, 403, 403],
      );
      assert.match(foreign[0]?.text ?? '', /nothing was done/);
      assert.equal((await page.get(path)).status === 200, path === '/held/decide', 'there is no way around the form');
    });
  }

  it('takes forms by what browsers tell of their origin, where they do not name it', async () => {
    const asked: boolean[] = [];
    await using page = await StatusPage.signedIn({
      api: { requestSync: ({ full }) => (asked.push(full), { started: true, round: 13 }) },
    });
    const csrf = await page.csrf();
    const sent = async (site: string): Promise<number> => {
      const headers = { 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' };
      return (await page.postAs(headers, '/sync', { csrf, full: 'no' })).status;
    };
    assert.deepEqual([await sent('cross-site'), await sent('same-site'), await sent('none')], [403, 403, 403]);
    assert.equal(await sent('same-origin'), 303);
    assert.deepEqual(asked, [false]);
  });

  it('says once, on the page that follows, what an action has done, and in the log whose it was', async () => {
    await using page = await StatusPage.signedIn({ api: { requestSync: () => ({ started: true, round: 13 }) } });
    const done = await page.post('/sync', { csrf: await page.csrf(), full: 'yes' });
    assert.deepEqual([done.status, done.location], [303, '/']);
    assert.doesNotMatch(
      (await page.get('/', { 'entra-ldapd-live': '1' })).text,
      /Round 13 has begun/,
      'what follows by itself leaves it',
    );
    assert.match((await page.get('/')).text, /Round 13 has begun and reads everything anew\./);
    assert.doesNotMatch((await page.get('/')).text, /has begun/);
    const { event, fields } = page.log.events.at(-1) ?? assert.fail('nothing was logged');
    assert.deepEqual(
      [event, fields['name'], fields['route'], fields['status']],
      ['http.api.answered', 'Ada’s laptop', '/sync', 200],
    );
  });

  it('approves nothing that was not said to be approved (P7)', async () => {
    const decided: string[] = [];
    const api = {
      decideHold: async ({ decision }: HoldRequest) => {
        decided.push(decision);
        return { hold: sampleHold, round: null };
      },
    };
    await using page = await StatusPage.signedIn({ api });
    const csrf = await page.csrf();
    for (const decision of ['approved', 'rejected', 'approve', '']) {
      await page.post('/held/decide', { csrf, change: '7', decision });
    }
    assert.deepEqual(decided, ['approved', 'rejected', 'rejected', 'rejected']);
  });

  it('says on the same page why the daemon refuses an action', async () => {
    const refusing = {
      decideHold: async () => {
        throw new AdminRefusal('The change is not held back any more.');
      },
    };
    await using page = await StatusPage.signedIn({ api: refusing });
    const done = await page.post('/held/decide', { csrf: await page.csrf(), change: '7', decision: 'approved' });
    assert.equal(done.location, '/held');
    assert.match((await page.get('/held')).text, /role="alert".*The change is not held back any more\./s);
  });

  it('tells a browser nothing of what failed inside, and the log all of it', async () => {
    const failing = {
      ...answering,
      inspection: fakeInspection({
        conflicts: () => {
          throw new Error('/var/lib/secret path');
        },
      }),
    };
    await using page = await StatusPage.signedIn({ api: failing });
    const { status, text } = await page.get('/conflicts');
    assert.equal(status, 500);
    assert.doesNotMatch(text, /secret path/);
    assert.equal(page.log.events.at(-1)?.event, 'http.page.failed');
  });

  it('reads no form that is longer than any of ours, and nothing but forms (P8)', async () => {
    await using page = await StatusPage.signedIn();
    const csrf = await page.csrf();
    assert.equal((await page.post('/unlock', { csrf, name: 'x'.repeat(17_000) })).status, 413);
    assert.equal((await page.post('/sync', { csrf }, { 'content-type': 'multipart/form-data' })).status, 415);
  });
});

describe('signing in to the status page', () => {
  it('begins a session with a token and leads to where one wanted to go', async () => {
    await using page = await StatusPage.open({ api: answering });
    assert.equal((await page.get('/history?kind=round')).location, '/sign-in?to=%2Fhistory%3Fkind%3Dround');
    const done = await page.signIn('good', '/history?kind=round');
    assert.deepEqual([done.status, done.location], [303, '/history?kind=round']);
    assert.equal((await page.get('/sign-in')).location, '/', 'who is signed in is not asked again');
  });

  it('leads nowhere but to pages of its own', async () => {
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/sign-out',
      '/\n/evil.example',
      '',
    ]) {
      await using page = await StatusPage.open({ api: answering });
      assert.equal((await page.signIn('good', to)).location, '/', to);
    }
  });

  it('keeps cookies from scripts, from other sites and, over TLS, from other hosts and from clear text', async () => {
    await using clear = await StatusPage.open();
    const plain = String((await clear.signIn('good')).headers['set-cookie']);
    assert.match(plain, /entra-ldapd-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict(?:,|$)/);
    await using secure = await StatusPage.open({ isSecure: true });
    const safe = String((await secure.signIn('good')).headers['set-cookie']);
    assert.match(safe, /__Host-entra-ldapd-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict/);
  });

  it('refuses wrong tokens, and none of them is in a log, an address or the answer', async () => {
    await using page = await StatusPage.open();
    const { status, text, location } = await page.signIn('my-secret-token');
    assert.equal(status, 401);
    assert.match(text, /role="alert".*not valid/s);
    assert.equal(location, undefined);
    assert.doesNotMatch(text, /my-secret-token/);
    assert.doesNotMatch(JSON.stringify(page.log.events), /my-secret-token/);
    assert.equal((await page.get('/')).status, 303);
  });

  it('keeps those who have no token from filling the log (P8)', async () => {
    await using page = await StatusPage.open();
    page.verdict = { kind: 'inTheClear' };
    for (let tried = 0; tried < 12; tried++) assert.equal((await page.signIn('good')).status, 403);
    assert.equal(page.log.events.filter(({ event }) => event === 'http.api.refused').length, 10);
  });

  it('says how long to wait after too many wrong tokens, and where a token must not be typed', async () => {
    await using page = await StatusPage.open();
    page.verdict = { kind: 'tooMany', waitMs: 29_500 };
    const later = await page.signIn('good');
    assert.deepEqual([later.status, later.headers['retry-after']], [429, '30']);
    assert.match(later.text, /in 30 seconds/);
    page.verdict = { kind: 'inTheClear' };
    const clear = await page.signIn('good');
    assert.equal(clear.status, 403);
    assert.match(clear.text, /not encrypted/);
  });

  it('takes the form of its own page alone', async () => {
    await using page = await StatusPage.open();
    const { text } = await page.get('/sign-in');
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    assert.equal(
      (await page.post('/sign-in', { csrf, token: 'good' }, { origin: 'https://evil.example' })).status,
      403,
    );
    assert.equal((await page.post('/sign-in', { csrf: 'other', token: 'good' })).status, 403);
    page.cookies.clear();
    assert.equal((await page.post('/sign-in', { csrf, token: 'good' })).status, 403);
  });

  it('turns away a token that allows nothing that the pages show', async () => {
    await using page = await StatusPage.open({ scopes: ['metrics'] });
    const { status, text } = await page.signIn('good');
    assert.equal(status, 403);
    assert.match(text, /allows nothing that these pages show/);
  });

  it('ends with signing out, and with the end of the token', async () => {
    await using page = await StatusPage.signedIn();
    const [cookie] = page.cookies;
    assert.equal((await page.post('/sign-out', { csrf: 'other' })).status, 403);
    assert.equal((await page.post('/sign-out', { csrf: await page.csrf() })).location, '/sign-in');
    assert.equal(page.cookies.size, 0);
    if (cookie !== undefined) page.cookies.set(...cookie);
    assert.equal((await page.get('/')).location, '/sign-in', 'the cookie is worth nothing any more');
    await using other = await StatusPage.signedIn();
    other.isTokenGood = false;
    assert.equal((await other.get('/', { 'entra-ldapd-live': '1' })).status, 401);
    assert.equal((await other.get('/')).status, 303);
  });

  it('opens the stream of events to whoever may read the status, and to nobody else', async () => {
    await using stranger = await StatusPage.open();
    assert.equal((await stranger.get('/events')).status, 401);
    await using lacking = await StatusPage.signedIn({ api: answering, scopes: ['people'] });
    assert.equal((await lacking.get('/events')).status, 401);
  });
});

describe('what pages tell browsers', () => {
  it('is to load nothing but our own style, script and icon, to be framed by nobody and kept nowhere', async () => {
    await using page = await StatusPage.signedIn({ api: answering });
    for (const path of ['/', '/sign-in', '/held', '/log']) {
      const { headers } = await page.get(path);
      assert.match(String(headers['content-security-policy']), /^default-src 'none';.*frame-ancestors 'none'$/);
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|\*|data:|http/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'same-origin');
      assert.equal(headers['cache-control'], 'no-store');
    }
  });

  it('has no script and no style in it, and names assets by their contents, which may be kept for ever', async () => {
    await using page = await StatusPage.signedIn();
    const { text } = await page.get('/');
    assert.doesNotMatch(text, /<style|style=|<script(?! type="module" src=)|\son[a-z]+=/);
    const paths = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    assert.equal(paths.length, 3);
    for (const path of paths) {
      assert.match(path, /-[0-9a-f]{12}\.(?:css|js|svg)$/);
      const { status, headers, text: body } = await page.get(path);
      assert.equal(status, 200);
      assert.match(String(headers['cache-control']), /immutable/);
      assert.doesNotMatch(body, /https?:\/\/(?!www\.w3\.org|dom\.spec|html\.spec)|sourceMappingURL|@import|url\(/);
    }
  });
});
