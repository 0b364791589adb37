import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import { equality, searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries } from '../support/sample-directory.ts';

const container = `ou=texts,${sampleBase}`;

/** A value, spellings that are the same after preparation, and some that are not. */
interface Preparation {
  readonly clause: string;
  readonly value: string;
  readonly same: readonly string[];
  readonly other: readonly string[];
}

const preparations: readonly Preparation[] = [
  {
    clause: 'maps controls, soft hyphens, joiners and variation selectors to nothing (§2.2)',
    value: 'abcdef',
    same: [
      'a\u00adbcdef',
      'ab\u200bcdef',
      'abc\u200d\u200cdef',
      'abcd\ufe0fef',
      'abcde\u0007f',
      '\ufeffabcdef',
      'abc\u{e0041}def',
    ],
    other: ['abc def', 'abcde', 'abc\u20dddef'],
  },
  {
    clause: 'maps every kind of white space to SPACE (§2.2)',
    value: 'one two',
    same: [
      'one\ttwo',
      'one\ntwo',
      'one\r\ntwo',
      'one\u00a0two',
      'one\u2003two',
      'one\u3000two',
      'one\u2028two',
      'one\u0085two',
    ],
    other: ['onetwo', 'one_two'],
  },
  {
    clause: 'folds case in every script, ß to ss and every sigma to one (§2.2, RFC 3454 B.2)',
    value: 'Straße ΟΔΟΣ Éa',
    same: ['STRASSE οδος éA', 'straße οδοσ ÉA', 'STRAẞE Οδος éa'],
    other: ['strase οδος éa', 'strasse οδο éa'],
  },
  {
    clause: 'keeps the dotless i apart (RFC 3454 B.2)',
    value: 'ısı',
    same: ['ISı'.replaceAll('I', 'ı')],
    other: ['isi', 'ISI'],
  },
  {
    clause: 'takes İ for i with a dot above',
    value: 'İzmir',
    same: ['i\u0307zmir', 'İZMİR'.replace('MİR', 'MIR')],
    other: ['izmir'],
  },
  {
    clause: 'normalizes by NFKC: composed and decomposed, wide and narrow, ligatures and single letters (§2.3)',
    value: 'ﬁancé Ⅳ ｶﾞ ２',
    same: ['fiance\u0301 IV ガ 2', 'FIANCÉ iv カ\u3099 2', 'ﬁancé ⅳ ガ ②'],
    other: ['fiance IV ガ 2', 'fiancé IV カ 2'],
  },
  {
    clause: 'ignores outer spaces and counts inner runs as one (§2.6.1)',
    value: '  three   little  words ',
    same: ['three little words', ' THREE    LITTLE WORDS', 'three\u2003\u2003little words  '],
    other: ['three littlewords', 'threelittlewords'],
  },
  {
    clause: 'does not take a space that carries a combining mark for a space (§2.6.1)',
    value: 'a \u0301b',
    same: ['A \u0301B'],
    other: ['a b', 'ab', 'a\u0301b'],
  },
];

describe('RFC 4518: string preparation', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    const texts = preparations.map(({ value }, index): MemoryEntry => {
      const attributes: MemoryEntry['attributes'] = [
        ['objectClass', ['top']],
        ['cn', [value]],
        ['title', [value]],
      ];
      return { dn: `ou=t${index},${container}`, attributes, links: [] };
    });
    const top: MemoryEntry = { dn: container, attributes: [['objectClass', ['top']]], links: [] };
    server = await DirectoryServer.start([...sampleEntries, top, ...texts]);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Names of the entries that an equality finds, in an attribute with an index and in one without. */
  async function found(value: string): Promise<readonly string[]> {
    const ask = async (attribute: string): Promise<readonly string[]> => {
      const request = searchRequest({ base: container, filter: equality(attribute, value), attributes: ['1.1'] });
      const { code, entries } = await client.ask(++id, request);
      assert.equal(code, 0);
      return entries.map(({ dn }) => dn);
    };
    const indexed = await ask('cn');
    const plain = await ask('title');
    assert.deepEqual(indexed, plain, 'an index answers as the entries do');
    return plain;
  }

  for (const [index, { clause, value, same, other }] of preparations.entries()) {
    it(clause, async () => {
      const dn = `ou=t${index},${container}`;
      for (const spelling of [value, ...same])
        assert.ok((await found(spelling)).includes(dn), JSON.stringify(spelling));
      for (const spelling of other) assert.ok(!(await found(spelling)).includes(dn), JSON.stringify(spelling));
    });
  }

  it('returns values as they were stored, whatever they were found by', async () => {
    const filter = equality('cn', 'THREE LITTLE WORDS');
    const { entries } = await client.ask(++id, searchRequest({ base: container, filter, attributes: ['cn'] }));
    assert.deepEqual(entries[0]?.attributes.get('cn'), ['  three   little  words ']);
  });

  it('takes octets that are not UTF-8 for no value: Undefined (§2.1)', async () => {
    const filter = equality('cn', Buffer.from([0x61, 0xff]));
    for (const each of [filter, Buffer.concat([Buffer.from([0xa2, filter.length]), filter])]) {
      const { code, entries } = await client.ask(++id, searchRequest({ base: container, filter: each }));
      assert.deepEqual([code, entries], [0, []]);
    }
  });
});
