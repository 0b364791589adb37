import assert from 'node:assert/strict';
import { describeWithPackage } from '../support/debian-packages.ts';
import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { type Ended, runCommand } from '../support/program.ts';

const people = 'ou=users,dc=contoso,dc=com';
const sales = 'cn=Sales,ou=groups,dc=contoso,dc=com';
const alice = `uid=alice,${people}`;

describeWithPackage('ldap-utils', 'controls and extended operations of OpenLDAP’s tools', () => {
  let demo: RunningDemo;

  before(async () => {
    demo = await startDemo();
  });

  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  const run = (tool: string, ...args: readonly string[]): Promise<Ended> => {
    const { bindDn, servicePassword, caFile } = demo.report;
    const common = ['-x', '-H', demo.ldaps, '-D', bindDn, '-w', servicePassword];
    return runCommand(tool, [...common, ...args], { env: { LDAPTLS_CACERT: caFile } });
  };
  const search = (...args: readonly string[]): Promise<Ended> =>
    run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', ...args);

  function uids({ stdout }: Ended): readonly string[] {
    return [...stdout.matchAll(/^uid: (.*)$/gm)].map(([, uid = '']) => uid);
  }

  it('walk a sorted list in pages, everybody once (RFC 2696, RFC 2891)', async () => {
    const order = ['-E', 'sss=uidNumber', '-b', people, '-s', 'one', 'uid'];
    const whole = await search(...order);
    const pages = await search('-E', 'pr=50/noprompt', ...order);
    assert.deepEqual([whole.code, pages.code], [0, 0], pages.stderr);
    assert.ok(uids(whole).length > 100);
    assert.deepEqual(uids(pages), uids(whole));
  });

  it('see a window of a sorted list, by place and by value (draft-ietf-ldapext-ldapv3-vlv-09)', async () => {
    const order = ['-E', 'sss=uid', '-b', people, '-s', 'one', 'uid'];
    const all = uids(await search(...order));
    const last = all.length;
    // After a window the tool asks for the next one; behind the end of the list it is told so, and ends.
    const byPlace = await search('-E', `vlv=2/1/${last}/0`, ...order);
    assert.deepEqual(uids(byPlace).slice(0, 3), all.slice(-3));
    assert.match(byPlace.stdout, new RegExp(`pos=${last} count=${last} .*\\(0\\)`));
    const byValue = await search('-E', 'vlv=0/200:alice', ...order);
    const at = all.indexOf('alice');
    assert.deepEqual(uids(byValue).slice(0, 2), all.slice(at, at + 2));
  });

  it('pick one member out of a group (RFC 3876)', async () => {
    const { code, stdout, stderr } = await search('-E', `!mv=(member=${alice})`, '-b', sales, '-s', 'base', 'member');
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), `dn: ${sales}\nmember: ${alice}`);
  });

  it('are told with the bind who they are (RFC 3829)', async () => {
    const { code, stdout, stderr } = await run('ldapwhoami', '-e', 'bauthzid');
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(`authzid: dn:${demo.report.bindDn}\n`), stdout);
  });

  it('are told where passwords are changed (RFC 3062, X4)', async () => {
    const { code, stdout, stderr } = await run('ldappasswd', '-s', 'another', alice);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /unwilling to perform \(53\)[^]*Entra/);
  });
});
