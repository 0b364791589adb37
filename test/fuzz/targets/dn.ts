import assert from 'node:assert/strict';

import { formatDn, normalizedRdns, normalizeDn, parseDn } from '../../../src/directory/dn.ts';
import { decodeUtf8 } from '../../../src/directory/string-prep.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

/** Distinguished names (RFC 4514): nothing throws, what is read is read again from what is written, and normal forms agree. */
export const dnTarget: FuzzTarget = {
  name: 'dn',
  bytesMax: 1024,
  words: [
    ...words(
      'uid=',
      'cn=',
      '2.5.4.3=',
      'oid.1.2=',
      'homeDirectory=',
      'x-y=',
      ',',
      '+',
      ';',
      '\\,',
      '\\ ',
      '\\41',
      '\\c3\\a9',
      '#0401',
    ),
    ...words('#', '"', ' ', '=', '\\', '\u0301\u0316', 'İ', 'ß', 'ﷺ', 'Σ', '\u00a0', '\u200b', '\0'),
    ...octets('c3', 'ffff'),
  ],
  // RFC 4514 §4, and what it does not show.
  seeds: words(
    'UID=jsmith,DC=example,DC=net',
    'OU=Sales+CN=J.  Smith,DC=example,DC=net',
    'CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net',
    'CN=Before\\0dAfter,DC=example,DC=net',
    '1.3.6.1.4.1.1466.0=#04024869',
    'CN=Lu\\C4\\8Di\\C4\\87',
    'cn=\\ a\\ ,oid.2.5.4.11=x',
  ),
  steps: { fixed: 4000, perByte: 120 },
  run(input) {
    const text = decodeUtf8(input);
    if (text === undefined) return;
    const parsed = parseDn(text);
    const normalized = normalizeDn(text);
    assert.equal(parsed === undefined, normalized === undefined, 'read and normalized');
    if (parsed === undefined || normalized === undefined) return;
    const written = formatDn(parsed);
    assert.deepEqual(parseDn(written), parsed, 'reads what it wrote');
    assert.equal(normalizeDn(written), normalized, 'two spellings of one name');
    assert.equal(normalizedRdns(parsed).join(','), normalized, 'by RDN and whole');
  },
};
