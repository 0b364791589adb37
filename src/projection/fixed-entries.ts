import { normalizeDn, parseDn } from '../directory/dn.ts';
import type { EntryContent } from '../directory/entry-codec.ts';
import { nameBasedId, objectIdFromBytes } from '../identity/ids.ts';
import type { Attributes } from './attributes.ts';
import { CONTAINER_CLASSES, GROUP_CLASSES, GROUP_LINKS } from './object-classes.ts';
import type { ProjectedEntry } from './stamps.ts';

/** The name space for X.500 names (RFC 9562 §6.6). */
const nameSpaceX500 = objectIdFromBytes(Buffer.from('6ba7b8149dad11d180b400c04fd430c8', 'hex'));

/** The entry of the naming context, of a class that fits its name. */
export function baseEntry(baseDn: string): ProjectedEntry {
  const rdn = parseDn(baseDn)?.[0]?.[0];
  switch (rdn?.type.toLowerCase()) {
    case 'dc':
      return fixedEntry(baseDn, ['top', 'dcObject', 'organization'], 'organization', [['o', [rdn?.value ?? '']]]);
    case 'o':
      return fixedEntry(baseDn, ['top', 'organization'], 'organization', []);
    case 'ou':
      return fixedEntry(baseDn, CONTAINER_CLASSES, 'organizationalUnit', []);
    default:
      throw new RangeError(`a base DN begins with dc=, o= or ou=: ${baseDn}`);
  }
}

/** An entry that no object of the tenant stands for; its name comes from its RDN, and its UUID from its DN unless given. */
export function fixedEntry(
  dn: string,
  classes: readonly string[],
  structural: string,
  more: Attributes,
  entryUuid: string = nameBasedId(nameSpaceX500, normalizeDn(dn) ?? dn),
): ProjectedEntry {
  const rdn = parseDn(dn)?.[0] ?? [];
  const attributes: Attributes = [
    ['objectClass', classes],
    ['structuralObjectClass', [structural]],
    ['entryUUID', [entryUuid]],
    ...rdn.map(({ type, value }): readonly [string, readonly string[]] => [type, [value]]),
    ...more,
  ];
  const links: EntryContent['links'] = classes === GROUP_CLASSES ? GROUP_LINKS : [];
  return { dn, locked: false, createdAtMs: undefined, content: { dn, attributes, links } };
}
