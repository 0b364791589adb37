import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { hashPassword } from '../../src/auth/hash-password.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { type ExpectedEntry, expectedDirectory, principalName, titleOf } from '../support/expected-directory.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { seededChoice } from '../support/seeded-choice.ts';
import { readServedDirectory } from '../support/served-directory.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const seed = 20_261_121;
/** Kills while a store is filled for the first time, and while a filled one is brought up to date. */
const initialKills = 26;
const incrementalKills = 26;
const pageSize = 15;
const servicePassword = 'crash-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';

type Directory = ReadonlyMap<string, ExpectedEntry>;

describe(`a daemon that is killed at any moment (seed ${seed})`, function () {
  this.timeout(900_000);
  const choose = seededChoice(seed);
  let certificates: Awaited<ReturnType<typeof loopbackCertificates>>;
  let passwordHash: string;

  before(async () => {
    certificates = await loopbackCertificates();
    passwordHash = await hashPassword(servicePassword);
  });

  async function startTenant(tenantSeed: number): Promise<Simulator> {
    const tenant = generateTenant({ seed: tenantSeed, users: 220, groups: 40 });
    return await startSimulator({ tenant, certificate: certificates.server, pageSize, memberSliceSize: 40 });
  }

  function writeConfig(folder: string, simulator: Simulator): string {
    return writeDaemonConfig(folder, simulator, certificates.ca.certPem, {
      serviceAccounts: [{ name: 'reader', passwordHash }],
    });
  }

  /** Starts the daemon and gives it a random time, measured from the start of its round, before it is killed. */
  async function runAndKill(config: string, longestMs: number): Promise<void> {
    await using daemon = startProgram(['serve', '--config', config]);
    await daemon.waitFor(/sync\.round\.started/);
    await after(choose(longestMs));
    daemon.signal('SIGKILL');
    await daemon.ended();
  }

  it(`loses nothing and shows nothing partial in ${initialKills} kills of initial rounds, and resumes (P1, P2, P3)`, async () => {
    for (let killed = 0, store = 0; killed < initialKills; store++) {
      using folder = temporaryFolder();
      await using simulator = await startTenant(100 + store);
      const expected = expectedDirectory(simulator.control.snapshot());
      const pages = await pagesOfOneRound(simulator);
      const config = writeConfig(folder.path, simulator);
      const kills = Math.min(4 + choose(4), initialKills - killed);
      for (let i = 0; i < kills; i++, killed++) await runAndKill(config, 450);
      await using daemon = startProgram(['serve', '--config', config]);
      const url = await ldapUrl(daemon);
      const first = await readServedDirectory(url, bindDn, servicePassword);
      if (first !== undefined) assertSame(first.entries, expected);
      await daemon.waitFor(/sync\.round\.finished/);
      const served = await readServedDirectory(url, bindDn, servicePassword);
      assert.ok(served !== undefined);
      assertSame(served.entries, expected);
      // Every page is read once, but for those that were on their way at a kill: one not yet stored, one asked for ahead.
      const asked = pagesAsked(simulator);
      assert.ok(
        asked <= pages + 3 * kills,
        `${asked} pages were asked for with ${kills} kills; one round has ${pages}`,
      );
    }
  });

  it(`shows the old or the new directory, and nothing between, in ${incrementalKills} kills of incremental rounds (P2, P3, PAIN-08)`, async () => {
    using folder = temporaryFolder();
    await using simulator = await startTenant(7);
    const config = writeConfig(folder.path, simulator);
    let old: Directory = expectedDirectory(simulator.control.snapshot());
    const numbers = await settle(config, old);
    for (let killed = 0; killed < incrementalKills; ) {
      changeTenant(simulator, choose);
      const next = expectedDirectory(simulator.control.snapshot());
      for (let i = 1 + choose(3); i > 0 && killed < incrementalKills; i--, killed++) await runAndKill(config, 220);
      await using daemon = startProgram(['serve', '--config', config]);
      const served = await readServedDirectory(await ldapUrl(daemon), bindDn, servicePassword);
      assert.ok(served !== undefined, 'what was published before is served at once (P3)');
      assertSame(served.entries, sameDirectory(served.entries, old) ? old : next);
      await daemon.stop();
      for (const [id, number] of await settle(config, next)) {
        assert.equal(numbers.get(id) ?? number, number, 'a number once given stays (PAIN-08)');
        numbers.set(id, number);
      }
      old = next;
    }
  });

  /** How many pages the tenant has for who reads it without interruption. */
  async function pagesOfOneRound(simulator: Simulator): Promise<number> {
    using folder = temporaryFolder();
    const config = writeConfig(folder.path, simulator);
    const { code, output } = await finished(startProgram(['sync', '--once', '--config', config]));
    assert.equal(code, 0, output);
    const pages = pagesAsked(simulator);
    simulator.control.resetStatistics();
    return pages;
  }

  /** Lets rounds run until one finds nothing more to do; what is served then must be `expected`. Returns the numbers. */
  async function settle(config: string, expected: Directory): Promise<Map<string, string>> {
    // The first round may finish one that began before the latest change of the tenant.
    for (let i = 0; i < 2; i++) {
      const { code, output } = await finished(startProgram(['sync', '--once', '--config', config]));
      assert.equal(code, 0, output);
    }
    await using daemon = startProgram(['serve', '--config', config]);
    const served = await readServedDirectory(await ldapUrl(daemon), bindDn, servicePassword);
    assert.ok(served !== undefined);
    assertSame(served.entries, expected);
    // A round left open here would take its users from before the next change and its groups from after it.
    await daemon.waitFor(/sync\.round\.finished/);
    await daemon.stop();
    return new Map(served.numbers);
  }
});

