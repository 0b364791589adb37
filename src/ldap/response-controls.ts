/** Controls that accompany results. */

import type { BoundIdentity } from '../directory/identity.ts';
import type { ViewResult } from '../directory/list-view.ts';
import type { SortResult } from '../directory/sort.ts';
import { authorizationIdentity } from './authorization-identity.ts';
import { BerWriter, elementSize, integerSize } from './ber-writer.ts';
import { berTag, controlOid } from './protocol.ts';

const sortAttributeTag = 0x80;

/** A control of a response, with its value encoded. */
export interface ResponseControl {
  readonly oid: string;
  readonly value: Buffer;
}

/** Empty between calls. */
const writer = new BerWriter(256);

/** The cookie of a next page, or an empty one at the end of the list (RFC 2696 §2). */
export function pagedResultsControl(cookie: Buffer): ResponseControl {
  // The estimate of the total: 0 says that we have none.
  writer.header(berTag.sequence, elementSize(integerSize(0)) + elementSize(cookie.length));
  writer.integer(berTag.integer, 0);
  writer.octets(berTag.octetString, cookie);
  return { oid: controlOid.pagedResults, value: writer.take() };
}

/** What became of a sort (RFC 2891 §1.2). */
export function sortResultControl({ code, attribute }: SortResult): ResponseControl {
  const attributeBytes = attribute === undefined ? 0 : Buffer.byteLength(attribute);
  const attributeSize = attribute === undefined ? 0 : elementSize(attributeBytes);
  writer.header(berTag.sequence, elementSize(integerSize(code)) + attributeSize);
  writer.integer(berTag.enumerated, code);
  if (attribute !== undefined) writer.string(sortAttributeTag, attribute, attributeBytes);
  return { oid: controlOid.sortResult, value: writer.take() };
}

/** What became of a virtual list view (draft-ietf-ldapext-ldapv3-vlv-09): the place of the target and the length of the list. */
export function listViewControl({ targetPosition, contentCount, code }: ViewResult): ResponseControl {
  const sizes = [targetPosition, contentCount, code].map((value) => elementSize(integerSize(value)));
  writer.header(
    berTag.sequence,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  writer.integer(berTag.integer, targetPosition);
  writer.integer(berTag.integer, contentCount);
  writer.integer(berTag.enumerated, code);
  return { oid: controlOid.listViewResult, value: writer.take() };
}

/** Who a bind made the client (RFC 3829 §4); empty for anonymous. */
export function authorizationIdentityControl(identity: BoundIdentity): ResponseControl {
  return { oid: controlOid.authorizationIdentityResult, value: Buffer.from(authorizationIdentity(identity)) };
}
