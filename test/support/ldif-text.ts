/** One record of an LDIF file: the values of each attribute as octets, `dn` among them. */
export type LdifRecord = ReadonlyMap<string, readonly Buffer[]>;

/** Reads LDIF content records (RFC 2849) in the plainest way; throws on a line that is none of the grammar. */
export function parseLdif(text: string): readonly LdifRecord[] {
  const [version, ...records] = text.replaceAll('\n ', '').split('\n\n');
  if (version?.trimEnd() !== 'version: 1') throw new Error('LDIF begins with its version');
  return records.map((record) => {
    const values = new Map<string, Buffer[]>();
    for (const line of record.trimEnd().split('\n')) {
      const [, name = '', value = ''] = /^([A-Za-z][\w.;-]*):(.*)$/s.exec(line) ?? [];
      if (name === '') throw new Error(`not an attrval-spec: ${line}`);
      values.set(name, [...(values.get(name) ?? []), valueOf(value)]);
    }
    return values;
  });
}

function valueOf(spec: string): Buffer {
  if (!spec.startsWith(':')) return Buffer.from(safe(spec.replace(/^ */, '')));
  const base64 = spec.slice(1).trim();
  const octets = Buffer.from(base64, 'base64');
  if (octets.toString('base64') !== base64) throw new Error(`not base64: ${base64}`);
  return octets;
}

/** SAFE-STRING: nothing beyond ASCII, no NUL, and no colon or less-than sign at the beginning. */
function safe(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the octets that the grammar excludes
  if (!/^(?:[\x01-\x09\x0b\x0c\x0e-\x1f!-9;=-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*)?$/.test(text)) {
    throw new Error(`not a safe string: ${text}`);
  }
  return text;
}
