import assert from 'node:assert/strict';
import { dnLengthMax } from '../../../src/directory/dn-parser.ts';
import {
  escapeRdnValue,
  formatDn,
  formatRdn,
  namingTypeKey,
  normalizeDn,
  parentDn,
  parseDn,
} from '../../../src/directory/dn.ts';

const valueOf = (text: string): string | undefined => parseDn(text)?.[0]?.[0]?.value;

describe('parseDn (RFC 4514 §3)', () => {
  it('reads the examples of RFC 4514 §4', () => {
    assert.equal(parseDn('UID=jsmith,DC=example,DC=net')?.length, 3);
    assert.deepEqual(
      parseDn('OU=Sales+CN=J.  Smith,DC=example,DC=net')?.[0]?.map((ava) => [ava.type, ava.value]),
      [
        ['OU', 'Sales'],
        ['CN', 'J.  Smith'],
      ],
    );
    assert.equal(valueOf('CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net'), 'James "Jim" Smith, III');
    assert.equal(valueOf('CN=Before\\0dAfter,DC=example,DC=net'), 'Before\rAfter');
    assert.equal(valueOf('1.3.6.1.4.1.1466.0=#04024869'), 'Hi');
    assert.equal(valueOf('CN=Lu\\C4\\8Di\\C4\\87'), 'Lučić');
  });

  it('takes spaces around separators and the oid. prefix of earlier versions (RFC 2253 §4)', () => {
    assert.equal(normalizeDn(' UID = a , OU = b + CN = c '), 'uid=a,cn=c+ou=b');
    assert.equal(normalizeDn('OID.2.5.4.3=x'), 'cn=x');
  });

  it('keeps escaped spaces at the ends of a value', () => {
    assert.equal(valueOf('cn=\\ a\\ ,dc=x'), ' a ');
    assert.equal(valueOf('cn=a\\20'), 'a ');
    assert.equal(valueOf('cn= a  '), 'a');
  });

  it('reads the empty text, and no other, as the root', () => {
    assert.deepEqual(parseDn(''), []);
    assert.equal(parseDn('  '), undefined);
  });

  it('keeps a BER value that is no text as it is, and refuses one that is cut (RFC 4514 §2.4)', () => {
    assert.deepEqual(parseDn('cn=#0201FF')?.[0]?.[0], { type: 'cn', value: '0201ff', encoded: true });
    assert.equal(formatDn(parseDn('cn=#0201FF,dc=x') ?? []), 'cn=#0201ff,dc=x');
    assert.equal(normalizeDn('CN=#0201FF'), 'cn=#0201ff');
    assert.notEqual(normalizeDn('cn=#0201ff'), normalizeDn('cn=\\#0201ff'));
    assert.equal(parseDn('cn=#'), undefined);
    assert.equal(parseDn('cn=#4'), undefined);
    assert.equal(parseDn('cn=#04'), undefined);
    assert.equal(parseDn('cn=#zz'), undefined);
  });

  for (const text of [
    'uid',
    'uid=a,,dc=x',
    ',dc=x',
    'dc=x,',
    '=x,dc=x',
    'uid=\\zz,dc=x',
    'u id=a,dc=x',
    'uid=,dc=x',
    'uid=a"b',
    'uid=a<b',
    'uid=a;dc=x',
    'uid="a"',
    'uid=a\\',
    'uid=a\\f',
    'uid=\\ff',
    'uid=a\0',
    '1=x',
    '1.=x',
    '-a=x',
    'uid=a+',
    '+uid=a',
  ]) {
    it(`refuses ${JSON.stringify(text)} (S3)`, () => {
      assert.equal(parseDn(text), undefined);
      assert.equal(normalizeDn(text), undefined);
    });
  }

  it('reads 5,000 RDNs and values of 100,000 spaces in linear time (E12)', () => {
    assert.equal(parseDn(Array.from({ length: 5000 }, () => 'ou=x').join(','))?.length, 5000);
    assert.equal(normalizeDn(`cn=a${' '.repeat(100_000)}b`), 'cn=a b');
    assert.equal(normalizeDn(`cn=${'\\ '.repeat(50_000)}b`), 'cn=b');
    assert.equal(parseDn(`cn=${' '.repeat(100_000)}`), undefined);
  });
});

