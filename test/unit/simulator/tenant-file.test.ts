import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snapshot } from '../../../src/simulator/control/snapshot.ts';
import { TenantFileError, loadTenantFile, parseTenant } from '../../../src/simulator/tenant-file.ts';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { FIXED_PASSWORD, FIXED_PEOPLE } from '../../../src/simulator/generator/people.ts';
import { SIGN_IN_CODES } from '../../../src/simulator/tenant/sign-in.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { SimulatorClient, objects, string } from '../../support/simulator-client.ts';

const HEAD = `tenant:
  id: 0f7b9d3c-43a5-4f54-8a86-5d6c9a2f1b11
  displayName: Example
  domains:
    - example.onmicrosoft.com
    - {name: Example.com, default: true}
    - {name: corp.example.com, federated: true}
`;

const FULL = `${HEAD}
applications:
  - clientId: AAAAAAAA-0000-4000-8000-000000000001
    displayName: Sync
    secrets:
      - plain
      - {value: old, expires: 2020-01-01T00:00:00Z}
    permissions: [Directory.Read.All]
users:
  - userPrincipalName: Anna@example.com
    id: 11111111-0000-4000-8000-000000000001
    displayName: Änna
    password: s3cret
    department: R&D
    onPremisesExtensionAttributes: {extensionAttribute1: x}
    extension_0123456789abcdef0123456789abcdef_badge: B1
  - userPrincipalName: ben@example.com
    signIn: mfaRequired
    manager: anna@example.com
  - userPrincipalName: gone@example.com
    deleted: true
groups:
  - displayName: Staff
    description: Everybody
    members: [anna@example.com, 'Ops', Printer]
  - displayName: Ops
    mailEnabled: true
    mail: ops@example.com
    members: [ben@example.com, Staff, gone@example.com]
devices:
  - displayName: Printer
assignments: [anna@example.com, Ops]
`;

function problems(text: string): string[] {
  try {
    parseTenant(text, 'tenant.yaml');
  } catch (error) {
    assert.ok(error instanceof TenantFileError);
    assert.equal(
      error.message,
      error.problems.map((each) => `tenant.yaml:${each.line}:${each.column} ${each.path}: ${each.message}`).join('\n'),
    );
    return error.message.split('\n');
  }
  return [];
}

