import assert from 'node:assert/strict';
import { createNtHasher } from '../../../src/auth/nt-hash.ts';

describe('the NT hash of a password', () => {
  it('is the one of Windows, as [MS-NLMP] 4.2.2 and RFC 2759 §9.2 have it', async () => {
    const ntHash = await createNtHasher();
    const known: readonly (readonly [password: string, hash: string])[] = [
      ['Password', 'a4f49c406510bdcab6824ee7c30fd852'],
      ['clientPass', '44ebba8d5312b8d611474411f56989ae'],
      ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ];
    for (const [password, hash] of known) assert.equal(ntHash(password).toString('hex'), hash);
    const [one, other] = [ntHash('Password'), ntHash('clientPass')];
    assert.ok(!one.equals(other), 'the next one does not overwrite it');
  });

  it('tells letters and case apart that Unicode does, and is not made of what Windows has no password for', async () => {
    const ntHash = await createNtHasher();
    const hashes = ['Zoë €3', 'Zoe\u0308 €3', 'zoë €3', '😀'].map((password) => ntHash(password).toString('hex'));
    assert.equal(new Set(hashes).size, hashes.length);
    assert.equal(ntHash('x'.repeat(256)).length, 16);
    assert.throws(() => ntHash('x'.repeat(257)), RangeError);
  });
});
