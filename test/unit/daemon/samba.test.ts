import assert from 'node:assert/strict';
import { Keyring } from '../../../src/auth/keyring.ts';
import { NtHashLookup } from '../../../src/auth/nt-hash-lookup.ts';
import { ntHashSettings, sambaFor } from '../../../src/daemon/samba.ts';
import { servedSettings } from '../../../src/daemon/served-settings.ts';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { directoryOver, requestOf } from '../../support/directory-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries } from '../../support/sample-directory.ts';
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

describe('what the configuration makes of NT hashes', () => {
  it('is nothing unless it is turned on, and then for the accounts that are granted it alone', () => {
    const off = settingsOf('');
    assert.equal(ntHashSettings(off), undefined);
    assert.equal(sambaFor(off, lookup())(account('nas')), undefined);
    const on = granted('ntHash: { enabled: true, maxAge: 2d, sambaDomains: [NAS] }');
    assert.deepEqual(ntHashSettings(on), { ageMaxMs: 172_800_000, acceptProven: [], readers: ['nas'] });
    const additionsFor = sambaFor(on, lookup());
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

  it('is that the directory cannot be read where a hash cannot, never an entry without one (P1)', async () => {
    const broken = lookup(() => {
      throw new Error('corruption');
    });
    const additionsFor = sambaFor(granted('ntHash: { enabled: true }'), broken);
    const source = memoryDirectory(sampleEntries);
    const directory = directoryOver(source, {}, undefined, undefined, undefined, additionsFor);
    const outcome = directory.search(requestOf({ filter: '(uid=alice)', attributes: ['*'] }), account('nas'));
    assert.ok(outcome.kind === 'cursor');
    using cursor = outcome.cursor;
    await assert.rejects(async () => await cursor.read(1), DirectoryStorageError);
  });
});
