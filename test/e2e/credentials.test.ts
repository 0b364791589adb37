import assert from 'node:assert/strict';
import type { StatusReport } from '../../src/identity/admin.ts';
import { DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { SimulatorClient } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a daemon with a backup credential (FOX-09)', () => {
  it('works with the backup when Entra refuses the first, logs that once and shows both in status', async () => {
    const client = await SimulatorClient.start();
    try {
      using folder = temporaryFolder();
      const credentials = [
        { secret: 'an-expired-secret' },
        { secret: DEFAULT_CLIENT_SECRET, secretExpires: '2040-01-31' },
      ];
      const tenant = { credential: undefined, credentials };
      const config = writeDaemonConfig(folder.path, client.simulator, client.ca, { tenant });
      await using daemon = startProgram(['serve', '--config', config]);
      await daemon.waitFor(/directory\.published/);
      const again = await runProgram(['sync', '--config', config]);
      assert.equal(again.code, 0, again.stderr);
      const { stdout } = await runProgram(['status', '--json', '--config', config]);
      const { credentials: shown, traffic, sync } = JSON.parse(stdout) as StatusReport;
      assert.deepEqual(
        shown.map(({ name, state, expiresAtMs }) => [name, state, expiresAtMs]),
        [
          ['tenant.credentials[0]', 'refused', null],
          ['tenant.credentials[1]', 'inUse', Date.UTC(2040, 0, 31)],
        ],
      );
      assert.match(shown[0]?.problem ?? '', /AADSTS7000215/);
      assert.ok(traffic.requests > 0 && traffic.resourceUnits >= traffic.requests);
      assert.ok(sync.lastFullAtMs !== null && sync.lastFullAtMs > 0);
      const text = await runProgram(['status', '--config', config]);
      assert.match(text.stdout, /^Credentials +tenant\.credentials\[0\], client secret: refused: .*AADSTS7000215/m);
      const { stdout: log, stderr } = await daemon.stop();
      assert.equal(log.match(/"credential\.refused"/g)?.length, 1);
      assert.equal(log.match(/"credential\.accepted"/g)?.length, 1);
      for (const output of [log, stderr, stdout, text.stdout]) {
        for (const { secret } of credentials) assert.ok(!output.includes(secret), 'a secret is said');
      }
    } finally {
      await client.close();
    }
  });
});
