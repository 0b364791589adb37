import assert from 'node:assert/strict';
import { attributeHash } from '../../../src/directory/schema-elements.ts';
import {
  parseAttributeDefinition,
  parseObjectClassDefinition,
  SchemaError,
} from '../../../src/directory/schema-notation.ts';
import { createSchema, extendSchema, standardSchema } from '../../../src/directory/schema.ts';

const directoryString = '1.3.6.1.4.1.1466.115.121.1.15';

describe('The standard schema (RFC 4512 §4)', () => {
  it('finds attributes by every name, in any case, and by OID', () => {
    for (const name of ['cn', 'CN', 'commonName', '2.5.4.3']) assert.equal(standardSchema.attribute(name)?.name, 'cn');
    assert.equal(standardSchema.attribute('noSuchAttribute'), undefined);
    assert.equal(standardSchema.attribute(''), undefined);
  });

  it('finds classes and rules the same way', () => {
    assert.equal(standardSchema.objectClass('INETORGPERSON')?.oid, '2.16.840.1.113730.3.2.2');
    assert.equal(standardSchema.objectClass('2.5.6.6')?.name, 'person');
    assert.equal(standardSchema.matchingRule('caseignorematch')?.oid, '2.5.13.2');
    assert.equal(standardSchema.matchingRule('1.2.840.113556.1.4.1941')?.kind, 'inChain');
    assert.equal(standardSchema.matchingRule('noSuchRule'), undefined);
  });

  it('lets subtypes inherit syntax and rules, and knows them from above (RFC 4512 §2.5.1)', () => {
    const cn = standardSchema.attribute('cn');
    assert.equal(cn?.syntax, directoryString);
    assert.equal(cn?.equality?.name, 'caseIgnoreMatch');
    assert.equal(cn?.substrings?.name, 'caseIgnoreSubstringsMatch');
    assert.equal(cn?.ordering, undefined);
    const name = standardSchema.attribute('name');
    assert.ok(name !== undefined && cn !== undefined);
    assert.ok(standardSchema.subtypes(name).includes(cn));
    assert.deepEqual(standardSchema.subtypes(cn), [cn]);
  });

  it('collects what classes require and allow from all superclasses', () => {
    const names = (list: readonly { readonly name: string }[] = []): readonly string[] => list.map(({ name }) => name);
    const person = standardSchema.objectClass('inetOrgPerson');
    assert.deepEqual(names(person?.superclasses), ['organizationalPerson', 'person', 'top']);
    assert.deepEqual([...names(person?.must)].sort(), ['cn', 'objectClass', 'sn']);
    assert.ok(names(person?.may).includes('telephoneNumber'));
    const subclasses = standardSchema.objectClass('person');
    assert.ok(subclasses !== undefined);
    assert.deepEqual(names(standardSchema.subclasses(subclasses)), [
      'person',
      'organizationalPerson',
      'residentialPerson',
      'inetOrgPerson',
    ]);
  });

  it('tells operational attributes from user attributes', () => {
    for (const name of [
      'entryUUID',
      'memberOf',
      'modifyTimestamp',
      'nsAccountLock',
      'pwdAccountLockedTime',
      'entryDN',
    ]) {
      assert.equal(standardSchema.attribute(name)?.operational, true, name);
    }
    for (const name of ['cn', 'member', 'userPrincipalName', 'accountEnabled', 'objectClass']) {
      assert.equal(standardSchema.attribute(name)?.operational, false, name);
    }
  });

  it('defines the attributes that clients order and test bits of (PAIN-13)', () => {
    for (const name of ['uidNumber', 'gidNumber', 'userAccountControl', 'uSNChanged', 'shadowExpire']) {
      assert.equal(standardSchema.attribute(name)?.ordering?.name, 'integerOrderingMatch', name);
    }
    for (const name of ['modifyTimestamp', 'whenChanged', 'sudoNotAfter']) {
      assert.equal(standardSchema.attribute(name)?.ordering?.name, 'generalizedTimeOrderingMatch', name);
    }
  });

  it('has extension attributes 1 to 15 and allows them for users (PAIN-18)', () => {
    const user = standardSchema.objectClass('entraUser');
    for (let number = 1; number <= 15; number++) {
      const type = standardSchema.attribute(`extensionAttribute${number}`);
      assert.ok(type !== undefined && user?.may.includes(type) === true, String(number));
    }
  });

  it('gives each attribute a hash of its own', () => {
    const hashes = standardSchema.attributes.map((type) => type.hash);
    assert.equal(new Set(hashes).size, hashes.length);
    assert.equal(attributeHash('cn'), standardSchema.attribute('CN')?.hash);
    for (const type of standardSchema.attributes) assert.equal(standardSchema.attributeByHash(type.hash), type);
  });
});

