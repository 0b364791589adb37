/** What a paged search (RFC 2696) is about to give: which page, of which published directory. */

import { contentStart } from '../directory/ber.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import type { DirectoryLease } from '../directory/reader.ts';
import { type LdapResult, ldapResult, ResultCode } from '../directory/result.ts';
import { searchLimits } from './account-limits.ts';
import type { PagedSearchKey, PagePosition } from './paged-cookies.ts';
import type { DecodedSearch } from './search-decoder.ts';
import type { Request, Session } from './session.ts';

const success = ldapResult(ResultCode.success);
const foreignCookie = ldapResult(ResultCode.unwillingToPerform, 'the paged results cookie is not of this search');
const pagesOfView = ldapResult(ResultCode.unwillingToPerform, 'a virtual list view has no pages');
/** The answer to whoever asks for a page of a directory that cannot be read any more. */
export const tooOld = ldapResult(
  ResultCode.unwillingToPerform,
  'the directory that these pages are of is not kept any more',
);

/** A paged search about to be carried out. */
export interface Paging {
  /** Entries of this page. */
  readonly size: number;
  readonly key: PagedSearchKey;
  /** Undefined on the first page. */
  readonly position: PagePosition | undefined;
  /** The published directory that the walk is on; undefined on the first page, and when it is not kept any more. */
  readonly from: DirectoryLease | undefined;
}

/** A request for a page that is answered without a search. */
export interface NoPage {
  readonly refusal: LdapResult;
}

/**
 * Reads what a request says about pages, and finds the directory that the walk is on; the lease is the caller's. Undefined when the
 * request asks for no pages.
 */
export function openPage(session: Session, request: Request, decoded: DecodedSearch): Paging | NoPage | undefined {
  const { paged, view } = request.controls;
  const { limits, cookies, walks, clock } = session.services;
  if (paged === undefined) return undefined;
  if (view !== undefined) return { refusal: pagesOfView };
  const { sizeLimit } = searchLimits(limits, session.account);
  const size = Math.min(paged.size || sizeLimit, sizeLimit);
  const key = searchKey(session.identity, request, decoded);
  // Size 0 without a cookie asks for nothing sensible; as a page of its own it gets everything, never a false nothing (P1).
  if (paged.cookie.length === 0) return { size, key, position: undefined, from: undefined };
  const position = cookies.open(paged.cookie, key);
  if (position === undefined) return { refusal: foreignCookie };
  if (paged.size === 0) {
    walks.end(position.walk);
    return { refusal: success };
  }
  return { size, key, position, from: walks.resume(position.walk, clock.monotonicMs()) };
}

/**
 * Whether a walk can go on in a directory that was not kept for it: another thread may have kept it that is the newest still. In the
 * order of ids it can go on in a later one too, and no entry that is in both is missed. In another order an entry may have moved to
 * where the walk has been, and the client would take it for gone (P1).
 */
export function canGoOn({ position, from }: Paging, held: DirectoryLease | undefined): boolean {
  if (from !== undefined || position?.sortValues === undefined) return true;
  return held?.reader.publication === position.publication;
}

/** Two requests are the same search when they differ in message id, limits and other controls than the sort at most (RFC 2696 §3). */
function searchKey(identity: BoundIdentity, request: Request, decoded: DecodedSearch): PagedSearchKey {
  const { message, envelope } = request;
  // Behind the length of the whole, in which the limits count, and which may be written in several ways. Copies: the bytes of
  // the message are not ours once the request has been carried out.
  const head = Buffer.from(message.subarray(contentStart(message, envelope.operationStart), decoded.limitsStart));
  const tail = Buffer.from(message.subarray(decoded.limitsEnd, envelope.operationEnd));
  const order = request.controls.sort?.value;
  return { identity, request: order === undefined ? [head, tail] : [head, tail, order] };
}
