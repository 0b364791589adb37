/** Requests of the benchmark as bytes, made once before the time is taken. */

import {
  bindRequest,
  element,
  equality,
  message,
  pagedControl,
  present,
  searchRequest,
  type SearchFields,
  sequence,
  text,
} from '../test/support/ldap-ber.ts';

/** Message ids of two octets each, so that all messages of one kind are equally long. */
const FIRST_ID = 0x0100;
const IDS = 0x7000;

/** The id of the n-th prepared request. */
export function messageIdAt(index: number): number {
  return FIRST_ID + (index % IDS);
}

/** How many requests may be under way on one connection without two having the same id. */
export const idsMax: number = IDS;

/** Searches, one for each of `fields`. */
export function searches(fields: readonly SearchFields[], controls?: readonly Buffer[]): Buffer[] {
  return fields.map((search, index) => message(messageIdAt(index), searchRequest(search), controls));
}

/** A simple bind. */
export function bind(name: string, password: string, index = 0): Buffer {
  return message(messageIdAt(index), bindRequest(name, password));
}

/** The first page of a walk, and what follows a cookie: the same search again. */
export function pagedSearch(fields: SearchFields, pageSize: number, cookie: Buffer = Buffer.alloc(0)): Buffer {
  return message(messageIdAt(0), searchRequest(fields), [pagedControl(pageSize, cookie)]);
}

/** `(attribute=*text*)` and its relatives: kind 0 is the beginning, 1 anywhere, 2 the end. */
export function substring(attribute: string, value: string, kind: 0 | 1 | 2): Buffer {
  return element(0xa4, text(attribute), sequence(element(0x80 + kind, value)));
}

/** `(&…)` */
export function and(...filters: readonly Buffer[]): Buffer {
  return element(0xa0, ...filters);
}

export { equality, present };