describe('createSchema', () => {
  const attribute = (oid: string, name: string, more = `SYNTAX ${directoryString}`): string =>
    `( ${oid} NAME '${name}' ${more} )`;
  const build = (attributeTypes: readonly string[], objectClasses: readonly string[] = []): (() => unknown) => {
    return () => createSchema({ attributeTypes, objectClasses });
  };

  it('refuses a name or number that is defined twice', () => {
    assert.throws(build([attribute('1.1.1', 'a'), attribute('1.1.2', 'A')]), SchemaError);
    assert.throws(build([attribute('1.1.1', 'a'), attribute('1.1.1', 'b')]), SchemaError);
    assert.throws(build([], ["( 1.1.1 NAME 'c' )", "( 1.1.2 NAME 'C' )"]), SchemaError);
  });

  it('refuses references to what is not defined', () => {
    assert.throws(build([attribute('1.1.1', 'a', 'SUP b')]), /refers to the attribute type b/);
    assert.throws(
      build([attribute('1.1.1', 'a', `EQUALITY noMatch SYNTAX ${directoryString}`)]),
      /matching rule noMatch/,
    );
    assert.throws(build([attribute('1.1.1', 'a', 'SYNTAX 1.2.3')]), /no known syntax/);
    assert.throws(build([attribute('1.1.1', 'a', '')]), /no known syntax/);
    assert.throws(build([], ["( 1.1.1 NAME 'c' MUST a )"]), /refers to the attribute type a/);
    assert.throws(build([], ["( 1.1.1 NAME 'c' SUP d )"]), /refers to the object class d/);
  });

  it('refuses two attributes of one hash, since stored entries could not tell them apart', () => {
    // A known collision of 32-bit FNV-1a.
    assert.equal(attributeHash('costarring'), attributeHash('liquid'));
    assert.throws(build([attribute('1.1.1', 'costarring'), attribute('1.1.2', 'liquid')]), /same hash/);
  });
});

describe('extendSchema', () => {
  const extended = extendSchema(standardSchema, [
    { name: 'costCenter', kind: 'text', multiValued: false, of: 'users' },
    { name: 'seats', kind: 'integer', multiValued: true, of: 'both' },
  ]);

  it('adds attributes with the rules of their kind, and classes that allow them', () => {
    const costCenter = extended.attribute('COSTCENTER');
    assert.equal(costCenter?.equality?.name, 'caseIgnoreMatch');
    assert.equal(costCenter?.singleValue, true);
    assert.equal(extended.attribute('seats')?.ordering?.name, 'integerOrderingMatch');
    assert.deepEqual(
      extended.objectClass('entraCustomUser')?.may.map((type) => type.name),
      ['costCenter', 'seats'],
    );
    assert.deepEqual(
      extended.objectClass('entraCustomGroup')?.may.map((type) => type.name),
      ['seats'],
    );
    assert.equal(extended.attribute('cn')?.oid, '2.5.4.3');
  });

  it('gives an attribute the same number whatever stands beside it', () => {
    const alone = extendSchema(standardSchema, [{ name: 'SEATS', kind: 'integer', multiValued: true, of: 'groups' }]);
    assert.equal(alone.attribute('seats')?.oid, extended.attribute('seats')?.oid);
    assert.equal(alone.objectClass('entraCustomUser'), undefined);
  });

  it('refuses names that are taken or malformed', () => {
    for (const name of ['cn', 'MAIL', 'a b', "x'", "x' DESC 'y", '1a', '']) {
      assert.throws(
        () => extendSchema(standardSchema, [{ name, kind: 'text', multiValued: false, of: 'users' }]),
        SchemaError,
        name,
      );
    }
  });
});

describe('The notation of schema elements (RFC 4512 §4.1)', () => {
  it('is read with lists, quoted text, lengths and extensions', () => {
    const parsed = parseAttributeDefinition(
      "( 1.2.3 NAME ( 'a' 'b' ) DESC 'with ( and $ in it' SUP name EQUALITY caseExactMatch SYNTAX 1.3.6{64} SINGLE-VALUE NO-USER-MODIFICATION USAGE dSAOperation X-ORIGIN ( 'x' 'y' ) )",
    );
    assert.deepEqual(
      [parsed.oid, parsed.names, parsed.sup, parsed.equality, parsed.syntax, parsed.singleValue, parsed.usage],
      ['1.2.3', ['a', 'b'], 'name', 'caseExactMatch', '1.3.6', true, 'dSAOperation'],
    );
    const objectClass = parseObjectClassDefinition("(1.2.3 NAME 'c' SUP (a $ b) AUXILIARY MUST x MAY (y$z))");
    assert.deepEqual(
      [objectClass.sup, objectClass.kind, objectClass.must, objectClass.may],
      [['a', 'b'], 'AUXILIARY', ['x'], ['y', 'z']],
    );
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      'x',
      '( )',
      "( x NAME 'a' )",
      "( 1.2 NAME 'a'",
      '( 1.2 )',
      "( 1.2 NAME 'a' DESC 'x )",
      "( 1.2 NAME 'a b' )",
    ]) {
      assert.throws(() => parseAttributeDefinition(text), SchemaError, text);
    }
  });
});
