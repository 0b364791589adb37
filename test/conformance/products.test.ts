/** What products ask by default, as their sources and documents say, and the answers that they need. */

import assert from 'node:assert/strict';
import { Client, type Entry, EqualityFilter, type Filter, NoSuchObjectError, type SearchOptions } from 'ldapts';
import ldapjs from 'ldapjs';
import { standardSchema } from '../../src/directory/schema.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import { normalizeDn } from '../../src/directory/dn.ts';
import {
  activeDirectorySample,
  aliceId,
  publishedAtMs,
  samplePresentation,
} from '../support/active-directory-sample.ts';
import { DirectoryServer } from '../support/directory-server.ts';
import { sampleBase, sampleGroups, sampleUsers } from '../support/sample-directory.ts';
import { admin, refuse, TestAuthenticator } from '../support/ldap-test-server.ts';

const asActiveDirectory = samplePresentation(true);
const asOpenLdap = samplePresentation(false);
const alice = `uid=alice,${sampleUsers}`;
const staff = `cn=Staff,${sampleGroups}`;

function presentationOf(who: BoundIdentity) {
  return who.kind === 'service' && who.name === 'posix' ? asOpenLdap : asActiveDirectory;
}

/** The first RDN value of each entry, sorted. */
function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ dn }) => /^[^=]*=([^,]*)/.exec(dn)?.[1] ?? '').sort();
}

function one(entries: readonly Entry[]): Entry {
  const [entry, ...others] = entries;
  assert.ok(entry !== undefined && others.length === 0, `${entries.length} entries`);
  return entry;
}