async function finished(program: RunningProgram): Promise<{ code: number | null; output: string }> {
  await using running = program;
  const { code } = await running.ended();
  return { code, output: running.output };
}

async function ldapUrl(daemon: RunningProgram): Promise<string> {
  const [, port] = await daemon.waitFor(/ldap\.server\.listening.*?"port":(\d+)/);
  return `ldap://127.0.0.1:${port ?? ''}`;
}

function pagesAsked(simulator: Simulator): number {
  const { requests } = simulator.control.statistics();
  return (requests['usersDelta'] ?? 0) + (requests['groupsDelta'] ?? 0);
}

function changeTenant(simulator: Simulator, choose: (below: number) => number): void {
  const { control } = simulator;
  const { users, groups } = control.snapshot();
  const people = [...users].filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest');
  const teams = [...groups].filter(({ state }) => state === 'live');
  const person = () => people[choose(people.length)] ?? assert.fail('nobody is left');
  const team = () => teams[choose(teams.length)] ?? assert.fail('no group is left');
  const stamp = `${choose(1_000_000_000)}`;
  for (let i = 0; i < 25; i++) {
    const { id } = person();
    control.setUserProperties(id, { displayName: `Renamed ${stamp} ${i}`, accountEnabled: choose(4) > 0 });
    const group = team();
    const member = person();
    const isMember = [...control.snapshot().groups]
      .find((each) => each.id === group.id)
      ?.members.some((each) => each.id === member.id);
    if (isMember === true) control.leave(group.id, member.id);
    else control.join(group.id, member.id);
  }
  // Names that several ask for depend on history, of which the reference knows nothing; so only lone ones are given up.
  const localPart = ({ properties }: (typeof people)[number]): string => principalName(properties).split('@')[0] ?? '';
  const lone = people.filter((one) => people.every((other) => other === one || localPart(other) !== localPart(one)));
  const leaver = lone[choose(lone.length)] ?? assert.fail('no lone name is left');
  const mover = lone.find((each) => each !== leaver) ?? assert.fail('no lone name is left');
  control.renameUser(mover.id, `moved${stamp}@contoso.com`);
  const title = ({ properties }: (typeof teams)[number]): string => titleOf(properties).toLowerCase();
  const loneTeam = teams.find((one) => teams.every((other) => other === one || title(other) !== title(one)));
  control.renameGroup(loneTeam?.id ?? assert.fail('no lone group is left'), `Renamed group ${stamp}`);
  const joiner = control.addUser({ userPrincipalName: `new${stamp}@contoso.com`, password: 'Passw0rd!' });
  control.join(team().id, joiner);
  control.removeUser(leaver.id);
}

function sameDirectory(a: Directory, b: Directory): boolean {
  try {
    assertSame(a, b);
    return true;
  } catch {
    return false;
  }
}

function assertSame(actual: Directory, expected: Directory): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted());
  for (const [dn, entry] of expected) assert.deepEqual(actual.get(dn), entry, dn);
}
