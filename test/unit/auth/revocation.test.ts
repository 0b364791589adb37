import assert from 'node:assert/strict';

import { revocationOf } from '../../../src/auth/revocation.ts';
import { createUserLookup, type UserLookup } from '../../../src/auth/user-lookup.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { objectId, people, userDn } from './people.ts';

const users = createUserLookup(memoryDirectory(people), standardSchema);
const identity = (dn: string, id: string) => ({ kind: 'user', dn, entryId: 1, objectId: id }) as const;

describe('who has bound and may not be that any more', () => {
  const cases: readonly (readonly [what: string, revocation: string | undefined, dn: string, id: string])[] = [
    ['is as before', undefined, userDn('alice'), objectId(1)],
    ['is gone', 'removed', userDn('gone'), objectId(99)],
    ['is locked', 'locked', userDn('carol'), objectId(4)],
    ['has another name', 'renamed', userDn('alicia'), objectId(1)],
    ['has a name that is another person’s now', 'renamed', userDn('bob'), objectId(1)],
  ];
  for (const [what, revocation, dn, id] of cases) {
    it(`is told for a user who ${what} (P7)`, () => assert.equal(revocationOf(identity(dn, id), users), revocation));
  }

  it('is told for a user whose password was changed or whose sessions were ended since (P7)', () => {
    const version = (credentialVersion: string) =>
      revocationOf({ ...identity(userDn('alice'), objectId(1)), credentialVersion }, users);
    // Nothing is known of when it was set.
    assert.equal(version('/'), undefined);
    assert.equal(version('20261101100000Z/'), 'passwordChanged');
    assert.equal(version('/20261101100000Z'), 'passwordChanged');
  });

  it('is nobody while the store cannot be read or nothing is published, and no service account (P1)', () => {
    for (const outcome of [
      { kind: 'unpublished' },
      { kind: 'unavailable', cause: new DirectoryStorageError('disk') },
    ] as const) {
      const broken: UserLookup = { find: () => outcome, byObjectId: () => outcome };
      assert.equal(revocationOf(identity(userDn('alice'), objectId(1)), broken), undefined);
    }
    assert.equal(revocationOf({ kind: 'service', dn: 'cn=a', name: 'a' }, users), undefined);
    assert.equal(revocationOf({ kind: 'anonymous' }, users), undefined);
  });
});
