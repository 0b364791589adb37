import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { Bench, type Row } from './bench.ts';
import { famoc } from './famoc.ts';
import { federatedDirectory } from './federated-directory.ts';
import { foxpass } from './foxpass.ts';
import { oomnitza } from './oomnitza.ts';
import { pain } from './pain.ts';
import { snapcomms } from './snapcomms.ts';

const sections: readonly (readonly [string, readonly Row[]])[] = [
  ['FAMOC manage', famoc],
  ['Federated Directory', federatedDirectory],
  ['Foxpass', foxpass],
  ['SnapComms', snapcomms],
  ['Oomnitza', oomnitza],
  ['what people report of comparable servers', pain],
];

/** Every id of the requirements, by what it begins with. */
const counts = { FAM: 28, FED: 25, FOX: 21, SNP: 27, OOM: 12, PAIN: 23 };

/** Ids without a row here, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  ...reason('SCIM, which is not in this version', ['FED-08', 'FED-10', 'FED-11', 'FED-12', 'FED-13', 'FED-14']),
  ...reason('SCIM, which is not in this version', ['SNP-01', 'SNP-03']),
  ...reason('about who signs in: test/e2e and test/unit/auth', ['PAIN-01', 'PAIN-02', 'PAIN-03', 'PAIN-04', 'PAIN-22']),
  ...reason('about the protocol: test/conformance', ['PAIN-13', 'PAIN-14', 'PAIN-15', 'PAIN-16', 'PAIN-23']),
  ...reason('about memory and the store on disk: bench and test/unit/store', ['PAIN-17', 'PAIN-19']),
};

describe('the requirements on what is synchronized and how it is shown', function () {
  this.timeout(120_000);
  let bench: Bench;

  before(async () => {
    bench = await Bench.open();
  });
  after(async () => {
    await bench[Symbol.asyncDispose]();
  });

  for (const [source, rows] of sections) {
    describe(source, () => {
      for (const { id, says, check } of rows) it(`${id}: ${says}`, () => check(bench));
    });
  }

  it('each have a row, or a reason why not', () => {
    const rows = sections.flatMap(([, each]) => each.map(({ id }) => id));
    const accountedFor = [...rows, ...Object.keys(elsewhere)];
    assert.deepEqual(accountedFor.toSorted(), ids().toSorted());
  });

  it('are all those that are written down beside the project, where they are', function () {
    const list = new URL('../../../../shared/REQUIREMENTS.md', import.meta.url);
    if (!existsSync(list)) this.skip();
    const written = readFileSync(list, 'utf8').matchAll(/^\| ([A-Z]+-\d\d) \|/gm);
    assert.deepEqual([...written].map(([, id]) => String(id)).toSorted(), ids().toSorted());
  });
});

function ids(): readonly string[] {
  return Object.entries(counts).flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`),
  );
}

function reason(why: string, of: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(of.map((id) => [id, why]));
}
