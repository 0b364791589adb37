import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { AppPasswords } from '../../../src/auth/app-passwords.ts';
import {
  type AuthenticatorSettings,
  createAuthenticator,
  type LiveAuthenticator,
} from '../../../src/auth/authenticator.ts';
import { GroupLookup } from '../../../src/auth/group-lookup.ts';
import { Keyring } from '../../../src/auth/keyring.ts';
import type { LinkRule } from '../../../src/auth/link-policy.ts';
import { RememberedPasswords } from '../../../src/auth/remembered-passwords.ts';
import { ServiceAccounts } from '../../../src/auth/service-accounts.ts';
import { type BindSettings, defaultBindSettings } from '../../../src/auth/settings.ts';
import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import type { DirectorySource } from '../../../src/directory/reader.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { AdminRefusal } from '../../../src/identity/admin.ts';
import type { BindSwitches } from '../../../src/identity/bind-rule.ts';
import type { PasswordVerdict } from '../../../src/identity/password-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAppPasswords, MemoryRemembered } from '../../support/memory-credentials.ts';
import { memoryDirectory, type MemoryDirectory } from '../../support/memory-directory.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { base, objectId, people, userDn } from './people.ts';

const right = 'Passw0rd!';
const staffDn = `cn=staff,ou=groups,${base}`;
const staff: LinkRule['groups'] = [{ name: 'staff', dn: staffDn }];

/** Everybody, and a group with these members. */
function directoryWith(members: readonly string[]): MemoryDirectory {
  return memoryDirectory([
    ...people,
    { dn: `ou=groups,${base}`, attributes: [['objectClass', ['top', 'organizationalUnit']]], links: [] },
    {
      dn: staffDn,
      attributes: [
        ['objectClass', ['top', 'groupOfMembers']],
        ['entryUUID', [objectId(40)]],
        ['cn', ['staff']],
      ],
      links: [],
      members,
    },
  ]);
}

const rule = (switches: BindSwitches, about: Partial<LinkRule> = {}): LinkRule => ({
  groups: undefined,
  services: undefined,
  switches,
  ...about,
});

