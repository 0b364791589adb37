import assert from 'node:assert/strict';
import type { GraphProperties } from '../../../src/identity/change.ts';
import { canBeDuplicate, personKeys } from '../../../src/projection/duplicates.ts';

function common(a: GraphProperties, b: GraphProperties): readonly string[] {
  const keys = new Set(personKeys(a).map(({ key }) => key));
  return personKeys(b).flatMap(({ key, sign }) => (keys.has(key) ? [sign] : []));
}

const synchronized = { onPremisesSyncEnabled: true } as const;

describe('two accounts of one person (SNP-02)', () => {
  const cases: readonly [string, GraphProperties, GraphProperties, readonly string[]][] = [
    ['an immutable id', { onPremisesImmutableId: 'aB==' }, { onPremisesImmutableId: 'aB==' }, ['immutable id']],
    ['an immutable id in other letter case', { onPremisesImmutableId: 'aB==' }, { onPremisesImmutableId: 'ab==' }, []],
    ['a sAMAccountName', { onPremisesSamAccountName: 'Ada' }, { onPremisesSamAccountName: 'ada' }, ['sAMAccountName']],
    ['a mail address', { mail: 'Ada@contoso.com' }, { mail: 'ada@contoso.com' }, ['mail address']],
    [
      'an address among others',
      { mail: 'ada@contoso.com' },
      { proxyAddresses: ['SMTP:a@contoso.com', 'smtp:ADA@contoso.com', 'x500:/o=ada'] },
      ['mail address'],
    ],
    ['an address of another kind', { proxyAddresses: ['sip:ada@x.com'] }, { proxyAddresses: ['sip:ada@x.com'] }, []],
    ['nothing', {}, {}, []],
    [
      'a name that was taken',
      { userPrincipalName: 'ada@contoso.com' },
      { userPrincipalName: 'ada1234@contoso.onmicrosoft.com' },
      ['user principal name'],
    ],
    [
      'a name below onmicrosoft.com',
      { userPrincipalName: 'ada@contoso.com' },
      { userPrincipalName: 'Ada@contoso.onmicrosoft.com' },
      ['user principal name'],
    ],
    [
      'a local part in two verified domains',
      { userPrincipalName: 'ada@contoso.com' },
      { userPrincipalName: 'ada@fabrikam.com' },
      [],
    ],
  ];
  for (const [what, cloud, other, signs] of cases) {
    it(`have ${what} in common, or not: ${signs.join() || 'not'}`, () => {
      assert.deepEqual(common(cloud, { ...other, ...synchronized }), signs);
    });
  }

  it('are never a guest', () => {
    assert.deepEqual([canBeDuplicate({ userType: 'Guest' }), canBeDuplicate({ userType: 'Member' })], [false, true]);
    assert.equal(canBeDuplicate({}), true);
  });
});
