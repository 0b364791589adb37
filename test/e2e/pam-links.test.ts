import assert from 'node:assert/strict';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';

import type { NewAppPassword } from '../../src/identity/app-password.ts';
import type { BindEvent } from '../../src/identity/bind-event.ts';
import { type ClientDirectory, startClientDirectory } from '../support/client-directory.ts';
import { codeOf } from '../support/otpauth.ts';
import { describeOnPrivateMachine, place } from '../support/private-machine.ts';
import { runProgram } from '../support/program.ts';
import { SssdMachine } from '../support/sssd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const packages = ['libnss-sss', 'libpam-sss', 'pamtester', 'sssd-ldap', 'sssd-tools'] as const;

const password = 'Alice-Pass-1';
const localPassword = 'in case of fire';

const people = [
  { uid: 'alice', displayName: 'Alice Archer', surname: 'Archer', givenName: 'Alice', uidNumber: 10_001, password },
].map((person) => ({ ...person, gidNumber: 20_001 }));

const overlay = `users:
  - uid: glass
    displayName: Break Glass
    uidNumber: 4711
    passwordHash: '${hashSync(localPassword, 4)}'
`;

/** A daemon that remembers nothing in memory, so that each login is decided by the link that it is about. */
describeOnPrivateMachine(packages, 'a login through PAM and SSSD', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let directory: ClientDirectory;
  let machine: SssdMachine;

  before(async () => {
    directory = await startClientDirectory({
      people,
      groups: [{ name: 'staff', gidNumber: 20_001, members: ['alice'] }],
      changes: {
        overlay: { files: [place(folder.path, 'overlay.yaml', overlay)] },
        bind: {
          memory: { accepted: '0s', refused: '0s' },
          remembered: { enabled: true },
          // SSSD's own address tries a few wrong ones here.
          shield: { account: { attempts: 9, refill: '1s' } },
        },
      },
    });
    machine = await SssdMachine.start();
    await machine.serve(
      directory,
      { schema: 'rfc2307bis', uri: `ldap://127.0.0.1:${directory.ldapPort}`, startTls: true },
      'alice',
    );
  });

  after(async () => {
    await machine[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function letsIn(user: string, text: string): Promise<boolean> {
    return (await machine.pam(user, 'authenticate', text)).code === 0;
  }

  async function command<T>(...args: readonly string[]): Promise<T> {
    const config = join(directory.folder, 'entra-ldapd.yaml');
    const { stdout, stderr } = await runProgram([...args, '--json', '--config', config]);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as T;
  }

  /** Which link has decided the last login of somebody, and how. */
  async function decided(user: string): Promise<string> {
    const { binds } = await command<{ binds: readonly BindEvent[] }>('audit', '--user', user);
    const last = binds.at(-1);
    return `${last?.verdict} by ${last?.link}`;
  }

  const create = (label: string, ...more: readonly string[]): Promise<NewAppPassword> =>
    command<NewAppPassword>('app-password', 'create', 'alice', '--name', label, ...more);

  const asked = (): number => directory.simulator.control.statistics().signIns['alice@example.com']?.attempts ?? 0;

  it('succeeds by the password of Entra, and by no other one (P7)', async () => {
    assert.equal(await letsIn('alice', password), true);
    assert.equal(await decided('alice'), 'accepted by entra');
    assert.equal(await letsIn('alice', password.toLowerCase()), false);
    assert.equal(await decided('alice'), 'refused by entra');
  });

  it('succeeds by the password of a local account of the overlay, without Entra (P6)', async () => {
    assert.equal(await letsIn('glass', localPassword), true);
    assert.equal(await decided('glass'), 'accepted by local');
    assert.equal(await letsIn('glass', password), false);
  });

  it('succeeds by an app password until it is revoked, without Entra (PAIN-01)', async () => {
    const before = asked();
    const { id, password: text } = await create('laptop');
    assert.equal(await letsIn('alice', text), true);
    assert.equal(await decided('alice'), 'accepted by appPassword');
    assert.equal(await letsIn('glass', text), false);
    await command('app-password', 'revoke', id);
    assert.equal(await letsIn('alice', text), false);
    assert.equal(asked(), before);
  });

  it('succeeds by an app password and its one-time code, once for each code (PAIN-02)', async () => {
    const { password: text, otpauth } = await create('console', '--code');
    const uri = otpauth ?? assert.fail('there is no seed');
    const code = codeOf(uri, Date.now());
    assert.equal(await letsIn('alice', text), false, 'the code is missing');
    assert.equal(await letsIn('alice', `${text}${code}`), true);
    assert.equal(await decided('alice'), 'accepted by appPassword');
    assert.equal(await letsIn('alice', `${text}${code}`), false, 'the code was used');
  });

  it('succeeds by the remembered password while Entra is down, and by no other one (P6, P7)', async () => {
    assert.equal(await letsIn('alice', password), true);
    const outage = directory.simulator.control.injectFault({
      kind: 'connectionReset',
      match: { kind: 'token' },
      count: 1000,
    });
    assert.equal(await letsIn('alice', password), true);
    assert.equal(await decided('alice'), 'accepted by remembered');
    assert.equal(await letsIn('alice', 'another one'), false);
    assert.match(await decided('alice'), /^unavailable/);
    directory.simulator.control.clearFaults(outage);
    assert.equal(await letsIn('alice', password), true);
    assert.equal(await decided('alice'), 'accepted by entra');
  });
});
