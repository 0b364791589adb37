import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { prepareFolder, startTenant } from '../servers/tenant.ts';
import { MeasuredDaemon } from './measured-daemon.ts';
import { growthLine, growthOf, resultLines } from './sync-report.ts';
import { runSyncWorks, type SyncResult } from './sync-works.ts';
import { TenantControl } from './tenant-control.ts';

/** What is measured, and where text goes. */
export interface SyncBenchOptions {
  /** Users of the tenants that are measured one after the other; a tenth as many groups and five memberships each. */
  readonly sizes: readonly number[];
  /** A folder for CPU profiles of our daemon. */
  readonly profiles: string | undefined;
  readonly say: (line: string) => void;
}

/** Measures synchronizing, and returns what `--json` prints. */
export async function runSyncBench({ sizes, profiles, say }: SyncBenchOptions): Promise<object> {
  const results: SyncResult[] = [];
  for (const users of sizes) {
    const path = mkdtempSync(join(tmpdir(), 'entra-ldapd-bench-'));
    try {
      const size = { users, groups: Math.ceil(users / 10), memberships: users * 5 };
      await using tenant = await startTenant(path, size);
      using control = new TenantControl(tenant);
      await using daemon = new MeasuredDaemon(await prepareFolder(path, tenant), profiles);
      const report = (result: SyncResult): void => {
        results.push(result);
        for (const line of resultLines(result)) say(line);
      };
      await runSyncWorks({ daemon, tenant: control, size, report });
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  }
  const growth = growthOf(results);
  for (const each of growth) say(growthLine(each));
  return { results, growth };
}
