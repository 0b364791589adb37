import assert from 'node:assert/strict';
import { parseAlternativeName } from '../../../src/identity/alternative-name.ts';

describe('alternative names of certificates', () => {
  for (const [text, name] of [
    ['dns:GitLab.Example.COM', 'dns:gitlab.example.com'],
    ['DNS:a', 'dns:a'],
    ['email:Git@Example.com', 'email:Git@example.com'],
    ['URI:spiffe://Example/Git', 'uri:spiffe://Example/Git'],
  ] as const) {
    it(`read ${text} as ${name} (RFC 5280 §7)`, () => {
      assert.equal(parseAlternativeName(text), name);
    });
  }

  for (const text of [
    '',
    'a',
    'dns:',
    'dns',
    'ip:10.0.0.1',
    'dns:a b',
    'dns:zoë',
    'email:a',
    'email:@b',
    'email:a@b@c',
  ]) {
    it(`do not read ${JSON.stringify(text)}`, () => assert.equal(parseAlternativeName(text), undefined));
  }

  for (const text of ['uri:a,b', 'uri:"a"', "uri:'a'", 'uri:a\\b', 'uri:a\nb', `dns:${'a'.repeat(256)}`]) {
    it(`do not read ${JSON.stringify(text.slice(0, 20))}, which no list of names gives back (P7)`, () => {
      assert.equal(parseAlternativeName(text), undefined);
    });
  }
});
