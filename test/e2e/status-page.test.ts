import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { NewAdminToken } from '../../src/identity/admin-token.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import {
  accessibilityProblems,
  assertNoSidewaysScrolling,
  assertRoomForText,
  type Look,
  lookAt,
  RealBrowser,
} from '../support/browser.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { describeWithPackage } from '../support/debian-packages.ts';

const alice = '10000000-0000-4000-8000-000000000001';
const hostile = '<img src=x onerror=alert(1)>"\'&\u202e<script>alert(2)</script>';

const crowd = Array.from({ length: 70 }, (_, index) => ({
  id: `30000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  userPrincipalName: `member${index}@contoso.com`,
  displayName: `Member ${index}`,
}));

const tenant = {
  tenant: {
    id: '0b5c9a5e-6f0c-4b0e-9d56-2f8f0e7a1c11',
    displayName: 'Contoso',
    domains: ['contoso.com', 'fabrikam.com'],
  },
  users: [
    {
      id: alice,
      userPrincipalName: 'alice@contoso.com',
      displayName: 'Alice Archer',
      password: 'Passw0rd!',
      createdDateTime: '2020-01-01T00:00:00Z',
    },
    {
      id: '10000000-0000-4000-8000-000000000002',
      userPrincipalName: 'alice@fabrikam.com',
      displayName: 'Alice Adams',
      createdDateTime: '2021-01-01T00:00:00Z',
    },
    {
      id: '10000000-0000-4000-8000-000000000003',
      userPrincipalName: 'mallory@contoso.com',
      displayName: hostile,
      accountEnabled: false,
    },
    ...crowd,
  ],
  groups: [
    {
      id: '20000000-0000-4000-8000-000000000001',
      displayName: 'Sales',
      members: ['alice@contoso.com', 'mallory@contoso.com'],
    },
    {
      id: '20000000-0000-4000-8000-000000000002',
      displayName: 'Europe',
      members: ['20000000-0000-4000-8000-000000000001'],
    },
  ],
};

const places = [
  ['Overview', '/'],
  ['Held back', '/held'],
  ['Users', '/users'],
  ['Groups', '/groups'],
  ['Conflicts', '/conflicts'],
  ['Domains', '/domains'],
  ['Sync log', '/history'],
  ['Publications', '/publications'],
  ['Sign-ins', '/audit'],
  ['Daemon log', '/log'],
] as const;

describeWithPackage('chromium', 'the status page in a real browser', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let browser: RealBrowser;
  let page: Page;
  let token: string;

  async function madeToken(name: string, scopes: string): Promise<string> {
    return (await daemon.json<NewAdminToken>('admin-token', 'create', '--name', name, '--scopes', scopes)).token;
  }

  async function signIn(visitor: Page, shown: string): Promise<void> {
    await visitor.goto('/');
    await visitor.getByLabel('Admin token').fill(shown);
    await visitor.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Clicks and waits for the page that it leads to. */
  async function follow(role: 'link' | 'button', name: string): Promise<void> {
    await page.getByRole('main').getByRole(role, { name, exact: true }).click();
    await page.waitForLoadState();
  }

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      // JSON is YAML.
      tenant: parseTenant(JSON.stringify(tenant), 'status-page'),
      sections: { http: { listen: ['127.0.0.1:0'], tls: { certFile: 'http.crt', keyFile: 'http.key' } } },
    });
    const { certPem, keyPem } = daemon.certificates.server;
    daemon.write('http.crt', certPem);
    daemon.write('http.key', keyPem);
    await daemon.start();
    await daemon.published(1);
    const [, port] = await daemon.waitFor(/"event":"http\.server\.listening".*?"port":(\d+)/);
    browser = await RealBrowser.start(`https://127.0.0.1:${port}`);
    token = await madeToken('the night shift', 'all');
    page = await browser.visit();
  });

  after(async () => {
    await browser[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
  });

  afterEach(
    'nothing has gone wrong in the browser: no error, nothing stopped by the policy, no request to elsewhere',
    () => {
      assert.deepEqual(browser.complaints, []);
    },
  );

  it('asks for an admin token, refuses a wrong one, and leads on with the right one, which is in no address', async () => {
    await page.goto('/users?search=member1');
    assert.match(page.url(), /\/sign-in\?to=/);
    for (const look of ['light', 'dark', 'phone'] as const) await assertGood(page, look);
    await page.getByLabel('Admin token').fill('entra-ldapd-wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match(await page.getByRole('alert').innerText(), /not valid/);
    browser.forgive(/401 \(Unauthorized\)/);
    await page.getByLabel('Admin token').fill(token);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/users?search=member1');
    const [cookie] = await page.context().cookies();
    const { name, httpOnly, secure, sameSite } = cookie ?? assert.fail('there is no cookie');
    assert.deepEqual([name, httpOnly, secure, sameSite], ['__Host-entra-ldapd-session', true, true, 'Strict']);
    assert.ok(!page.url().includes(token) && !daemon.output.includes(token));
  });

  it('shows health at a glance, users and groups side by side, charts and the server (FAM-24, FOX-12, FED-21)', async () => {
    await page.goto('/');
    await page.getByRole('heading', { name: 'Everything is well' }).waitFor();
    assert.match(
      await page.getByRole('region', { name: 'Users' }).innerText(),
      /73\s+in the directory[\s\S]*Round 1, full/,
    );
    assert.match(await page.getByRole('region', { name: 'Groups' }).innerText(), /2\s+in the directory/);
    assert.equal(await page.getByRole('img').count(), 3);
    assert.match(
      await page.getByRole('region', { name: 'Listeners' }).innerText(),
      new RegExp(`ldap://127\\.0\\.0\\.1:${daemon.port}`),
    );
  });

  for (const [title, path] of places) {
    it(`shows ${title} so that everybody can read it: light, dark and on a phone (axe-core, WCAG 2.2 AA)`, async () => {
      await page.goto('/');
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).click();
      await page.waitForURL(`**${path}`);
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), title);
      for (const look of ['light', 'dark', 'phone'] as const) await assertGood(page, look);
    });
  }

  it('finds people, turns pages, and explains each with every rule and what it decided (P9, FOX-07)', async () => {
    await page.goto('/users');
    assert.equal(await page.getByRole('row').count(), 51);
    await follow('link', 'Next');
    assert.match(page.url(), /page=2/);
    assert.equal(await page.getByRole('row').count(), 24);
    await page.getByLabel('Name, mail address, number or object id').fill('mallory');
    await page.keyboard.press('Enter');
    await page.waitForURL(/search=mallory/);
    const found = page.getByRole('row', { name: /mallory@contoso\.com/ });
    assert.match(await found.innerText(), /Locked\s+disabled/);
    await found.getByRole('link').click();
    await page.waitForURL(/explain/);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), hostile.replace('\u202e', '\ufffd'));
    const rules = await page.getByRole('region', { name: 'Rules' }).innerText();
    assert.match(rules, /Passed\s+guests[\s\S]*users\.guests/);
    assert.match(rules, /Locked\s+account enabled in Entra/);
    for (const look of ['light', 'dark', 'phone'] as const) await assertGood(page, look);
    await follow('link', 'Sales');
    assert.match(await page.getByRole('region', { name: 'How it stands' }).innerText(), /2 users, 0 groups/);
  });

  it('lists who does not have the name they ask for, with both sides (P5)', async () => {
    await page.goto('/conflicts');
    assert.match(
      await page.getByRole('main').innerText(),
      /alice@fabrikam\.com\s+Name\s+asks for "alice", which is kept by alice@contoso\.com/,
    );
  });

  it('synchronizes at once and shows what came of it without being loaded anew (FAM-27, FOX-05, FED-25)', async () => {
    await page.goto('/');
    await page.getByText('Live', { exact: true }).waitFor();
    daemon.simulator.control.removeUser(crowd[69]?.id ?? '');
    // Not by the page, which would be loaded anew, and perhaps after the round.
    await daemon.sync();
    await page.getByRole('region', { name: 'Users' }).getByText('72').waitFor();
    await page
      .getByRole('status')
      .filter({ hasText: /Round 2: published/ })
      .waitFor({ state: 'attached' });
    await follow('button', 'Sync now');
    await page.getByText('Round 3 has begun.').waitFor();
    await daemon.waitFor(/"event":"sync\.round\.finished".*"round":3/);
    await page.getByText('Read everything anew …').click();
    await follow('button', 'Start a full round');
    await page.getByText('Round 4 has begun and reads everything anew.').waitFor();
    await daemon.waitFor(/"event":"sync\.round\.finished".*"round":4/);
  });

  it('lets a change that reaches too far be rejected, and approved by the keyboard alone (P4)', async () => {
    for (const { id } of crowd.slice(0, 40)) daemon.simulator.control.removeUser(id);
    await page.goto('/');
    await follow('button', 'Sync now');
    await page.getByRole('heading', { name: 'A change waits for your decision' }).waitFor();
    await page.getByRole('link', { name: /Held back/ }).click();
    await page.getByText('Waits for a decision').waitFor();
    assert.equal(await page.getByRole('region', { name: 'Whom it concerns' }).getByRole('link').count(), 40);
    for (const look of ['light', 'dark', 'phone'] as const) await assertGood(page, look);
    await follow('link', 'Reject …');
    await assertGood(page, 'light');
    await follow('button', 'Reject');
    assert.match(await page.getByRole('status').first().innerText(), /is rejected: rounds go on without it/);
    await page.getByRole('link', { name: 'Approve …' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Approve change/ }).waitFor();
    await page.getByRole('button', { name: 'Approve and publish' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/is approved; round \d+ publishes it/).waitFor();
    await page.getByRole('heading', { name: 'Nothing is held back' }).waitFor();
    assert.equal((await daemon.control.status()).directory?.users, 32);
  });

  it('reads the domains anew (FOX-20)', async () => {
    await page.goto('/domains');
    assert.match(await page.getByRole('row', { name: /fabrikam\.com/ }).innerText(), /managed\s+1\s+1/);
    await follow('button', 'Read the list anew');
    await page.getByText(/Entra lists 2 verified domains/).waitFor();
  });

  it('shows who has signed in and who was refused, and lets an account try again (P7)', async () => {
    await daemon.bound('alice@contoso.com', 'Passw0rd!');
    await assert.rejects(daemon.bound('alice@contoso.com', 'wrong'));
    await daemon.json('audit');
    await page.goto('/audit');
    const events = page.getByRole('region', { name: 'Sign-ins', exact: true });
    assert.match(await events.innerText(), /alice@contoso\.com[\s\S]*Refused[\s\S]*AADSTS50126[\s\S]*Accepted/);
    await page.getByLabel('How it ended').selectOption('refused');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/verdict=refused/);
    assert.doesNotMatch(await events.innerText(), /Accepted/);
    for (const look of ['light', 'dark', 'phone'] as const) await assertGood(page, look);
    await page.getByRole('button', { name: 'Unlock uid=alice,ou=users,dc=contoso,dc=com' }).first().click();
    await page.getByText(/may try again\./).waitFor();
  });

  it('shows the sync log and the log of the daemon by their filters (FOX-21)', async () => {
    await page.goto('/history');
    await page.getByLabel('What').selectOption('approval');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/kind=approval/);
    assert.equal(await page.getByRole('row').count(), 2);
    await page.goto('/log');
    await page.getByLabel('Event; * stands for anything').fill('http.api.*');
    await page.keyboard.press('Enter');
    await page.waitForURL(/event=http/);
    assert.match(await page.getByRole('main').innerText(), /http\.api\.answered[\s\S]*the night shift/);
  });

  it('names for every earlier publication the command that shows it again', async () => {
    await page.goto('/publications');
    assert.match(await page.getByRole('main').innerText(), /entra-ldapd rollback --to \d+/);
  });

  it('can be walked by the keyboard alone, with every stop to be seen', async () => {
    await page.goto('/');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.notEqual(await focused(page), 'Overview', 'the navigation was skipped');
    await page.goto('/');
    const stops: string[] = [];
    for (let count = 0; count < 14; count += 1) {
      await page.keyboard.press('Tab');
      stops.push(await focused(page));
      assert.ok(await hasOutline(page), `${stops.at(-1)} cannot be seen to have the focus`);
    }
    for (const [title] of places)
      assert.ok(
        stops.some((stop) => stop.startsWith(title)),
        `${title} was not reached: ${stops.join(', ')}`,
      );
    assert.ok(stops.includes('Sign out'));
  });

  it('works without scripts: signing in, looking, doing', async () => {
    const plain = await browser.visit({ javaScriptEnabled: false });
    await signIn(plain, token);
    await plain.getByRole('button', { name: 'Sync now' }).click();
    assert.match(await plain.getByRole('main').innerText(), /Round \d+ (?:has begun|was running already)/);
    await plain.getByRole('link', { name: 'Groups', exact: true }).click();
    assert.match(await plain.getByRole('main').innerText(), /Europe/);
    await plain.context().close();
  });

  it('shows a token only what it allows, and refuses the rest', async () => {
    const reader = await browser.visit();
    await signIn(reader, await madeToken('only reads', 'read'));
    await reader.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    assert.equal(await reader.getByRole('link', { name: 'Users', exact: true }).count(), 0);
    assert.equal(await reader.getByRole('button', { name: 'Sync now' }).count(), 0);
    assert.equal((await reader.goto('/users'))?.status(), 403);
    assert.match(await reader.getByRole('main').innerText(), /lacks the scope people/);
    browser.forgive(/403 \(Forbidden\)/);
    await assertGood(reader, 'light');
    await reader.context().close();
  });

  it('ends with the token: whoever was signed in with it is asked for another one', async () => {
    const made = await daemon.json<NewAdminToken>('admin-token', 'create', '--name', 'short', '--scopes', 'read');
    const visitor = await browser.visit();
    await signIn(visitor, made.token);
    await visitor.getByText('Live', { exact: true }).waitFor();
    assert.equal((await daemon.run('admin-token', 'revoke', made.id)).code, 0);
    await visitor.getByText(/Not live|Your session has ended/).waitFor();
    browser.forgive(/401 \(Unauthorized\)/);
    await visitor.goto('/');
    assert.match(visitor.url(), /\/sign-in$/);
    await visitor.context().close();
  });

  it('says in words that a page does not exist, and in JSON to programs', async () => {
    assert.equal((await page.goto('/nonsense'))?.status(), 404);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'No such page');
    browser.forgive(/404 \(Not Found\)/);
    await assertGood(page, 'light');
    const answer = await page.request.get('/nonsense', { headers: { accept: 'application/json' } });
    assert.match(await answer.text(), /"code":"notFound"/);
    await page.goto('/');
  });

  it('ends with signing out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto('/users');
    assert.match(page.url(), /\/sign-in\?to=%2Fusers$/);
  });
});

async function assertGood(page: Page, look: Look): Promise<void> {
  await lookAt(page, look);
  assert.deepEqual(await accessibilityProblems(page, look), [], `${page.url()} ${look}`);
  await assertNoSidewaysScrolling(page);
  await assertRoomForText(page, 'dl.facts dd');
  await lookAt(page, 'light');
}

/** The words of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = (globalThis as unknown as { document: { activeElement: { textContent: string } } })
      .document;
    return activeElement.textContent.trim();
  });
}

function hasOutline(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as {
      document: { activeElement: object };
      getComputedStyle: (element: object) => { outlineStyle: string; outlineWidth: string };
    };
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  });
}
