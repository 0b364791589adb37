import assert from 'node:assert/strict';
import { graphProperties } from '../../../src/identity/graph-properties.ts';
import type { GraphProperties } from '../../../src/identity/change.ts';
import {
  compileSource,
  isReference,
  parseSource,
  sourceProperties,
  sourceValues,
} from '../../../src/projection/source.ts';
import type { EntryOwner, SourceSetting } from '../../../src/projection/source-setting.ts';
import { modelId } from '../../support/model-tenant.ts';

const extension = 'extension_0123456789abcdef0123456789abcdef_badge';

const properties: GraphProperties = {
  jobTitle: 'Lead',
  city: '',
  state: ' ',
  accountEnabled: true,
  businessPhones: ['1', '', '2'],
  employeeOrgData: { costCenter: 'C1', division: null },
  onPremisesExtensionAttributes: { extensionAttribute1: 'one', extensionAttribute2: null },
  [extension]: 17,
  extabcd1234_courses: { level: 3, tags: ['a', 'b'], deep: { x: 1 } },
  customSecurityAttributes: { Office: { Floor: '5', Rooms: ['A', 'B'], Keys: [1, 2], Open: false } },
  manager: modelId('user', 9),
  userPrincipalName: 'Anna.Meyer@contoso.com',
};

function valuesOf(setting: SourceSetting, own: Readonly<Record<string, string>> = {}): readonly string[] {
  const source = compileSource('users', setting, Object.keys(own));
  return sourceValues(source, { objectId: modelId('user', 1), properties, own });
}

function problemOf(owner: EntryOwner, setting: SourceSetting): { problem: string; at: readonly (string | number)[] } {
  const reading = parseSource(owner, setting);
  assert.ok('problem' in reading, JSON.stringify(setting));
  return reading;
}

describe('a source', () => {
  const table: readonly (readonly [setting: SourceSetting, values: readonly string[]])[] = [
    ['jobTitle', ['Lead']],
    ['city', []],
    ['state', []],
    ['department', []],
    ['accountEnabled', ['TRUE']],
    ['businessPhones', ['1', '2']],
    ['employeeOrgData.costCenter', ['C1']],
    ['employeeOrgData.division', []],
    ['extensionAttribute1', ['one']],
    ['onPremisesExtensionAttributes.extensionAttribute1', ['one']],
    ['extensionAttribute2', []],
    [extension, ['17']],
    ['extabcd1234_courses.level', ['3']],
    ['extabcd1234_courses.tags', ['a', 'b']],
    ['extabcd1234_courses.deep', []],
    ['extabcd1234_courses.constructor', []],
    ['customSecurityAttributes.Office.Floor', ['5']],
    ['customSecurityAttributes.Office.Rooms', ['A', 'B']],
    ['customSecurityAttributes.Office.Keys', ['1', '2']],
    ['customSecurityAttributes.Office.Open', ['FALSE']],
    ['customSecurityAttributes.Other.Floor', []],
    ['manager', [modelId('user', 9)]],
    ['id', [modelId('user', 1)]],
    ['userPrincipalNameLocalPart', ['Anna.Meyer']],
    [['city', 'jobTitle', extension], ['Lead']],
    [['city', '{jobTitle|lower}!'], ['lead!']],
    [{ from: 'city', default: 'Berlin' }, ['Berlin']],
    [{ from: ['city', 'jobTitle'], default: 'x' }, ['Lead']],
    [{ constant: 'Contoso' }, ['Contoso']],
    [{ constant: ['a', 'b'] }, ['a', 'b']],
    ['{customSecurityAttributes.Office.Floor}/{employeeOrgData.costCenter}', ['5/C1']],
  ];
  for (const [setting, values] of table) {
    it(`${JSON.stringify(setting)} gives ${JSON.stringify(values)} (SNP-05, OOM-11)`, () => {
      assert.deepEqual(valuesOf(setting), values);
    });
  }

  it('may be what the entry itself has, where that is known', () => {
    assert.deepEqual(valuesOf('/home/{uid}', { uid: 'anna' }), ['/home/anna']);
    assert.match(problemOf('users', '/home/{uid}').problem, /must be a property of Microsoft Graph/);
  });

  it('names what has to be read for it, each property once and only what is not within another', () => {
    const of = (setting: SourceSetting): readonly string[] => sourceProperties(compileSource('users', setting));
    assert.deepEqual(of(['extensionAttribute1', 'extensionAttribute2', '{jobTitle} {jobTitle}']), [
      'onPremisesExtensionAttributes',
      'jobTitle',
    ]);
    assert.deepEqual(of('customSecurityAttributes.Office.Floor'), ['customSecurityAttributes']);
    assert.deepEqual(of('extabcd1234_courses.level'), ['extabcd1234_courses']);
    assert.deepEqual(of({ constant: 'x' }), []);
    assert.deepEqual(of('id'), []);
  });

  it('can be every documented property that has a value of its own, of users and of groups (FAM-11, FAM-12)', () => {
    for (const owner of ['users', 'groups'] as const) {
      for (const [name, shape] of Object.entries(graphProperties[owner])) {
        const reading = parseSource(owner, name);
        const isPlain = ['text', 'texts', 'flag', 'number', 'instant', 'reference'].includes(shape);
        assert.equal('source' in reading, isPlain, `${name} of ${owner}`);
      }
    }
  });

  const wrong: readonly (readonly [
    owner: EntryOwner,
    setting: SourceSetting,
    problem: RegExp,
    at: readonly (string | number)[],
  ])[] = [
    [
      'users',
      'nothing',
      /must be a property of Microsoft Graph; a template has braces, and a fixed value is written/,
      [],
    ],
    ['users', ['jobTitle', 'nothing'], /must be a property/, [1]],
    ['users', { from: 'nothing', default: 'x' }, /must be a property/, ['from']],
    ['users', { from: ['jobTitle', '{nothing}'], default: 'x' }, /character 2 must be a property/, ['from', 1]],
    ['groups', 'jobTitle', /must be a property/, []],
    ['users', 'extensionAttribute16', /must be a property/, []],
    ['users', 'extension_123_x', /must be a directory extension/, []],
    ['users', 'assignedLicenses', /is a list of objects/, []],
    ['users', 'employeeOrgData', /is an object; write what in it is meant: employeeOrgData\.costCenter/, []],
    ['users', 'employeeOrgData.nothing', /is an object/, []],
    ['users', 'jobTitle.x', /has no parts/, []],
    ['users', 'extabcd1234_courses', /is written with the property in it/, []],
    ['users', 'customSecurityAttributes.Office', /must name a set and an attribute/, []],
    ['groups', 'customSecurityAttributes.Office.Floor', /must be a property/, []],
    ['users', 'manager.displayName', /can only be had as the name \(DN\) of an entry/, []],
    ['users', '{manager}', /is an entry, whose name \(DN\) has to be all of the value/, []],
    ['groups', 'manager', /must be a property/, []],
    ['users', '__proto__', /must be a property/, []],
  ];
  for (const [owner, setting, problem, at] of wrong) {
    it(`${JSON.stringify(setting)} of ${owner} is refused, with what to write instead`, () => {
      const found = problemOf(owner, setting);
      assert.match(found.problem, problem);
      assert.deepEqual(found.at, at);
    });
  }

  it('tells references to other entries from texts', () => {
    assert.deepEqual(compileSource('users', ['manager', 'jobTitle']).map(isReference), [true, false]);
  });

  it('that the configuration would have refused is an error of the program', () => {
    assert.throws(() => compileSource('users', 'nothing'), RangeError);
  });
});
