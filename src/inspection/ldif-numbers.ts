/** A number that somebody is to get by a user principal name or a name, unchecked, with its line. */
export interface WishedNumber {
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  readonly number: string;
}

/** The numbers in the entries of an LDIF file (RFC 2849): of users by user principal name and uid, of groups by cn. */
export function numbersOfLdif(text: string): readonly WishedNumber[] {
  return entriesOf(text).flatMap(({ line, values }) => {
    const first = (attribute: string): string | undefined => values.get(attribute)?.[0];
    const uidNumber = first('uidnumber');
    if (uidNumber !== undefined) {
      const name = first('userprincipalname') ?? first('uid') ?? first('samaccountname');
      return [{ line, kind: 'user', name: name ?? '', number: uidNumber }];
    }
    const gidNumber = first('gidnumber');
    if (gidNumber === undefined) return [];
    return [{ line, kind: 'group', name: first('cn') ?? '', number: gidNumber }];
  });
}

interface LdifEntry {
  readonly line: number;
  /** By attribute types in lower case, without options. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function entriesOf(text: string): readonly LdifEntry[] {
  const entries: LdifEntry[] = [];
  let values = new Map<string, string[]>();
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
      known.push(base64 === undefined ? value : Buffer.from(value, 'base64').toString('utf8'));
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
