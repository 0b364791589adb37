/**
 * Keys of the value indexes. A key is the value's normal form under the attribute's equality rule, so that values that
 * match have equal keys; two values that do not match may share one, therefore candidates are always verified.
 */

import { createHash } from 'node:crypto';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';

/** Normal forms up to this length are keys as they are. */
export const plainKeyBytesMax = 96;
/** Longer normal forms are cut to this many bytes and told apart by a digest. */
const keyPrefixBytes = plainKeyBytesMax;
const digestBytes = 16;
/** No key is longer. */
export const indexKeyBytesMax = keyPrefixBytes + digestBytes;

/**
 * What the store keeps postings for, by attribute key, and which of them are looked up by prefix. These are the attributes by
 * which clients find people and groups; each costs a write for every entry that has it.
 */
export const indexedAttributes: readonly { readonly attribute: string; readonly prefix: boolean }[] = [
  { attribute: 'uid', prefix: true },
  { attribute: 'cn', prefix: true },
  { attribute: 'sn', prefix: true },
  { attribute: 'givenname', prefix: true },
  { attribute: 'displayname', prefix: true },
  { attribute: 'mail', prefix: true },
  { attribute: 'userprincipalname', prefix: true },
  { attribute: 'samaccountname', prefix: true },
  { attribute: 'proxyaddresses', prefix: true },
  { attribute: 'mailnickname', prefix: false },
  { attribute: 'uidnumber', prefix: false },
  { attribute: 'gidnumber', prefix: false },
  { attribute: 'employeenumber', prefix: false },
  { attribute: 'employeeid', prefix: false },
  { attribute: 'entryuuid', prefix: false },
  { attribute: 'objectguid', prefix: false },
  { attribute: 'objectsid', prefix: false },
  // Never stored: what has it is shown to some (`augmented-reader.ts`), and found by another value.
  { attribute: 'sambasid', prefix: false },
];

/** Bounds a normal form; the first bytes stay, so that lookups by prefix find it. */
function bound(form: Buffer): Buffer {
  if (form.length <= keyPrefixBytes) return form;
  const digest = createHash('sha256').update(form).digest();
  return Buffer.concat([form.subarray(0, keyPrefixBytes), digest.subarray(0, digestBytes)]);
}

/** The key of a normal form; undefined for the empty one, which no index holds. */
export function indexKeyOfForm(form: Buffer): Buffer | undefined {
  return form.length === 0 ? undefined : bound(form);
}

/**
 * The key under which a value is indexed; undefined when the attribute has no equality rule, when the value is not one of its
 * syntax (it then matches nothing), or when nothing of it is significant.
 */
export function indexKey(schema: Schema, attribute: string, value: string | Buffer): Buffer | undefined {
  const octets = typeof value === 'string' ? Buffer.from(value) : value;
  const form = schema.attribute(attribute)?.equality?.form(octets);
  return form === undefined ? undefined : indexKeyOfForm(form);
}

/**
 * What the keys of all values begin with that a substring assertion with this initial part matches, or undefined when the
 * index cannot tell.
 */
export function indexPrefix(type: AttributeType, initial: Buffer): Buffer | undefined {
  if (type.equality?.ascii === undefined || type.substrings === undefined) return undefined;
  const form = type.equality.form(initial);
  // Next to combining marks a space is a letter's base, and where a word ends depends on what follows the prefix.
  if (form === undefined || form.length === 0 || /\p{M}/u.test(form.toString())) return undefined;
  return form.subarray(0, keyPrefixBytes);
}
