import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { type RunningDemo, startDemo } from '../support/demo-program.ts';
import { LdapjsClient, LdaptsClient, type LibraryClient, type Outcome } from '../support/library-clients.ts';

const base = 'dc=contoso,dc=com';
const users = `ou=users,${base}`;
const groups = `ou=groups,${base}`;
const alice = `uid=alice,${users}`;

type Connect = (url: string, ca?: string) => LibraryClient | Promise<LibraryClient>;

const libraries: Readonly<Record<string, Connect>> = {
  ldapts: (url, ca) => new LdaptsClient(url, ca),
  ldapjs: (url, ca) => LdapjsClient.connect(url, ca),
};

const dns = ({ entries }: Outcome): readonly string[] => entries.map(({ dn }) => dn);

describe('the running daemon asked by two independent client libraries', function () {
  this.timeout(60_000);
  let demo: RunningDemo;
  let ca: string;

  before(async () => {
    demo = await startDemo();
    ca = readFileSync(demo.report.caFile, 'utf8');
  });

  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  for (const [library, connect] of Object.entries(libraries)) {
    describe(library, () => {
      let client: LibraryClient;

      beforeEach(async () => {
        client = await connect(demo.ldap);
        assert.equal(client.library, library);
      });

      afterEach(async () => {
        await client[Symbol.asyncDispose]();
      });

      const asService = async (): Promise<void> => {
        assert.equal(await client.bind(demo.report.bindDn, demo.report.servicePassword), 0);
      };

      it('binds as a service account and as a user by every kind of name (RFC 4513 §5.1.3, PAIN-10)', async () => {
        await asService();
        assert.equal(await client.whoAmI(), `dn:${demo.report.bindDn}`);
        for (const name of [alice, 'alice@contoso.com', 'ALICE', `UID=Alice, OU=Users,${base}`]) {
          assert.equal(await client.bind(name, demo.report.userPassword), 0, name);
          assert.equal(await client.whoAmI(), `dn:${alice}`);
        }
      });

      it('is refused with 49 for a wrong password and an unknown name, with 53 for an empty password, and is anonymous then (RFC 4513 §5.1.2, B3, B4, B7)', async () => {
        await asService();
        assert.equal(await client.bind(alice, 'wrong'), 49);
        assert.equal(await client.whoAmI(), '');
        assert.equal(await client.bind(`uid=nobody,${users}`, 'wrong'), 49);
        assert.equal(await client.bind(alice, ''), 53);
        assert.equal((await client.search(alice, { scope: 'base' })).code, 50);
        assert.equal(await client.bind('', ''), 0);
      });

      it('works by StartTLS and on the LDAPS port, and not with a foreign authority (RFC 4511 §4.14, T1, T7)', async () => {
        await client.startTls(ca);
        await asService();
        assert.deepEqual(dns(await client.search(base, { filter: '(uid=alice)' })), [alice]);
        await using secure = await connect(demo.ldaps, ca);
        assert.equal(await secure.bind(demo.report.bindDn, demo.report.servicePassword), 0);
        assert.deepEqual(dns(await secure.search(base, { filter: '(uid=alice)' })), [alice]);
      });

      it('searches in every scope, and reads the root DSE and the subschema (RFC 4511 §4.5.1.2, S1, S17, S18)', async () => {
        await asService();
        assert.deepEqual(dns(await client.search(users, { scope: 'base' })), [users]);
        const one = dns(await client.search(base, { scope: 'one' })).toSorted();
        assert.deepEqual(one, [groups, `ou=services,${base}`, users]);
        assert.ok(dns(await client.search(users, { scope: 'sub' })).length > 400);
        const root = await client.search('', { scope: 'base', attributes: ['namingContexts', 'subschemaSubentry'] });
        assert.deepEqual(root.entries[0]?.attributes['namingContexts'], [base]);
        const [subschema = ''] = root.entries[0]?.attributes['subschemaSubentry'] ?? [];
        const schema = await client.search(subschema, {
          scope: 'base',
          filter: '(objectClass=subschema)',
          attributes: ['attributeTypes'],
        });
        assert.ok((schema.entries[0]?.attributes['attributeTypes'] ?? []).length > 150);
      });

      it('selects attributes, and types without values (RFC 4511 §4.5.1.6, §4.5.1.8, S7, S8)', async () => {
        await asService();
        const names = async (attributes: readonly string[]): Promise<readonly string[]> => {
          const { entries } = await client.search(alice, { scope: 'base', attributes });
          const found = entries[0]?.attributes ?? {};
          return Object.keys(found)
            .filter((name) => (found[name] ?? []).length > 0)
            .toSorted();
        };
        assert.deepEqual(await names(['1.1']), []);
        assert.deepEqual(await names(['CN', 'uid', 'noSuchAttribute']), ['cn', 'uid']);
        assert.ok((await names(['*'])).includes('mail') && !(await names(['*'])).includes('entryUUID'));
        assert.ok((await names(['+'])).includes('entryUUID') && !(await names(['+'])).includes('mail'));
        const types = await client.search(alice, { scope: 'base', attributes: ['cn', 'mail'], typesOnly: true });
        assert.deepEqual(types.entries[0]?.attributes, { cn: [], mail: [] });
      });

      it('reads the string representation of filters as the RFC shows it (RFC 4515 §3, §4)', async () => {
        await asService();
        const found = async (filter: string): Promise<readonly string[]> =>
          dns(await client.search(base, { filter, attributes: ['1.1'] }));
        assert.deepEqual(await found('(uid=alice)'), [alice]);
        assert.ok(!(await found('(!(uid=alice))')).includes(alice));
        assert.deepEqual(await found('(&(objectClass=person)(|(uid=alice)(uid=no*one)))'), [alice]);
        assert.deepEqual(await found('(uid=al*ce)'), [alice]);
        assert.deepEqual(await found('(uid=*lice)'), [alice]);
        // ldapjs 3.0.7 sends escapes as they are written instead of the octets that they stand for.
        assert.deepEqual(await found(String.raw`(uid=\61lice)`), library === 'ldapjs' ? [] : [alice]);
        assert.deepEqual(await found(String.raw`(cn=no \28such\29 \2a name)`), []);
        assert.deepEqual(await found('(uid:caseIgnoreMatch:=ALICE)'), [alice]);
        assert.deepEqual(await found('(&(uid=alice)(ou:dn:=users))'), [alice]);
        assert.ok((await found('(uidNumber>=1)')).length > 400);
        assert.deepEqual(await found('(uidNumber<=1)'), []);
        assert.deepEqual(await found('(uid~=alice)'), [alice]);
        assert.deepEqual(await found('(noSuchAttribute=x)'), []);
        assert.deepEqual(await found('(!(noSuchAttribute=x))'), []);
      });

      it('finds nobody else through a name that looks like a filter, once it is escaped (P7)', async () => {
        await asService();
        const hostile = String.raw`(uid=\2a\29\28uid=\2a)`;
        assert.deepEqual(dns(await client.search(base, { filter: hostile })), []);
      });

      it('walks all pages, whatever their size (RFC 2696, PAIN-14)', async () => {
        await asService();
        const whole = dns(await client.search(users, { attributes: ['1.1'] })).toSorted();
        for (const pageSize of [7, 100, 1000]) {
          assert.deepEqual(dns(await client.search(users, { attributes: ['1.1'], pageSize })).toSorted(), whole);
        }
      });

      it('gets what a size limit allows (RFC 4511 §4.5.1.4, S5)', async () => {
        await asService();
        const { code, entries } = await client.search(users, { sizeLimit: 5, attributes: ['1.1'] });
        assert.equal(entries.length, 5);
        // ldapts takes the result code for the limit that was asked for, ldapjs hands it on.
        assert.ok(code === (library === 'ldapts' ? 0 : 4));
      });

      it('compares: true, false, absent, unknown, no entry (RFC 4511 §4.10, C1, C2)', async () => {
        await asService();
        assert.equal(await client.compare(alice, 'uid', 'ALICE'), 6);
        assert.equal(await client.compare(alice, 'uid', 'bob'), 5);
        assert.equal(await client.compare(alice, 'description', 'x'), 16);
        assert.equal(await client.compare(alice, 'noSuchAttribute', 'x'), 17);
        assert.equal(await client.compare(`uid=nobody,${users}`, 'uid', 'x'), 32);
        assert.equal(await client.compare(`cn=Sales,${groups}`, 'member', alice), 6);
      });

      it('is told what cannot be done: no such object, bad names, writes, unknown operations (RFC 4511 appendix A)', async () => {
        await asService();
        assert.equal((await client.search(`ou=nowhere,${base}`, {})).code, 32);
        assert.equal(await client.remove(alice), 53);
        assert.equal(await client.add(`uid=new,${users}`, { objectClass: 'person', cn: 'New', sn: 'New' }), 53);
        assert.equal(await client.rename(alice, `uid=other,${users}`), 53);
        assert.equal(await client.extended('1.2.3.4.5'), 2);
      });

      it('sees member values that are the names of entries, letter by letter', async () => {
        await asService();
        const sales = await client.search(groups, { filter: '(cn=Sales)', attributes: ['member'] });
        const members = sales.entries[0]?.attributes['member'] ?? [];
        assert.ok(members.length > 1);
        for (const member of members)
          assert.deepEqual(dns(await client.search(member, { scope: 'base', attributes: ['1.1'] })), [member]);
      });
    });
  }
});