describe('the length of a name (P8)', () => {
  const spelled: readonly [what: string, name: (length: number) => string][] = [
    ['of one long value', (length) => `cn=${'x'.repeat(length - 3)}`],
    ['with capitals', (length) => `cn=${'X'.repeat(length - 3)}`],
    ['of an object identifier', (length) => `${'1.'.repeat((length - 3) / 2)}1=${'x'.repeat(1 + ((length - 3) % 2))}`],
  ];
  for (const [what, name] of spelled) {
    it(`is dnLengthMax at most, of a name ${what}`, () => {
      assert.equal(name(dnLengthMax).length, dnLengthMax);
      assert.notEqual(normalizeDn(name(dnLengthMax)), undefined);
      assert.equal(normalizeDn(`${name(dnLengthMax)}x`), undefined);
      assert.equal(parseDn(`${name(dnLengthMax)}x`), undefined);
    });
  }

  it('may be beyond all measure without an exception', () => {
    for (const text of ['1.', 'cn=x,', '\\41', 'cn=\\ +']) {
      assert.equal(normalizeDn(`${text.repeat(2 ** 24 / text.length)}cn=x`), undefined);
    }
  });
});

describe('escapeRdnValue (RFC 4514 §2.4)', () => {
  for (const [value, escaped] of [
    ['plain', 'plain'],
    ['a,b', 'a\\,b'],
    ['a+b"c\\d<e>f;g', 'a\\+b\\"c\\\\d\\<e\\>f\\;g'],
    ['#a#', '\\#a#'],
    [' a ', '\\ a\\ '],
    [' ', '\\ '],
    ['  ', '\\ \\ '],
    ['a=b', 'a=b'],
    ['nul\0', 'nul\\00'],
    ['Zoë', 'Zoë'],
    ['', ''],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as ${JSON.stringify(escaped)}`, () => {
      assert.equal(escapeRdnValue(value), escaped);
    });
  }
});

describe('normalizeDn (RFC 4517 §4.2.15)', () => {
  for (const [spelling, normalized] of [
    ['uid=alice,ou=users,dc=example,dc=com', 'uid=alice,ou=users,dc=example,dc=com'],
    ['UID=Alice , OU=Users,DC=Example,DC=com', 'uid=alice,ou=users,dc=example,dc=com'],
    ['0.9.2342.19200300.100.1.1=alice,2.5.4.11=users', 'uid=alice,ou=users'],
    ['userid=alice,organizationalUnitName=users,domainComponent=x', 'uid=alice,ou=users,dc=x'],
    ['uid=\\61lice', 'uid=alice'],
    ['uid=#0405616c696365', 'uid=alice'],
    ['cn=a   b', 'cn=a b'],
    ['cn=STRASSE', 'cn=strasse'],
    ['cn=Straße', 'cn=strasse'],
    ['cn=Zoe\u0308', 'cn=zoë'],
    ['cn=A\\, B', 'cn=a\\, b'],
    ['cn=A\\2c B', 'cn=a\\, b'],
    ['cn=b+uid=a', 'cn=b+uid=a'],
    ['uid=a+cn=b', 'cn=b+uid=a'],
    ['homeDirectory=/Home/A', 'homedirectory=/Home/A'],
    ['X-Unknown=Value', 'x-unknown=value'],
    ['', ''],
  ] as const) {
    it(`turns ${JSON.stringify(spelling)} into ${JSON.stringify(normalized)}`, () => {
      assert.equal(normalizeDn(spelling), normalized);
    });
  }

  it('keeps look-alike names apart (P7)', () => {
    assert.notEqual(normalizeDn('uid=admın'), normalizeDn('uid=admin'));
    assert.notEqual(normalizeDn('uid=аdmin'), normalizeDn('uid=admin'));
    assert.notEqual(normalizeDn('cn=a,cn=b'), normalizeDn('cn=a\\,cn\\=b'));
    assert.notEqual(normalizeDn('cn=a+cn=b'), normalizeDn('cn=a\\+cn=b'));
  });
});

describe('Parts of a DN', () => {
  it('are taken off one by one up to the root', () => {
    const dn = parseDn('uid=a,dc=x') ?? [];
    assert.equal(formatRdn(dn[0] ?? []), 'uid=a');
    const parent = parentDn(dn) ?? [];
    assert.equal(formatDn(parent), 'dc=x');
    assert.deepEqual(parentDn(parent), []);
    assert.equal(parentDn([]), undefined);
  });

  it('have types that are known by every name', () => {
    assert.equal(namingTypeKey('2.5.4.3'), 'cn');
    assert.equal(namingTypeKey('commonName'), 'cn');
    assert.equal(namingTypeKey('Whatever'), 'whatever');
  });
});
