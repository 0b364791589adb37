import assert from 'node:assert/strict';

import { discoveryText } from '../../../src/cli/text/discovery.ts';
import type { MappableProperty, PropertiesOfTenant } from '../../../src/identity/discovery.ts';

function property(source: string, changes: Partial<MappableProperty> = {}): MappableProperty {
  return {
    source,
    kind: 'property',
    type: 'text',
    multiValued: false,
    description: null,
    count: 3,
    values: [],
    mappedTo: [],
    line: null,
    ...changes,
  };
}

const found: PropertiesOfTenant = {
  collection: 'users',
  sampled: 1200,
  undiscovered: [{ what: 'schema extensions', why: 'take a permission' }],
  properties: [
    property('jobTitle', { mappedTo: ['title', 'users.uidFrom'], values: ['Clerk', 'say "hi"'], count: 1100 }),
    property('faxNumber', { count: 0, line: 'faxNumber: faxNumber' }),
    property('employeeLeaveDateTime', { count: null, line: 'employeeLeaveDateTime: employeeLeaveDateTime' }),
    property('extension_a', {
      kind: 'directoryExtension',
      type: 'number',
      multiValued: true,
      line: 'badge: extension_a',
      description: 'of \u001b[31mHR',
    }),
    property('customSecurityAttributes.A.B', { kind: 'securityAttribute', count: null, line: 'b: c' }),
    property('assignedLicenses', { type: 'objects', multiValued: true }),
  ],
};

describe('what a tenant offers, as text', () => {
  it('has what is not mapped with its line, what is, and what cannot be, and counts the rest', () => {
    assert.equal(
      discoveryText([found], false),
      `Users: 1,200 were looked at.

Not mapped; a line under users.attributes brings it to LDAP:

  badge: extension_a  number, several  3 of 1,200    (of \ufffd[31mHR)
  b: c                text             not readable

Mapped:

  jobTitle  title, users.uidFrom  text  1,100 of 1,200  "Clerk" "say \\"hi\\""

Cannot be mapped, for they are lists of objects:

  assignedLicenses  objects, several  3 of 1,200

Not listed: 2 that none of these users has; --all lists them too.
Left out: schema extensions take a permission.
`,
    );
  });

  it('has everything when asked for, and both collections one after the other', () => {
    const groups: PropertiesOfTenant = { collection: 'groups', sampled: 1, properties: [], undiscovered: [] };
    const text = discoveryText([{ ...found, undiscovered: [] }, groups], true);
    assert.match(text, /faxNumber: faxNumber +text +0 of 1,200$/m);
    assert.match(text, /employeeLeaveDateTime +text +not readable$/m);
    assert.doesNotMatch(text, /Not listed|Left out/);
    assert.ok(text.endsWith('\n\nGroups: 1 was looked at.\n'), text);
  });
});
