import assert from 'node:assert/strict';
import { anonymous } from '../../../src/directory/identity.ts';
import { PersistentSearches } from '../../../src/ldap/persistent-searches.ts';
import { formatSyncCookie, readSyncCookie, replicaOf, type SyncBinding } from '../../../src/ldap/sync-cookies.ts';

const stampMs = Date.UTC(2026, 10, 21, 14, 1, 2, 45);
const binding: SyncBinding = {
  history: '0123456789abcdef',
  identity: { kind: 'service', dn: 'cn=replica,ou=services,dc=example,dc=com', name: 'replica' },
  request: [Buffer.from('search'), Buffer.from('rest')],
};

describe('cookies of RFC 4533', () => {
  const cookie = formatSyncCookie('001', stampMs, binding);

  it('have the form that OpenLDAP reads, and are read back', () => {
    assert.match(cookie.toString(), /^rid=001,csn=20261121140102\.045000Z#ffffff#000#[\da-f]{6}$/);
    assert.deepEqual(readSyncCookie(cookie, binding), { kind: 'known', stampMs });
    assert.equal(replicaOf(cookie), '001');
  });

  it('are the same for the same search after a restart (P3)', () => {
    assert.deepEqual(formatSyncCookie('001', stampMs, { ...binding, request: [...binding.request] }), cookie);
  });

  const others: readonly (readonly [string, SyncBinding])[] = [
    ['another store', { ...binding, history: 'fedcba9876543210' }],
    ['another search', { ...binding, request: [Buffer.from('search'), Buffer.from('more')] }],
    ['another account', { ...binding, identity: { kind: 'service', dn: 'cn=other,dc=example,dc=com', name: 'other' } }],
    ['nobody', { ...binding, identity: anonymous }],
  ];
  for (const [whose, other] of others) {
    it(`are not known to ${whose}, which can tell how old they are`, () => {
      assert.deepEqual(readSyncCookie(cookie, other), { kind: 'unknown', stampMs });
    });
  }

  it('of an entry are not taken for those of a directory', () => {
    const entry = Buffer.from(cookie.toString().replace('#ffffff#', '#000001#'));
    assert.equal(readSyncCookie(entry, binding).kind, 'unknown');
  });

  it('that say nothing but who the client is begin anew', () => {
    for (const text of [undefined, '', 'rid=001', 'rid=001,sid=002']) {
      assert.equal(readSyncCookie(text === undefined ? undefined : Buffer.from(text), binding).kind, 'nothing');
    }
    assert.equal(readSyncCookie(Buffer.from('nonsense'), binding).kind, 'unknown');
  });

  it('repeat the number of a replica and nothing else that a client may write there', () => {
    for (const text of ['rid=1234', 'rid=a', 'rid=,x', 'csn=1', '', 'rid=1;2'])
      assert.equal(replicaOf(Buffer.from(text)), '000');
    assert.equal(replicaOf(Buffer.from('rid=7,csn=x')), '7');
  });
});

describe('the number of persistent searches (P8)', () => {
  it('is limited by connection and in total, and given back', () => {
    const searches = new PersistentSearches({ persistentSearchesPerConnectionMax: 2, persistentSearchesMax: 3 });
    assert.deepEqual(
      [1, 1, 1].map((connection) => searches.take(connection)?.code),
      [undefined, undefined, 11],
    );
    assert.deepEqual(
      [2, 2, 3].map((connection) => searches.take(connection)?.code),
      [undefined, 51, 51],
    );
    searches.give(1);
    assert.equal(searches.take(3), undefined);
    assert.equal(searches.take(1)?.code, 51);
    searches.give(2);
    assert.equal(searches.take(1), undefined);
  });
});
