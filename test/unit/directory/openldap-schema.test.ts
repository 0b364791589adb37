import assert from 'node:assert/strict';
import { formatOpenLdapSchema } from '../../../src/directory/openldap-schema.ts';
import { parseAttributeDefinition, parseObjectClassDefinition } from '../../../src/directory/schema-notation.ts';
import { standardSchema } from '../../../src/directory/schema.ts';

describe('The schema for OpenLDAP', () => {
  const text = formatOpenLdapSchema(standardSchema);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const attributes = lines.flatMap((line) =>
    line.startsWith('attributetype ') ? [parseAttributeDefinition(line.slice(14))] : [],
  );
  const classes = lines.flatMap((line) =>
    line.startsWith('objectclass ') ? [parseObjectClassDefinition(line.slice(12))] : [],
  );

  it('is attribute types, then object classes, then content rules, each on a line of its own', () => {
    const rules = lines.filter((line) => line.startsWith('ditcontentrule ( '));
    assert.equal(attributes.length + classes.length + rules.length, lines.length);
    assert.deepEqual(lines.slice(-rules.length), rules);
    assert.ok(attributes.length > 150 && classes.length > 30);
    assert.ok(lines.findIndex((line) => line.startsWith('objectclass')) === attributes.length);
  });

  it('leaves out what slapd and its overlays define themselves', () => {
    const names = new Set([...attributes, ...classes].flatMap((each) => each.names));
    for (const builtIn of [
      'objectClass',
      'cn',
      'uid',
      'uidNumber',
      'description',
      'entryUUID',
      'memberOf',
      'pwdAccountLockedTime',
      'top',
      'subschema',
    ]) {
      assert.ok(!names.has(builtIn), builtIn);
    }
    for (const own of ['sn', 'member', 'sshPublicKey', 'entraUser', 'inetOrgPerson', 'posixGroup'])
      assert.ok(names.has(own), own);
  });

  it('has no operational attribute; content rules allow those that became ordinary, and all auxiliary classes (RFC 4512 §4.1.6)', () => {
    assert.ok(attributes.every(({ usage }) => usage === 'userApplications'));
    assert.ok(!/USAGE|NO-USER-MODIFICATION/.test(text));
    const structural = classes.filter(({ kind }) => kind === 'STRUCTURAL');
    const auxiliary = classes.filter(({ kind }) => kind === 'AUXILIARY').flatMap(({ names }) => names);
    const rules = lines.filter((line) => line.startsWith('ditcontentrule '));
    assert.deepEqual(
      rules.map((line) => line.split(' ')[2]),
      structural.map(({ oid }) => oid),
    );
    for (const rule of rules) {
      for (const name of [...auxiliary, 'nsAccountLock', 'objectGUID']) assert.ok(rule.includes(` ${name} `), name);
    }
  });

  it('names in classes only attributes that are in it or in slapd', () => {
    const defined = new Set(attributes.flatMap(({ names, oid }) => [...names, oid]));
    const missing = classes.flatMap(({ must, may }) => [...must, ...may]).filter((name) => !defined.has(name));
    const inSlapd = new Set([
      'cn',
      'uid',
      'name',
      'description',
      'seeAlso',
      'userPassword',
      'labeledURI',
      'uidNumber',
      'gidNumber',
      'memberOf',
      'objectClass',
      'aliasedObjectName',
      'distinguishedName',
    ]);
    assert.deepEqual(
      [...new Set(missing)].filter((name) => !inSlapd.has(name)),
      [],
    );
  });
});
