/** By what an object that is synchronized is known again in an export of its Active Directory. */
import type { GraphProperties } from '../identity/change.ts';
import { text } from './values.ts';

// A name cannot begin so, so that nobody is given a number by a name that looks like one of these.
const PREFIX = '\u0000';

/** The key by which a number is kept for an object with this security identifier. */
export function sidKey(sid: string): string {
  return `${PREFIX}sid:${sid.toUpperCase()}`;
}

/** The same for an object with this `objectGUID` in base64, which is the immutable id unless another source anchor was chosen. */
export function guidKey(guid: string): string {
  return `${PREFIX}guid:${guid}`;
}

/** What a number may be kept by for an object, beside its names; the surest first. */
export function matchKeys(properties: GraphProperties): readonly string[] {
  const sid = text(properties, 'onPremisesSecurityIdentifier');
  const immutableId = text(properties, 'onPremisesImmutableId');
  return [...(sid === undefined ? [] : [sidKey(sid)]), ...(immutableId === undefined ? [] : [guidKey(immutableId)])];
}
