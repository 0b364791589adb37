import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { describeWithPackage } from '../support/debian-packages.ts';
import { differentialTenant } from '../support/differential-tenant.ts';
import { bindRequest, searchRequest } from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { Slapd } from '../support/slapd.ts';

const baseDn = 'dc=contoso,dc=com';
const root = { rootDn: `cn=root,${baseDn}`, rootPassword: 'root' };

describeWithPackage('slapd', 'OpenLDAP takes an export', function () {
  this.timeout(120_000);

  for (const activeDirectory of [false, true]) {
    it(`in the ${activeDirectory ? 'flavour of Active Directory' : 'plain flavour'}, with and without operational attributes, schema checks on`, async () => {
      await using daemon = await DaemonOnSimulator.open({
        tenant: differentialTenant(),
        sections: { directory: { baseDn, activeDirectory } },
      });
      const run = async (...args: readonly string[]): Promise<string> => {
        const { code, stdout, stderr } = await daemon.run(...args);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      await run('sync', '--once');
      const schema = await run('export', '--openldap-schema');
      for (const operational of [[], ['--operational']]) {
        const ldif = await run('export', '--without-version', ...operational);
        const records = ldif.split('\n\n').length;
        const home = join(daemon.folder, operational.join('') || 'plain');
        mkdirSync(home);
        await using slapd = await Slapd.start(home, {
          baseDn,
          schema,
          ldif,
          ...root,
          modules: operational.length === 0 ? [] : ['memberof', 'ppolicy'],
          database: [],
        });
        using client = await RawClient.connect(slapd.port);
        assert.equal((await client.ask(1, bindRequest(root.rootDn, root.rootPassword))).code, 0);
        const { entries } = await client.ask(2, searchRequest({ base: baseDn, attributes: ['*', '+'] }));
        assert.equal(entries.length, records);
        const alice = entries.find(({ dn }) => dn === `uid=alice,ou=users,${baseDn}`);
        assert.equal(alice?.attributes.has('memberOf'), operational.length > 0);
        assert.equal(alice.attributes.has('sAMAccountName'), activeDirectory);
      }
    });
  }
});