describe('Products (PAIN-13, PAIN-14, PAIN-15)', () => {
  let server: DirectoryServer;
  let ad: Client;
  let posix: Client;

  before(async () => {
    const authenticator = new TestAuthenticator();
    server = await DirectoryServer.start(activeDirectorySample(), { presentationOf, authenticator });
    authenticator.onBind = (dn) => {
      const name = /^cn=(ad|posix),/.exec(dn)?.[1];
      if (name !== undefined) return Promise.resolve({ kind: 'accepted', identity: { kind: 'service', dn, name } });
      const entryId = server.source.reader.findDn(normalizeDn(dn) ?? '');
      if (entryId === undefined) return Promise.resolve(refuse());
      return Promise.resolve({ kind: 'accepted', identity: { kind: 'user', dn, entryId, objectId: aliceId } });
    };
    ad = await bound('cn=ad,ou=services,dc=example,dc=com');
    posix = await bound('cn=posix,ou=services,dc=example,dc=com');
  });

  after(async () => {
    await ad.unbind();
    await posix.unbind();
    await server[Symbol.asyncDispose]();
  });

  async function bound(name: string): Promise<Client> {
    const client = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    await client.bind(name, 'secret');
    return client;
  }

  async function ask(client: Client, filter: string | Filter, options: SearchOptions & { base?: string } = {}) {
    const { base = sampleBase, ...rest } = options;
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, ...rest });
    return searchEntries;
  }

  describe('Jira, Confluence and Bitbucket as a Microsoft Active Directory', () => {
    const attributes = ['sAMAccountName', 'mail', 'displayName', 'objectGUID', 'memberOf', 'uSNChanged'];

    it('find users and groups by category and name, in pages, with binary objectGUID', async () => {
      const users = await ask(ad, '(&(objectCategory=Person)(sAMAccountName=*))', {
        attributes,
        explicitBufferAttributes: ['objectGUID'],
        paged: { pageSize: 2 },
      });
      assert.deepEqual(namesOf(users), ['alice', 'bob', 'dave']);
      const found = one(users.filter(({ dn }) => dn === alice));
      assert.equal(found['sAMAccountName'], 'alice');
      assert.equal((found['objectGUID'] as Buffer).toString('hex'), 'e464d6738608734ab745c694da45ddb4');
      assert.deepEqual(found['memberOf'], staff);
      assert.deepEqual(namesOf(await ask(ad, '(objectCategory=Group)')), ['News', 'Staff', 'domain-users']);
      const login = await ask(ad, '(&(&(objectCategory=Person)(sAMAccountName=*))(sAMAccountName=ALICE))');
      assert.deepEqual(namesOf(login), ['alice']);
    });

    it('read highestCommittedUSN and find what changed since', async () => {
      const root = one(
        (await ad.search('', { scope: 'base', attributes: ['highestCommittedUSN', 'defaultNamingContext'] }))
          .searchEntries,
      );
      assert.equal(root['highestCommittedUSN'], '1');
      assert.equal(root['defaultNamingContext'], sampleBase);
      const since = (usn: number) => ask(ad, `(&(&(objectCategory=Person)(sAMAccountName=*))(uSNChanged>=${usn}))`);
      assert.deepEqual(namesOf(await since(publishedAtMs)), ['alice', 'bob', 'dave']);
      assert.deepEqual(await since(publishedAtMs + 1), []);
    });

    it('are told that there are no deleted objects to be had, so that they read everything anew (P1)', async () => {
      await assert.rejects(
        ask(ad, '(&(objectClass=user)(isDeleted=TRUE))', { base: `CN=Deleted Objects,${sampleBase}` }),
        NoSuchObjectError,
      );
    });
  });

  it('Jira as an OpenLDAP directory finds people and groups of unique names by entryUUID', async () => {
    const users = await ask(posix, '(&(objectclass=inetorgperson)(uid=alice))', {
      attributes: ['entryUUID', 'uid', 'cn', 'sn', 'mail'],
    });
    assert.equal(one(users)['entryUUID'], aliceId);
    const groups = await ask(posix, `(uniqueMember=${alice})`, { attributes: ['cn', 'uniqueMember'] });
    assert.deepEqual(one(groups)['uniqueMember'], [alice, `uid=bob,${sampleUsers}`, `uid=dave,${sampleUsers}`]);
  });

  it('GitLab finds a login with its own filter and asks at base scope whether it is disabled', async () => {
    const attributes = ['dn', 'uid', 'cn', 'mail', 'email', 'userPrincipalName', 'userid', 'sAMAccountName'];
    const found = await ask(ad, '(&(sAMAccountName=alice)(memberOf:1.2.840.113556.1.4.1941:=' + staff + '))', {
      attributes,
    });
    assert.equal(one(found)['userPrincipalName'], 'alice@example.com');
    const isDisabled = '(userAccountControl:1.2.840.113556.1.4.803:=2)';
    assert.deepEqual(await ask(ad, isDisabled, { base: alice, scope: 'base' }), []);
    assert.equal((await ask(ad, isDisabled, { base: `uid=dave,${sampleUsers}`, scope: 'base' })).length, 1);
    assert.deepEqual(await ask(posix, isDisabled, { base: alice, scope: 'base' }), []);
    const group = one(
      await ask(ad, '(cn=staff)', { attributes: ['dn', 'cn', 'memberuid', 'member', 'submember', 'uniquemember'] }),
    );
    assert.deepEqual(group['member'], group['uniqueMember']);
  });

  it('Grafana asks for an OR of one, and for attributes in its own words', async () => {
    const found = one(
      await ask(ad, '(|(sAMAccountName=alice))', {
        attributes: ['username', 'sn', 'email', 'name', 'memberOf', 'dn', 'givenName'],
      }),
    );
    assert.deepEqual([found['name'], found['sn'], found['memberOf']], ['Alice Archer', 'Archer', staff]);
    const groups = await ask(posix, '(&(objectClass=posixGroup)(memberUid=alice))', { attributes: ['dn'] });
    assert.deepEqual(namesOf(groups), ['Staff']);
    assert.deepEqual(namesOf(await ask(ad, `(member:1.2.840.113556.1.4.1941:=${alice})`, { attributes: ['dn'] })), [
      'Staff',
    ]);
  });

  it('Gitea binds as the user and then reads the own entry and the groups as that user (PAIN-23)', async () => {
    const client = await bound(alice);
    try {
      const own = one(
        await ask(client, '(&(objectClass=posixAccount)(uid=alice))', {
          base: alice,
          attributes: ['uid', 'mail', 'sn'],
        }),
      );
      assert.equal(own['mail'], 'alice@example.com');
      assert.deepEqual(namesOf(await ask(client, `(&(objectClass=group)(member=${alice}))`, { attributes: ['dn'] })), [
        'Staff',
      ]);
      assert.equal(
        one(await ask(client, '(objectClass=*)', { base: alice, scope: 'base' }))['sAMAccountName'],
        'alice',
      );
    } finally {
      await client.unbind();
    }
  });

  it('Jenkins infers the root from the root DSE and finds groups by three kinds of membership', async () => {
    const anonymous = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    const root = one((await anonymous.search('', { scope: 'base', attributes: ['namingContexts'] })).searchEntries);
    await anonymous.unbind();
    assert.equal(root['namingContexts'], sampleBase);
    for (const client of [ad, posix]) {
      const group =
        '(&(cn=Staff)(|(objectclass=groupOfNames)(objectclass=groupOfUniqueNames)(objectclass=posixGroup)))';
      assert.deepEqual(namesOf(await ask(client, group)), ['Staff']);
      const member = `(|(member=${alice})(uniqueMember=${alice})(memberUid=alice))`;
      assert.deepEqual(namesOf(await ask(client, member)), ['Staff']);
    }
  });

  it('Nextcloud tries its names for the UUID in turn, counts in pages, and filters by memberOf', async () => {
    for (const [client, name] of [
      [ad, 'objectguid'],
      [posix, 'entryuuid'],
    ] as const) {
      const user = one(
        await ask(client, '(objectclass=*)', {
          base: alice,
          scope: 'base',
          attributes: ['entryuuid', 'nsuniqueid', 'objectguid', 'guid', 'ipauniqueid'],
        }),
      );
      assert.ok(
        Object.keys(user).some((key) => key.toLowerCase() === name),
        name,
      );
    }
    const attributes = ['dn', 'uid', 'samaccountname', 'memberof', 'jpegphoto', 'thumbnailphoto'];
    const inStaff = await ask(ad, `(&(|(objectclass=person))(|(|(memberof=${staff})(primaryGroupID=513))))`, {
      attributes,
      paged: { pageSize: 500 },
    });
    assert.deepEqual(namesOf(inStaff), ['alice', 'bob', 'dave']);
    assert.deepEqual(namesOf(await ask(posix, `(memberof=${staff})`, { attributes })), ['alice', 'bob', 'dave']);
    assert.deepEqual(
      namesOf(await ask(ad, '(&(|(objectclass=group))(samaccountname=*))', { attributes: ['cn', 'dn'] })),
      ['News', 'Staff', 'domain-users'],
    );
  });

  it('Proxmox VE filters by attributes and classes that nobody has, and compares members with DNs as text', async () => {
    const users =
      '(&(|(uid=*)(enable=*)(email=*)(firstname=*))(|(objectclass=inetorgperson)(objectclass=posixaccount)(objectclass=person)(objectclass=user)))';
    const groups =
      '(|(objectclass=groupOfNames)(objectclass=group)(objectclass=univentionGroup)(objectclass=ipausergroup))';
    for (const client of [ad, posix]) {
      const people = await ask(client, users, { attributes: ['uid', 'mail', 'memberOf'], paged: { pageSize: 900 } });
      assert.deepEqual(namesOf(people), ['alice', 'bob', 'dave']);
    }
    const found = await ask(ad, groups, { attributes: ['cn', 'member', 'uniqueMember'], paged: { pageSize: 100 } });
    const group = one(found.filter(({ dn }) => dn === staff));
    const people = await ask(ad, users, { attributes: ['uid'] });
    assert.deepEqual(
      group['member'],
      people.map(({ dn }) => dn),
    );
  });

  it('pfSense and OPNsense look for containers, and for names by name', async () => {
    assert.deepEqual(namesOf(await ask(posix, '(|(ou=*)(cn=Users))', { attributes: ['dn', 'ou'] })), [
      'groups',
      'services',
      'users',
    ]);
    const user = one(
      await ask(ad, '(&(sAMAccountName=alice)(objectClass=user))', {
        attributes: ['displayName', 'cn', 'name', 'mail', 'memberof'],
        derefAliases: 'search',
      }),
    );
    assert.equal(user['memberOf'], staff);
  });

  it('vCenter finds groups of an OpenLDAP source by uniqueMember and entryUUID', async () => {
    const group = one(
      await ask(posix, `(&(objectClass=*)(uniqueMember=${alice}))`, {
        base: sampleGroups,
        attributes: ['cn', 'entryUUID', 'uniqueMember'],
      }),
    );
    assert.match(String(group['entryUUID']), /^[0-9a-f-]{36}$/);
  });

  it('vCenter finds people of an Active Directory source by sAMAccountName, and groups by their SID', async () => {
    const attributes = [
      'sAMAccountName',
      'userPrincipalName',
      'objectSid',
      'memberOf',
      'primaryGroupID',
      'userAccountControl',
    ];
    const user = one(
      await ask(ad, '(&(objectClass=user)(!(objectClass=computer))(sAMAccountName=alice))', {
        attributes,
        explicitBufferAttributes: ['objectSid'],
      }),
    );
    const sid = user['objectSid'] as Buffer;
    assert.equal(sid.length, 28);
    const ofSid = (value: Buffer) => new EqualityFilter({ attribute: 'objectSid', value });
    assert.deepEqual(namesOf(await ask(ad, ofSid(sid))), ['alice']);
    // The primary group of the SID's domain is not here; that is no error.
    const ofDomain = Buffer.concat([sid.subarray(0, 24), Buffer.from('01020000', 'hex')]);
    assert.deepEqual(await ask(ad, ofSid(ofDomain)), []);
  });

  it('FortiGate finds who is not disabled by UPN, though it writes UserAccountControl in its own way', async () => {
    const filter = (upn: string): string =>
      `(&(userPrincipalName=${upn})(!(UserAccountControl:1.2.840.113556.1.4.803:=2)))`;
    assert.deepEqual(namesOf(await ask(ad, filter('alice@example.com'), { attributes: ['memberOf'] })), ['alice']);
    assert.deepEqual(await ask(ad, filter('dave@example.com')), []);
    // Where nobody has the attribute, nobody is disabled by it.
    assert.deepEqual(namesOf(await ask(posix, filter('alice@example.com'))), ['alice']);
    assert.deepEqual(namesOf(await ask(posix, `(&(objectClass=posixGroup)(memberUid=alice))`)), ['Staff']);
  });

  it('Palo Alto reads members of groups, and account names of people', async () => {
    const groups = await ask(ad, '(&(objectClass=group)(name=Staff))', { attributes: ['name', 'member'] });
    assert.equal([one(groups)['member']].flat().length, 3);
    const people = await ask(ad, '(&(objectClass=person)(sAMAccountName=*))', {
      attributes: ['sAMAccountName', 'mail'],
    });
    assert.deepEqual(namesOf(people), ['alice', 'bob', 'dave']);
    assert.deepEqual(namesOf(await ask(posix, '(&(objectClass=person)(uid=*))')), ['alice', 'bob', 'dave']);
  });

  it('Cisco ASA reads all attributes of one account and maps the first of several memberOf', async () => {
    const user = one(await ask(ad, '(sAMAccountName=bob)', { base: sampleUsers, attributes: [] }));
    const again = one(await ask(ad, '(sAMAccountName=bob)', { base: sampleUsers, attributes: ['memberOf'] }));
    assert.equal([user['memberOf']].flat().length, 2);
    assert.deepEqual(again['memberOf'], user['memberOf'], 'always in the same order');
    assert.equal(user['distinguishedName'], `uid=bob,${sampleUsers}`);
    const root = one((await ad.search('', { scope: 'base', attributes: ['supportedLDAPVersion'] })).searchEntries);
    assert.equal(root['supportedLDAPVersion'], '3');
  });

  it('Synology reads subschemaSubentry from the base entry, and then the schema', async () => {
    const base = one(
      await ask(posix, '(objectClass=*)', { base: sampleBase, scope: 'base', attributes: ['subschemaSubentry'] }),
    );
    const subschema = one(
      (
        await posix.search(String(base['subschemaSubentry']), {
          scope: 'base',
          filter: '(objectClass=subschema)',
          attributes: ['objectClasses', 'attributeTypes'],
        })
      ).searchEntries,
    );
    assert.ok((subschema['objectClasses'] as string[]).some((line) => line.includes("NAME 'posixAccount'")));
    const user = one(
      await ask(posix, '(&(objectClass=posixAccount)(uid=alice))', { attributes: ['uidNumber', 'gidNumber'] }),
    );
    assert.equal(user['uidNumber'], '100000000');
  });

  it('QNAP asks for a Samba domain, and is told that there is none', async () => {
    const attributes = ['sambaNextRid', 'sambaNextGroupRid', 'sambaSID'];
    for (const client of [ad, posix]) {
      assert.deepEqual(
        await ask(client, '(&(sambaDomainName=WORKGROUP)(objectclass=sambaDomain))', { attributes }),
        [],
      );
    }
  });

  it('Keycloak finds people by its presets, and who changed since a time', async () => {
    const person = '(objectclass=inetOrgPerson)(objectclass=organizationalPerson)';
    assert.deepEqual(namesOf(await ask(posix, `(&(uid=alice)${person})`)), ['alice']);
    const objects = '(objectclass=person)(objectclass=organizationalPerson)(objectclass=user)';
    assert.deepEqual(namesOf(await ask(ad, `(&(sAMAccountName=alice)${objects})`, { paged: { pageSize: 1000 } })), [
      'alice',
    ]);
    const changed = (client: Client, attribute: string, time: string) =>
      ask(client, `(&(${attribute}>=${time})${person})`);
    assert.equal((await changed(posix, 'modifyTimestamp', '20261121120000Z')).length, 3);
    assert.equal((await changed(ad, 'whenChanged', '20261121120000.0Z')).length, 3);
    assert.deepEqual(await changed(ad, 'whenChanged', '20261121120001.0Z'), []);
  });

  it('Open Liberty and WebSphere find people and groups by category', async () => {
    assert.deepEqual(namesOf(await ask(ad, '(&(sAMAccountName=alice)(objectcategory=user))')), ['alice']);
    assert.deepEqual(namesOf(await ask(ad, '(&(cn=Staff)(objectcategory=group))')), ['Staff']);
  });

  it('printers look people up by parts of names, and take the first of too many', async () => {
    const attributes = ['cn', 'mail', 'telephoneNumber', 'facsimileTelephoneNumber', 'o', 'ou'];
    for (const client of [ad, posix]) {
      assert.deepEqual(namesOf(await ask(client, '(cn=*arch*)', { attributes })), ['alice']);
      assert.deepEqual(namesOf(await ask(client, '(|(cn=bo*)(mail=bo*)(sn=bo*))', { attributes })), ['bob']);
      const few = await client.search(sampleBase, {
        filter: '(&(mail=*)(!(msExchHideFromAddressLists=TRUE)))',
        attributes,
        sizeLimit: 2,
      });
      assert.equal(few.searchEntries.length, 2);
    }
    assert.deepEqual(namesOf(await ask(ad, '(&(objectClass=user)(mail=*))', { attributes })), ['alice', 'bob', 'dave']);
  });

  it('FortiAuthenticator and LdapRecord resolve ambiguous names', async () => {
    assert.deepEqual(namesOf(await ask(ad, '(&(objectCategory=person)(anr=archer))')), ['alice']);
    assert.deepEqual(await ask(posix, '(anr=archer)'), []);
  });

  it('activedirectory2 finds users and groups by name, and resolves hundreds of DNs with one filter', async () => {
    const user = '(&(objectCategory=User)(|(sAMAccountName=alice@example.com)(userPrincipalName=alice@example.com)))';
    assert.deepEqual(namesOf(await ask(ad, user, { attributes: ['dn', 'distinguishedName', 'userAccountControl'] })), [
      'alice',
    ]);
    assert.deepEqual(namesOf(await ask(ad, '(&(objectCategory=Group)(cn=Staff))')), ['Staff']);
    const names = Array.from({ length: 300 }, (_, index) => `(distinguishedName=uid=u${index},${sampleUsers})`);
    const many = `(|${names.join('')}(distinguishedName=${staff}))`;
    assert.deepEqual(namesOf(await ask(ad, many)), ['Staff']);
  });

  it('SSSD with the schema of Active Directory reads the root DSE, people and groups', async () => {
    const anonymous = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    const root = one(
      (
        await anonymous.search('', {
          scope: 'base',
          attributes: ['*', 'domainControllerFunctionality', 'defaultNamingContext', 'lastUSN', 'highestCommittedUSN'],
        })
      ).searchEntries,
    );
    await anonymous.unbind();
    assert.deepEqual([root['domainControllerFunctionality'], root['highestCommittedUSN']], ['7', '1']);
    const attributes = [
      'objectClass',
      'sAMAccountName',
      'unixUserPassword',
      'uidNumber',
      'gidNumber',
      'gecos',
      'unixHomeDirectory',
      'loginShell',
      'userPrincipalName',
      'name',
      'memberOf',
      'objectGUID',
      'objectSID',
      'primaryGroupID',
      'whenChanged',
      'uSNChanged',
      'accountExpires',
      'userAccountControl',
    ];
    const user = one(
      await ask(ad, '(&(sAMAccountName=alice)(objectclass=user)(sAMAccountName=*)(&(uidNumber=*)(!(uidNumber=0))))', {
        attributes,
      }),
    );
    assert.deepEqual([user['unixHomeDirectory'], user['name']], ['/home/alice', 'Alice Archer']);
    const group = one(
      await ask(ad, '(&(sAMAccountName=Staff)(objectClass=group)(sAMAccountName=*)(&(gidNumber=*)(!(gidNumber=0))))', {
        attributes: ['groupType', 'member', 'gidNumber'],
      }),
    );
    assert.equal(group['groupType'], '-2147483646');
    assert.deepEqual(await ask(ad, '(&(objectClass=sudoRole)(|(&(!(sudoHost=*))(cn=defaults))(sudoHost=ALL)))'), []);
    assert.deepEqual(await ask(ad, '(&(objectclass=ipService)(cn=*))'), []);
  });

  it('ldapjs sees the same entries (an independent client)', async () => {
    const client = ldapjs.createClient({ url: `ldap://127.0.0.1:${server.port}` });
    const dns = await new Promise<readonly string[]>((resolve, reject) => {
      client.bind('cn=ad,ou=services,dc=example,dc=com', 'secret', (bindError: Error | null) => {
        if (bindError !== null) return reject(bindError);
        const found: string[] = [];
        client.search(
          sampleBase,
          { scope: 'sub', filter: '(&(objectCategory=Person)(anr=al))' },
          (error: Error | null, result) => {
            if (error !== null) return reject(error);
            result.on('searchEntry', (entry) => found.push(entry.pojo.objectName));
            result.on('error', reject);
            result.on('end', () => resolve(found));
          },
        );
      });
    });
    client.destroy();
    assert.deepEqual(dns, [alice]);
  });

  it('that are not of Active Directory see nothing of it, whatever they ask for', async () => {
    await using other = await DirectoryServer.start(activeDirectorySample(false));
    const client = new Client({ url: `ldap://127.0.0.1:${other.port}` });
    await client.bind(admin.dn, admin.password);
    const searches: readonly (readonly [string, string[]])[] = [
      ['(objectClass=*)', []],
      ['(objectClass=*)', ['*', '+']],
      [
        '(objectClass=*)',
        ['sAMAccountName', 'name', 'objectGUID', 'objectClass', '@user', '@entraUser', 'objectClass;range=0-*'],
      ],
      ['(objectClass=user)', ['*']],
      ['(!(objectClass=group))', ['1.1']],
      ['(!(sAMAccountName=*))', ['cn']],
      ['(name=Alice Archer)', ['cn']],
      ['(!(name=Alice Archer))', ['cn']],
      ['(:caseIgnoreMatch:=alice)', ['cn']],
      ['(!(userAccountControl:1.2.840.113556.1.4.803:=2))', ['1.1']],
    ];
    for (const [filter, attributes] of searches) {
      const [seen, expected] = await Promise.all([
        ask(posix, filter, { attributes }),
        ask(client, filter, { attributes }),
      ]);
      assert.deepEqual(seen, expected, `${filter} ${attributes.join()}`);
    }
    const root = async (of: Client) => (await of.search('', { scope: 'base', attributes: ['*', '+'] })).searchEntries;
    assert.deepEqual(await root(posix), await root(client));
    const subschema = async (of: Client) =>
      (await of.search('cn=Subschema', { scope: 'base', attributes: ['*', '+'] })).searchEntries;
    assert.deepEqual(await subschema(posix), await subschema(client));
    await client.unbind();
  });

  it('get only entries that keep to the schema which they are shown (S22)', async () => {
    const lines = one(
      (await ad.search('cn=Subschema', { scope: 'base', attributes: ['objectClasses'] })).searchEntries,
    );
    const top = (lines['objectClasses'] as string[]).find((line) => line.includes("NAME 'top'")) ?? '';
    const inTop = new Set(/MAY \( (.*) \) \)$/.exec(top)?.[1]?.split(' $ '));
    for (const { dn, ...attributes } of await ask(ad, '(objectClass=*)', { attributes: [] })) {
      const classes = [attributes['objectClass'] ?? []].flat().map((name) => standardSchema.objectClass(String(name)));
      const allowed = new Set(
        classes.flatMap((each) => [...(each?.must ?? []), ...(each?.may ?? [])]).map(({ name }) => name),
      );
      for (const name of Object.keys(attributes)) assert.ok(allowed.has(name) || inTop.has(name), `${dn} has ${name}`);
    }
  });
});
