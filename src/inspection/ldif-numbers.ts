import { guidKey, sidKey } from '../projection/match-keys.ts';

/** A number that somebody is to get by a user principal name or a name, unchecked, with its line. */
export interface WishedNumber {
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  /** What the number is kept by instead of the name, see `matchKeys`; of objects of Active Directory only. */
  readonly key?: string;
  readonly number: string;
}

/**
 * The numbers in the entries of an LDIF file (RFC 2849): of users by user principal name, uid or sAMAccountName, of groups by cn;
 * where there is an objectSid or objectGUID, as in what Active Directory exports, by that.
 */
export function numbersOfLdif(text: string): readonly WishedNumber[] {
  return entriesOf(text).flatMap(({ line, values }) => {
    const first = (attribute: string): string | undefined => values.get(attribute)?.[0]?.toString('utf8');
    const by = keyOf(values);
    const uidNumber = first('uidnumber');
    if (uidNumber !== undefined) {
      const name = first('userprincipalname') ?? first('uid') ?? first('samaccountname');
      return [{ line, kind: 'user', name: name ?? '', ...by, number: uidNumber }];
    }
    const gidNumber = first('gidnumber');
    if (gidNumber === undefined) return [];
    return [{ line, kind: 'group', name: first('cn') ?? '', ...by, number: gidNumber }];
  });
}

interface LdifEntry {
  readonly line: number;
  /** By attribute types in lower case, without options. */
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
}

function entriesOf(text: string): readonly LdifEntry[] {
  const entries: LdifEntry[] = [];
  let values = new Map<string, Buffer[]>();
  let begins = 0;
  const end = (): void => {
    if (values.has('dn')) entries.push({ line: begins, values });
    values = new Map();
  };
  for (const { line, content } of logicalLines(text)) {
    if (content === '') end();
    else if (!content.startsWith('#')) {
      const [, type = '', base64, value = ''] = /^([^:;]+)[^:]*:(:)? *(.*)$/su.exec(content) ?? [];
      if (type.toLowerCase() === 'dn') begins = line;
      const known = values.get(type.toLowerCase()) ?? [];
      known.push(Buffer.from(value, base64 === undefined ? 'utf8' : 'base64'));
      values.set(type.toLowerCase(), known);
    }
  }
  end();
  return entries;
}

/** Lines with those behind them that go on with a space (RFC 2849 note 2). */
function logicalLines(text: string): readonly { readonly line: number; readonly content: string }[] {
  const lines: { line: number; content: string }[] = [];
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (content.startsWith(' ') && last !== undefined) last.content += content.slice(1);
    else lines.push({ line: index + 1, content });
  }
  return lines;
}

function keyOf(values: LdifEntry['values']): { readonly key?: string } {
  const sid = sidOf(values.get('objectsid')?.[0]);
  if (sid !== undefined) return { key: sidKey(sid) };
  const guid = values.get('objectguid')?.[0];
  return guid?.length === 16 ? { key: guidKey(guid.toString('base64')) } : {};
}

/** A security identifier as text (MS-DTYP §2.4.2): as it was written, or from its bytes; undefined when it is neither. */
function sidOf(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined;
  const written = value.toString('latin1');
  if (/^S-1-\d+(?:-\d+)+$/i.test(written)) return written;
  const count = value[1] ?? 0;
  if (value[0] !== 1 || count === 0 || value.length !== 8 + 4 * count) return undefined;
  const parts = Array.from({ length: count }, (_, index) => value.readUInt32LE(8 + 4 * index));
  return ['S', 1, value.readUIntBE(2, 6), ...parts].join('-');
}
