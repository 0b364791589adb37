import assert from 'node:assert/strict';
import { createControlClient } from '../../../src/http/control-client.ts';
import { startControlServer } from '../../../src/http/control-server.ts';
import type { AdminApi } from '../../../src/identity/admin.ts';
import type { DomainsReport } from '../../../src/identity/tenant-facts.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { fakeInspection } from '../../support/fake-inspection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const report: DomainsReport = {
  readAtMs: 7,
  problem: null,
  isHybrid: null,
  accounts: { cloud: 1, synchronized: 2 },
  domains: [],
};

describe('control socket, the domains of the tenant', () => {
  it('hands on what is known, and asks the tenant only when told to (FOX-19, FOX-20)', async () => {
    using folder = temporaryFolder();
    const asked: boolean[] = [];
    const inspection = fakeInspection({
      domains: async ({ refresh }) => {
        asked.push(refresh);
        return report;
      },
    });
    // Nothing else of the administration is asked.
    const api = { inspection } as AdminApi;
    await using _server = await startControlServer({ dataDirectory: folder.path, api, log: silentLog });
    const client = createControlClient(folder.path);
    const { signal } = new AbortController();
    assert.deepEqual(await client.domains({ refresh: false }, signal), report);
    assert.deepEqual(await client.domains({ refresh: true }, signal), report);
    assert.deepEqual(asked, [false, true]);
  });
});
