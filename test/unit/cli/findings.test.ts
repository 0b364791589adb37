import assert from 'node:assert/strict';
import { findingText, usesColour, verdictText } from '../../../src/cli/text/findings.ts';
import type { Finding, Verdict } from '../../../src/identity/examination.ts';
import { RecordedOutput } from '../../support/fake-shell.ts';

function finding(verdict: Verdict, fix: string | null = null): Finding {
  return { id: 'x', subject: 'Clock', verdict, finding: 'is right', fix };
}

describe('findings as text', () => {
  it('have a word for each verdict beside the colour, so that nothing depends on colours (FOX-04)', () => {
    const words = (['good', 'doubtful', 'bad', 'skipped'] as const).map((verdict) =>
      findingText(finding(verdict), false),
    );
    assert.deepEqual(
      words.map((text) => text.split(' ', 1)[0]),
      ['ok', 'warn', 'FAIL', '-'],
    );
    assert.equal(findingText(finding('good'), true), `\u001b[32mok  \u001b[0m  ${'Clock'.padEnd(30)}is right`);
    assert.ok(findingText(finding('bad'), true).startsWith('\u001b[31mFAIL\u001b[0m'));
  });

  it('say on the next line what to do', () => {
    assert.match(findingText(finding('bad', 'Set it.'), false), /^FAIL {2}Clock +is right\n {6}-> Set it\.$/);
  });

  it('cannot steer the terminal by what comes from the tenant', () => {
    const hostile = { ...finding('good'), finding: 'Con\u001b[2Jtoso\nok' };
    assert.match(findingText(hostile, false), /Con\?\[2Jtoso\?ok$/);
  });

  it('are coloured on a terminal only, and not where NO_COLOR is set', () => {
    const terminal = new RecordedOutput({ isTTY: true });
    assert.equal(usesColour(terminal, {}), true);
    assert.equal(usesColour(terminal, { NO_COLOR: '' }), true);
    assert.equal(usesColour(terminal, { NO_COLOR: '1' }), false);
    assert.equal(usesColour(terminal, { TERM: 'dumb' }), false);
    assert.equal(usesColour(new RecordedOutput(), {}), false);
  });

  it('end with a sentence that counts', () => {
    assert.equal(verdictText([finding('good'), finding('skipped')]), 'Everything needed is there.');
    assert.equal(verdictText([finding('good'), finding('doubtful')]), 'Everything needed is there, 1 warning.');
    assert.equal(verdictText([finding('bad'), finding('bad'), finding('doubtful')]), '2 problems, 1 warning.');
  });
});
