import { standardSchema } from '../../src/directory/schema.ts';
import { formatChangeNumber } from '../../src/directory/csn.ts';
import { entryAttribute } from '../../src/directory/entry-codec.ts';
import type { Presentation } from '../../src/directory/presentation.ts';
import type { GraphProperties } from '../../src/identity/change.ts';
import { type ObjectId, parseObjectId } from '../../src/identity/ids.ts';
import type { LedgerEntry } from '../../src/identity/ledger.ts';
import { nodeId } from '../../src/identity/node.ts';
import { presentationOfFlavour } from '../../src/projection/flavour.ts';
import { Projector } from '../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../src/projection/settings.ts';
import type { ProjectedEntry } from '../../src/projection/stamps.ts';
import type { MemoryEntry } from './memory-directory.ts';
import { openSettings } from './sync-bench.ts';

/** When the sample was published. */
export const publishedAtMs = Date.UTC(2026, 10, 21, 12, 0, 0, 45);

/** The object id of Alice; the SID that Entra computes from it is S-1-12-1-1943430372-1249052806-2496021943-3034400218. */
export const aliceId = objectId('73d664e4-0886-4a73-b745-c694da45ddb4');

const bobSid = 'S-1-5-21-1004336348-1177238915-682003330-1105';

interface Person {
  readonly uid: string;
  readonly id: ObjectId;
  readonly properties: GraphProperties;
}

function objectId(text: string): ObjectId {
  const id = parseObjectId(text);
  if (id === undefined) throw new Error(`${text} is not an object id`);
  return id;
}

function person(uid: string, id: ObjectId, names: readonly [string, string], more: GraphProperties = {}): Person {
  const [givenName, surname] = names;
  const properties = {
    accountEnabled: true,
    createdDateTime: '2017-11-21T07:24:04Z',
    displayName: `${givenName} ${surname}`,
    givenName,
    lastPasswordChangeDateTime: '2024-01-02T03:04:05Z',
    mail: `${uid}@example.com`,
    surname,
    userPrincipalName: `${uid}@example.com`,
    ...more,
  };
  return { uid, id, properties };
}

const people: readonly Person[] = [
  person('alice', aliceId, ['Alice', 'Archer'], {
    proxyAddresses: ['SMTP:alice@example.com', 'smtp:a.archer@example.com'],
  }),
  person('bob', objectId('00000000-0000-4000-8000-00000000b0b0'), ['Bob', 'Baker'], {
    onPremisesSecurityIdentifier: bobSid,
    lastPasswordChangeDateTime: null,
  }),
  person('dave', objectId('00000000-0000-4000-8000-0000000da4e0'), ['Dave', 'Disabled'], { accountEnabled: false }),
];

const groups: readonly (readonly [
  cn: string,
  id: ObjectId,
  properties: GraphProperties,
  members: readonly string[],
])[] = [
  ['Staff', objectId('00000000-0000-4000-8000-000000057aff'), { securityEnabled: true }, ['alice', 'bob', 'dave']],
  [
    'News',
    objectId('00000000-0000-4000-8000-0000000e4500'),
    { securityEnabled: false, mail: 'news@example.com' },
    ['bob'],
  ],
];

/** What entries are projected with. */
export function sampleSettings(activeDirectory: boolean): ProjectionSettings {
  return { ...openSettings, activeDirectory };
}

/** How the sample appears in a flavour, when entries have what Active Directory says. */
export function samplePresentation(activeDirectory: boolean): Presentation {
  return presentationOfFlavour({ activeDirectory, memberOf: undefined }, sampleSettings(true), standardSchema);
}

/** Three people, one of them from an on-premises domain and one disabled, and two groups, as they are really published. */
export function activeDirectorySample(activeDirectory = true): readonly MemoryEntry[] {
  const projector = new Projector(sampleSettings(activeDirectory), standardSchema);
  const encode = (entry: ProjectedEntry, members?: readonly string[]): MemoryEntry => {
    const number = formatChangeNumber({ timeMs: publishedAtMs, count: 1, modification: 0 });
    const encoded = projector.encode(entry, undefined, { nowMs: publishedAtMs, nextNumber: () => number }, false);
    if (encoded === undefined) throw new Error('a new entry is always encoded');
    return { ...entry.content, encoded, ...(members && { members }) };
  };
  return [
    ...projector.fixedEntries().map(([, entry]) => encode(entry)),
    ...people.map(({ uid, id, properties }, index) =>
      encode(
        projector.user(
          { node: nodeId('user', index + 1), objectId: id, properties },
          given('user', uid, id, index),
          'active',
          100,
        ),
      ),
    ),
    ...groups.map(([cn, id, properties, members], index) => {
      const record = { node: nodeId('group', index + 1), objectId: id, properties: { displayName: cn, ...properties } };
      return encode(
        projector.group(record, given('group', cn, id, index)),
        members.map((uid) => projector.userDn(uid)),
      );
    }),
  ];
}

function given(space: 'user' | 'group', name: string, id: ObjectId, index: number): LedgerEntry {
  return { objectId: id, space, name, number: (space === 'user' ? 100_000_000 : 1_000_000_001) + index };
}

/** The only value of an attribute of an encoded entry. */
export function valueOf(bytes: Buffer, attribute: string): Buffer {
  const [value, ...others] = entryAttribute(bytes, attribute);
  if (value === undefined || others.length > 0) throw new Error(`${attribute} does not have one value`);
  return value;
}
