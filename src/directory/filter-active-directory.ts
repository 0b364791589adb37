/** What filters mean to Active Directory beyond RFC 4511 ([MS-ADTS] 3.1.1.3.1.3): short names, SIDs as text, name resolution. */

import type { Filter } from './filter.ts';
import type { AttributeType } from './schema-elements.ts';
import type { Schema } from './schema.ts';

/** `defaultObjectCategory` of the classes whose category does not have their own name. */
const categories: ReadonlyMap<string, string> = new Map([
  ['user', 'Person'],
  ['inetorgperson', 'Person'],
  ['organizationalperson', 'Person'],
  ['contact', 'Person'],
  ['organizationalunit', 'Organizational-Unit'],
  ['applicationprocess', 'Application-Process'],
  ['organization', 'Organization'],
  ['domain', 'Domain-DNS'],
  ['domaindns', 'Domain-DNS'],
]);

/** The classes that stand for a category: every entry of the category is of the class. By first RDN in normal form. */
const categoryClasses: ReadonlyMap<string, string> = new Map([
  ['cn=person', 'user'],
  ['cn=group', 'group'],
  ['cn=organizational-unit', 'organizationalunit'],
  ['cn=application-process', 'applicationprocess'],
  ['cn=organization', 'organization'],
]);

/** The `objectCategory` of entries of a class: the DN that the class has in Active Directory's schema. */
export function objectCategory(className: string, baseDn: string): string {
  return `CN=${categories.get(className.toLowerCase()) ?? capitalized(className)},CN=Schema,CN=Configuration,${baseDn}`;
}

function capitalized(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The class that has all entries of a category, which is given as a DN in normal form. */
export function classOfCategory(normalDn: string): string | undefined {
  return categoryClasses.get(normalDn.slice(0, normalDn.indexOf(',')));
}

/** The value that an assertion stands for: `(objectCategory=user)` names a class, `(objectSid=S-1-…)` writes a SID as text. */
export function readAssertion(schema: Schema, baseDn: string, type: AttributeType, assertion: Buffer): Buffer {
  switch (type.key) {
    case 'objectcategory': {
      const objectClass = schema.objectClass(assertion.toString('latin1'));
      return objectClass === undefined ? assertion : Buffer.from(objectCategory(objectClass.name, baseDn));
    }
    case 'objectsid':
      return parseSid(assertion.toString('latin1')) ?? assertion;
    default:
      return assertion;
  }
}

/** The octets of a SID that is written as text ([MS-DTYP] 2.4.2.1 and 2.4.2.2); undefined for any other text. */
export function parseSid(text: string): Buffer | undefined {
  const [, authority = '', rest = ''] = /^S-1-(\d{1,15})((?:-\d{1,10}){1,15})$/i.exec(text) ?? [];
  if (authority === '') return undefined;
  const parts = rest.slice(1).split('-').map(Number);
  if (Number(authority) > 0xffff_ffff_ffff || parts.some((part) => part > 0xffff_ffff)) return undefined;
  const sid = Buffer.alloc(8 + 4 * parts.length);
  sid.writeUInt8(1, 0);
  sid.writeUInt8(parts.length, 1);
  sid.writeUIntBE(Number(authority), 2, 6);
  for (const [index, part] of parts.entries()) sid.writeUInt32LE(part, 8 + 4 * index);
  return sid;
}

/**
 * The attributes of ambiguous name resolution that are here and can be looked up: those of [MS-ADTS] 3.1.1.3.1.3.3, of which
 * `cn` stands for `name`, and `mail`, which Exchange adds.
 */
const resolvedAttributes = ['displayName', 'givenName', 'sn', 'cn', 'sAMAccountName', 'mail', 'proxyAddresses'];

/**
 * What `(anr=text)` asks for: a value that begins with the text, or is all of what follows `=`, in any of the attributes; of two
 * words, also given name and surname that begin with them, in either order. Undefined when the item asks in another way.
 */
export function expandNameResolution(filter: Filter): Filter | undefined {
  const text = resolvedText(filter)?.trim();
  if (text === undefined || text === '' || text === '=') return undefined;
  if (text.startsWith('=')) {
    const value = Buffer.from(text.slice(1));
    return { kind: 'or', filters: resolvedAttributes.map((attribute) => ({ kind: 'equality', attribute, value })) };
  }
  const anyName = resolvedAttributes.map((attribute) => beginsWith(attribute, text));
  const [, first = '', second = ''] = /^(\S+)\s+(.+)$/.exec(text) ?? [];
  return {
    kind: 'or',
    filters: first === '' ? anyName : [...anyName, fullName(first, second), fullName(second, first)],
  };
}

function resolvedText(filter: Filter): string | undefined {
  switch (filter.kind) {
    case 'equality':
    case 'approximate':
      return filter.value.toString();
    case 'substrings':
      return filter.any.length === 0 && filter.final === undefined ? filter.initial?.toString() : undefined;
    default:
      return undefined;
  }
}

function fullName(givenName: string, surname: string): Filter {
  return { kind: 'and', filters: [beginsWith('givenName', givenName), beginsWith('sn', surname)] };
}

function beginsWith(attribute: string, text: string): Filter {
  return { kind: 'substrings', attribute, initial: Buffer.from(text), any: [], final: undefined };
}
