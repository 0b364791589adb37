import assert from 'node:assert/strict';
import { formatProblem } from '../../../src/config/problem.ts';
import { localObjectId } from '../../../src/projection/local-ids.ts';
import { accepted, bcryptHash, minimal, refused, source } from './config-fixture.ts';

const folder = '/etc/entra-ldapd';
const alice = '0f3f9c7e-52ab-4a68-9a0c-1b1d6a4c7e11';
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0l2Fh9c1r1j3oZ0mXoW6m0s1b7k9fJ2y5t8uQwErTy alice';

function from(files: Readonly<Record<string, string>>) {
  return source(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text])), {
    GLASS_HASH: bcryptHash,
  });
}

function withFiles(...names: readonly string[]): string {
  return `${minimal}overlay: { files: ${JSON.stringify(names)} }\n`;
}

/** What one overlay file says. */
function overlayOf(text: string, name = 'o.yaml') {
  const { config } = accepted(withFiles(name), from({ [name]: text }));
  return { ...config.projection.overlay, accounts: config.localAccounts };
}

/** The problems of one overlay file, without its name. */
function problemsOf(text: string, name = 'o.yaml'): readonly string[] {
  return refused(withFiles(name), from({ [name]: text })).map((problem) =>
    formatProblem(problem).replace(`${folder}/${name}:`, ''),
  );
}