describe('a chain with links that are closed', () => {
  let clock: ManualClock;
  let log: RecordingLog;
  let published: MemoryDirectory;
  let appPasswords: AppPasswords;
  let remembered: RememberedPasswords;
  let authenticator: LiveAuthenticator;
  let asked: number;
  let whileAsked: () => void;
  const kept = new MemoryRemembered();

  const settingsOf = (rules: readonly LinkRule[], more: Partial<BindSettings> = {}): AuthenticatorSettings => ({
    serviceAccounts: [],
    passwords: {
      check: (): Promise<PasswordVerdict> => {
        asked += 1;
        whileAsked();
        return Promise.resolve({ kind: 'accepted' });
      },
    },
    bind: { ...defaultBindSettings, rules, ...more },
  });

  function open(rules: readonly LinkRule[], more: Partial<BindSettings> = {}): void {
    const source: DirectorySource = { acquire: () => published.acquire() };
    const users = createUserLookup(source, standardSchema);
    const keyring = new Keyring([{ id: 'k1', secret: randomBytes(32) }]);
    const means = { keyring, users, issuer: 'Contoso', clock, log };
    const store = new MemoryAppPasswords();
    appPasswords = new AppPasswords({ ...means, store }, defaultBindSettings.appPasswords, new ServiceAccounts([]));
    remembered = new RememberedPasswords({ store: kept, keyring, clock });
    const groups = new GroupLookup(source, standardSchema);
    const settings = settingsOf(rules, more);
    authenticator = createAuthenticator({
      ...settings,
      users,
      groups,
      appPasswords,
      remembered,
      clock,
      log,
      random: () => 0,
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    log = recordingLog();
    kept.kept.clear();
    asked = 0;
    whileAsked = () => {};
    published = directoryWith([userDn('bob')]);
  });

  async function result(password = right, name = 'bob'): Promise<number> {
    const context = { remoteAddress: '192.0.2.1', secure: true, signal: new AbortController().signal };
    const binding = authenticator.bindSimple(name, Buffer.from(password), context);
    await clock.advance(1000);
    const outcome = await binding;
    await remembered.settled();
    return outcome.kind === 'accepted' ? 0 : outcome.result.code;
  }

  const make = (user = 'bob') =>
    appPasswords.create({ user, label: 'mail', lifetimeMs: null, networks: [], services: [], withCode: false });
  const lastReason = (): unknown => log.events.findLast(({ event }) => event === 'bind.refused')?.fields['reason'];

  it('asks nobody about a password to which every way is closed', async () => {
    open([rule({ entra: false }, { groups: staff })]);
    assert.equal(await result(), 49);
    assert.equal(lastReason(), 'this way to log in is not open to the user here');
    assert.equal(asked, 0);
    assert.equal(await result(right, 'alice'), 0);
  });

  it('does not show Entra what has the form of an app password, where these are closed to the person alone', async () => {
    open([]);
    const { password } = await make();
    authenticator.use(settingsOf([rule({ appPasswords: false }, { groups: staff })]));
    assert.equal(await result(password), 49);
    assert.equal(lastReason(), 'app passwords are not open to the user here');
    assert.equal(asked, 0);
    authenticator.use(settingsOf([]));
    assert.equal(await result(password), 0, 'that it was refused is not remembered');
  });

  it('makes no app password that opens nothing, and one with codes where they are demanded everywhere', async () => {
    open([rule({ appPasswords: false }, { groups: staff })]);
    await assert.rejects(make(), (error) => error instanceof AdminRefusal && /explain user/.test(error.message));
    assert.equal((await make('alice')).otpauth, null);
    open([rule({ codeRequired: true })]);
    assert.notEqual((await make()).otpauth, null);
    open([rule({ appPasswords: true }, { groups: staff })], {
      appPasswords: { ...defaultBindSettings.appPasswords, enabled: false },
    });
    assert.equal(await result((await make()).password), 0, 'open by a rule to whom they are closed by default');
    await assert.rejects(make('alice'), AdminRefusal);
  });

  it('lets nobody in through a way that a publish closes while Entra is asked (P7)', async () => {
    open([rule({ entra: false }, { groups: [{ name: 'staff', entryUuid: objectId(40) }] })]);
    published = directoryWith([]);
    whileAsked = () => {
      published = directoryWith([userDn('bob')]);
    };
    assert.equal(await result(), 49);
    assert.equal(asked, 1);
    assert.equal(lastReason(), 'not open to the user here any more');
  });

  it('does not accept from memory what a publish has closed since (P7)', async () => {
    open([rule({ entra: false }, { groups: staff })]);
    published = directoryWith([]);
    assert.equal(await result(), 0);
    published = directoryWith([userDn('bob')]);
    assert.equal(await result(), 49);
    published = directoryWith([]);
    assert.equal(await result(), 0);
    assert.equal(asked, 1, 'which is accepted again when it is open again');
  });

  it('remembers no password of whom it may not be used of, and uses none where Entra is closed', async () => {
    const times = { freshMs: 60_000, outageMs: 60_000 };
    open([rule({ remembered: false }, { groups: staff })], {
      remembered: times,
      memory: { acceptedMs: 0, refusedMs: 0 },
    });
    assert.deepEqual([await result(), await result(right, 'alice')], [0, 0]);
    assert.deepEqual([...kept.kept.keys()], [objectId(1)]);
    const before = asked;
    assert.equal(await result(right, 'alice'), 0);
    assert.equal(asked, before);
    authenticator.use(settingsOf([rule({ entra: false })], { remembered: times }));
    assert.equal(await result(right, 'alice'), 49);
  });

  it('drops a remembered password when Entra finds another one right, also where none may be remembered (PAIN-04)', async () => {
    published = directoryWith([]);
    open([rule({ remembered: false }, { groups: staff })], {
      remembered: { freshMs: 0, outageMs: 60_000 },
      memory: { acceptedMs: 0, refusedMs: 0 },
    });
    assert.equal(await result(), 0);
    published = directoryWith([userDn('bob')]);
    assert.deepEqual([await result(), kept.kept.size], [0, 1], 'it is the same password');
    assert.deepEqual([await result('another'), kept.kept.size], [0, 0]);
  });

  it('is unavailable while it cannot be read who is in which group (P1)', async () => {
    open([rule({ entra: false }, { groups: staff })]);
    const readable = published;
    const lookup = directoryWith([]);
    let reads = 0;
    // The name is found, and then the store breaks.
    const acquire: DirectorySource['acquire'] = () => {
      reads += 1;
      if (reads > 1) lookup.fail(new DirectoryStorageError('disk'));
      return lookup.acquire();
    };
    published = { ...readable, acquire } as MemoryDirectory;
    assert.equal(await result(), 52);
    assert.equal(asked, 0);
  });
});
