import assert from 'node:assert/strict';
import { modelId } from '../../support/model-tenant.ts';
import { overlayOf } from '../../support/overlay-text.ts';
import { openSettings } from '../../support/sync-bench.ts';
import { InspectionBench } from './inspection-bench.ts';

const settings = { ...openSettings, users: { ...openSettings.users, domains: ['contoso.com'] } };
const domain = (name: string) => ({ name, isDefault: name === 'contoso.com', isInitial: false, isFederated: false });

describe('the domains of the tenant', () => {
  it('are listed with their users, the verified ones in their order and then the others (FOX-19)', async () => {
    await using bench = await InspectionBench.open(settings);
    const names = ['a@contoso.com', 'b@Contoso.com', 'c@z.example', 'd@y.example'];
    for (const [at, userPrincipalName] of names.entries()) {
      bench.tenant.putUser(modelId('user', at), { userPrincipalName, onPremisesSyncEnabled: at === 0 ? true : null });
    }
    await bench.round();
    await bench.store.tenant.save({
      domains: [domain('empty.example'), domain('contoso.com')],
      isHybrid: true,
      readAtMs: 9,
    });
    const report = await bench.inspection.domains({ refresh: false });
    assert.deepEqual([report.isHybrid, report.readAtMs, report.problem], [true, 9, null]);
    assert.deepEqual(report.accounts, { cloud: 3, synchronized: 1 });
    assert.deepEqual(
      report.domains.map(({ name, users, shown, isVerified, isShown }) => [name, users, shown, isVerified, isShown]),
      [
        ['empty.example', 0, 0, true, false],
        ['contoso.com', 2, 2, true, true],
        ['y.example', 1, 0, false, false],
        ['z.example', 1, 0, false, false],
      ],
    );
  });

  it('count nobody of the overlay, whom the tenant does not have (FOX-19)', async () => {
    const local = 'users: [{ uid: local, displayName: L, userPrincipalName: l@contoso.com }]\n';
    await using bench = await InspectionBench.open({ ...openSettings, overlay: overlayOf({ 'o.yaml': local }) });
    bench.tenant.putUser(modelId('user', 0), { userPrincipalName: 'a@contoso.com' });
    await bench.round();
    const { accounts, domains } = await bench.inspection.domains({ refresh: false });
    assert.deepEqual(accounts, { cloud: 1, synchronized: 0 });
    assert.deepEqual(
      domains.map(({ name, users, shown }) => [name, users, shown]),
      [['contoso.com', 1, 1]],
    );
    assert.equal((await bench.explain('local')).state, 'shown');
  });

  it('are at most a thousand beside the verified ones, whoever makes names up (P8)', async () => {
    await using bench = await InspectionBench.open(openSettings);
    for (let at = 0; at < 1005; at++) {
      bench.tenant.putUser(modelId('user', at), { userPrincipalName: `u${at}@d${at}.example` });
    }
    await bench.round();
    const { domains, readAtMs } = await bench.inspection.domains({ refresh: true });
    assert.deepEqual([domains.length, readAtMs], [1000, null]);
  });
});
