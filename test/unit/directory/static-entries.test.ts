import assert from 'node:assert/strict';
import { anonymous } from '../../../src/directory/identity.ts';
import { parseAttributeDefinition, parseObjectClassDefinition } from '../../../src/directory/schema-notation.ts';
import type { Directory } from '../../../src/directory/directory-port.ts';
import { extendSchema, standardSchema } from '../../../src/directory/schema.ts';
import { samplePresentation } from '../../support/active-directory-sample.ts';
import type { PublishedSource } from '../../../src/directory/reader.ts';
import { directoryOver, refusalOf, searchAll } from '../../support/directory-client.ts';
import type { TestSearch } from '../../support/directory-client.ts';
import { memoryDirectory, unpublished } from '../../support/memory-directory.ts';
import { sampleBase, sampleEntries } from '../../support/sample-directory.ts';

const directory = directoryOver(memoryDirectory(sampleEntries));

async function read(search: TestSearch): Promise<Readonly<Record<string, readonly string[]>>> {
  const [entry, ...others] = await searchAll(directory, { scope: 'base', who: anonymous, ...search });
  assert.ok(entry !== undefined && others.length === 0);
  return entry.attributes;
}

describe('The root DSE (RFC 4512 §5.1, S17, PAIN-15)', () => {
  it('announces contexts, versions, controls, extensions and features to everybody, when asked for', async () => {
    const expected = {
      namingContexts: [sampleBase],
      defaultNamingContext: [sampleBase],
      supportedLDAPVersion: ['3'],
      supportedControl: ['1.2.840.113556.1.4.319'],
      supportedExtension: ['1.3.6.1.4.1.4203.1.11.3'],
      supportedFeatures: ['1.3.6.1.4.1.4203.1.5.1', '1.3.6.1.4.1.4203.1.5.2', '1.3.6.1.4.1.4203.1.5.3'],
      vendorName: ['Example vendor'],
      vendorVersion: ['1.2.3'],
      subschemaSubentry: ['cn=Subschema'],
      entryDN: [''],
    };
    assert.deepEqual(await read({ baseDn: '', attributes: Object.keys(expected) }), expected);
    const operational = await read({ baseDn: '', attributes: ['+'] });
    for (const [name, values] of Object.entries(expected)) assert.deepEqual(operational[name], values);
    assert.equal('supportedSASLMechanisms' in operational, false);
  });

  it('gives objectClass alone for *', async () => {
    assert.deepEqual(await read({ baseDn: '', attributes: [] }), { objectClass: ['top'] });
    assert.deepEqual(await read({ baseDn: '', attributes: ['*', 'altServer', 'lastUSN', 'supportedLdapVersion'] }), {
      objectClass: ['top'],
      supportedLDAPVersion: ['3'],
    });
  });

  it('is subject to the filter and to typesOnly', async () => {
    assert.deepEqual(await read({ baseDn: '', attributes: ['namingContexts'], typesOnly: true }), {
      namingContexts: [],
    });
    const matching = { baseDn: '', scope: 'base', filter: '(supportedControl=1.2.840.113556.1.4.319)' } as const;
    assert.equal((await searchAll(directory, matching)).length, 1);
    for (const filter of ['(entryDN=)', '(!(entryDN=dc=x))']) {
      assert.equal((await searchAll(directory, { baseDn: '', scope: 'base', filter })).length, 1, filter);
    }
    for (const filter of [
      '(objectClass=posixAccount)',
      '(!(objectClass=*))',
      '(!(entryDN=))',
      '(uid=x)',
      '(member=cn=x)',
    ]) {
      assert.deepEqual(await searchAll(directory, { baseDn: '', scope: 'base', filter }), []);
    }
  });

  it('is there before anything was published, and not part of any subtree', async () => {
    const early = directoryOver(unpublished);
    assert.equal((await searchAll(early, { baseDn: '', scope: 'base', who: anonymous })).length, 1);
    const all = await searchAll(directory, {});
    assert.ok(all.every((entry) => entry.dn !== '' && entry.dn !== 'cn=Subschema'));
    assert.equal(refusalOf(directory, { baseDn: '', scope: 'subtree' }).code, 32);
  });

  it('is not given again to a paged search that goes on', async () => {
    assert.deepEqual(await searchAll(directory, { baseDn: '', scope: 'base', after: 0 }), []);
  });
});

