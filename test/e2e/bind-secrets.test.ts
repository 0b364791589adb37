import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import { Level } from 'level';

import type { NewAppPassword } from '../../src/identity/app-password.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { eventually } from '../support/eventually.ts';
import * as ber from '../support/ldap-ber.ts';
import { seedOf } from '../support/otpauth.ts';
import { canReadMemory, countInMemory } from '../support/process-memory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const base = 'dc=contoso,dc=com';
const readerDn = `cn=reader,ou=services,${base}`;

/** What nobody may find anywhere. Each is unlike anything else. */
const secrets = {
  entra: 'Qv7-right-of-anna-Xk2',
  wrong: 'Qv7-wrong-of-anna-Xk2',
  service: 'Qv7-right-of-reader-Xk2',
  wrongService: 'Qv7-wrong-of-reader-Xk2',
  local: 'Qv7-right-of-glass-Xk2',
  tooLong: `Qv7-${'long'.repeat(20)}-Xk2`,
};

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com'] },
  users: [{ userPrincipalName: 'anna@contoso.com', displayName: 'Anna', password: secrets.entra }],
});

const overlay = `users:
  - uid: glass
    displayName: Break Glass
    passwordHash: '${hashSync(secrets.local, 4)}'
`;

/** A daemon that tells its log everything, remembers passwords, and has been bound to in every way. */
describe('what a password leaves behind', () => {
  const snapshots = temporaryFolder();
  let daemon: DaemonOnSimulator;
  let made: NewAppPassword;
  let coded: NewAppPassword;
  /** All of it, in every form that it may be written in. */
  let needles: readonly string[];
  /** The octets of the seed of one-time codes. */
  let seed: Buffer;

  before(async function () {
    this.timeout(60_000);
    daemon = await DaemonOnSimulator.open({
      tenant: parseTenant(tenantText, 'tenant.json'),
      node: {
        binary: process.execPath,
        options: ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${snapshots.path}`],
      },
      sections: {
        log: { level: 'debug', format: 'json' },
        overlay: { files: ['overlay.yaml'] },
        serviceAccounts: [{ name: 'reader', passwordHash: hashSync(secrets.service, 4) }],
        bind: { remembered: { enabled: true } },
      },
    });
    daemon.write('overlay.yaml', overlay);
    await daemon.start();
    await daemon.waitFor(/"event":"directory\.published"/);
    const create = ['app-password', 'create', 'anna', '--name'];
    made = await daemon.json<NewAppPassword>(...create, 'mail');
    coded = await daemon.json<NewAppPassword>(...create, 'vpn', '--code');
    const codedSeed = new URL(coded.otpauth ?? '').searchParams.get('secret') ?? '';
    seed = seedOf(coded.otpauth ?? '');
    const ofApp = [made, coded].flatMap(({ password }) => [password, password.replaceAll('-', '')]);
    const texts = [...Object.values(secrets), ...ofApp];
    const encoded = Object.values(secrets).map((text) => Buffer.from(text).toString('base64').slice(0, -4));
    needles = [...texts, ...encoded, codedSeed];
    assert.deepEqual(
      [
        await code('anna', secrets.entra),
        await code('anna@contoso.com', secrets.wrong),
        await code(readerDn, secrets.service),
        await code(readerDn, secrets.wrongService),
        await code('glass', secrets.local),
        await code('glass', secrets.tooLong),
        await code('anna', made.password),
        await code('anna', coded.password),
      ],
      [0, 49, 0, 49, 0, 49, 0, 49],
    );
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    snapshots[Symbol.dispose]();
  });

  async function code(name: string, text: string): Promise<number> {
    const client = await daemon.connect();
    return (await client.ask(1, ber.bindRequest(name, text))).code;
  }

  function assertClean(text: string | Buffer, where: string): void {
    for (const needle of needles) assert.ok(!text.includes(needle), `${where} has ${needle}`);
    assert.ok(typeof text === 'string' || !text.includes(seed), `${where} has the seed`);
  }

  it('is nothing in the log, not even at level debug (P7)', () => {
    const log = daemon.output;
    assert.match(log, /"level":"debug"/);
    assertClean(log, 'the log');
  });

  for (const command of [
    'status --json',
    'audit --json',
    'history --json',
    'logs --json',
    'explain user anna --json',
    'app-password list --json',
    'export',
  ]) {
    it(`is nothing in what "${command}" prints (P7)`, async () => {
      const { code: exit, stdout, stderr } = await daemon.run(...command.split(' '));
      assert.equal(exit, 0, stderr);
      assert.notEqual(stdout, '');
      assertClean(stdout, command);
      assertClean(stderr, command);
    });
  }

  it('is the reason in the audit trail why a password that bcrypt would cut was refused', async () => {
    const { stdout } = await daemon.run('audit', '--user', 'glass', '--verdict', 'refused');
    assert.match(stdout, /the password has more than 72 octets, and bcrypt reads no more/);
  });

  it('is nothing in the name, the arguments and the title of the process (P7)', () => {
    for (const file of ['cmdline', 'comm', 'stat']) {
      assertClean(readFileSync(`/proc/${daemon.program.pid}/${file}`), file);
    }
  });

  it('is nothing on the heap of the process once what is unused was collected (P7)', async () => {
    daemon.program.signal('SIGUSR2');
    const file = await eventually(
      () => Promise.resolve(readdirSync(snapshots.path)[0]),
      (name) => name !== undefined && isWhole(join(snapshots.path, name)),
    );
    const snapshot = readFileSync(join(snapshots.path, file ?? ''));
    assert.ok(snapshot.includes('LdapServer'), 'it is a snapshot of the daemon');
    assertClean(snapshot, 'the heap');
  });

  it('is nothing in its memory at all after some more binds, so that no core dump would have it (P7)', async function () {
    if (!canReadMemory(daemon.program.pid)) this.skip();
    this.timeout(60_000);
    const texts = [...Object.values(secrets), made.password, made.password.replaceAll('-', '')];
    await eventually(
      async () => {
        // What was freed is overwritten by and by; what is kept stays.
        for (let i = 0; i < 20; i++) await code(readerDn, secrets.wrongService.replaceAll('w', 'v'));
        return countInMemory(daemon.program.pid, texts);
      },
      (counts) => counts.every((count) => count === 0),
    );
  });

  it('is nothing in the files of the store, nor in what they hold when they are read (P7)', async () => {
    await daemon.stop();
    const store = join(daemon.folder, 'store');
    const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const kept = files.filter(({ name }) => name !== 'secrets');
    assert.ok(kept.length > 3);
    for (const { parentPath, name } of kept) assertClean(readFileSync(join(parentPath, name)), name);
    const keys = readFileSync(join(store, 'secrets'), 'utf8').match(/[A-Za-z0-9+/]{43}=/g) ?? [];
    assert.ok(keys.length > 0);
    // LevelDB packs what it sorts, so the files alone do not tell.
    let entries = 0;
    for await (const bytes of valuesOf(store)) {
      entries += 1;
      assertClean(bytes, 'the store');
      for (const key of keys) assert.ok(!bytes.includes(key) && !bytes.includes(Buffer.from(key, 'base64')));
    }
    assert.ok(entries > 10);
  });
});

/** Every key and value of the database in a folder, or in the one folder below that is a database. */
async function* valuesOf(store: string): AsyncGenerator<Buffer> {
  const found = readdirSync(store, { recursive: true, withFileTypes: true }).find(({ name }) => name === 'CURRENT');
  const level = new Level<Buffer, Buffer>(found?.parentPath ?? assert.fail('there is no database'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    createIfMissing: false,
  });
  await level.open();
  try {
    for await (const [key, value] of level.iterator()) yield Buffer.concat([key, Buffer.alloc(1), value]);
  } finally {
    await level.close();
  }
}

/** Whether a snapshot is written to its end: it is one JSON object. */
function isWhole(file: string): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8').trimEnd();
  return text.endsWith(']}') || text.endsWith(']\n}');
}
