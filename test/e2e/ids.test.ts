import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { type Ended, runProgram, startProgram } from '../support/program.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tenant = {
  tenant: {
    id: '0b5c9a5e-6f0c-4b0e-9d56-2f8f0e7a1c11',
    displayName: 'Contoso',
    domains: ['contoso.com', 'fabrikam.com'],
  },
  users: [
    { userPrincipalName: 'alice@contoso.com', displayName: 'Alice', createdDateTime: '2020-01-01T00:00:00Z' },
    { userPrincipalName: 'alice@fabrikam.com', displayName: 'Alice', createdDateTime: '2021-01-01T00:00:00Z' },
    { userPrincipalName: 'bob@contoso.com', displayName: 'Bob' },
    { userPrincipalName: 'carol@contoso.com', displayName: 'Carol' },
  ],
  groups: [{ displayName: 'Sales, "EMEA"', members: ['bob@contoso.com'] }, { displayName: 'Staff' }],
};

interface Listed {
  readonly name: string;
  readonly number: number;
}

describe('"ids"', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let simulator: Simulator;
  let caPem: string;

  before(async () => {
    const { ca, server } = await loopbackCertificates();
    caPem = ca.certPem;
    // JSON is YAML.
    simulator = await startSimulator({ tenant: parseTenant(JSON.stringify(tenant), 'ids'), certificate: server });
  });

  after(async () => {
    await simulator.close();
    folder[Symbol.dispose]();
  });

  /** Runs commands on a store of their own. */
  function machine(name: string, from = 100_000_000): (...args: readonly string[]) => Promise<Ended> {
    const own = join(folder.path, name);
    mkdirSync(own);
    const users = { uidNumbers: { from, to: from + 9999 } };
    const config = writeDaemonConfig(own, simulator, caPem, { users });
    return (...args) => runProgram([...args, '--config', config]);
  }

  async function numbers(run: ReturnType<typeof machine>, list: 'users' | 'groups'): Promise<Record<string, number>> {
    const { stdout } = await run(list, '--json');
    const rows = (JSON.parse(stdout) as Record<typeof list, Listed[]>)[list];
    return Object.fromEntries(rows.map(({ name, number }) => [name, number]));
  }

  it('carry every name and number over to another machine, whatever range that one gives from (PAIN-08, P3)', async () => {
    const first = machine('first');
    assert.equal((await first('sync', '--once')).code, 0);
    const file = join(folder.path, 'ids.csv');
    assert.equal((await first('ids', 'export', '--output', file)).code, 0);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^objectId,kind,use,name,number\r\n.+,user,current,alice,1000\d+\r\n/);
    const second = machine('second', 300_000_000);
    const look = await second('ids', 'import', file, '--dry-run');
    assert.deepEqual([look.code, look.stderr], [0, '']);
    assert.match(look.stdout, /^6 new rows, 0 rows known already; nothing was written/);
    assert.equal((await second('ids', 'export')).stdout, 'objectId,kind,use,name,number\r\n');
    assert.match((await second('ids', 'import', file)).stdout, /^6 new rows, 0 rows known already; written\.$/m);
    assert.match((await second('ids', 'import', file)).stdout, /^0 new rows, 6 rows known already; written\.$/m);
    assert.equal((await second('sync', '--once')).code, 0);
    assert.deepEqual(await numbers(second, 'users'), await numbers(first, 'users'));
    assert.deepEqual(await numbers(second, 'groups'), await numbers(first, 'groups'));
    assert.equal((await second('ids', 'export')).stdout, readFileSync(file, 'utf8'));
    assert.match((await second('explain', 'user', 'bob')).stdout, /^uidNumber +\d+, imported, since/m);
  });

  it('are refused as a whole when one would be given twice or would change (P5)', async () => {
    const run = machine('refusing');
    assert.equal((await run('sync', '--once')).code, 0);
    const before = (await run('ids', 'export')).stdout;
    const [head = '', ...rows] = before.trim().split('\r\n');
    const [one = '', two = ''] = rows;
    const file = join(folder.path, 'wrong.csv');
    const stranger = '99999999-9999-4999-8999-999999999999';
    const changed = one.replace(/\d+$/, '100009998');
    const taken = `${stranger},${two.split(',').slice(1).join(',')}`;
    writeFileSync(
      file,
      [head, `${stranger},group,current,New,200000001`, changed, taken, 'x,user,current,y,0'].join('\n'),
    );
    const { code, stdout, stderr } = await run('ids', 'import', file);
    assert.equal(code, 8);
    assert.match(stderr, /wrong\.csv:3: .* was given user number \d+ before, which stays$/m);
    assert.match(stderr, /wrong\.csv:4: number \d+ is given to alice@fabrikam\.com/m);
    assert.match(stderr, /wrong\.csv:5: "x" is not an object id$/m);
    assert.match(stdout, /nothing was written\.$/m);
    assert.equal((await run('ids', 'export')).stdout, before);
    writeFileSync(file, 'name\nalice\n');
    const unreadable = await run('ids', 'import', file);
    assert.deepEqual([unreadable.code, unreadable.stdout], [8, '']);
    assert.match(unreadable.stderr, /does not name the column objectId and kind/);
  });

  it('adopt numbers by user principal name or by the name that is given, before the first sync', async () => {
    const run = machine('adopting');
    const file = join(folder.path, 'old.ldif');
    const entries = [
      'version: 1\n',
      'dn: uid=alice,ou=people,o=old\nuid: alice\nuidNumber: 5001\ngidNumber: 100\n',
      'dn: uid=al2,ou=people,o=old\nuserPrincipalName: ALICE@fabrikam.com\nuidNumber: 5002\n',
      `dn: cn=sales,o=old\ncn:: ${Buffer.from('Sales, "EMEA"').toString('base64')}\ngidNumber: 70\n 01\n`,
      'dn: uid=nobody,o=old\nuid: nobody.yet\nuidNumber: 5003\n',
    ];
    writeFileSync(file, entries.join('\n'));
    const { code, stdout, stderr } = await run('ids', 'adopt', file, '--json');
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), { added: 4, unchanged: 0, problems: [], problemCount: 0, isWritten: true });
    assert.equal((await run('sync', '--once')).code, 0);
    const users = await numbers(run, 'users');
    assert.equal(users['alice'], 5001);
    assert.equal(users['alice@fabrikam.com'], 5002);
    assert.equal((await numbers(run, 'groups'))['Sales, "EMEA"'], 7001);
    assert.match((await run('explain', 'user', 'alice')).stdout, /^uidNumber +5001, adopted, since/m);
    // What was given is known; what somebody else has, or would change, is refused.
    assert.match((await run('ids', 'adopt', file)).stdout, /^0 new rows, 4 rows known already; written\.$/m);
    const csv = join(folder.path, 'more.csv');
    writeFileSync(
      csv,
      'userPrincipalName,number\nbob@contoso.com,5001\ncarol@contoso.com,6001\nnew@contoso.com,5003\n',
    );
    const refused = await run('ids', 'adopt', csv);
    assert.equal(refused.code, 8);
    assert.match(refused.stderr, /more\.csv:2: "bob@contoso\.com" was given number \d+ before, which stays$/m);
    assert.match(refused.stderr, /more\.csv:3: "carol@contoso\.com" was given number \d+ before, which stays$/m);
    assert.match(refused.stderr, /more\.csv:4: number 5003 is kept for another$/m);
  });

  it('are not changed beside a running daemon, which gives numbers too', async () => {
    const run = machine('running');
    const config = join(folder.path, 'running', 'entra-ldapd.yaml');
    await using daemon = startProgram(['serve', '--config', config]);
    await daemon.waitFor(/sync\.round\.finished/);
    const file = join(folder.path, 'ids.csv');
    const { code, stderr } = await run('ids', 'import', file);
    assert.equal(code, 8);
    assert.match(stderr, /^A daemon is running: stop it first/);
    assert.equal((await run('ids', 'export')).stdout.split('\r\n').length, 8);
  });
});
