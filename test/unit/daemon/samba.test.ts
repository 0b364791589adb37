import assert from 'node:assert/strict';
import { Keyring } from '../../../src/auth/keyring.ts';
import { NtHashLookup } from '../../../src/auth/nt-hash-lookup.ts';
import { ntHashSettings, sambaFor } from '../../../src/daemon/samba.ts';
import { servedSettings } from '../../../src/daemon/served-settings.ts';
import { normalizeDn } from '../../../src/directory/dn.ts';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { directoryOver, requestOf } from '../../support/directory-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries } from '../../support/sample-directory.ts';
import { base, objectId, people, userDn } from '../auth/people.ts';
import { accepted, bcryptHash, minimal } from '../config/config-fixture.ts';

const account = (name: string): BoundIdentity => ({ kind: 'service', name, dn: `cn=${name},dc=example,dc=com` });

const settingsOf = (text: string) => servedSettings(accepted(`${minimal}${text}`).config);

const granted = (bind: string) =>
  settingsOf(
    `bind: { ${bind} }\nserviceAccounts: [{ name: nas, passwordHash: "${bcryptHash}", ntHash: true }, { name: app, passwordHash: "${bcryptHash}" }]\n`,
  );

function lookup(of: () => undefined = () => undefined): NtHashLookup {
  const terms = { ageMaxMs: 1, acceptProven: [] };
  return new NtHashLookup({
    store: { of },
    keyring: new Keyring([{ id: 'k', secret: Buffer.alloc(32) }]),
    clock: new ManualClock(),
    terms,
  });
}

const nobody = memoryDirectory([]);

describe('what the configuration makes of NT hashes', () => {
  it('is nothing unless it is turned on, and then for the accounts that are granted it alone', () => {
    const off = settingsOf('');
    assert.equal(ntHashSettings(off), undefined);
    assert.equal(sambaFor(off, lookup(), nobody)(account('nas')), undefined);
    const on = granted('ntHash: { enabled: true, maxAge: 2d, sambaDomains: [NAS] }');
    assert.deepEqual(ntHashSettings(on), { ageMaxMs: 172_800_000, acceptProven: [], readers: ['nas'] });
    const additionsFor = sambaFor(on, lookup(), nobody);
    assert.equal(additionsFor(account('nas'))?.entries.length, 1);
    const user: BoundIdentity = { kind: 'user', dn: 'uid=nas', entryId: 1, objectId: '' };
    for (const who of [account('app'), anonymous, user]) assert.equal(additionsFor(who), undefined);
  });

  it('counts codes that let people in only when it says so', () => {
    const entra = 'entra: { acceptProven: [50076] }';
    assert.deepEqual(ntHashSettings(granted(`${entra}, ntHash: { enabled: true }`))?.acceptProven, []);
    const both = granted(`${entra}, ntHash: { enabled: true, acceptProven: true }`);
    assert.deepEqual(ntHashSettings(both)?.acceptProven, [50_076]);
  });

  it('shows none of whom the password alone opens nothing any more, from the publish on that says so (P7)', () => {
    const staff = (members: readonly string[]) =>
      memoryDirectory([
        ...people.map((each) => ({
          ...each,
          attributes: [...each.attributes, ['uidNumber', ['10003']] as const, ['gidNumber', ['10003']] as const],
        })),
        {
          dn: `cn=staff,ou=groups,${base}`,
          attributes: [
            ['objectClass', ['top', 'groupOfMembers']],
            ['entryUUID', [objectId(40)]],
            ['cn', ['staff']],
          ],
          links: [],
          members,
        },
      ]);
    for (const closing of ['entra: false', 'codeRequired: true']) {
      let published = staff([]);
      const settings = granted(`ntHash: { enabled: true }, rules: [{ groups: ["${objectId(40)}"], ${closing} }]`);
      const good = { of: () => ({ hash: 'A'.repeat(32), provenAtMs: 0 }) };
      const additions = sambaFor(settings, good, { acquire: () => published.acquire() })(account('nas'));
      const isShown = (): boolean => {
        using lease = published.acquire();
        const id = lease?.reader.findDn(normalizeDn(userDn('bob')) ?? '');
        const bytes = id === undefined ? undefined : lease?.reader.entry(id);
        assert.ok(bytes !== undefined);
        return JSON.stringify(additions?.of(bytes, true) ?? {}).includes('sambaNTPassword');
      };
      assert.equal(isShown(), true);
      published = staff([userDn('bob')]);
      assert.equal(isShown(), false, closing);
    }
  });

  it('is that the directory cannot be read where a hash cannot, never an entry without one (P1)', async () => {
    const broken = lookup(() => {
      throw new Error('corruption');
    });
    const additionsFor = sambaFor(granted('ntHash: { enabled: true }'), broken, nobody);
    const source = memoryDirectory(sampleEntries);
    const directory = directoryOver(source, {}, undefined, undefined, undefined, additionsFor);
    const outcome = directory.search(requestOf({ filter: '(uid=alice)', attributes: ['*'] }), account('nas'));
    assert.ok(outcome.kind === 'cursor');
    using cursor = outcome.cursor;
    await assert.rejects(async () => await cursor.read(1), DirectoryStorageError);
  });
});
