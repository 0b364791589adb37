import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { html, trusted } from '../../../../src/http/pages/html.ts';

const hostile = [
  '<',
  '>',
  '"',
  "'",
  '&',
  '`',
  '/',
  '=',
  ' ',
  '\n',
  '\u0000',
  '\u202e',
  '\ud83d',
  'a',
  'ä',
  '</p>',
  '<!--',
  ']]>',
];

describe('HTML of the status page', () => {
  it('makes text of whatever is put into it, in text and in attributes', () => {
    const name = `<img src=x onerror="alert('1')">&`;
    assert.equal(
      html`<p title="${name}">${name}</p>`.toString(),
      '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>',
    );
  });

  it('never lets a text end the element or the attribute that it stands in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...hostile) }), (text) => {
        const markup = html`<p title="${text}">${text}</p>`.toString();
        assert.match(markup, /^<p title="[^"<>]*">[^<>]*<\/p>$/);
      }),
    );
  });

  it('shows no character that steers the direction of writing or is a control, other than line feed and tab', () => {
    assert.equal(
      html`${'a\u202eb\u2066c\u0000d\u007fe\u2028f\n\t'}`.toString(),
      'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\n\t',
    );
  });

  it('takes templates as they are, lists one after the other, and nothing for what is not there', () => {
    const rows = [1, 2].map((each) => html`<li>${each}</li>`);
    const absent = [null, undefined, false] as const;
    assert.equal(
      html`<ul>${rows}</ul>${absent}${trusted('<hr>')}${0}`.toString(),
      '<ul><li>1</li><li>2</li></ul><hr>0',
    );
  });
});
