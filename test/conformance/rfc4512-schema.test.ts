import assert from 'node:assert/strict';

import { parseAttributeDefinition, parseObjectClassDefinition } from '../../src/directory/schema-notation.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { bindRequest, equality, searchRequest, type SearchFields } from '../support/ldap-ber.ts';
import { RawClient, type RawResult } from '../support/ldap-raw-client.ts';

const base = 'dc=contoso,dc=com';

/** The first two names that a description of a rule or syntax has: its number and, in quotes, its name. */
function numberOf(description: string): string {
  return /^\( (\S+) /.exec(description)?.[1] ?? description;
}

function ruleNames(descriptions: readonly string[]): ReadonlySet<string> {
  return new Set(descriptions.flatMap((text) => [numberOf(text), /NAME '([^']+)'/.exec(text)?.[1] ?? numberOf(text)]));
}

function twice(names: readonly string[]): readonly string[] {
  const lower = names.map((name) => name.toLowerCase());
  return lower.filter((name, index) => lower.indexOf(name) !== index);
}

/** What standards define, as far as entries or filters of clients may name it. */
const elementsOf: Readonly<Record<string, string>> = {
  'RFC 4519 §2':
    'businessCategory c cn dc description destinationIndicator distinguishedName facsimileTelephoneNumber generationQualifier ' +
    'givenName initials internationalISDNNumber l member name o ou owner physicalDeliveryOfficeName postalAddress postalCode ' +
    'postOfficeBox preferredDeliveryMethod registeredAddress roleOccupant searchGuide seeAlso serialNumber sn st street ' +
    'telephoneNumber teletexTerminalIdentifier telexNumber title uid uniqueMember userPassword x121Address',
  'RFC 4519 §3':
    'applicationProcess country dcObject device groupOfNames groupOfUniqueNames locality organization organizationalPerson ' +
    'organizationalRole organizationalUnit person residentialPerson uidObject',
  'RFC 4524 §2':
    'associatedDomain associatedName co homePhone homePostalAddress host mail manager mobile pager roomNumber secretary',
  'RFC 4524 §3': 'account domain simpleSecurityObject',
  'RFC 2798 §2':
    'carLicense departmentNumber displayName employeeNumber employeeType jpegPhoto preferredLanguage userSMIMECertificate userPKCS12',
  'RFC 2798 §3': 'inetOrgPerson',
  'RFC 2079': 'labeledURI',
  'RFC 2307 §3':
    'uidNumber gidNumber gecos homeDirectory loginShell shadowLastChange shadowMin shadowMax shadowWarning shadowInactive shadowExpire ' +
    'shadowFlag memberUid memberNisNetgroup nisNetgroupTriple ipServicePort ipServiceProtocol ipProtocolNumber oncRpcNumber ' +
    'ipHostNumber ipNetworkNumber ipNetmaskNumber',
  'RFC 2307 §4': 'posixAccount shadowAccount posixGroup ipService ipProtocol oncRpc ipHost ipNetwork nisNetgroup',
  'draft-howard-rfc2307bis': 'groupOfMembers automountMap automount automountMapName automountKey automountInformation',
  'RFC 3672 §2': 'subentry subtreeSpecification',
  'RFC 4530 §2': 'entryUUID',
  'RFC 5020 §2': 'entryDN',
};

describe('RFC 4512 §4, §5: the schema and the root DSE of the running daemon', function () {
  this.timeout(60_000);
  let demo: RunningDemo;
  let client: RawClient;
  let id = 10;

  const ask = (fields: SearchFields): Promise<RawResult> => client.ask(++id, searchRequest(fields));
  const valuesOf = (result: RawResult, name: string): readonly string[] =>
    result.entries[0]?.attributes.get(name) ?? [];

  const schemaOf = async (name: string): Promise<readonly string[]> =>
    valuesOf(await ask({ base: 'cn=Subschema', scope: 0, attributes: [name] }), name);

  before(async () => {
    demo = await startDemo();
    client = await RawClient.connect(demo.port);
    assert.equal((await client.ask(1, bindRequest(demo.report.bindDn, demo.report.servicePassword))).code, 0);
  });

  after(async () => {
    client[Symbol.dispose]();
    await demo[Symbol.asyncDispose]();
  });

  it('is found by subschemaSubentry of the root DSE and of every entry (§4.2, §4.4, S18)', async () => {
    for (const [at, scope] of [
      ['', 0],
      [base, 2],
    ] as const) {
      const { code, entries } = await ask({ base: at, scope, attributes: ['subschemaSubentry'] });
      assert.equal(code, 0);
      assert.ok(entries.length > 0);
      assert.deepEqual(
        [...new Set(entries.flatMap(({ attributes }) => attributes.get('subschemaSubentry') ?? []))],
        ['cn=Subschema'],
      );
    }
    const { entries } = await ask({
      base: 'cn=Subschema',
      scope: 0,
      filter: equality('objectClass', 'subschema'),
      attributes: ['*'],
    });
    assert.deepEqual(entries[0]?.attributes.get('cn'), ['Subschema']);
  });

  it('gives no name and no number twice, and refers to nothing that is not in it (§4.1, S18)', async () => {
    const types = (await schemaOf('attributeTypes')).map(parseAttributeDefinition);
    const classes = (await schemaOf('objectClasses')).map(parseObjectClassDefinition);
    const rules = ruleNames(await schemaOf('matchingRules'));
    const syntaxes = new Set((await schemaOf('ldapSyntaxes')).map(numberOf));
    assert.ok(types.length > 150 && classes.length > 40 && rules.size > 60 && syntaxes.size > 20);
    assert.deepEqual(twice(types.flatMap(({ names }) => names)), []);
    assert.deepEqual(twice(classes.flatMap(({ names }) => names)), []);
    assert.deepEqual(twice([...types, ...classes].map(({ oid }) => oid)), []);
    const typeNames = new Set(types.flatMap(({ names, oid }) => [...names, oid]));
    const classNames = new Set(classes.flatMap(({ names, oid }) => [...names, oid]));
    const dangling = [
      ...types.flatMap(({ sup }) => (sup === undefined || typeNames.has(sup) ? [] : sup)),
      ...types.flatMap(({ equality: eq, ordering, substrings }) =>
        [eq, ordering, substrings].filter((rule) => rule !== undefined && !rules.has(rule)),
      ),
      ...types.flatMap(({ syntax }) => (syntax === undefined || syntaxes.has(syntax) ? [] : syntax)),
      ...classes.flatMap(({ sup }) => sup.filter((name) => !classNames.has(name))),
      ...classes.flatMap(({ must, may }) => [...must, ...may].filter((name) => !typeNames.has(name))),
      ...(await schemaOf('matchingRules')).flatMap((text) => {
        const syntax = /SYNTAX (\S+)/.exec(text)?.[1] ?? '';
        return syntaxes.has(syntax) ? [] : syntax;
      }),
    ];
    assert.deepEqual(dangling, []);
  });

  it('says which attributes a rule can be asked for, and only of rules that it has (§4.1.4)', async () => {
    const uses = await schemaOf('matchingRuleUse');
    const rules = new Set((await schemaOf('matchingRules')).map(numberOf));
    const types = new Set((await schemaOf('attributeTypes')).flatMap((text) => parseAttributeDefinition(text).names));
    assert.ok(uses.length > 15);
    for (const use of uses) {
      assert.ok(rules.has(numberOf(use)), use);
      const applies = /APPLIES \( (.*) \) \)$/.exec(use)?.[1]?.split(' $ ') ?? [];
      assert.ok(applies.length > 0 && applies.every((name) => types.has(name)), use);
    }
  });

  it('allows every attribute that an entry has: classes require and permit them, operational ones apart (§2.4, §2.6)', async () => {
    const types = (await schemaOf('attributeTypes')).map(parseAttributeDefinition);
    const classes = (await schemaOf('objectClasses')).map(parseObjectClassDefinition);
    const classOf = (name: string): (typeof classes)[number] => {
      const found = classes.find(({ names }) => names.some((each) => each.toLowerCase() === name.toLowerCase()));
      assert.ok(found !== undefined, `${name} is in the schema`);
      return found;
    };
    const chain = (name: string): readonly (typeof classes)[number][] => [
      classOf(name),
      ...classOf(name).sup.flatMap(chain),
    ];
    const keyOf = (name: string): string =>
      types.find(({ names }) => names.some((each) => each.toLowerCase() === name.toLowerCase()))?.oid ?? name;
    const { code, entries } = await ask({ base, attributes: ['*', '+'] });
    assert.equal(code, 0);
    assert.ok(entries.length > 500);
    const wrong = new Set<string>();
    for (const { dn, attributes } of entries) {
      const all = (attributes.get('objectClass') ?? []).flatMap(chain);
      const allowed = new Set(all.flatMap(({ must, may }) => [...must, ...may]).map(keyOf));
      for (const needed of all.flatMap(({ must }) => must)) {
        if (![...attributes.keys()].some((name) => keyOf(name) === keyOf(needed))) wrong.add(`${dn} lacks ${needed}`);
      }
      for (const name of attributes.keys()) {
        const type = types.find(({ names }) => names.includes(name));
        if (type === undefined) wrong.add(`${name} is not in the schema`);
        else if (type.usage === 'userApplications' && !allowed.has(type.oid)) wrong.add(`${dn} may not have ${name}`);
        else if (type.singleValue && (attributes.get(name)?.length ?? 0) > 1)
          wrong.add(`${dn} has ${name} more than once`);
      }
    }
    assert.deepEqual([...wrong], []);
  });

  it('lists one structural class chain in each entry, which structuralObjectClass names (§2.4.2)', async () => {
    const classes = (await schemaOf('objectClasses')).map(parseObjectClassDefinition);
    const structural = new Map(
      classes
        .filter(({ kind }) => kind === 'STRUCTURAL')
        .flatMap((each) => each.names.map((name) => [name, each] as const)),
    );
    const { entries } = await ask({ base, attributes: ['objectClass', 'structuralObjectClass'] });
    for (const { dn, attributes } of entries) {
      const [lowest = ''] = attributes.get('structuralObjectClass') ?? [];
      const chain: string[] = [];
      for (
        let name: string | undefined = lowest;
        name !== undefined && structural.has(name);
        name = structural.get(name)?.sup[0]
      )
        chain.push(name);
      const named = (attributes.get('objectClass') ?? []).filter((name) => structural.has(name));
      assert.ok(chain.length > 0, dn);
      assert.deepEqual(
        named.filter((name) => !chain.includes(name)),
        [],
        dn,
      );
    }
  });

  it('finds classes by superclass, number and any letter case, and knows those of other products (§2.4.3, RFC 4517 §4.2.26)', async () => {
    const count = async (value: string, negated = false): Promise<number> => {
      const item = equality('objectClass', value);
      const filter = negated ? Buffer.concat([Buffer.from([0xa2, item.length]), item]) : item;
      return (await ask({ base, filter, attributes: ['1.1'] })).entries.length;
    };
    const people = await count('inetOrgPerson');
    assert.ok(people > 400);
    for (const name of ['person', 'PERSON', '2.5.6.6', 'organizationalPerson'])
      assert.equal(await count(name), people, name);
    const all = await count('top');
    for (const name of [
      'computer',
      'contact',
      'univentionGroup',
      'ipausergroup',
      'sudoRole',
      'sambaDomain',
      'automount',
      'ipService',
    ]) {
      assert.deepEqual([await count(name), await count(name, true)], [0, all], name);
    }
    assert.deepEqual([await count('noSuchClass'), await count('noSuchClass', true)], [0, 0]);
  });

  for (const [source, names] of Object.entries(elementsOf)) {
    it(`has the attributes and classes of ${source}`, async () => {
      const types = (await schemaOf('attributeTypes')).flatMap((text) => parseAttributeDefinition(text).names);
      const classes = (await schemaOf('objectClasses')).flatMap((text) => parseObjectClassDefinition(text).names);
      const known = new Set([...types, ...classes]);
      assert.deepEqual(
        names.split(' ').filter((name) => !known.has(name)),
        [],
      );
    });
  }

  it('finds values of subtypes by their supertype, and nothing by options of language or encoding (§2.5, RFC 3866 §3, RFC 4522 §2)', async () => {
    const found = async (attribute: string): Promise<number> =>
      (await ask({ base, filter: equality(attribute, 'Sales'), attributes: ['1.1'] })).entries.length;
    assert.ok((await found('cn')) > 0);
    assert.ok((await found('name')) >= (await found('cn')));
    assert.equal(await found('2.5.4.3'), await found('commonName'));
    for (const option of ['lang-de', 'lang-', 'binary']) {
      assert.equal(await found(`cn;${option}`), 0);
      const { entries } = await ask({ base: `cn=Sales,ou=groups,${base}`, scope: 0, attributes: [`cn;${option}`] });
      assert.deepEqual([...(entries[0]?.attributes.keys() ?? ['no entry'])], []);
    }
  });

  it('is read by anybody, as the root DSE is, and the root DSE only by name or + beyond objectClass (§5.1, RFC 3045 §2, RFC 3674 §2, S17)', async () => {
    using anonymous = await RawClient.connect(demo.port);
    const star = await anonymous.ask(2, searchRequest({ base: '', scope: 0 }));
    assert.deepEqual([...(star.entries[0]?.attributes.keys() ?? [])], ['objectClass']);
    const plus = await anonymous.ask(3, searchRequest({ base: '', scope: 0, attributes: ['+'] }));
    for (const name of [
      'namingContexts',
      'supportedControl',
      'supportedExtension',
      'supportedFeatures',
      'supportedLDAPVersion',
      'subschemaSubentry',
      'vendorName',
    ]) {
      assert.ok((plus.entries[0]?.attributes.get(name) ?? []).length > 0, name);
    }
    assert.deepEqual(plus.entries[0]?.attributes.get('supportedLDAPVersion'), ['3']);
    const schema = await anonymous.ask(
      4,
      searchRequest({ base: 'cn=Subschema', scope: 0, attributes: ['objectClasses'] }),
    );
    assert.equal(schema.entries.length, 1);
    for (const scope of [1, 2])
      assert.equal((await anonymous.ask(4 + scope, searchRequest({ base: '', scope }))).code, 32);
  });
});
