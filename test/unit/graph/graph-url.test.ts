import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { assertOwnLink, graphUrl } from '../../../src/graph/graph-url.ts';
import { sourceError } from './graph-fixture.ts';

const origin = 'https://graph.example';

describe('graphUrl', () => {
  it('encodes the # of a guest, so that the URL does not end there', () => {
    assert.equal(
      graphUrl(origin, ['users', 'joe_x.com#EXT#@contoso.com']),
      `${origin}/v1.0/users/joe_x.com%23EXT%23%40contoso.com`,
    );
  });

  it('encodes & and + in filters, and leaves the commas of $select', () => {
    const url = graphUrl(origin, ['users'], { $select: 'id,mail', $filter: "displayName eq 'R&D + 1'" });
    assert.equal(url, `${origin}/v1.0/users?$select=id,mail&$filter=displayName%20eq%20'R%26D%20%2B%201'`);
  });

  it('gives back every segment and value that went in', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(word, word, (segment, value) => {
        const url = new URL(graphUrl(origin, ['users', segment], { $filter: value }));
        assert.equal(decodeURIComponent(url.pathname.split('/')[3] ?? ''), segment);
        assert.equal(url.searchParams.get('$filter'), value);
        assert.equal(url.origin, origin);
      }),
    );
  });
});

describe('assertOwnLink', () => {
  it('lets links to the same origin pass, whatever the path', () => {
    assertOwnLink(`${origin}/beta/x?y`, origin);
    assertOwnLink('https://GRAPH.example:443/v1.0', origin);
  });

  for (const link of [
    '',
    'users/delta',
    'http://graph.example/',
    'https://graph.example@evil.example/',
    '//graph.example/',
  ]) {
    it(`stops at ${JSON.stringify(link)}, and does not repeat it`, () => {
      assert.throws(
        () => assertOwnLink(link, origin),
        sourceError('protocol', ({ message }) => link === '' || !message.includes(link)),
      );
    });
  }
});
