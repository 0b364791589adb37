import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseTenantId } from '../../../src/identity/ids.ts';
import { accountOfSid, accountSid, domainSidOf, isDomainSid } from '../../../src/projection/samba-sid.ts';

const domain = 'S-1-5-21-1004336348-1177238915-682003330';
const tenant = parseTenantId('5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c17');
assert.ok(tenant);

describe('the SIDs of Samba', () => {
  it('follow from the numbers as Samba makes them, and lead back to them', () => {
    assert.equal(accountSid(domain, 'user', 10_001), `${domain}-21002`);
    assert.equal(accountSid(domain, 'group', 10_001), `${domain}-21003`);
    const number = fc.integer({ min: 1, max: 2_147_483_147 });
    fc.assert(
      fc.property(fc.constantFrom('user' as const, 'group' as const), number, (kind, posix) => {
        const sid = accountSid(domain, kind, posix) ?? '';
        for (const text of [sid, sid.toLowerCase()])
          assert.deepEqual(accountOfSid(domain, text), { kind, number: posix });
      }),
    );
  });

  it('end below 2^32: the highest numbers have none', () => {
    assert.equal(accountSid(domain, 'user', 2_147_483_147), `${domain}-4294967294`);
    assert.equal(accountSid(domain, 'group', 2_147_483_147), `${domain}-4294967295`);
    assert.equal(accountSid(domain, 'user', 2_147_483_148), undefined);
    assert.equal(accountSid(domain, 'group', 2_147_483_148), undefined);
  });

  it('of others lead to nobody', () => {
    for (const rest of ['', '-', '-999', '-01000', '-1e9', '-1000-1', '-10000000000000', 'x-1000', '- 1000']) {
      assert.equal(accountOfSid(domain, `${domain}${rest}`), undefined, rest);
    }
    assert.equal(accountOfSid(domain, 'S-1-5-21-1-2-3-21002'), undefined);
  });

  it('have a domain that follows from the tenant, and tell a domain from anything else', () => {
    assert.equal(domainSidOf(tenant), domainSidOf(tenant));
    assert.ok(isDomainSid(domainSidOf(tenant)));
    assert.ok(isDomainSid(domain));
    assert.ok(isDomainSid('S-1-5-21-0-4294967295-1'));
    for (const text of [
      's-1-5-21-1-2-3',
      'S-1-5-21-1-2',
      'S-1-5-21-1-2-3-4',
      'S-1-5-21-1-2-4294967296',
      'S-1-5-21-1-2-03',
      'S-1-12-1-1-2-3',
      ' S-1-5-21-1-2-3',
    ]) {
      assert.ok(!isDomainSid(text), text);
    }
  });
});
