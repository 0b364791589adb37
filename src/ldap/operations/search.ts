import type { BoundIdentity } from '../../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import type { EncodedEntry, SearchBatch, SearchCursor, SearchRequest } from '../../directory/search-types.ts';
import { failureResult } from '../failure.ts';
import type { PagedSearchKey, PagePosition } from '../paged-cookies.ts';
import { responseTag } from '../protocol.ts';
import { pagedResultsControl, type ResponseControl, sortResultControl } from '../response-controls.ts';
import type { DecodedSearch } from '../search-decoder.ts';
import { decodeSearch } from '../search-decoder.ts';
import type { Request, RunningOperation, Session } from '../session.ts';

/** Entries asked of the directory at once. */
const entriesPerRead = 64;
/** Reads in one turn; then other connections have theirs. */
const readsPerTurn = 4;

const success = ldapResult(ResultCode.success);
const foreignCookie = ldapResult(ResultCode.unwillingToPerform, 'the paged results cookie is not of this search');
const cannotSort = ldapResult(ResultCode.unavailableCriticalExtension, 'the entries cannot be sorted as asked');
const canceled = ldapResult(ResultCode.canceled);
const noCookie = Buffer.alloc(0);

/** Carries out a search (RFC 4511 §4.5), in pages when asked to (RFC 2696). */
export function search(session: Session, request: Request): void {
  const { responses, directory, limits } = session.services;
  const messageId = request.envelope.id;
  const decoded = decodeSearch(request.reader, limits);
  const paging = request.controls.paged === undefined ? undefined : openPage(session, request, decoded);
  if (paging === 'refused') return responses.result(messageId, responseTag.searchDone, foreignCookie);
  if (paging === 'givenUp') {
    const controls = [pagedResultsControl(noCookie)];
    return responses.result(messageId, responseTag.searchDone, success, { controls });
  }
  const outcome = directory.search(searchRequest(decoded, request, paging?.position), session.identity);
  if (outcome.kind === 'result') return responses.result(messageId, responseTag.searchDone, outcome.result);
  new RunningSearch(session, request, outcome.cursor, outcome.publication, decoded, paging).start();
}

/** The search as the directory is asked for it: with what the controls say. */
function searchRequest(
  decoded: DecodedSearch,
  { controls }: Request,
  position: PagePosition | undefined,
): SearchRequest {
  const { sort, dereference, assertion, subentries } = controls;
  return {
    ...decoded.request,
    after: position?.after,
    ...(sort && { sort: { keys: sort.keys, after: position?.sortValues } }),
    ...(dereference && { dereference }),
    ...(assertion && { assertion }),
    ...(subentries !== undefined && { subentries }),
  };
}

/** A paged search about to be carried out. */
interface Paging {
  /** Entries of this page. */
  readonly size: number;
  readonly key: PagedSearchKey;
  /** Undefined on the first page. */
  readonly position: PagePosition | undefined;
}

function openPage(session: Session, request: Request, decoded: DecodedSearch): Paging | 'refused' | 'givenUp' {
  const { paged } = request.controls;
  const { limits, cookies } = session.services;
  const size = Math.min(paged?.size || limits.sizeLimit, limits.sizeLimit);
  const key = searchKey(session.identity, request, decoded);
  // Size 0 without a cookie asks for nothing sensible; as a page of its own it gets everything, never a false nothing (P1).
  if (paged === undefined || paged.cookie.length === 0) return { size, key, position: undefined };
  const position = cookies.open(paged.cookie, key);
  if (position === undefined) return 'refused';
  return paged.size === 0 ? 'givenUp' : { size, key, position };
}

/** Two requests are the same search when they differ in message id, limits and other controls than the sort at most (RFC 2696 §3). */
function searchKey(identity: BoundIdentity, request: Request, decoded: DecodedSearch): PagedSearchKey {
  const { message, envelope } = request;
  // Copies: the bytes of the message are not ours once the request has been carried out.
  const head = Buffer.from(message.subarray(envelope.operationStart, decoded.limitsStart));
  const tail = Buffer.from(message.subarray(decoded.limitsEnd, envelope.operationEnd));
  const order = request.controls.sort?.value;
  return { identity, request: order === undefined ? [head, tail] : [head, tail, order] };
}

/**
 * A search that sends its entries: as many as its limits allow, as fast as the client takes them, and one result after the
 * last of them. It reads one entry further than it may send, to know whether the limit cut anything off.
 */
class RunningSearch implements RunningOperation {
  readonly messageId: number;
  readonly #session: Session;
  readonly #cursor: SearchCursor;
  readonly #publication: number;
  readonly #paging: Paging | undefined;
  /** Entries that cannot be sorted are not wanted. */
  readonly #mustSort: boolean;
  /** Entries that may be sent, and what is answered when there are more. */
  readonly #entriesMax: number;
  readonly #moreIsError: boolean;
  readonly #deadlineMs: number;
  #sent = 0;
  #last: EncodedEntry | undefined;
  #registered = false;
  #ended = false;
  #waitsForOutput = false;
  #reading = false;

