import assert from 'node:assert/strict';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import {
  Account,
  type AccountLimits,
  Accounts,
  paceWaitMaxMs,
  searchLimits,
} from '../../../src/ldap/account-limits.ts';

const gitlab: BoundIdentity = { kind: 'service', dn: 'cn=gitlab', name: 'gitlab' };

describe('The limits of an account (P8)', () => {
  it('let as many operations come at once as the burst, and then one in each interval', () => {
    const account = new Account({ operationsPerSecond: 10, burst: 3 });
    for (let taken = 0; taken < 3; taken++) {
      assert.equal(account.waitMs(1000), 0);
      assert.equal(account.take(1000), true);
    }
    assert.equal(account.waitMs(1000), 100);
    assert.equal(account.waitMs(1050), 50);
    assert.equal(account.waitMs(1100), 0);
    assert.equal(account.take(1100), true);
    assert.equal(account.waitMs(1100), 100);
  });

  it('do not save up more than one burst in a quiet time', () => {
    const account = new Account({ operationsPerSecond: 1, burst: 2 });
    assert.equal(account.take(0), true);
    assert.equal(account.take(1_000_000), true);
    assert.equal(account.take(1_000_000), true);
    assert.equal(account.waitMs(1_000_000), 1000);
  });

  it('refuse an operation that would have to wait longer than paceWaitMaxMs, at the limit and one past it', () => {
    const account = new Account({ operationsPerSecond: 1000 / paceWaitMaxMs });
    assert.equal(account.take(0), true);
    assert.equal(account.take(0), true, 'that one has to wait just as long');
    assert.equal(account.take(0), false);
    assert.equal(account.take(paceWaitMaxMs - 1), false);
    assert.equal(account.take(paceWaitMaxMs), true);
  });

  it('count connections, and again when one has gone', () => {
    const account = new Account({ connectionsMax: 2 });
    assert.deepEqual([account.enter(), account.enter(), account.enter()], [true, true, false]);
    account.leave();
    assert.deepEqual([account.enter(), account.enter()], [true, false]);
  });

  it('are those of the account by name, shared by all who are bound as it, and nobody else’s', () => {
    const limits = new Map<string, AccountLimits>([['gitlab', { connectionsMax: 1 }]]);
    const accounts = new Accounts(limits);
    assert.equal(accounts.of(gitlab), accounts.of({ ...gitlab }));
    assert.equal(accounts.of(gitlab).enter(), true);
    assert.equal(accounts.of(gitlab).enter(), false);
    for (const who of [anonymous, { ...gitlab, name: 'other' }]) {
      for (let entered = 0; entered < 3; entered++) assert.equal(accounts.of(who).enter(), true);
    }
  });

  it('can change: an account whose limits stay is counted on, another is counted anew (FAM-28)', () => {
    const limits = (gitlabMax: number): ReadonlyMap<string, AccountLimits> =>
      new Map([
        ['gitlab', { connectionsMax: gitlabMax }],
        ['jira', { connectionsMax: 1 }],
      ]);
    const jira: BoundIdentity = { ...gitlab, name: 'jira' };
    const accounts = new Accounts(limits(1));
    assert.deepEqual([accounts.of(gitlab).enter(), accounts.of(jira).enter()], [true, true]);
    accounts.use(limits(2));
    assert.equal(accounts.of(jira).enter(), false);
    assert.deepEqual([accounts.of(gitlab).enter(), accounts.of(gitlab).enter()], [true, true]);
    accounts.use(new Map());
    assert.equal(accounts.of(jira).enter(), true);
  });

  it('bound a search together with those of the server: the smaller wins', () => {
    const server = { sizeLimit: 100, timeLimitMs: 1000 };
    assert.deepEqual(searchLimits(server, new Account({})), server);
    assert.deepEqual(searchLimits(server, new Account({ sizeLimit: 10, timeLimitMs: 5000 })), {
      sizeLimit: 10,
      timeLimitMs: 1000,
    });
  });
});
