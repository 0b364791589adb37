import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { GraphValue } from '../../../src/identity/change.ts';
import {
  directoryExtensions,
  isSourceProperty,
  sourceKeys,
  sourceNumber,
  sourcePath,
} from '../../../src/projection/source-property.ts';
import { isOneSshPublicKey } from '../../../src/projection/ssh-public-key.ts';
import { aliceKey, sampleKey } from '../../support/client-population.ts';
import { openSettings } from '../../support/sync-bench.ts';

const extension = 'extension_0123456789abcdef0123456789abcdef_number';

describe('a property that the settings may name', () => {
  it('is an extension attribute of users, a directory extension, or one of a few text properties (PAIN-18)', () => {
    for (const name of ['extensionAttribute1', 'extensionAttribute15', extension, 'employeeId', 'mailNickname'])
      assert.equal(isSourceProperty('users', name), true, name);
    for (const name of ['extensionAttribute0', 'extensionAttribute16', 'extension_0123_x', 'id', 'ExtensionAttribute1'])
      assert.equal(isSourceProperty('users', name), false, name);
  });

  it('is no extension attribute for groups, for Graph has none', () => {
    assert.equal(isSourceProperty('groups', 'extensionAttribute1'), false);
    assert.equal(isSourceProperty('groups', extension), true);
  });

  it('is asked for only when it is a directory extension, and once (FED-18)', () => {
    const settings = {
      ...openSettings,
      users: {
        ...openSettings.users,
        uidNumberFrom: 'extensionAttribute1',
        homeDirectoryFrom: 'extension_0123456789abcdef0123456789abcdef_home',
        loginShellFrom: 'extension_0123456789abcdef0123456789abcdef_home',
        sshPublicKeyFrom: ['extensionAttribute2', 'extension_0123456789abcdef0123456789abcdef_keys'],
      },
      groups: { ...openSettings.groups, gidNumberFrom: extension },
    };
    assert.deepEqual(directoryExtensions(settings), {
      users: ['extension_0123456789abcdef0123456789abcdef_home', 'extension_0123456789abcdef0123456789abcdef_keys'],
      groups: [extension],
    });
    assert.deepEqual(directoryExtensions(openSettings), { users: [], groups: [] });
  });
});

describe('the number in a property', () => {
  const inExtension = (value: GraphValue) => sourceNumber({ [extension]: value }, extension);

  it('is an integer or decimal digits, wherever the property is', () => {
    assert.equal(inExtension(10_001), 10_001);
    assert.equal(inExtension(' 10001 '), 10_001);
    const properties = { onPremisesExtensionAttributes: { extensionAttribute7: '2147483647' } };
    assert.equal(sourceNumber(properties, 'extensionAttribute7'), 2_147_483_647);
  });

  it('is none without a property or without a value', () => {
    assert.equal(sourceNumber({ [extension]: 5000 }, undefined), undefined);
    for (const value of [null, '']) assert.equal(inExtension(value), undefined);
    for (const properties of [{}, { onPremisesExtensionAttributes: null }, { onPremisesExtensionAttributes: ['x'] }])
      assert.equal(sourceNumber(properties, 'extensionAttribute1'), undefined);
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
      [10_001],
    ])
      assert.equal(inExtension(value), 'unusable', JSON.stringify(value));
    assert.equal(inExtension(1000), 1000);
  });
});

describe('the path in a property', () => {
  const path = (value: GraphValue): string | undefined => sourcePath({ [extension]: value }, extension);

  it('is an absolute path that a line of passwd(5) can hold', () => {
    assert.equal(path(' /srv/home/alice '), '/srv/home/alice');
    for (const value of ['home/alice', '/home/a:b', '/home/a\nb', '/home/jürgen', '', 5, null])
      assert.equal(path(value), undefined, JSON.stringify(value));
    assert.equal(sourcePath({ [extension]: '/srv' }, undefined), undefined);
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
    assert.deepEqual(sourceKeys(properties, ['extensionAttribute1', extension, 'extensionAttribute2']), [
      aliceKey,
      second,
      third,
    ]);
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
