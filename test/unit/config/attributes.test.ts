import assert from 'node:assert/strict';
import { formatProblem } from '../../../src/config/problem.ts';
import { accepted, describeProblems, minimal, onlyProblem, refused } from './config-fixture.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { source } from './config-fixture.ts';

/** The only problem of a map of users with one line. */
function problemOf(line: string): string {
  const { key, message } = onlyProblem(`users:\n  attributes:\n    ${line}\n`);
  return `${key}: ${message}`;
}

describe('the maps of attributes in the configuration', () => {
  it('are empty without a word, and nothing behind the colon removes an attribute (OOM-03, FED-18)', () => {
    assert.deepEqual(accepted(minimal).config.projection.users.attributes, {});
    assert.deepEqual(accepted(`${minimal}users:\n  attributes:\n`).config.projection.users.attributes, {});
    const { users } = accepted(`${minimal}users: {attributes: {mobile: , fax: false}}\n`).config.projection;
    assert.deepEqual(users.attributes, { mobile: false, fax: false });
  });

  it('take all forms of sources, with numbers and flags as fixed values (OOM-11)', () => {
    const { users } = accepted(`${minimal}users:
  attributes:
    title: jobTitle
    cn: [displayName, "{uid}"]
    initials: "{givenName|prefix:1}"
    employeeType: {from: [employeeType, userType], default: 7}
    o: {constant: true}
    roomNumber: {constant: [1, two]}
`).config.projection;
    assert.deepEqual(users.attributes, {
      title: 'jobTitle',
      cn: ['displayName', '{uid}'],
      initials: '{givenName|prefix:1}',
      employeeType: { from: ['employeeType', 'userType'], default: '7' },
      o: { constant: 'TRUE' },
      roomNumber: { constant: ['1', 'two'] },
    });
  });

  it('have all their problems told at once, each with its place and what to write (P9)', () => {
    const problems = refused(`${minimal}users:
  attributes:
    title: jobTitel
    sn: [surname, "{surname|lowr}"]
    uid: mailNickname
    cn: false
    "secret value": jobTitle
    o: {constant: }
groups:
  attributes:
    fax: jobTitle
    facsimileTelephoneNumber: mail
access: {users: {users: all, attributes: [mail, badgeColour]}}
`).map(formatProblem);
    const places = problems.map((text) => text.slice('/etc/entra-ldapd/config.yaml:'.length).split(' ')[0]);
    assert.deepEqual(places, ['10:12', '11:19', '12:5', '13:9', '14:5', '15:8', '18:10', '19:5', '20:49']);
    assert.match(problems[0] ?? '', /users\.attributes\.title: .*did you mean jobTitle\?$/);
    assert.match(
      problems[1] ?? '',
      /users\.attributes\.sn\[1\]: is no template: character 10 must be one of the functions/,
    );
    assert.doesNotMatch(problems.join('\n'), /secret value/);
    assert.match(problems[7] ?? '', /is another name of fax/);
  });

  it('are told a template that YAML has read as a section', () => {
    assert.match(problemOf('title: {jobTitle}'), /put quotes around a template that begins with \{/);
  });

  it('are refused values of another kind in plain words', () => {
    const forms = 'must be a property of Microsoft Graph, a template in quotes';
    for (const line of [
      'title: 7',
      'title: true',
      'title: [1]',
      'title: {from: jobTitle}',
      'title: {constant: {a: b}}',
    ])
      assert.match(problemOf(line), new RegExp(`^users\\.attributes\\.title: ${forms}`), line);
    for (const line of ['title: []', 'title: {constant: []}', 'title: {from: "", default: x}', 'title: ""'])
      assert.match(problemOf(line), new RegExp(`^users\\.attributes\\.title[a-z.]*: is empty; it ${forms}`), line);
    const long = 'x'.repeat(1025);
    assert.match(problemOf(`title: ${long}`), /is longer than 1024 characters/);
    assert.match(problemOf(`title: {constant: ${long}}`), /is longer than 1024 characters/);
    assert.match(
      problemOf(`title: [${Array.from({ length: 17 }, () => 'city').join(', ')}]`),
      /has more than 16 items/,
    );
    assert.match(
      onlyProblem('users: {attributes: title}\n').message,
      /must be a section with a line for each attribute/,
    );
    const many = Array.from({ length: 257 }, (_, index) => `    a${index}: jobTitle\n`).join('');
    assert.match(onlyProblem(`users:\n  attributes:\n${many}`).message, /more than 256 attributes/);
  });

  it('are refused attributes that cannot be told apart, and that are of two kinds (P5)', () => {
    // A known collision of 32-bit FNV-1a.
    assert.match(
      onlyProblem('users: {attributes: {costarring: city, liquid: state}}\n').message,
      /cannot be told apart from another attribute/,
    );
    assert.match(
      onlyProblem('users: {attributes: {boss: manager}}\ngroups: {attributes: {Boss: mail}}\n').message,
      /values of another kind for groups than for users/,
    );
    accepted(`${minimal}users: {attributes: {boss: city}}\ngroups: {attributes: {Boss: mail}}\n`);
  });

  it('doubt attributes that look like a mistake for one that there is', () => {
    const result = parseConfig(
      `${minimal}users: {attributes: {telefoneNumber: faxNumber, costCenter: city}}\n`,
      source(),
    );
    assert.ok(result.ok);
    const doubts = describeProblems(result).filter((text) => text.includes('attributes'));
    assert.equal(doubts.length, 1);
    assert.match(doubts[0] ?? '', /telefoneNumber: .*becomes a new one; did you mean telephoneNumber\?/);
  });

  it('make attributes and classes that rights may name', () => {
    const rights =
      'access: {users: {users: all, attributes: [BadgeColor, "@entraCustomUser"], hiddenAttributes: [o]}}\n';
    accepted(`${minimal}users: {attributes: {badgeColor: city}}\n${rights}`);
    const problems = refused(minimal + rights).map(({ key }) => key);
    assert.deepEqual(problems, ['access.users.attributes[0]', 'access.users.attributes[1]']);
  });
});

describe('names and paths in the configuration', () => {
  it('are taken from any source, and from templates (SNP-22)', () => {
    const { users, groups } = accepted(`${minimal}users:
  uidFrom: "{employeeId|lower}"
  homeDirectory: "/home/{userPrincipalName|domain}/{ uid | prefix:1 }/{uidNumber}"
  loginShell: "/bin/{extensionAttribute1|default:bash}"
groups: {nameFrom: "{displayName|replace:' ':-}"}
`).config.projection;
    assert.equal(users.uidFrom, '{employeeId|lower}');
    assert.equal(users.homeDirectory, '/home/{userPrincipalName|domain}/{ uid | prefix:1 }/{uidNumber}');
    assert.equal(groups.nameFrom, "{displayName|replace:' ':-}");
  });

  it('do not refer to what they make', () => {
    assert.match(onlyProblem('users: {uidFrom: "{uid}"}\n').message, /character 2 must be a property/);
    assert.match(onlyProblem('groups: {nameFrom: "{cn}"}\n').message, /character 2 must be a property/);
    assert.match(onlyProblem('users: {homeDirectory: "/home/{cn}/{uid}"}\n').message, /character 8 must be a property/);
  });
});