  constructor(
    session: Session,
    request: Request,
    cursor: SearchCursor,
    publication: number,
    decoded: DecodedSearch,
    paging: Paging | undefined,
  ) {
    const { limits, clock } = session.services;
    this.messageId = request.envelope.id;
    this.#mustSort = request.controls.sort?.critical === true;
    this.#session = session;
    this.#cursor = cursor;
    this.#publication = publication;
    this.#paging = paging;
    const wanted = decoded.sizeLimit === 0 ? Infinity : decoded.sizeLimit - (paging?.position?.returned ?? 0);
    const served = paging?.size ?? limits.sizeLimit;
    this.#entriesMax = Math.max(0, Math.min(wanted, served));
    this.#moreIsError = paging === undefined || wanted <= served;
    const clientMs = decoded.timeLimitSeconds === 0 ? Infinity : decoded.timeLimitSeconds * 1000;
    this.#deadlineMs = clock.monotonicMs() + Math.min(clientMs, limits.timeLimitMs);
  }

  /** Sends what there is at once; only a search that has to wait is counted as under way. */
  start(): void {
    this.#run();
    if (this.#ended) return;
    this.#registered = true;
    this.#session.begin(this);
  }

  abandon(): void {
    this.#end();
  }

  cancel(): void {
    this.#answer(canceled);
  }

  outputDrained(): void {
    if (!this.#waitsForOutput) return;
    this.#waitsForOutput = false;
    this.#run();
  }

  checkTime(nowMs: number): void {
    if (!this.#ended && nowMs >= this.#deadlineMs) this.#answer(ldapResult(ResultCode.timeLimitExceeded));
  }

  readonly #run = (): void => {
    const { responses, limits } = this.#session.services;
    try {
      for (let reads = 0; reads < readsPerTurn; reads++) {
        if (this.#ended || !this.#mayGoOn()) return;
        const batch = this.#cursor.read(Math.min(entriesPerRead, this.#entriesMax - this.#sent + 1));
        if (batch instanceof Promise) {
          this.#await(batch);
          return;
        }
        this.#take(batch);
        // The socket tells of draining only when it could not pass everything on, so what is written goes there first.
        if (responses.length >= limits.outputBytesMax) break;
      }
      if (!this.#ended) this.#session.later(this.#run);
    } catch (error) {
      this.#fail(error);
    }
  };

  #mayGoOn(): boolean {
    if (this.#session.services.clock.monotonicMs() >= this.#deadlineMs) {
      this.#answer(ldapResult(ResultCode.timeLimitExceeded));
      return false;
    }
    this.#waitsForOutput = !this.#session.outputReady;
    return !this.#waitsForOutput;
  }

  #await(batch: Promise<SearchBatch>): void {
    this.#reading = true;
    batch.then(
      (read) => this.#resume(() => this.#take(read)),
      (error: unknown) => this.#resume(() => this.#fail(error)),
    );
  }

  #resume(work: () => void): void {
    this.#reading = false;
    if (this.#ended) {
      this.#cursor[Symbol.dispose]();
      return;
    }
    this.#session.turn(() => {
      work();
      this.#run();
    });
  }

  #take(batch: SearchBatch): void {
    // Before the first entry: without its order the client wants none of them (RFC 2891 §2).
    if (this.#mustSort && (this.#cursor.sortResult?.code ?? ResultCode.success) !== ResultCode.success) {
      this.#answer(cannotSort);
      return;
    }
    for (const entry of batch.entries) {
      if (this.#sent === this.#entriesMax) {
        this.#answerCut();
        return;
      }
      this.#session.services.responses.entry(this.messageId, entry);
      this.#last = entry;
      this.#sent++;
    }
    if (batch.done) this.#answer(success);
  }

  /** There is more than the limits allow to send. */
  #answerCut(): void {
    const paging = this.#paging;
    if (this.#moreIsError || paging === undefined) {
      this.#answer(ldapResult(ResultCode.sizeLimitExceeded));
      return;
    }
    const returned = (paging.position?.returned ?? 0) + this.#sent;
    const position = {
      after: this.#last?.id ?? 0,
      returned,
      publication: this.#publication,
      sortValues: this.#last?.sortValues,
    };
    this.#answer(success, this.#session.services.cookies.seal(position, paging.key));
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#answer(failureResult(this.#session, this.messageId, error));
  }

  #answer(result: LdapResult, cookie: Buffer = noCookie): void {
    const controls: ResponseControl[] = [];
    if (this.#paging !== undefined) controls.push(pagedResultsControl(cookie));
    const { sortResult } = this.#cursor;
    if (sortResult !== undefined) controls.push(sortResultControl(sortResult));
    this.#session.services.responses.result(this.messageId, responseTag.searchDone, result, { controls });
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // A cursor that is being read is disposed of when that read has come back.
    if (!this.#reading) this.#cursor[Symbol.dispose]();
    if (this.#registered) this.#session.finish(this);
  }
}
