import type { GraphProperties, GraphValue } from '../../identity/change.ts';
import { type ObjectId, guidBytes } from '../../identity/ids.ts';
import type { PropertyCatalog } from './property-catalog.ts';

const EXTENSION_ATTRIBUTES: Readonly<Record<string, null>> = Object.fromEntries(
  Array.from({ length: 15 }, (_, n) => [`extensionAttribute${n + 1}`, null]),
);

/** The SID of a cloud object: S-1-12-1 and the object id's bytes as four little-endian numbers in Microsoft's GUID layout. */
function securityIdentifier(id: ObjectId): string {
  const bytes = guidBytes(id);
  const first = bytes.readUInt32BE(0);
  const second = bytes.readUInt16BE(4) + bytes.readUInt16BE(6) * 0x10000;
  return `S-1-12-1-${first}-${second}-${bytes.readUInt32LE(8)}-${bytes.readUInt32LE(12)}`;
}

/** The value of a property as Graph computes it; undefined when it was never set. */
export function propertyValue(id: ObjectId, record: GraphProperties, name: string): GraphValue | undefined {
  const value = record[name];
  if (name === 'onPremisesExtensionAttributes' && typeof value === 'object' && value !== null) {
    return Object.assign({}, EXTENSION_ATTRIBUTES, value);
  }
  if (value !== undefined) return value;
  if (name === 'securityIdentifier') return securityIdentifier(id);
  return name === 'id' ? id : undefined;
}

/** Renders an object for lists and single reads: every selected property is there, as null or [] when it was never set. */
export function renderObject(
  id: ObjectId,
  record: GraphProperties,
  select: readonly string[],
  catalog: PropertyCatalog,
): Record<string, GraphValue> {
  const object: Record<string, GraphValue> = {};
  for (const name of select) {
    if (name === 'members' || name === 'owners' || name === 'manager') continue;
    const value = propertyValue(id, record, name);
    if (value !== undefined) object[name] = value;
    else if (name === 'onPremisesExtensionAttributes') object[name] = EXTENSION_ATTRIBUTES;
    else if (name.includes('_')) continue;
    else object[name] = catalog.collections.has(name) ? [] : null;
  }
  return object;
}

const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** JSON.stringify with a short cut for plain texts, which are most of a delta page. */
function jsonText(value: GraphValue): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  if (value === true) return 'true';
  return JSON.stringify(value);
}

/**
 * Makes a writer for delta entries: JSON text of an object with its selected properties, where one that was never set is
 * left out (Microsoft Graph, "Use delta query to track changes"). The text lacks the closing brace.
 */
export function deltaWriter(
  select: readonly string[],
): (id: ObjectId, record: GraphProperties, only?: ReadonlySet<string>) => string {
  const plain = select.filter((name) => name !== 'id' && name !== 'members' && name !== 'owners' && name !== 'manager');
  const keys = plain.map((name) => ({ name, prefix: `,${JSON.stringify(name)}:` }));
  return (id, record, only) => {
    let text = `{"id":"${id}"`;
    for (const { name, prefix } of keys) {
      if (only !== undefined && !only.has(name)) continue;
      const value = propertyValue(id, record, name);
      if (value !== undefined) text += prefix + jsonText(value);
    }
    return text;
  };
}
