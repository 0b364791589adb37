import assert from 'node:assert/strict';
import type { ComposedDaemon } from './composed-daemon.ts';
import type { SeenEntry } from './directory-client.ts';
import type { ReferenceDirectory } from './reference-directory.ts';
import { referenceAttributes, type ReferenceValues } from './reference-values.ts';

/** Every user and group that is served, as a client reads them with all their attributes, by object id. */
export type ServedView = ReadonlyMap<string, SeenEntry>;

/** Reads what is served, in one search; undefined while the answer is that there is nothing yet. */
export async function servedView(daemon: ComposedDaemon): Promise<ServedView | undefined> {
  const entries = await daemon.search({
    filter: '(|(objectClass=posixAccount)(objectClass=posixGroup))',
    attributes: ['*', '+'],
  });
  if (entries === undefined) return undefined;
  const people = entries.filter(({ dn }) => !dn.startsWith('cn=domain-users,'));
  const view = new Map(people.map((entry) => [idOf(entry), entry]));
  assert.equal(view.size, people.length, 'no object is shown twice');
  return view;
}

/** Asserts that exactly that is served: the same objects, under the same names, with the same values and members. */
export function assertServes(view: ServedView | undefined, expected: ReferenceDirectory): void {
  assert.ok(view !== undefined, 'something is served');
  assert.deepEqual(listed(view), listed(expected), 'who is shown, and under which name');
  for (const [id, { kind, dn, values }] of expected) {
    const attributes: ReferenceValues = view.get(id)?.attributes ?? {};
    const uidNumber = attributes['uidNumber']?.[0] ?? '';
    const wanted: ReferenceValues = Object.fromEntries(
      Object.entries(values).map(([name, each]) => [
        name,
        each.map((value) => value.replace('{uidNumber}', uidNumber)),
      ]),
    );
    assert.deepEqual(pick(attributes, referenceAttributes[kind]), wanted, dn);
  }
}

/** The uid or the cn of an entry. */
export function shortNameOf({ dn, attributes }: SeenEntry): string {
  return attributes[dn.startsWith('uid=') ? 'uid' : 'cn']?.[0] ?? '';
}

/** The uidNumber of a user, the gidNumber of a group. */
export function numberOf({ dn, attributes }: SeenEntry): number {
  return Number(attributes[dn.startsWith('uid=') ? 'uidNumber' : 'gidNumber']?.[0]);
}

function idOf({ attributes }: SeenEntry): string {
  return attributes['entryUUID']?.[0] ?? '';
}

function listed(entries: ReadonlyMap<string, { readonly dn: string }>): readonly string[] {
  return [...entries].map(([id, { dn }]) => `${id} ${dn}`).toSorted();
}

function pick(attributes: ReferenceValues, names: readonly string[]): ReferenceValues {
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = attributes[name];
      return values === undefined ? [] : [[name, values.toSorted()]];
    }),
  );
}