describe('tenant file', () => {
  it('gives users, groups, members, domains, registrations and passwords', () => {
    const tenant = parseTenant(FULL, 'tenant.yaml');
    const { users, groups } = snapshot(tenant);
    const [anna, ben, gone] = [...users];
    assert.equal(anna?.id, '11111111-0000-4000-8000-000000000001');
    assert.equal(anna?.properties['department'], 'R&D');
    assert.equal(anna?.properties['extension_0123456789abcdef0123456789abcdef_badge'], 'B1');
    assert.equal('password' in (anna?.properties ?? {}), false, 'passwords are no properties');
    assert.equal(ben?.properties['manager'], anna?.id);
    assert.equal(gone?.state, 'softDeleted');
    assert.deepEqual(tenant.account(tenant.userNamed('ANNA@example.com')), { password: 's3cret', signIn: 'normal' });
    assert.deepEqual(tenant.account(1), { password: undefined, signIn: 'mfaRequired' });
    const [staff, ops] = [...groups];
    assert.deepEqual(
      staff?.members.map((member) => [member.type, member.live]),
      [
        ['user', true],
        ['group', true],
        ['other', true],
      ],
    );
    assert.deepEqual(
      ops?.members.map((member) => [member.id, member.live]),
      [
        [ben?.id, true],
        [staff?.id, true],
        [gone?.id, false],
      ],
    );
    assert.deepEqual(
      tenant.facts.domains.map((domain) => [domain.name, domain.isDefault, domain.isInitial, domain.authentication]),
      [
        ['example.onmicrosoft.com', false, true, 'Managed'],
        ['example.com', true, false, 'Managed'],
        ['corp.example.com', false, false, 'Federated'],
      ],
    );
    const [application] = tenant.facts.applications;
    assert.equal(application?.clientId, 'aaaaaaaa-0000-4000-8000-000000000001');
    assert.deepEqual(application?.secrets, [{ value: 'plain' }, { value: 'old', expiresAtMs: Date.UTC(2020, 0, 1) }]);
    assert.deepEqual(
      tenant.facts.assignments.map((each) => each.principalType),
      ['User', 'Group'],
    );
  });

  it('of the manual is valid, and the manual names every sign-in behaviour and every fixed person', () => {
    const manual = readFileSync('docs/simulator.md', 'utf8');
    const example = /```yaml\n([^]*?)```/.exec(manual)?.[1] ?? '';
    const tenant = parseTenant(example, 'docs/simulator.md');
    assert.equal(tenant.users.liveCount, 2);
    for (const signIn of Object.keys(SIGN_IN_CODES)) assert.ok(manual.includes(`\`${signIn}\``), signIn);
    const generated = generateTenant({ seed: 1, users: FIXED_PEOPLE.length, groups: 0 });
    for (let index = 0; index < FIXED_PEOPLE.length; index += 1) {
      assert.ok(manual.includes(`\`${string(generated.users.record(index)['userPrincipalName'])}\``));
    }
    for (const fact of [DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, FIXED_PASSWORD]) assert.ok(manual.includes(fact));
  });

  it('gives objects without an id the same id every time', () => {
    const id = (): string => parseTenant(FULL, 'a').users.id(1);
    assert.equal(id(), id());
    assert.match(id(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('has the documented default registration when it names none', () => {
    assert.equal(parseTenant(HEAD, 'a').facts.applications[0]?.clientId, DEFAULT_CLIENT_ID);
  });

  it('takes JSON as well', () => {
    const text = JSON.stringify({
      tenant: { id: '0f7b9d3c-43a5-4f54-8a86-5d6c9a2f1b11', domains: ['example.com'] },
      users: [{ userPrincipalName: 'anna@example.com' }],
    });
    assert.equal(parseTenant(text, 'tenant.json').users.count, 1);
  });

  it('is read from disk and served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenant-file-'));
    try {
      const path = join(folder, 'tenant.yaml');
      writeFileSync(path, FULL.replace('AAAAAAAA-0000-4000-8000-000000000001', DEFAULT_CLIENT_ID));
      const client = await SimulatorClient.start({ tenant: loadTenantFile(path) });
      const answer = await client.form({
        client_id: DEFAULT_CLIENT_ID,
        client_secret: 'plain',
        grant_type: 'client_credentials',
        scope: 'https://graph.microsoft.com/.default',
      });
      const headers = { authorization: `Bearer ${String(answer.json['access_token'])}` };
      const users = await client.raw('/v1.0/users?$select=displayName', { headers });
      assert.deepEqual(objects(users.json['value']), [{ displayName: 'Änna' }, { displayName: 'ben' }]);
      await client.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lists every problem at once with line, column and path', () => {
    const found = problems(`${HEAD}
users:
  - userPrincipalName: nobody
  - userPrincipalName: ok@example.com
    signIn: magic
    departement: Sales
    id: 12
groups:
  - displayName: ''
    membrs: []
color: red
`);
    assert.equal(found.length, 7);
    const at = (pattern: RegExp): boolean => found.some((line) => pattern.test(line));
    assert.ok(
      at(/^tenant\.yaml:10:24 users\[0\]\.userPrincipalName: must be of the form name@domain$/),
      found.join('\n'),
    );
    assert.ok(at(/^tenant\.yaml:12:13 users\[1\]\.signIn: must be one of normal, mfaRequired/), found.join('\n'));
    assert.ok(at(/users\[1\]\.id: /), found.join('\n'));
    assert.ok(at(/groups\[0\]\.displayName: must not be empty$/), found.join('\n'));
    assert.ok(at(/^tenant\.yaml:13:18 users\[1\]\.departement: is not a property/), found.join('\n'));
    assert.ok(at(/^tenant\.yaml:18:8 color: is not a known key$/), found.join('\n'));
  });

  it('names properties that Graph does not have', () => {
    assert.match(
      problems(`${HEAD}\nusers:\n  - {userPrincipalName: a@b, departement: x}\n`).join(),
      /users\[0\]\.departement: is not a property of a Microsoft Graph user/,
    );
    assert.match(
      problems(`${HEAD}\ngroups:\n  - {displayName: a, owner: x}\n`).join(),
      /groups\[0\]\.owner: is not a property of a Microsoft Graph group/,
    );
  });

  it('finds unknown, ambiguous, doubled and self members, doubled names and ids', () => {
    const found = problems(`${HEAD}
users:
  - {userPrincipalName: a@example.com, id: 11111111-0000-4000-8000-000000000001}
  - {userPrincipalName: A@example.com}
  - {userPrincipalName: c@example.com, id: 11111111-0000-4000-8000-000000000001, manager: x@example.com}
groups:
  - {displayName: Twin}
  - {displayName: Twin}
  - {displayName: G, members: [Twin, nobody@example.com, G, c@example.com, c@example.com]}
assignments: [Nothing]
`).join('\n');
    for (const pattern of [
      /users\[1\]\.userPrincipalName: A@example\.com is used twice/,
      /users\[2\]\.id: .* is used twice/,
      /users\[2\]\.manager: x@example\.com is no id/,
      /groups\[2\]\.members\[0\]: Twin is the name of several objects; use the id/,
      /groups\[2\]\.members\[1\]: nobody@example\.com is no id/,
      /groups\[2\]\.members\[2\]: a group cannot be a member of itself/,
      /groups\[2\]\.members: a member is listed twice/,
      /assignments\[0\]: Nothing is no id/,
    ]) {
      assert.match(found, pattern);
    }
  });

  it('reports broken YAML, an empty file and a list as problems', () => {
    assert.match(problems('tenant: [').join(), /^tenant\.yaml:1:\d+ \(syntax\): /);
    for (const text of ['', '[]', 'null', 'text']) assert.ok(problems(text).length > 0, text);
    assert.match(problems(HEAD.replace('0f7b9d3c', 'nope')).join(), /^tenant\.yaml:2:7 tenant\.id: must be a GUID$/);
  });

  it('refuses a certificate that is none', () => {
    const text = `${HEAD}\napplications:\n  - clientId: ${DEFAULT_CLIENT_ID}\n    certificates: [nonsense]\n`;
    assert.match(problems(text).join(), /applications\[0\]\.certificates\[0\]: must be a certificate in PEM form/);
  });
});