describe('an overlay file in YAML', () => {
  it('has local users under the names of Microsoft Graph, whose object ids follow from their names', () => {
    const { users, accounts } = overlayOf(`
users:
  - uid: glass
    userPrincipalName: glass@example.com
    displayName: Break Glass
    passwordHash: \${env:GLASS_HASH}
    uidNumber: 4711
    attributes: { title: [Fire], loginShell: /bin/sh, employeeNumber: 7, mail: null }
  - userPrincipalName: dora@example.com
    enabled: false
`);
    assert.deepEqual(users, [
      {
        objectId: localObjectId('user', 'GLASS'),
        place: { file: `${folder}/o.yaml`, line: 3 },
        properties: { userPrincipalName: 'glass@example.com', displayName: 'Break Glass' },
        uid: 'glass',
        number: 4711,
        isLocked: false,
        changes: [
          ['title', ['Fire']],
          ['loginShell', ['/bin/sh']],
          ['employeeNumber', ['7']],
          ['mail', []],
        ],
      },
      {
        objectId: localObjectId('user', 'dora@example.com'),
        place: { file: `${folder}/o.yaml`, line: 9 },
        properties: { userPrincipalName: 'dora@example.com' },
        uid: undefined,
        number: undefined,
        isLocked: true,
        changes: [],
      },
    ]);
    assert.equal(accounts[0]?.passwordHash?.reveal(), bcryptHash);
    assert.equal(accounts[1]?.passwordHash, undefined);
  });

  it('has groups with members, members of groups, and groups for everybody, each with its line (OOM-10)', () => {
    const { groups, members, everyone } = overlayOf(`
groups:
  - name: Fire
    gidNumber: 4712
    members: [glass, a@example.com]
members:
  Sales:
    - ${alice}
everyone: [Staff]
`);
    assert.deepEqual(groups[0]?.properties, { displayName: 'Fire', securityEnabled: true });
    assert.deepEqual(
      members.map(({ place, group, member }) => [place.line, group, member]),
      [
        [5, { by: 'groupName', name: 'Fire' }, { by: 'name', name: 'glass' }],
        [
          5,
          { by: 'groupName', name: 'Fire' },
          { by: 'property', property: 'userPrincipalName', value: 'a@example.com' },
        ],
        [8, { by: 'groupName', name: 'Sales' }, { by: 'objectId', objectId: alice }],
      ],
    );
    assert.deepEqual(everyone, [
      { place: { file: `${folder}/o.yaml`, line: 9 }, group: { by: 'groupName', name: 'Staff' } },
    ]);
  });

  it('changes attributes of users by their name, of groups by theirs, and of either by object id', () => {
    const { overrides } = overlayOf(`
overrides:
  a@example.com: { sshPublicKey: '${key}', enabled: false }
  Sales: { description: Sells }
  ${alice}: { title: Chief, description: Both }
`);
    assert.deepEqual(
      overrides.map(({ target, changes, isLocked }) => [target.by, changes.user, changes.group, isLocked]),
      [
        ['property', [['sshPublicKey', [key]]], [], true],
        ['groupName', [], [['description', ['Sells']]], false],
        [
          'objectId',
          [
            ['title', ['Chief']],
            ['description', ['Both']],
          ],
          [['description', ['Both']]],
          false,
        ],
      ],
    );
  });

  it('is told of all that is wrong at once, with line, column, key and what to do', () => {
    assert.deepEqual(
      problemsOf(`
users:
  - displayName: Nobody
  - uid: a b
    uidNumber: 0
    passwordHash: secret
    colour: red
  - uid: ok
    attributes: { uid: x, loginShel: /bin/sh, title: [a, A], telephoneNumber: '☎' }
groups:
  - members: []
members:
  Sales: alice
overrides:
  a@example.com: { memberOf: x, nsAccountLock: 'TRUE', entryUUID: x, cn: null, uidNumber: 5, sshPublicKey: 'command="x" ${key}' }
  Sales: { enabled: false, loginShell: /bin/sh }
  b@example.com: { homeDirectory: home, l: [], o: { a: b }, employeeType: [x, 1.5] }
`),
      [
        '3:5 users[0]: needs uid or userPrincipalName, by which the user is known',
        '4:10 users[1].uid: must be a text of at most 64 characters on one line, without blanks and : / @ \\ ,',
        '5:16 users[1].uidNumber: must be a whole number from 1000 to 2147483647, without 65534 and 65535',
        '6:19 users[1].passwordHash: must be a bcrypt hash that begins with $2b$; "entra-ldapd hash-password" makes one from a password; plain passwords are not accepted',
        '7:5 users[1].colour: is not a known key; known keys here: userPrincipalName, uid, displayName, givenName, surname, mail, uidNumber, passwordHash, enabled, attributes',
        '9:19 users[2].attributes.uid: is the name of the entry',
        '9:27 users[2].attributes.loginShel: is not an attribute of the schema; did you mean loginShell?',
        '9:58 users[2].attributes.title[1]: is there twice',
        '9:79 users[2].attributes.telephoneNumber: has a value that its syntax (RFC 4517) does not admit',
        '11:5 groups[0].name: is missing; it must be the name or the object id of a group, at most 256 characters on one line',
        '13:10 members.Sales: must be a list of at most 100000 items; write [] for none; this is a text',
        '15:20 overrides.?.memberOf: is kept by members; add members under members',
        '15:33 overrides.?.nsAccountLock: says whether an account is locked; write enabled: false',
        '15:56 overrides.?.entryUUID: is kept by the directory itself',
        '15:74 overrides.?.cn: is in every entry and cannot be removed',
        '15:80 overrides.?.uidNumber: is given once and for ever',
        '15:108 overrides.?.sshPublicKey: is no SSH public key: one line with type and key, without options',
        '16:12 overrides.Sales.enabled: has no meaning for a group; groups are not locked',
        '16:28 overrides.Sales.loginShell: is nothing that entries of groups have; groups.attributes in the configuration can add it',
        '17:35 overrides.?.homeDirectory: must be an absolute path without a colon, for instance /bin/bash',
        '17:44 overrides.?.l: is an empty list; write null to remove the attribute',
        '17:51 overrides.?.o: must be a text, a list of texts, or null to remove the attribute',
        '17:79 overrides.?.employeeType[1]: must be a text, a list of texts, or null to remove the attribute',
      ],
    );
  });

  it('is told of 100 problems at most, and of how many there are more (P8)', () => {
    const many = Array.from({ length: 130 }, (_, i) => `  u${i}@example.com: { titel: x }`).join('\n');
    const problems = problemsOf(`overrides:\n${many}\n`);
    assert.equal(problems.length, 101);
    assert.match(problems.at(-1) ?? '', /^101:\d+ 30 more problems are not listed; mend these first$/);
  });

  it('cannot have a user or a group twice, not even in two files', () => {
    const files = { 'a.yaml': 'users:\n  - uid: glass\n', 'b.yaml': '\nusers:\n  - uid: Glass\n' };
    assert.deepEqual(refused(withFiles('a.yaml', 'b.yaml'), from(files)).map(formatProblem), [
      `${folder}/b.yaml:3:1 is a user that stands in ${folder}/a.yaml, line 2, too; keep one of them`,
    ]);
  });

  it('says the same wherever it says it: blank lines and comments change nothing of what is published', () => {
    const one = overlayOf('users:\n  - uid: glass\n');
    const other = overlayOf('# a comment\n\nusers:\n\n  - uid: glass\n');
    assert.equal(one.digest, other.digest);
    assert.notEqual(one.digest, overlayOf('users:\n  - uid: glas\n').digest);
    const hash = `users:\n  - uid: glass\n    passwordHash: ${bcryptHash}\n`;
    assert.equal(overlayOf(hash).digest, one.digest, 'nor does a password');
  });
});

