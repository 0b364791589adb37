import assert from 'node:assert/strict';
import { describeWithPackage } from '../support/debian-packages.ts';
import { admin } from '../support/ldap-test-server.ts';
import { modelId } from '../support/model-tenant.ts';
import type { ModelTenant } from '../support/model-tenant.ts';
import { runCommand, RunningProgram } from '../support/program.ts';
import { PublishedServer } from '../support/published-server.ts';
import { putPerson, syncTenant } from '../support/sync-tenant.ts';

const usersDn = 'ou=users,dc=example,dc=com';

describeWithPackage('ldap-utils', 'ldapsearch -E sync (RFC 4533, K7)', () => {
  let tenant: ModelTenant;
  let server: PublishedServer;

  beforeEach(async () => {
    tenant = syncTenant();
    server = await PublishedServer.start(tenant);
  });

  afterEach(() => server[Symbol.asyncDispose]());

  function options(mode: string): readonly string[] {
    const url = `ldap://127.0.0.1:${server.port}`;
    return ['-x', '-H', url, '-D', admin.dn, '-w', admin.password, '-b', usersDn, '-E', mode];
  }

  it('gets the content and a cookie, and with the cookie what has changed', async () => {
    const first = await runCommand('ldapsearch', [...options('!sync=ro'), '(uid=*)', 'cn']);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout.match(/^dn: uid=/gm)?.length, 6);
    const [, cookie = ''] =
      /(?:cookie|with cookie)[^\n]*?(rid=\S*csn=\S+)/.exec(`${first.stdout}${first.stderr}`) ?? [];
    assert.match(cookie, /^rid=000,csn=/, first.stdout);
    putPerson(tenant, 2, 'Changed');
    tenant.removeUser(modelId('user', 3), 'deleted');
    await server.publish();
    const second = await runCommand('ldapsearch', [...options(`!sync=ro/${cookie}`), '(uid=*)', 'cn']);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(second.stdout.match(/^cn: .*$/gm), ['cn: Changed']);
  });

  it('follows what is published for as long as it runs', async () => {
    await using search = new RunningProgram('stdbuf', ['-oL', 'ldapsearch', ...options('!sync=rp'), '(uid=*)', 'cn']);
    await search.waitFor(/^cn: Person 5$/m);
    await search.waitFor(/refresh done|refreshDone/i);
    putPerson(tenant, 9, 'Newcomer');
    await server.publish();
    await search.waitFor(/^cn: Newcomer$/m);
  });
});

describeWithPackage('python3-ldap', 'syncrepl of python-ldap (RFC 4533, K7)', () => {
  const script = `
import sys, ldap
from ldap.ldapobject import ReconnectLDAPObject
from ldap.syncrepl import SyncreplConsumer

class Copy(ReconnectLDAPObject, SyncreplConsumer):
    cookie = None
    uuids = {}
    def syncrepl_get_cookie(self): return self.cookie
    def syncrepl_set_cookie(self, cookie):
        self.cookie = cookie
        print('cookie', flush=True)
    def syncrepl_entry(self, dn, attributes, uuid):
        self.uuids[uuid] = dn
        print('entry', attributes['uid'][0].decode(), attributes['cn'][0].decode(), flush=True)
    def syncrepl_delete(self, uuids):
        for uuid in uuids: print('delete', uuid, flush=True)
    def syncrepl_present(self, uuids, refreshDeletes=False): pass
    def syncrepl_refreshdone(self): print('refreshed', flush=True)

copy = Copy(sys.argv[1])
copy.simple_bind_s(sys.argv[2], sys.argv[3])
search = copy.syncrepl_search('${usersDn}', ldap.SCOPE_ONELEVEL, mode='refreshAndPersist', filterstr='(uid=*)')
while copy.syncrepl_poll(all=1, msgid=search): pass
`;

  it('gets the content and then every change', async () => {
    const tenant = syncTenant();
    await using server = await PublishedServer.start(tenant);
    const url = `ldap://127.0.0.1:${server.port}`;
    await using copy = new RunningProgram('/usr/bin/python3', ['-c', script, url, admin.dn, admin.password]);
    await copy.waitFor(/^refreshed$/m);
    assert.equal(copy.output.match(/^entry /gm)?.length, 6, copy.output);
    putPerson(tenant, 0, 'Changed');
    tenant.removeUser(modelId('user', 5), 'deleted');
    await server.publish();
    await copy.waitFor(/^entry u0 Changed$/m);
    await copy.waitFor(new RegExp(`^delete ${modelId('user', 5)}$`, 'm'));
  });
});
