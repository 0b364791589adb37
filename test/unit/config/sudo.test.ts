import assert from 'node:assert/strict';
import { accepted, minimal, onlyProblem, refused } from './config-fixture.ts';

const local = 'ldap: { listen: ["127.0.0.1:3389"] }\n';

/** The rule of a configuration with one. */
function ruleOf(rule: string) {
  return accepted(`${minimal}sudo:\n  rules:\n    - ${rule}\n`).config.projection.sudo?.rules[0];
}

function doubtsOf(sudo: string): readonly string[] {
  return accepted(`${minimal}${local}sudo: ${sudo}\n`).warnings.map(({ key, message }) => `${key} ${message}`);
}

describe('the sudo section', () => {
  it('is not there by default, and makes a container as soon as it is', () => {
    assert.equal(accepted(minimal).config.projection.sudo, undefined);
    for (const text of ['sudo:\n', 'sudo: {}\n']) {
      assert.deepEqual(accepted(minimal + text).config.projection.sudo, {
        container: 'ou=SUDOers',
        defaults: [],
        rules: [],
      });
    }
  });

  it('takes every kind of value of sudoers.ldap(5), with all hosts and all commands where none are listed', () => {
    assert.deepEqual(ruleOf('{name: r, groups: [Staff]}'), {
      name: 'r',
      description: undefined,
      users: [],
      groups: ['Staff'],
      hosts: ['ALL'],
      commands: ['ALL'],
      runAsUsers: [],
      runAsGroups: [],
      options: [],
      notBeforeMs: undefined,
      notAfterMs: undefined,
      order: undefined,
    });
    const rule = ruleOf(
      '{name: r, description: d, users: [ALL, alice], groups: [Staff], hosts: [web*.example.com, "!db1", 192.0.2.0/24, +web, "2001:db8::1"], ' +
        'commands: [/bin/ls, "!/bin/su", "/usr/sbin/", sudoedit /etc/motd, "sha256:abcd= /bin/x -a", "^/usr/bin/.*$"], runAsUsers: [root, "#1000", "%adm"], ' +
        'runAsGroups: [ALL], options: ["!authenticate", "secure_path=/bin:/usr/bin", "env_keep += HOME", log_output], ' +
        'notBefore: "2027-01-31T18:00Z", notAfter: "2027-01-31T20:00:00+01:00", order: 3}',
    );
    assert.equal(rule?.hosts.length, 5);
    assert.equal(rule.commands.length, 6);
    assert.equal(rule.options.length, 4);
    assert.deepEqual(
      [rule.notBeforeMs, rule.notAfterMs, rule.order],
      [Date.UTC(2027, 0, 31, 18), Date.UTC(2027, 0, 31, 19), 3],
    );
  });

  const wrong: readonly (readonly [what: string, rule: string, key: string, message: RegExp])[] = [
    ['a rule for nobody', '{name: r}', '', /is for nobody; list groups, or users/],
    ['a rule without a name', '{users: [ALL]}', '.name', /is missing/],
    ['the name of the defaults', '{name: Defaults, users: [a]}', '.name', /sudo\.defaults/],
    ['a group with a percent sign', '{name: r, groups: ["%staff"]}', '.groups[0]', /without % or !/],
    ['an exception of a user', '{name: r, users: ["!alice"]}', '.users[0]', /no exceptions/],
    ['a number for a user', '{name: r, users: ["#0"]}', '.users[0]', /the uid, the user principal name/],
    ['hosts that are none', '{name: r, users: [a], hosts: [web one]}', '.hosts[0]', /a host, an address/],
    ['no hosts', '{name: r, users: [a], hosts: []}', '.hosts', /is empty; list hosts, or remove it/],
    ['exceptions of no hosts', '{name: r, users: [a], hosts: ["!db1"]}', '.hosts', /and nothing from what/],
    ['a relative command', '{name: r, users: [a], commands: [ls]}', '.commands[0]', /an absolute path/],
    ['commands that are only forbidden', '{name: r, users: [a], commands: ["!/bin/su"]}', '.commands', /excepted/],
    ['a command that is not ASCII', '{name: r, users: [a], commands: [/bin/é]}', '.commands[0]', /an absolute path/],
    ['an option that is none', '{name: r, users: [a], options: ["two words"]}', '.options[0]', /must be an option/],
    [
      'a run-as user that is none',
      '{name: r, users: [a], runAsUsers: ["!root"]}',
      '.runAsUsers[0]',
      /the name of a user/,
    ],
    ['a day without a time', '{name: r, users: [a], notBefore: 2027-01-31}', '.notBefore', /with its time zone/],
    ['a moment that does not exist', '{name: r, users: [a], notAfter: "2027-13-31T18:00Z"}', '.notAfter', /a moment/],
    [
      'an end before the beginning',
      '{name: r, users: [a], notBefore: "2027-01-31T18:00Z", notAfter: "2027-01-31T18:00Z"}',
      '.notAfter',
      /never hold/,
    ],
    ['a negative order', '{name: r, users: [a], order: -1}', '.order', /a whole number from 0/],
    ['an unknown key', '{name: r, users: [a], command: [/bin/ls]}', '.command', /commands/],
  ];
  for (const [what, rule, key, message] of wrong) {
    it(`refuses ${what}, with the place and what to do`, () => {
      const problems = refused(`${minimal}sudo:\n  rules:\n    - {name: fine, users: [ALL]}\n    - ${rule}\n`);
      const problem = problems.find((each) => each.key === `sudo.rules[1]${key}`);
      assert.ok(problem, JSON.stringify(problems));
      assert.equal(problem.line, 11);
      assert.match(problem.message, message);
    });
  }

  it('says that a text which begins with an exclamation mark needs quotes, for YAML takes it for a tag', () => {
    const [problem] = refused(`${minimal}sudo: { rules: [{name: r, users: [a], options: [!authenticate ]}] }\n`);
    assert.equal(problem?.line, 8);
    assert.match(problem.message, /put quotes around a text that begins with !/);
  });

  it('refuses two rules of one name, in any letter case', () => {
    const { key, message } = onlyProblem('sudo: {rules: [{name: web, users: [a]}, {name: WEB, users: [b]}]}\n');
    assert.equal(key, 'sudo.rules[1].name');
    assert.match(message, /another rule already/);
  });

  it('refuses more rules than it would serve, and takes that many (P8)', () => {
    const rules = (count: number): string =>
      `sudo: {rules: [${Array.from({ length: count }, (_, at) => `{name: r${at}, users: [a]}`).join(', ')}]}\n`;
    assert.equal(accepted(minimal + rules(256)).config.projection.sudo?.rules.length, 256);
    assert.equal(onlyProblem(rules(257)).key, 'sudo.rules');
  });

  it('doubts rules for everybody, commands without a password, and exceptions from all commands', () => {
    const doubts = doubtsOf(
      '{defaults: ["!authenticate"], rules: [{name: a, users: [alice, ALL]}, {name: b, groups: [x], options: ["!authenticate"]}, ' +
        '{name: c, groups: [x], commands: [ALL, "!/bin/su"]}]}',
    );
    assert.deepEqual(
      doubts.map((line) => line.slice(0, line.indexOf(' '))),
      ['sudo.defaults[0]', 'sudo.rules[0].users[1]', 'sudo.rules[1].options[0]', 'sudo.rules[2].commands[1]'],
    );
    assert.match(doubts.join('\n'), /without a password[\s\S]*local users included[\s\S]*got round beside ALL/);
    assert.deepEqual(doubtsOf('{rules: [{name: a, groups: [Staff], commands: [/bin/ls, "!/bin/ls -l"]}]}'), []);
  });

  it('has a container of its own name', () => {
    const text = minimal.replace('baseDn:', 'sudoers: ou=rules\n  baseDn:');
    assert.equal(accepted(`${text}sudo: {}\n`).config.projection.sudo?.container, 'ou=rules');
    const [problem] = refused(minimal.replace('baseDn:', 'sudoers: OU=Groups\n  baseDn:'));
    assert.equal(problem?.key, 'directory.sudoers');
  });
});
