import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'ldapts';
import { hashPassword } from '../../src/auth/hash-password.ts';
import { formatOpenLdapSchema } from '../../src/directory/openldap-schema.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { Database } from '../../src/store/database.ts';
import { TenantKeys } from '../../src/store/keys.ts';
import { ViewKeys } from '../../src/store/view-keys.ts';
import { CountingProxy } from '../support/counting-proxy.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { describeWithPackage } from '../support/debian-packages.ts';
import { freePort } from '../support/free-port.ts';
import { RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { modelId } from '../support/model-tenant.ts';
import { PublishedServer } from '../support/published-server.ts';
import { putPerson, syncTenant } from '../support/sync-tenant.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const baseDn = 'dc=contoso,dc=com';
const account = { dn: `cn=replica,ou=services,${baseDn}`, password: 'replica-secret' };
const adminPassword = 'admin-secret';
const admin = { dn: `cn=admin,${baseDn}`, password: adminPassword };
const documentation = new URL('../../../docs/replication.md', import.meta.url);
/** What a server says of its own tree, and not of the entry. */
const ownAttributes = new Set([
  'entryDN',
  'subschemaSubentry',
  'hasSubordinates',
  'numSubordinates',
  'distinguishedName',
  'contextCSN',
]);

type Entries = ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>;

/** Every entry with every attribute, values sorted. */
async function readAll(
  port: number,
  who: { readonly dn: string; readonly password: string },
  base = baseDn,
): Promise<Entries> {
  const client = new Client({ url: `ldap://127.0.0.1:${port}`, timeout: 10_000 });
  try {
    await client.bind(who.dn, who.password);
    const { searchEntries } = await client.search(base, { scope: 'sub', attributes: ['*', '+'] });
    return new Map(
      searchEntries.map(({ dn, ...values }) => {
        const entry = Object.entries(values)
          .filter(([name]) => !ownAttributes.has(name))
          .map(([name, value]) => [name, [value].flat().map(String).toSorted()] as const)
          .filter(([, texts]) => texts.length > 0);
        return [dn, Object.fromEntries(entry.toSorted(([a], [b]) => (a < b ? -1 : 1)))];
      }),
    );
  } finally {
    await client.unbind();
  }
}

/** The slapd.conf of the documentation, with the paths and the provider of this test. */
function replicaConfig(folder: string, provider: number, suffix: string): string {
  const text = readFileSync(fileURLToPath(documentation), 'utf8');
  const block = /```text\n([\s\S]*?)\n +```/.exec(text)?.[1] ?? '';
  const config = block.replaceAll(/^ {3}/gm, '');
  const replacements: readonly (readonly [string, string])[] = [
    ['/etc/ldap/entra-ldapd.schema', join(folder, 'entra-ldapd.schema')],
    ['/run/slapd/slapd.pid', join(folder, 'slapd.pid')],
    ['/var/lib/ldap', join(folder, 'mdb')],
    ['maxsize      4294967296', 'maxsize      67108864'],
    ['ldaps://ldap.example.com', `ldap://127.0.0.1:${provider}`],
    ['retry="5 12 60 +"', 'retry="1 +"'],
    ['credentials=secret', `credentials=${account.password}`],
    ['rootdn       "cn=admin,dc=example,dc=com"', `rootdn       "cn=admin,${suffix}"\nrootpw       ${adminPassword}`],
  ];
  const changed = replacements.reduce((conf, [from, to]) => {
    assert.ok(conf.includes(from), `the documented slapd.conf has ${from}`);
    return conf.replace(from, to);
  }, config);
  return `${changed.replaceAll('dc=example,dc=com', suffix)}\n`;
}

describeWithPackage('slapd', 'OpenLDAP as a read replica (RFC 4533)', function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const replicaFolder = join(folder.path, 'replica');
  let simulator: Simulator;
  let proxy: CountingProxy;
  let config: string;
  let daemon: RunningProgram;
  let daemonPort: number;
  let replica: RunningProgram;
  let replicaPort: number;

  before(async () => {
    const { ca, server } = await loopbackCertificates();
    const tenant = generateTenant({ seed: 11, users: 60, groups: 20 });
    simulator = await startSimulator({ tenant, certificate: server });
    proxy = await CountingProxy.start();
    config = writeDaemonConfig(folder.path, simulator, ca.certPem, {
      serviceAccounts: [
        {
          name: 'replica',
          passwordHash: await hashPassword(account.password),
          rights: { users: 'all', groups: 'all', sudoRules: true, operations: ['search', 'sync'] },
        },
      ],
    });
    await startDaemon();
    mkdirSync(join(replicaFolder, 'mdb'), { recursive: true });
    const schema = await runProgram(['export', '--openldap-schema', '--config', config]);
    assert.equal(schema.code, 0, schema.stderr);
    writeFileSync(join(replicaFolder, 'entra-ldapd.schema'), schema.stdout);
    writeFileSync(join(replicaFolder, 'slapd.conf'), replicaConfig(replicaFolder, proxy.port, baseDn));
    replicaPort = await freePort();
    startReplica();
  });

  after(async () => {
    await replica[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await simulator[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function startDaemon(): Promise<void> {
    daemon = startProgram(['serve', '--config', config]);
    const [, port] = await daemon.waitFor(/ldap\.server\.listening.*?"port":(\d+)/);
    daemonPort = Number(port);
    proxy.target = daemonPort;
    await daemon.waitFor(/sync\.round\.finished/);
  }

  function startReplica(): void {
    const conf = join(replicaFolder, 'slapd.conf');
    replica = new RunningProgram('/usr/sbin/slapd', [
      '-d',
      'sync',
      '-f',
      conf,
      '-h',
      `ldap://127.0.0.1:${replicaPort}`,
    ]);
  }

  async function synchronize(): Promise<void> {
    const { code, stdout, stderr } = await runProgram(['sync', '--config', config]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  }

  /** Waits until the replica has what the daemon serves, entry by entry; fails with the difference. */
  async function assertReplicated(): Promise<Entries> {
    const expected = await readAll(daemonPort, account);
    let actual: Entries | undefined;
    for (let attempt = 0; attempt < 400; attempt++) {
      actual = await readAll(replicaPort, admin).catch(() => undefined);
      try {
        assert.deepEqual(actual, expected);
        return expected;
      } catch {
        await delay(50);
      }
    }
    assert.deepEqual(
      [...(actual?.keys() ?? [])].toSorted(),
      [...expected.keys()].toSorted(),
      replica.output.slice(-4000),
    );
    for (const [dn, entry] of expected) assert.deepEqual(actual?.get(dn), entry, dn);
    return expected;
  }

  const live = () => {
    const { users, groups } = simulator.control.snapshot();
    const people = [...users].filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest');
    return { people, teams: [...groups].filter(({ state, members }) => state === 'live' && members.length > 1) };
  };
  const at = <T>(list: readonly T[], index: number): T => list[index] ?? assert.fail('the tenant is too small');

  it('holds every entry with every attribute', async () => {
    const entries = await assertReplicated();
    assert.ok(entries.size > 70, `${entries.size} entries`);
    assert.ok([...entries.values()].some((entry) => (entry['memberOf']?.length ?? 0) > 1));
    assert.equal(proxy.entries, entries.size, 'each entry was sent once');
  });

  it('follows people and groups that come, change, are renamed and go, and is sent nothing else', async () => {
    const { control } = simulator;
    const { people, teams } = live();
    const before = await assertReplicated();
    proxy.entries = 0;
    const person = at(people, 0);
    control.setUserProperties(person.id, { displayName: 'Changed Name' });
    control.setUserProperties(at(people, 1).id, { accountEnabled: false });
    control.renameUser(at(people, 2).id, 'renamed.person@contoso.com');
    const joiner = control.addUser({ userPrincipalName: 'joiner@contoso.com', password: 'Passw0rd!' });
    control.join(at(teams, 0).id, joiner);
    control.removeUser(at(people, 3).id);
    await synchronize();
    const after = await assertReplicated();
    assert.ok([...after.values()].some((entry) => entry['cn']?.includes('Changed Name') === true));
    assert.ok(after.has(`uid=joiner,ou=users,${baseDn}`));
    const changed = [...after].filter(([dn, entry]) => before.get(dn)?.['entryCSN']?.[0] !== entry['entryCSN']?.[0]);
    assert.ok(changed.length < after.size / 2);
    assert.equal(proxy.entries, changed.length);
  });

  it('sees memberOf change when a group is renamed, gains, loses or is removed', async () => {
    const { control } = simulator;
    const { teams } = live();
    await assertReplicated();
    proxy.entries = 0;
    const [renamed, removed, joined] = [at(teams, 0), at(teams, 1), at(teams, 2)];
    control.renameGroup(renamed.id, 'Renamed Team');
    control.leave(joined.id, at(joined.members, 0).id);
    control.removeGroup(removed.id);
    await synchronize();
    const after = await assertReplicated();
    const dn = `cn=Renamed Team,ou=groups,${baseDn}`;
    const members = [...after].filter(([, entry]) => entry['memberOf']?.includes(dn) === true);
    assert.deepEqual(
      members.map(([member]) => member).toSorted(),
      after.get(dn)?.['member']?.filter((member) => member.startsWith('uid=')),
    );
    assert.ok(proxy.entries < after.size);
  });

  it('goes on where it was after a restart of the daemon, and gets only the difference', async () => {
    const { control } = simulator;
    await assertReplicated();
    await daemon.stop();
    proxy.entries = 0;
    control.setUserProperties(at(live().people, 4).id, { displayName: 'Changed While Down' });
    await startDaemon();
    const entries = await assertReplicated();
    assert.ok([...entries.values()].some((entry) => entry['cn']?.includes('Changed While Down') === true));
    assert.equal(proxy.entries, 1);
  });

  it('goes on where it was after the daemon was killed', async () => {
    const { control } = simulator;
    await assertReplicated();
    daemon.signal('SIGKILL');
    await daemon.ended();
    proxy.entries = 0;
    control.setUserProperties(at(live().people, 5).id, { displayName: 'Changed While Killed' });
    await startDaemon();
    await assertReplicated();
    assert.equal(proxy.entries, 1);
  });

  it('gets what it missed while it was down itself', async () => {
    const { control } = simulator;
    await assertReplicated();
    await replica.stop();
    proxy.entries = 0;
    const { people } = live();
    control.setUserProperties(at(people, 6).id, { displayName: 'Changed Unseen' });
    const gone = control.addUser({ userPrincipalName: 'short.stay@contoso.com', password: 'Passw0rd!' });
    await synchronize();
    control.removeUser(gone);
    control.removeUser(at(people, 7).id);
    await synchronize();
    startReplica();
    const entries = await assertReplicated();
    assert.equal(entries.has(`uid=short.stay,ou=users,${baseDn}`), false);
    assert.equal(proxy.entries, 1 + groupsOf(at(people, 7).id));
  });

  it('gets what changed, and loses what is gone, when the log has forgotten what the replica has', async () => {
    const { control } = simulator;
    await assertReplicated();
    await replica.stop();
    const { people } = live();
    const gone = at(people, 8);
    const groups = groupsOf(gone.id);
    control.setUserProperties(at(people, 9).id, { displayName: 'Changed Long Ago' });
    control.removeUser(gone.id);
    await synchronize();
    await daemon.stop();
    await forgetChanges();
    proxy.entries = 0;
    await startDaemon();
    startReplica();
    await assertReplicated();
    assert.equal(proxy.entries, 1 + groups, 'all else was named by its UUID');
  });

  /** Lets the log of the daemon's store begin with what is published now. */
  async function forgetChanges(): Promise<void> {
    const db = await Database.open(join(folder.path, 'store'), { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 });
    const key = new ViewKeys(new TenantKeys(1)).meta('changes');
    const state = JSON.parse(String(db.get(key))) as { readonly stampMs: number };
    await db.write(db.batch().put(key, Buffer.from(JSON.stringify({ ...state, knownSinceMs: state.stampMs }))), true);
    await db.close();
  }

  it('is given everything anew by a store that was cleared, and has nothing left of the old one (P3)', async () => {
    const { control } = simulator;
    await assertReplicated();
    await daemon.stop();
    rmSync(join(folder.path, 'store'), { recursive: true });
    control.removeUser(at(live().people, 10).id);
    await startDaemon();
    await assertReplicated();
  });

  it('follows private groups and sudo rules that come, follow renames and go, containers and all', async () => {
    const before = await assertReplicated();
    const original = readFileSync(config, 'utf8');
    const [team, person] = [at(live().teams, 3), at(live().people, 11)];
    const noLimit = { count: 1000, share: '100%', few: 1000 };
    const settings = {
      ...(JSON.parse(original) as Readonly<Record<string, unknown>>),
      safety: { renames: noLimit },
      users: { primaryGroup: { kind: 'private' } },
      sudo: { defaults: ['!lecture'], rules: [{ name: 'team', groups: [team.id], users: [person.id] }] },
    };
    await takeOver(JSON.stringify(settings));
    const groups = (entries: Entries) => [...entries.keys()].filter((dn) => dn.includes(',ou=private-groups,'));
    const rule = `cn=team,ou=SUDOers,${baseDn}`;
    const made = await assertReplicated();
    assert.ok(groups(made).length > 40);
    assert.equal(made.get(rule)?.['sudoUser']?.length, 2);
    proxy.entries = 0;
    simulator.control.renameGroup(team.id, 'Rooted');
    simulator.control.renameUser(person.id, 'sudoer@contoso.com');
    await synchronize();
    const renamed = await assertReplicated();
    assert.deepEqual(renamed.get(rule)?.['sudoUser'], ['%Rooted', 'sudoer']);
    assert.ok(renamed.has(`cn=sudoer,ou=private-groups,${baseDn}`));
    assert.ok(proxy.entries < renamed.size / 2, `${proxy.entries} entries were sent`);
    await takeOver(JSON.stringify({ ...(JSON.parse(original) as object), safety: { renames: noLimit } }));
    const after = await assertReplicated();
    assert.deepEqual(groups(after), []);
    assert.equal(after.size, before.size);
  });

  /** Lets the running daemon take over another configuration, and waits until that is published. */
  async function takeOver(text: string): Promise<void> {
    const publications = (): number => [...daemon.output.matchAll(/"directory\.published"/g)].length;
    const [before, patience] = [publications(), 400];
    writeFileSync(config, text);
    daemon.signal('SIGHUP');
    for (let attempt = 0; attempt < patience && publications() === before; attempt++) await delay(50);
    assert.notEqual(publications(), before, daemon.output.slice(-2000));
  }

  function groupsOf(id: string): number {
    return [...simulator.control.snapshot().groups].filter(({ members }) => members.some((one) => one.id === id))
      .length;
  }
});

describeWithPackage('slapd', 'OpenLDAP as a read replica of a store with a short log (RFC 4533)', function () {
  this.timeout(60_000);

  it('is brought up to date by itself after a publish that changes more than the log holds', async () => {
    using folder = temporaryFolder();
    const suffix = 'dc=example,dc=com';
    const tenant = syncTenant();
    await using server = await PublishedServer.start(tenant, {}, { changeRecordsMax: 12 });
    const identity = { kind: 'service', dn: `cn=replica,ou=services,${suffix}`, name: 'replica' } as const;
    server.authenticator.onBind = () => Promise.resolve({ kind: 'accepted', identity });
    mkdirSync(join(folder.path, 'mdb'));
    writeFileSync(join(folder.path, 'entra-ldapd.schema'), formatOpenLdapSchema(standardSchema));
    writeFileSync(join(folder.path, 'slapd.conf'), replicaConfig(folder.path, server.port, suffix));
    const port = await freePort();
    const listen = `ldap://127.0.0.1:${port}`;
    await using replica = new RunningProgram('/usr/sbin/slapd', [
      '-d',
      'sync',
      '-f',
      join(folder.path, 'slapd.conf'),
      '-h',
      listen,
    ]);
    const names = async (): Promise<readonly string[]> => {
      const entries = await readAll(port, { dn: `cn=admin,${suffix}`, password: adminPassword }, suffix).catch(
        () => new Map(),
      );
      return [...entries.keys()].filter((dn) => dn.startsWith('uid='));
    };
    const hold = async (count: number): Promise<void> => {
      for (let attempt = 0; attempt < 400; attempt++) {
        if ((await names()).length === count) return;
        await delay(50);
      }
      assert.fail(`${(await names()).join(' ')}\n${replica.output.slice(-4000)}`);
    };
    await hold(6);
    tenant.removeUser(modelId('user', 0), 'deleted');
    for (let number = 20; number < 40; number++) putPerson(tenant, number);
    await server.publish();
    await hold(25);
    putPerson(tenant, 50);
    await server.publish();
    await hold(26);
  });
});
