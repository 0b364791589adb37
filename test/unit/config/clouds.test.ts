import assert from 'node:assert/strict';
import { accepted, minimal, refused } from './config-fixture.ts';

/** The sign-in services and Graph hosts of "National clouds" and "Microsoft Graph national cloud deployments". */
const clouds: readonly (readonly [cloud: string, authorityHost: string, graphUrl: string])[] = [
  ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
  ['usgov', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
  ['usgov-dod', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
  ['china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
];

function withTenant(lines: string): string {
  return minimal.replace('tenant:\n', `tenant:\n${lines}`);
}

describe('the cloud of a configuration', () => {
  for (const [cloud, authorityHost, graphUrl] of clouds) {
    it(`leads to the hosts of ${cloud}`, () => {
      const { tenant } = accepted(withTenant(`  cloud: ${cloud}\n`)).config;
      assert.deepEqual([tenant.authorityHost, tenant.graphUrl], [authorityHost, graphUrl]);
    });
  }

  it('is the global one unless the file says otherwise, and gives way to hosts that it names (FAM-02)', () => {
    assert.equal(accepted(minimal).config.tenant.graphUrl, 'https://graph.microsoft.com');
    const own = '  cloud: usgov\n  graphUrl: https://graph.example\n  authorityHost: https://login.example\n';
    const { tenant } = accepted(withTenant(own)).config;
    assert.deepEqual([tenant.authorityHost, tenant.graphUrl], ['https://login.example', 'https://graph.example']);
  });

  it('cannot be one that was closed', () => {
    assert.equal(refused(withTenant('  cloud: germany\n'))[0]?.key, 'tenant.cloud');
  });
});
