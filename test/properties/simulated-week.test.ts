import assert from 'node:assert/strict';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { SimulatedWeek, type Tally } from '../support/simulated-week.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** How many weeks are lived; CONTRIBUTING.md names the variable. */
const weeks = Number(process.env['SIMULATED_WEEKS'] ?? 1);
/** The seed of the first of them; the others follow. */
const firstSeed = Number(process.env['SIMULATED_SEED'] ?? 1121);

describe('a week of simulated days', function () {
  this.timeout(900_000);

  for (let seed = firstSeed; seed < firstSeed + weeks; seed++) {
    it(`is shown as it is after every round, whatever people, Microsoft, the administrator and the disk do: seed ${seed} (P2, P3, P4, P5, PAIN-05, PAIN-07, PAIN-08, PAIN-09, PAIN-12)`, async () => {
      using folder = temporaryFolder();
      await using week = await SimulatedWeek.begin(await loopbackCertificates(), folder.path, seed);
      const tally = await week.live(7);
      assertLively(tally);
    });
  }
});

/** What never happened was not proved. */
function assertLively(tally: Tally): void {
  const often = { published: 50, held: 3, failed: 5, tenant: 300, configuration: 3, 'end of the process': 5 };
  for (const [what, count] of Object.entries(often)) {
    assert.ok((tally[what] ?? 0) >= count, `${what}: ${tally[what] ?? 0} times; all: ${JSON.stringify(tally)}`);
  }
}
