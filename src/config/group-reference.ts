import { escapeRdnValue, normalizeDn } from '../directory/dn.ts';
import type { GroupReference } from '../directory/rights.ts';
import { isGuid } from './names.ts';

/** A group of the directory that the configuration names, by its `cn` below `groupsDn` or by its object id. */
export function groupReference(name: string, groupsDn: string): GroupReference {
  if (isGuid(name)) return { name, entryUuid: name.toLowerCase() };
  return { name, dn: normalizeDn(`cn=${escapeRdnValue(name)},${groupsDn}`) ?? '' };
}
