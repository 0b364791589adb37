import assert from 'node:assert/strict';
import { overlayRows } from '../../../src/cli/text/overlay.ts';
import { overlayLines } from '../../../src/wording/overlay.ts';
import type { OverlayFinding, OverlayReport } from '../../../src/identity/overlay.ts';

const place = { file: 'o.yaml', line: 7 };
const report: OverlayReport = { files: ['o.yaml'], users: 2, groups: 1, members: 5, overrides: 3, findings: [] };

function rowsWith(
  ...findings: readonly (Pick<OverlayFinding, 'about' | 'kind'> & Partial<Pick<OverlayFinding, 'place'>>)[]
): string {
  const found = findings.map((each) => ({ place, ...each, name: 'somebody@example.com' }));
  return overlayRows({ ...report, findings: found }).join();
}

describe('overlay files as text', () => {
  it('say what they add, and nothing where there are none', () => {
    assert.deepEqual(overlayRows(null), []);
    assert.deepEqual(overlayRows(report), [
      ['Overlay', '1 file: 2 users, 1 group, 5 further members, 3 objects changed'],
    ]);
    assert.deepEqual(
      overlayRows({ ...report, overrides: 1 })[0]?.[1]
        .split(', ')
        .at(-1),
      '1 object changed',
    );
  });

  it('say of each line that does something else than it seems what that is, without the name in it', () => {
    const lines = rowsWith(
      { about: 'member', kind: 'none' },
      { about: 'group', kind: 'several' },
      { about: 'user', kind: 'merged' },
      { about: 'override', kind: 'notForKind' },
    );
    assert.match(lines, /o\.yaml:7: nothing is known by the name of the member; it has no effect until there is/);
    assert.match(lines, /o\.yaml:7: several answer to the name of the group, so it has no effect; use an object id/);
    assert.match(lines, /o\.yaml:7: the user is in the tenant too, so the two are one, and Entra checks the password/);
    assert.match(lines, /o\.yaml:7: says something that .* this kind do not have; that is left out/);
    assert.doesNotMatch(lines, /somebody/);
  });

  it('list ten of them, and how many there are more (P8)', () => {
    const many = Array.from(
      { length: 12 },
      (_, line) => ({ about: 'member', kind: 'none', place: { ...place, line } }) as const,
    );
    assert.equal(rowsWith(...many).split('\n').length, 1 + 10 + 1);
    assert.match(rowsWith(...many), /and 2 more lines to look at$/);
  });

  it('say the same of one line once', () => {
    const twice = rowsWith({ about: 'member', kind: 'none' }, { about: 'member', kind: 'none' });
    assert.equal(twice.split('\n').length, 1 + 1);
  });

  it('say of an object what each place does, with its line, and move no cursor', () => {
    assert.deepEqual(
      overlayLines([
        { place, isLocked: true, changes: [] },
        {
          place: { file: 'b.csv', line: 2 },
          isLocked: false,
          changes: [
            ['title', []],
            ['mobile', ['1', '2\u001b']],
          ],
        },
        { place, isLocked: false, changes: [] },
      ]),
      ['o.yaml:7  enabled: false', 'b.csv:2  title: removed', 'b.csv:2  mobile: 1, 2\ufffd', 'o.yaml:7  is added'],
    );
  });
});
