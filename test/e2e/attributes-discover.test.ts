import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import type { PropertiesOfTenant } from '../../src/identity/discovery.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { badge, everyPermission, offeringTenant } from '../support/offering-tenant.ts';
import type { Ended } from '../support/program.ts';

type Found = Readonly<Record<string, PropertiesOfTenant>>;

describe('entra-ldapd attributes discover (SNP-18)', function () {
  this.timeout(300_000);
  let daemon: DaemonOnSimulator;

  afterEach(() => daemon[Symbol.asyncDispose]());

  /** Starts the tenant, and writes a configuration with these attributes of users. */
  async function configure(attributes: object = {}, permissions: readonly string[] = everyPermission): Promise<void> {
    daemon = await DaemonOnSimulator.open({ tenant: offeringTenant(permissions), sections: { users: { attributes } } });
  }

  function discover(...words: readonly string[]): Promise<Ended> {
    return daemon.run('attributes', 'discover', ...words);
  }

  async function found(...words: readonly string[]): Promise<Found> {
    const { code, stdout, stderr } = await discover(...words, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Found;
  }

  it('lists what users and groups have, with sample values, and imports nothing', async () => {
    await configure();
    const { code, stdout, stderr } = await discover();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Users: 3 were looked at\.$/m);
    assert.match(stdout, /^Groups: 1 was looked at\.$/m);
    assert.match(stdout, new RegExp(`^ +badge: ${badge} +text +1 of 3 +"A-17" \\(of Tenant Schema`, 'm'));
    assert.match(stdout, /^ {2}costCenter: employeeOrgData\.costCenter +text +1 of 3 +"4711"$/m);
    assert.match(
      stdout,
      /^ {2}entraSiteFloor: customSecurityAttributes\.Site\.Floor +number +2 of 3 +"3" "4" \(The floor\)$/m,
    );
    assert.match(stdout, /^ {2}number: extabcdefgh_desk\.number +number +1 of 3 +"7" \(Where people sit\)$/m);
    assert.match(stdout, /^ {2}jobTitle +title +text +2 of 3 +"Clerk"$/m);
    assert.ok(!stdout.includes('\u001b'), 'a name in the tenant cannot steer the terminal');
    assert.doesNotMatch(stdout, /faxNumber/, 'nobody has one');
    assert.match(stdout, /^Not listed: \d+ that none of these users has; --all lists them too\.$/m);
    assert.ok(!existsSync(`${daemon.folder}/store`), 'no store is made');
  });

  it('lists one collection, everything that there can be, and no personal data when told so', async () => {
    await configure();
    const { stdout } = await discover('users', '--all', '--values', 'no');
    assert.match(stdout, /faxNumber +facsimileTelephoneNumber +text +0 of 3$/m);
    assert.match(stdout, /^ {2}assignedLicenses +objects, several/m);
    assert.doesNotMatch(stdout, /Groups|A-17|Clerk|4711/);
  });

  it('suggests lines that the configuration takes, all at once, and then says what they are mapped to', async () => {
    await configure();
    const { users } = await found('users');
    const lines = users?.properties.flatMap(({ line }) => (line === null ? [] : [line])) ?? [];
    assert.ok(lines.length > 20);
    const attributes = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    );
    assert.equal(Object.keys(attributes).length, lines.length, 'no attribute is suggested twice');
    daemon.configure({ users: { attributes } });
    const check = await daemon.run('config', 'check');
    assert.equal(check.code, 0, check.stderr + check.stdout);
    const again = await found('users');
    for (const [attribute, source] of Object.entries(attributes)) {
      const property = again['users']?.properties.find((each) => each.source === source);
      assert.deepEqual([property?.mappedTo, property?.line], [[attribute], null], source);
    }
  });

  it('names the keys of the configuration that use a property beside the map', async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: offeringTenant(),
      sections: { users: { uidNumberFrom: badge, attributes: { title: false } }, groups: { gidNumberFrom: badge } },
    });
    const { users, groups } = await found();
    const mapped = (of: PropertiesOfTenant | undefined, source: string): readonly string[] | undefined =>
      of?.properties.find((each) => each.source === source)?.mappedTo;
    assert.deepEqual(mapped(users, badge), ['users.uidNumberFrom']);
    assert.deepEqual(mapped(groups, badge), ['groups.gidNumberFrom']);
    assert.deepEqual(mapped(users, 'jobTitle'), []);
  });

  it('says which permission is missing for what it leaves out, and ends well (PAIN-21)', async () => {
    await configure({}, ['User.Read.All', 'GroupMember.Read.All']);
    const { code, stdout } = await discover('users');
    assert.equal(code, 0);
    for (const line of [
      'Left out: directory extensions take the application permission Directory.Read.All or Application.Read.All to be listed.',
      'Left out: schema extensions take the application permission Application.Read.All to be listed.',
      'Left out: the values of customSecurityAttributes take the application permission CustomSecAttributeAssignment.Read.All.',
    ]) {
      assert.ok(stdout.includes(line), `${line}\n${stdout}`);
    }
  });

  it('fails with a sentence when users must not be read at all, and refuses what makes no sense', async () => {
    await configure({}, ['GroupMember.Read.All']);
    const refused = await discover('users');
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /User\.Read\.All is missing/);
    for (const words of [
      ['devices'],
      ['users', 'groups'],
      ['users', '--sample', '1000'],
      ['users', '--values', 'some'],
    ]) {
      assert.equal((await discover(...words)).code, 2, words.join(' '));
    }
  });

  it('asks for one page of as many objects as it is told to', async () => {
    await configure();
    const { users } = await found('users', '--sample', '2');
    assert.equal(users?.sampled, 2);
  });
});