describe('an overlay file in CSV (SNP-24)', () => {
  const csv = (text: string) => overlayOf(text, 'o.csv').overrides;
  const problems = (text: string) => problemsOf(text, 'o.csv');

  it('names users in its first column and attributes in the others; an empty cell says nothing', () => {
    assert.deepEqual(csv('\uFEFFemployeeId,roomNumber,mobile,mobile\r\n100,"R ""7""",+49 1,+49 2\r\n101,,,\r\n'), [
      {
        place: { file: `${folder}/o.csv`, line: 2 },
        target: { by: 'property', property: 'employeeId', value: '100' },
        changes: {
          user: [
            ['roomNumber', ['R "7"']],
            ['mobile', ['+49 1', '+49 2']],
          ],
          group: [],
        },
        isLocked: false,
      },
      {
        place: { file: `${folder}/o.csv`, line: 3 },
        target: { by: 'property', property: 'employeeId', value: '101' },
        changes: { user: [], group: [] },
        isLocked: false,
      },
    ]);
  });

  it('names groups too by object id', () => {
    const [row] = csv(`objectid,description\n${alice.toUpperCase()},Both\n`);
    assert.deepEqual(row?.target, { by: 'objectId', objectId: alice });
    assert.deepEqual(row?.changes.group, [['description', ['Both']]]);
  });

  it('is told of all that is wrong at once, with line and column', () => {
    assert.deepEqual(problems('employeeId;title\n1;x\n'), [
      '1:1 separates columns by something else than commas; save it with commas',
    ]);
    assert.deepEqual(problems('upn,title\n'), [
      '1:1 must begin with one of the columns objectId, userPrincipalName, employeeId, mail, onPremisesSamAccountName, onPremisesImmutableId',
    ]);
    assert.deepEqual(problems('userPrincipleName,title\n'), [
      '1:1 must begin with one of the columns objectId, userPrincipalName, employeeId, mail, onPremisesSamAccountName, onPremisesImmutableId; did you mean userPrincipalName?',
    ]);
    assert.deepEqual(problems('mail\n'), ['1:1 has no attributes: name them in the columns behind the first']);
    assert.deepEqual(problems(''), [
      '1:1 is empty; the first line names the columns: objectId or userPrincipalName or employeeId or mail or onPremisesSamAccountName or onPremisesImmutableId, then attributes',
    ]);
    assert.deepEqual(problems('objectId,titel,loginShell\nx,a,b\n'), [
      '1:10 titel: is not an attribute of the schema; did you mean title?',
      '2:1 objectId: is not an object id',
      '2:5 loginShell: must be an absolute path without a colon, for instance /bin/bash',
    ]);
    assert.deepEqual(problems('mail,title\na@b.c,x,y\n,x\nA@B.C,z\n"q"r,x\n'), [
      '5:1 a quotation mark stands where none can be; write a quotation mark within quotes twice',
    ]);
    assert.deepEqual(problems('mail,title\na@b.c,x,y\n,x\nA@B.C,z\n'), [
      '2:9 has more columns than the first line',
      '3:1 mail: is empty, so that nobody is meant',
      '4:1 mail: stands in line 2 already; put both into one row',
    ]);
  });

  it('has 100,000 rows and 64 columns at most (P8)', () => {
    const rows = (count: number): string =>
      `employeeId,title\n${Array.from({ length: count }, (_, i) => `${i},x`).join('\n')}\n`;
    assert.equal(csv(rows(100_000)).length, 100_000);
    assert.deepEqual(problems(rows(100_001)), ['100002:1 is beyond the 100000 rows that one file may have; split it']);
    assert.deepEqual(problems(`mail${',title'.repeat(64)}\n`), ['1:1 has more than 64 columns']);
  }).timeout(20_000);
});

describe('the key overlay', () => {
  it('takes a single name too, and says of a file that it is missing or has a name of another kind', () => {
    const { config } = accepted(`${minimal}overlay: { files: o.yaml }\n`, from({ 'o.yaml': '' }));
    assert.deepEqual(config.projection.overlay.files, [`${folder}/o.yaml`]);
    assert.deepEqual(refused(withFiles('o.yaml', 'o.txt'), from({ 'o.txt': '' })).map(formatProblem), [
      `${folder}/o.yaml:1:1 this overlay file does not exist; relative paths start at the folder of the configuration file`,
      `${folder}/o.txt:1:1 the name of an overlay file must end in .yaml, .yml or .csv`,
    ]);
  });

  it('is checked together with everything else, and knows the attributes that the configuration adds', () => {
    const added = `${withFiles('o.yaml')}users: { attributes: { badgeColour: department } }\n`;
    const colour = 'overrides:\n  a@example.com: { badgeColour: red }\n';
    assert.deepEqual(accepted(added, from({ 'o.yaml': colour })).config.projection.overlay.overrides[0]?.changes.user, [
      ['badgeColour', ['red']],
    ]);
    assert.deepEqual(
      refused(`${added}policie: {}\n`, from({ 'o.yaml': `${colour}  b@example.com: { uid: x }\n` })).map(
        ({ file, key: at }) => [file.split('/').at(-1), at],
      ),
      [
        ['config.yaml', 'policie'],
        ['o.yaml', 'overrides.?.uid'],
      ],
      'what is unknown may be added by what is wrong',
    );
  });
});
