import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { escapeRdnValue, formatDn, normalizedRdns, normalizeDn, parentDn, parseDn } from '../../src/directory/dn.ts';
import type { Dn } from '../../src/directory/dn.ts';

const special = fc.constantFrom(',', '+', '"', '\\', '<', '>', ';', '=', '#', ' ', '\0', 'ß', 'İ', 'ﬁ', '\u0301', 'é');
const value = fc.string({
  unit: fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  minLength: 1,
});
const type = fc.oneof(
  fc.constantFrom('uid', 'CN', 'ou', 'dc', '2.5.4.3', 'homeDirectory', 'x-unknown'),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
);
const ava = fc.record({ type, value, encoded: fc.constant(false) }, { noNullPrototype: true });
const dn: fc.Arbitrary<Dn> = fc.array(fc.array(ava, { minLength: 1, maxLength: 3 }), { maxLength: 5 });

describe('Distinguished names (RFC 4514)', () => {
  it('are parsed back to what was written, whatever their values contain (§2.4, §3)', () => {
    fc.assert(
      fc.property(dn, (name) => assert.deepEqual(parseDn(formatDn(name)), name)),
      { numRuns: 1000 },
    );
  });

  it('keep an escaped value through writing and reading it inside a name', () => {
    fc.assert(
      fc.property(value, (text) => {
        assert.equal(parseDn(`cn=${escapeRdnValue(text)},dc=x`)?.[0]?.[0]?.value, text);
      }),
      { numRuns: 1000 },
    );
  });

  it('have a normalized text that is its own normalized text', () => {
    fc.assert(
      fc.property(dn, (name) => {
        const normalized = normalizeDn(formatDn(name));
        assert.ok(normalized !== undefined);
        // A value of which nothing is significant has an empty normal form, which is no name any more.
        if (!/=(?:[,+]|$)/.test(normalized)) assert.equal(normalizeDn(normalized), normalized);
      }),
      { numRuns: 1000 },
    );
  });

  it('are equal whatever the letter case of types, the spaces around separators and the way of escaping', () => {
    fc.assert(
      fc.property(dn, fc.boolean(), (name, hex) => {
        const spelled = name.map((rdn) =>
          rdn
            .map(({ type: written, value: text }) => {
              const octets = [...Buffer.from(text)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');
              return ` ${written.toUpperCase()} = ${hex ? octets : escapeRdnValue(text)} `;
            })
            .reverse()
            .join('+'),
        );
        assert.equal(normalizeDn(spelled.join(',')), normalizeDn(formatDn(name)));
      }),
      { numRuns: 1000 },
    );
  });

  it('end with the normalized text of their superior', () => {
    fc.assert(
      fc.property(dn, (name) => {
        const above = parentDn(name);
        if (above === undefined) assert.equal(name.length, 0);
        else assert.equal([normalizedRdns(name)[0], ...normalizedRdns(above)].join(','), normalizeDn(formatDn(name)));
      }),
    );
  });

  it('are read or refused without an exception, whatever text comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: special }), fc.string({ unit: 'binary' })), (text) => {
        const parsed = parseDn(text);
        assert.equal(parsed === undefined, normalizeDn(text) === undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