describe('The subschema (RFC 4512 §4.2, S18, PAIN-15)', () => {
  const asked = { baseDn: 'CN=subschema', attributes: ['*', '+'] };

  it('is found by the value of subschemaSubentry, for scope base and sub, by anybody', async () => {
    for (const filter of [
      '(objectClass=subschema)',
      '(objectClass=*)',
      '(objectClass=subentry)',
      '(cn=subschema)',
      '(entryDN=cn=SUBSCHEMA)',
    ]) {
      for (const scope of ['base', 'subtree'] as const) {
        assert.equal((await searchAll(directory, { ...asked, filter, scope, who: anonymous })).length, 1, filter);
      }
    }
    for (const scope of ['one', 'subordinate'] as const) {
      assert.deepEqual(await searchAll(directory, { ...asked, scope, who: anonymous }), []);
    }
  });

  it('gives its descriptions only when they are asked for', async () => {
    assert.deepEqual(Object.keys(await read({ ...asked, attributes: [] })).sort(), ['cn', 'objectClass']);
    const seen = await read({
      ...asked,
      attributes: ['objectClasses', 'dITContentRules', 'javaClassName', 'nameForms'],
    });
    assert.deepEqual(Object.keys(seen), ['objectClasses']);
  });

  it('describes every attribute, class, rule and syntax, each OID once, and refers to nothing else', async () => {
    const seen = await read(asked);
    const attributes = (seen['attributeTypes'] ?? []).map(parseAttributeDefinition);
    const classes = (seen['objectClasses'] ?? []).map(parseObjectClassDefinition);
    const named = (texts: readonly string[] = []): Map<string, string> =>
      new Map(
        texts.map((text) => {
          const found = /^\( ([0-9.]+)(?: NAME '([A-Za-z0-9-]+)')? (?:SYNTAX|APPLIES|DESC) /.exec(text);
          assert.ok(found !== null, text);
          return [found[1] ?? '', found[2] ?? ''];
        }),
      );
    const rules = named(seen['matchingRules']);
    const syntaxes = named(seen['ldapSyntaxes']);
    const ruleNames = new Set(rules.values());
    const attributeNames = new Set(attributes.flatMap((type) => type.names));
    const classNames = new Set(classes.flatMap((each) => each.names));
    const oids = [
      ...attributes.map((each) => each.oid),
      ...classes.map((each) => each.oid),
      ...rules.keys(),
      ...syntaxes.keys(),
    ];
    assert.equal(new Set(oids).size, oids.length);
    for (const type of attributes) {
      for (const rule of [type.equality, type.ordering, type.substrings])
        assert.ok(rule === undefined || ruleNames.has(rule), rule);
      assert.ok(type.sup === undefined || attributeNames.has(type.sup), type.sup);
      assert.ok(type.syntax === undefined ? type.sup !== undefined : syntaxes.has(type.syntax), type.text);
    }
    for (const each of classes) {
      for (const name of [...each.must, ...each.may])
        assert.ok(attributeNames.has(name), `${name} of ${each.names[0]}`);
      for (const name of each.sup) assert.ok(classNames.has(name), name);
    }
    for (const text of seen['matchingRules'] ?? [])
      assert.ok(syntaxes.has(/SYNTAX ([0-9.]+) /.exec(text)?.[1] ?? ''), text);
    for (const [oid] of named(seen['matchingRuleUse'])) assert.ok(rules.has(oid), oid);
    assert.equal(attributes.length, standardSchema.attributes.length);
    assert.equal(classes.length, standardSchema.objectClasses.length);
  });

  it('keeps to its own schema, and so does every other entry (S22)', async () => {
    const entries = [
      ...(await searchAll(directory, { attributes: ['*', '+'] })),
      ...(await searchAll(directory, { ...asked, scope: 'base' })),
      ...(await searchAll(directory, { baseDn: '', scope: 'base', attributes: ['*', '+'] })),
    ];
    assert.equal(entries.length, sampleEntries.length + 2);
    for (const { dn, attributes } of entries) {
      const classes = (attributes['objectClass'] ?? []).map((name) => standardSchema.objectClass(name));
      const allowed = new Set(classes.flatMap((each) => [...(each?.must ?? []), ...(each?.may ?? [])]));
      for (const required of classes.flatMap((each) => each?.must ?? [])) {
        assert.ok(required.name in attributes, `${dn} lacks ${required.name}`);
      }
      for (const [name, values] of Object.entries(attributes)) {
        const type = standardSchema.attribute(name);
        assert.ok(type !== undefined && type.name === name, `${name} of ${dn}`);
        assert.ok(type.operational || allowed.has(type), `${dn} may not have ${name}`);
        assert.ok(!type.singleValue || values.length === 1, `${name} of ${dn}`);
      }
    }
  });

  it('has times that are the same for the same schema, and others for another (RFC 4512 §4.2)', async () => {
    const times = async (of: Directory): Promise<readonly (readonly string[] | undefined)[]> => {
      const attributes = ['createTimestamp', 'modifyTimestamp'];
      const [entry] = await searchAll(of, { ...asked, attributes, scope: 'base', who: anonymous });
      return attributes.map((name) => entry?.attributes[name]);
    };
    const [created, modified] = await times(directory);
    assert.match(created?.[0] ?? '', /^\d{14}Z$/);
    assert.match(modified?.[0] ?? '', /^20\d{12}Z$/);
    assert.deepEqual(await times(directoryOver(memoryDirectory(sampleEntries))), [created, modified]);
    const custom = { name: 'badge', kind: 'text', multiValued: false, of: 'users' } as const;
    const other = extendSchema(standardSchema, [custom]);
    const [sameTime, otherTime] = await times(directoryOver(memoryDirectory(sampleEntries), {}, other));
    assert.deepEqual(sameTime, created);
    assert.notDeepEqual(otherTime, modified);
  });

  it('can be asked whether it has an element (RFC 4517 §4.2.27)', async () => {
    const finds = async (filter: string): Promise<number> =>
      (await searchAll(directory, { ...asked, scope: 'base', filter })).length;
    assert.equal(await finds('(objectClasses=posixAccount)'), 1);
    assert.equal(await finds('(objectClasses=2.5.6.6)'), 1);
    assert.equal(await finds('(attributeTypes=uidNumber)'), 1);
    assert.equal(await finds('(attributeTypes=noSuchAttribute)'), 0);
    assert.equal(await finds('(attributeTypes=1.2.3.4)'), 0);
  });
});

describe('The root DSE of Active Directory ([MS-ADTS] 3.1.1.3.2)', () => {
  const activeDirectory = directoryOver(
    memoryDirectory(sampleEntries),
    {},
    standardSchema,
    undefined,
    samplePresentation(true),
  );
  const own = {
    rootDomainNamingContext: [sampleBase],
    highestCommittedUSN: ['1'],
    domainControllerFunctionality: ['7'],
    isSynchronized: ['TRUE'],
  };

  it('gives everything to whoever asks for no attribute by name', async () => {
    for (const attributes of [[], ['*'], ['*', '+'], ['+', '*', 'vendorName']]) {
      const [entry] = await searchAll(activeDirectory, { baseDn: '', scope: 'base', who: anonymous, attributes });
      for (const [name, values] of Object.entries({ ...own, namingContexts: [sampleBase], objectClass: ['top'] })) {
        assert.deepEqual(entry?.attributes[name], values, `${name} of ${attributes.join()}`);
      }
    }
    const [named] = await searchAll(activeDirectory, { baseDn: '', scope: 'base', attributes: ['isSynchronized'] });
    assert.deepEqual(named?.attributes, { isSynchronized: ['TRUE'] });
  });

  it('gives operational attributes only by name or + where memberOf is kept operational (RFC 4512 §5.1, S17)', async () => {
    const userAttributes = new Set(['distinguishedname']);
    const presentation = { ...samplePresentation(true), userAttributes };
    const strict = directoryOver(memoryDirectory(sampleEntries), {}, standardSchema, undefined, presentation);
    const [entry] = await searchAll(strict, { baseDn: '', scope: 'base', who: anonymous, attributes: ['*'] });
    for (const name of ['namingContexts', 'supportedControl', 'isSynchronized'])
      assert.equal(name in (entry?.attributes ?? {}), false, name);
    const [all] = await searchAll(strict, { baseDn: '', scope: 'base', who: anonymous, attributes: ['*', '+'] });
    assert.deepEqual(all?.attributes['isSynchronized'], ['TRUE']);
  });

  it('announces no capability that would lead clients to what is not here', async () => {
    const [entry] = await searchAll(activeDirectory, { baseDn: '', scope: 'base', attributes: ['*', '+'] });
    for (const name of ['supportedCapabilities', 'dsServiceName', 'dnsHostName', 'configurationNamingContext']) {
      assert.equal(name in (entry?.attributes ?? {}), false, name);
    }
  });

  it('has another sequence number after each publish, and 0 before the first', async () => {
    let stampMs: number | undefined;
    const published = memoryDirectory(sampleEntries);
    const source: PublishedSource = {
      ...published,
      acquire: () => {
        const lease = stampMs === undefined ? undefined : published.acquire();
        return lease && { ...lease, history: { ...lease.history, stampMs: stampMs ?? 0 } };
      },
    };
    const over = directoryOver(source, {}, standardSchema, undefined, samplePresentation(true));
    const read = async (): Promise<string | undefined> => {
      const [entry] = await searchAll(over, { baseDn: '', scope: 'base', attributes: ['highestCommittedUSN'] });
      return entry?.attributes['highestCommittedUSN']?.[0];
    };
    assert.equal(await read(), '0');
    stampMs = 1_795_262_400_045;
    assert.equal(await read(), '1795262400045');
    stampMs += 1;
    assert.equal(await read(), '1795262400046');
    assert.equal(published.leases, 0);
  });

  it('is not that of whoever does not see the flavour', async () => {
    const [entry] = await searchAll(directory, {
      baseDn: '',
      scope: 'base',
      attributes: ['*', '+', ...Object.keys(own)],
    });
    for (const name of Object.keys(own)) assert.equal(name in (entry?.attributes ?? {}), false, name);
  });

  it('goes with a subschema whose top allows what every entry has', async () => {
    const [entry] = await searchAll(activeDirectory, {
      baseDn: 'cn=Subschema',
      scope: 'base',
      attributes: ['objectClasses'],
    });
    const top = entry?.attributes['objectClasses']?.find((line) => line.includes("NAME 'top'")) ?? '';
    const { may } = parseObjectClassDefinition(top);
    for (const name of ['memberOf', 'distinguishedName', 'objectGUID', 'whenChanged'])
      assert.ok(may.includes(name), name);
    for (const name of may) assert.ok(standardSchema.attribute(name) !== undefined, name);
  });
});
