import assert from 'node:assert/strict';
import { domainsText } from '../../../src/cli/text/domains.ts';
import type { DomainRow, DomainsReport } from '../../../src/identity/tenant-facts.ts';

const row: DomainRow = {
  name: 'contoso.com',
  isDefault: true,
  isInitial: false,
  isFederated: false,
  isVerified: true,
  isShown: true,
  users: 1200,
  shown: 1100,
};
const report: DomainsReport = {
  readAtMs: Date.UTC(2026, 0, 2),
  problem: null,
  isHybrid: true,
  accounts: { cloud: 1, synchronized: 1199 },
  domains: [row],
};

describe('the domains of a tenant as text', () => {
  it('say what each is, how many users it has and who of them is shown (FOX-19)', () => {
    const domains = [
      row,
      { ...row, name: 'old.example', isDefault: false, isFederated: true, isShown: false, shown: 0 },
      { ...row, name: 'evil\u001b[2J.example', isDefault: false, isVerified: false },
    ];
    const text = domainsText({ ...report, domains });
    assert.match(text, /^contoso\.com +1,200 +1,100 +primary, managed$/m);
    assert.match(text, /^old\.example +1,200 +0 +federated, left out by users\.domains$/m);
    assert.match(text, /not a verified domain of the tenant$/m);
    assert.ok(!text.includes('\u001b'), 'nothing of a name steers the terminal');
  });

  it('say where accounts come from, and how old the list is', () => {
    const text = domainsText(report);
    assert.match(text, /^The tenant is hybrid: 1 account made in Entra, 1,199 synchronized from Active Directory\.$/m);
    assert.match(text, /^Read 2026-01-02 00:00:00Z\.$/m);
    const unread = domainsText({ ...report, isHybrid: null, readAtMs: null, problem: 'It is forbidden.', domains: [] });
    assert.match(unread, /^1 account made/m);
    assert.match(unread, /^The list of verified domains was never read\. The last attempt failed: It is forbidden\.$/m);
  });
});
