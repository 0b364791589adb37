import assert from 'node:assert/strict';

import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import { sortValueBytesMax } from '../../../src/directory/sort.ts';
import { PagedCookies } from '../../../src/ldap/paged-cookies.ts';

const identity: BoundIdentity = { kind: 'service', dn: 'cn=a', name: 'a' };
const request = [Buffer.from('head'), Buffer.from('tail')];
const position = {
  after: 2 ** 32 - 1,
  returned: 2 ** 32 - 1,
  walk: 2 ** 40,
  publication: 2 ** 48 - 1,
  sortValues: undefined,
};

describe('PagedCookies (RFC 2696)', () => {
  it('gives back the position it was given, up to the greatest numbers', () => {
    const cookies = new PagedCookies();
    assert.deepEqual(cookies.open(cookies.seal(position, { identity, request }), { identity, request }), position);
  });

  it('gives back what the last entry was ordered by, no value, the empty one and the longest included (RFC 2891)', () => {
    const cookies = new PagedCookies();
    const sortValues = [undefined, '', 'ÿ'.repeat(sortValueBytesMax), undefined];
    const sorted = { ...position, sortValues };
    assert.deepEqual(cookies.open(cookies.seal(sorted, { identity, request }), { identity, request }), sorted);
  });

  it('opens nothing for another identity, request or process', () => {
    const cookies = new PagedCookies();
    const cookie = cookies.seal(position, { identity, request });
    const user: BoundIdentity = { kind: 'user', dn: 'cn=a', entryId: 1, objectId: 'x' };
    assert.equal(cookies.open(cookie, { identity: anonymous, request }), undefined);
    assert.equal(cookies.open(cookie, { identity: { ...identity, dn: 'cn=b' }, request }), undefined);
    assert.equal(cookies.open(cookie, { identity: user, request }), undefined);
    assert.equal(cookies.open(cookie, { identity, request: [Buffer.from('head')] }), undefined);
    assert.equal(new PagedCookies().open(cookie, { identity, request }), undefined);
  });

  it('does not confuse the end of a name with the beginning of a request', () => {
    const cookies = new PagedCookies();
    const cookie = cookies.seal(position, { identity: { ...identity, dn: 'cn=ab' }, request: [Buffer.from('c')] });
    assert.equal(
      cookies.open(cookie, { identity: { ...identity, dn: 'cn=a' }, request: [Buffer.from('bc')] }),
      undefined,
    );
  });
});
