import assert from 'node:assert/strict';
import { describeWithPackage } from '../support/debian-packages.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { type Ended, runCommand } from '../support/program.ts';

const people = 'ou=users,dc=contoso,dc=com';
const groups = 'ou=groups,dc=contoso,dc=com';

/** Exit codes of the tools are LDAP result codes (RFC 4511 Appendix A). */
const invalidCredentials = 49;
const unwillingToPerform = 53;

describeWithPackage('ldap-utils', 'the demo with ldapsearch and ldapwhoami', () => {
  let demo: RunningDemo;

  before(async () => {
    demo = await startDemo();
  });

  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  const search = (url: string, ...args: readonly string[]): Promise<Ended> => {
    const { bindDn, servicePassword, caFile } = demo.report;
    const common = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', url, '-D', bindDn, '-w', servicePassword];
    return runCommand('ldapsearch', [...common, ...args], { env: { LDAPTLS_CACERT: caFile } });
  };

  const whoAmI = (...args: readonly string[]): Promise<Ended> =>
    runCommand('ldapwhoami', ['-x', ...args], { env: { LDAPTLS_CACERT: demo.report.caFile } });

  const dns = ({ stdout }: Ended): string[] => valuesOf(stdout, 'dn');

  it('prints three lines that work when they are pasted into a shell', async () => {
    const outputs: string[] = [];
    for (const command of demo.report.commands) {
      const { code, stdout, stderr } = await runCommand('sh', ['-c', command]);
      assert.equal(code, 0, `${command}\n${stderr}`);
      outputs.push(stdout);
    }
    const [found = '', name = '', members = ''] = outputs;
    assert.deepEqual(valuesOf(found, 'dn'), [`uid=alice,${people}`]);
    assert.deepEqual(valuesOf(found, 'mail'), ['alice@contoso.com']);
    assert.equal(name, `dn:uid=alice,${people}\n`);
    assert.ok(valuesOf(members, 'member').includes(`uid=alice,${people}`));
  });

  for (const scheme of ['ldap', 'ldaps'] as const) {
    describe(`over ${scheme}`, () => {
      const url = (): string => (scheme === 'ldap' ? demo.ldap : demo.ldaps);

      it('finds a user by uid', async () => {
        const result = await search(url(), '-b', 'dc=contoso,dc=com', '(uid=alice)', 'mail', 'uidNumber');
        assert.equal(result.code, 0, result.stderr);
        assert.deepEqual(dns(result), [`uid=alice,${people}`]);
        assert.deepEqual(valuesOf(result.stdout, 'mail'), ['alice@contoso.com']);
        assert.match(valuesOf(result.stdout, 'uidNumber').join(), /^[1-9]\d+$/);
      });

      it('finds a user by mail in any letter case', async () => {
        const result = await search(url(), '-b', people, '(mail=ALICE@contoso.COM)', 'uid');
        assert.equal(result.code, 0, result.stderr);
        assert.deepEqual(dns(result), [`uid=alice,${people}`]);
      });

      it('names the members of a group, and the groups of a member', async () => {
        const group = await search(url(), '-b', groups, '(cn=Sales)', 'member');
        const members = valuesOf(group.stdout, 'member');
        assert.ok(members.length > 1);
        assert.ok(members.every((member) => member.endsWith(people)));
        const ofAlice = await search(url(), '-b', groups, `(member=uid=alice,${people})`, 'cn');
        assert.ok(dns(ofAlice).includes(`cn=Sales,${groups}`));
      });

      it('answers the three scopes of a search (RFC 4511 §4.5.1.2)', async () => {
        const base = await search(url(), '-b', people, '-s', 'base', '(objectClass=*)', '1.1');
        assert.deepEqual(dns(base), [people]);
        const one = await search(url(), '-b', 'dc=contoso,dc=com', '-s', 'one', '(objectClass=*)', '1.1');
        assert.deepEqual(dns(one).sort(), [groups, 'ou=services,dc=contoso,dc=com', people]);
        const sub = await search(url(), '-b', people, '-s', 'sub', '(objectClass=*)', '1.1');
        assert.ok(dns(sub).length > 400);
        assert.ok(dns(sub).every((dn) => dn.endsWith(people)));
      });

      it('gives the same entries page by page as at once (RFC 2696)', async () => {
        for (const [scope, base] of [
          ['base', people],
          ['one', people],
          ['sub', 'dc=contoso,dc=com'],
        ] as const) {
          const whole = await search(url(), '-b', base, '-s', scope, '(objectClass=*)', '1.1');
          const paged = await search(url(), '-b', base, '-s', scope, '-E', 'pr=100/noprompt', '(objectClass=*)', '1.1');
          assert.equal(paged.code, 0, paged.stderr);
          assert.deepEqual(dns(paged).sort(), dns(whole).sort());
          assert.equal(new Set(dns(paged)).size, dns(paged).length, 'no entry comes twice');
        }
      });

      it('sorts by a number or a name, at once and in pages (RFC 2891)', async () => {
        const sorted = (key: string, ...more: readonly string[]): Promise<Ended> =>
          search(url(), '-b', people, '-s', 'one', '-E', `!sss=${key}`, ...more, '(uid=*)', 'uid', 'uidNumber');
        const whole = await sorted('-uidNumber');
        assert.equal(whole.code, 0, whole.stderr);
        const numbers = valuesOf(whole.stdout, 'uidNumber').map(Number);
        assert.ok(numbers.length > 400);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => b - a),
        );
        const paged = await sorted('-uidNumber', '-E', 'pr=50/noprompt');
        assert.deepEqual(dns(paged), dns(whole));
        const names = valuesOf((await sorted('uid:caseIgnoreOrderingMatch')).stdout, 'uid');
        assert.ok(
          names.every((name, index) => index === 0 || (names[index - 1] ?? '').toLowerCase() <= name.toLowerCase()),
        );
      });

      it('sends with a group what is asked of its members, and its members in ranges', async () => {
        const sales = ['-b', groups, '-s', 'sub'];
        const members = valuesOf((await search(url(), ...sales, '(cn=Sales)', 'member')).stdout, 'member');
        const followed = await search(url(), ...sales, '-E', '!deref=member:uid', '(cn=Sales)', 'cn');
        assert.equal(followed.code, 0, followed.stderr);
        const named = [...followed.stdout.matchAll(/^# member: <uid=([^>]+)>;(.*)$/gm)].map(([, uid, dn]) => [uid, dn]);
        assert.deepEqual(
          named,
          members.map((dn) => [/^uid=([^,]+)/.exec(dn)?.[1], dn]),
        );
        const range = await search(url(), ...sales, '(cn=Sales)', 'member;range=1-2');
        assert.deepEqual(valuesOf(range.stdout, 'member;range=1-2'), members.slice(1, 3));
      });

      it('sorts, shows a window of the sorted list, and gives only the values that match (RFC 2891, RFC 3876)', async () => {
        const everybody = ['-b', people, '-s', 'one'];
        const sorted = await search(url(), ...everybody, '-E', '!sss=uidNumber', '(uid=*)', 'uidNumber');
        assert.equal(sorted.code, 0, sorted.stderr);
        const numbers = valuesOf(sorted.stdout, 'uidNumber').map(Number);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
        const window = ['-E', 'sss=uidNumber', '-E', '!vlv=0/2/3/0'];
        const view = await search(url(), ...everybody, ...window, '(uid=*)', 'uidNumber');
        // Nobody answers its prompt, so ldapsearch goes on with windows of its own choice.
        assert.deepEqual(valuesOf(view.stdout, 'uidNumber').map(Number).slice(0, 3), numbers.slice(2, 5));
        const one = `uid=alice,${people}`;
        const matched = await search(url(), '-b', groups, '-E', `!mv=(member=${one})`, `(member=${one})`, 'member');
        assert.deepEqual([...new Set(valuesOf(matched.stdout, 'member'))], [one]);
      });

      it('refreshes a copy (RFC 4533)', async () => {
        const copy = await search(url(), '-b', people, '-s', 'one', '-E', '!sync=ro', '(uid=*)', 'uid');
        assert.equal(copy.code, 0, copy.stderr);
        const { stdout } = await search(url(), '-b', people, '-s', 'one', '(uid=*)', 'uid');
        assert.deepEqual(valuesOf(copy.stdout, 'uid').toSorted(), valuesOf(stdout, 'uid').toSorted());
      });

      it('tells a user who she is (RFC 4532)', async () => {
        for (const name of ['alice@contoso.com', 'ALICE', `UID=Alice, OU=users,dc=contoso,dc=com`]) {
          const result = await whoAmI('-H', url(), '-D', name, '-w', 'Passw0rd!');
          assert.equal(result.code, 0, result.stderr);
          assert.equal(result.stdout, `dn:uid=alice,${people}\n`);
        }
      });

      it('refuses a wrong password of a user and of a service account (P7)', async () => {
        for (const name of ['alice@contoso.com', demo.report.bindDn, `uid=nobody,${people}`]) {
          const result = await whoAmI('-H', url(), '-D', name, '-w', 'wrong');
          assert.equal(result.code, invalidCredentials);
        }
      });

      it('refuses a name with an empty password (RFC 4513 §5.1.2, P7)', async () => {
        for (const name of ['alice@contoso.com', demo.report.bindDn]) {
          const result = await whoAmI('-H', url(), '-D', name, '-w', '');
          assert.equal(result.code, unwillingToPerform);
        }
      });

      it('lets nobody look into the directory without a bind, and the root DSE by everybody', async () => {
        const anonymous = await whoAmI('-H', url());
        assert.equal(anonymous.stdout, 'anonymous\n');
        const env = { LDAPTLS_CACERT: demo.report.caFile };
        const common = ['-x', '-LLL', '-H', url()];
        const directory = await runCommand('ldapsearch', [...common, '-b', people, '(uid=alice)'], { env });
        assert.notEqual(directory.code, 0);
        assert.doesNotMatch(directory.stdout, /alice/);
        const root = await runCommand('ldapsearch', [...common, '-b', '', '-s', 'base', '+'], { env });
        assert.equal(root.code, 0, root.stderr);
        assert.deepEqual(valuesOf(root.stdout, 'namingContexts'), ['dc=contoso,dc=com']);
      });
    });
  }

  it('is not believed by a client that does not trust its authority', async () => {
    const result = await runCommand('ldapwhoami', ['-x', '-H', demo.ldaps], {
      env: { LDAPTLS_CACERT: '/dev/null', LDAPTLS_REQCERT: 'demand' },
    });
    assert.notEqual(result.code, 0);
  });
});

/** The values of an attribute in LDIF (RFC 2849), base64 decoded. */
function valuesOf(ldif: string, attribute: string): string[] {
  const pattern = new RegExp(`^${attribute}(::?) (.*)$`, 'gim');
  return [...ldif.matchAll(pattern)].map(([, colons, value = '']) =>
    colons === '::' ? Buffer.from(value, 'base64').toString() : value,
  );
}
