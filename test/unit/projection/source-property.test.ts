import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { GraphProperties, GraphValue } from '../../../src/identity/change.ts';
import { compileSource, sourceValues } from '../../../src/projection/source.ts';
import { passwdPath, sourceNumber, sshPublicKeys } from '../../../src/projection/source-property.ts';
import { isOneSshPublicKey } from '../../../src/projection/ssh-public-key.ts';
import { aliceKey, sampleKey } from '../../support/client-population.ts';
import { modelId } from '../../support/model-tenant.ts';

const extension = 'extension_0123456789abcdef0123456789abcdef_number';

function valuesOf(properties: GraphProperties, name: string): readonly string[] {
  return sourceValues(compileSource('users', name), { objectId: modelId('user', 1), properties, own: {} });
}

describe('the number in a property', () => {
  const inExtension = (value: GraphValue) => sourceNumber(valuesOf({ [extension]: value }, extension));

  it('is an integer or decimal digits, wherever the property is (PAIN-18)', () => {
    assert.equal(inExtension(10_001), 10_001);
    assert.equal(inExtension(' 10001 '), 10_001);
    const properties = { onPremisesExtensionAttributes: { extensionAttribute7: '2147483647' } };
    assert.equal(sourceNumber(valuesOf(properties, 'extensionAttribute7')), 2_147_483_647);
  });

  it('is none without a property or without a value', () => {
    for (const value of [null, '']) assert.equal(inExtension(value), undefined);
    for (const properties of [{}, { onPremisesExtensionAttributes: null }, { onPremisesExtensionAttributes: ['x'] }])
      assert.equal(sourceNumber(valuesOf(properties, 'extensionAttribute1')), undefined);
  });

  it('is never that of root, of a system account or of nobody, nor anything else that is no number of a user (P7)', () => {
    for (const value of [
      0,
      '0',
      999,
      '999',
      65_534,
      65_535,
      2_147_483_648,
      -1,
      1.5,
      '0x7d0',
      '1e4',
      'ten',
      true,
      [10_001, 10_002],
    ])
      assert.equal(inExtension(value), 'unusable', JSON.stringify(value));
    assert.equal(inExtension(1000), 1000);
  });
});

describe('the path in a property', () => {
  it('is an absolute path that a line of passwd(5) can hold', () => {
    assert.equal(passwdPath(' /srv/home/alice '), '/srv/home/alice');
    for (const value of ['home/alice', '/home/a:b', '/home/a\nb', '/home/jürgen', '', '5'])
      assert.equal(passwdPath(value), undefined, JSON.stringify(value));
  });
});

describe('SSH public keys in properties', () => {
  it('are the lines of texts and lists, from one property after the other', () => {
    const second = sampleKey('two', 2);
    const third = sampleKey('three', 3);
    const properties = {
      onPremisesExtensionAttributes: { extensionAttribute1: `${aliceKey}\r\n\n  ${second}` },
      [extension]: [third, null],
    };
    const values = ['extensionAttribute1', extension].flatMap((name) => valuesOf(properties, name));
    assert.deepEqual(sshPublicKeys(values), [aliceKey, second, third]);
  });

  it('are left out where sshd would obey them: options, and lines that only look like a key (P7)', () => {
    const [type = '', base64 = ''] = aliceKey.split(' ');
    for (const line of [
      `command="/bin/sh" ${aliceKey}`,
      `environment="LD_PRELOAD=/x" ${aliceKey}`,
      `cert-authority ${aliceKey}`,
      `# ${aliceKey}`,
      type,
      `${type} ${base64.slice(0, 12)}`,
      `ssh-rsa ${base64} another type outside than inside`,
      `${type}  ${base64}`,
      `${type} ${base64} a comment with ü`,
    ])
      assert.equal(isOneSshPublicKey(line), false, line);
    for (const line of [`${type} ${base64}`, aliceKey]) assert.equal(isOneSshPublicKey(line), true, line);
  });

  it('are recognized without an error in any text (P8)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        assert.equal(isOneSshPublicKey(line), false);
      }),
      { seed: 20261121 },
    );
  });
});
