import assert from 'node:assert/strict';
import { baseDnOfDomain } from '../../../src/config/base-dn.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { accepted, clientId, minimal, refused, source, tenantId } from './config-fixture.ts';

/** Tenant id, client id and secret, and nothing else (OOM-04). */
const least = `tenant: {id: ${tenantId}, clientId: ${clientId}, credential: {secret: 'h8F~secret-value'}}\n`;
const remembered = (path: string) => source({ [path]: 'dc=contoso,dc=com\n' });

describe('the base DN', () => {
  it('is what the configuration says', () => {
    const from = remembered('/etc/entra-ldapd/data/base-dn');
    assert.equal(accepted(minimal, from).config.directory.baseDn, 'dc=example,dc=com');
  });

  it('is what was learned of the tenant, where the configuration says nothing (OOM-04)', () => {
    const from = remembered('/etc/entra-ldapd/data/base-dn');
    for (const text of [least, `${least}directory:\n`, `${least}directory: {users: ou=people}\n`]) {
      const { config } = accepted(text, from);
      assert.equal(config.directory.baseDn, 'dc=contoso,dc=com');
      assert.equal(config.projection.baseDn, 'dc=contoso,dc=com');
    }
  });

  it('is looked for where the store is', () => {
    const from = remembered('/var/lib/entra/base-dn');
    assert.equal(
      accepted(`${least}store: {path: /var/lib/entra}\n`, from).config.directory.baseDn,
      'dc=contoso,dc=com',
    );
  });

  it('has to be asked of the tenant first, and the rest is right meanwhile', () => {
    const result = parseConfig(least, source());
    assert.ok(!result.ok && result.provisional !== undefined);
    assert.equal(result.provisional.tenant.clientId, clientId);
    assert.equal(result.problems.length, 1);
    assert.match(result.problems[0]?.message ?? '', /was not asked yet: entra-ldapd serve and sync ask it/);
  });

  it('is not asked for by a configuration that has other problems', () => {
    const result = parseConfig(`${least}sync: {interval: never}\n`, source());
    assert.ok(!result.ok);
    assert.equal(result.provisional, undefined);
    assert.match(result.problems.map(({ key }) => key).join(), /^sync\.interval$/);
  });

  it('that was learned is checked like one that was written', () => {
    const [problem] = refused(least, source({ '/etc/entra-ldapd/data/base-dn': 'nonsense' }));
    assert.equal(problem?.key, 'directory.baseDn');
  });

  it('follows from a domain label by label (RFC 2247 §2)', () => {
    assert.equal(baseDnOfDomain('sub.example.co.uk'), 'dc=sub,dc=example,dc=co,dc=uk');
  });
});
