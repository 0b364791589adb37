import type { DirectoryLease } from '../../directory/reader.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import type {
  EncodedEntry,
  SearchBatch,
  SearchCursor,
  SearchOutcome,
  SearchRequest,
} from '../../directory/search-types.ts';
import { searchLimits } from '../account-limits.ts';
import { noControls } from '../controls.ts';
import { canGoOn, openPage, type Paging, tooOld } from '../paging.ts';
import { responseTag } from '../protocol.ts';
import { listViewControl, pagedResultsControl, type ResponseControl, sortResultControl } from '../response-controls.ts';
import type { DecodedSearch } from '../search-decoder.ts';
import { decodeSearch } from '../search-decoder.ts';
import type { Request, Session } from '../session.ts';
import { synchronize } from './sync-search.ts';
import { TurnedRead } from './turned-read.ts';

/** Entries asked of the directory at once. */
const entriesPerRead = 64;

const success = ldapResult(ResultCode.success);
const cannotSort = ldapResult(ResultCode.unavailableCriticalExtension, 'the entries cannot be sorted as asked');
const noView = ldapResult(ResultCode.virtualListViewError);
const noCookie = Buffer.alloc(0);

/** Carries out a search (RFC 4511 §4.5), in pages when asked to (RFC 2696). */
export function search(session: Session, request: Request): void {
  const { responses, directory, limits, clock, statistics } = session.services;
  const messageId = request.envelope.id;
  const sinceMs = clock.monotonicMs();
  const decoded = decodeSearch(request.reader, limits);
  if (request.controls.sync !== undefined) return synchronize(session, request, decoded, request.controls.sync);
  const paging = openPage(session, request, decoded);
  if (paging !== undefined && 'refusal' in paging) {
    const controls = paging.refusal.code === ResultCode.success ? [pagedResultsControl(noCookie)] : [];
    return responses.result(messageId, responseTag.searchDone, paging.refusal, { controls });
  }
  const outcome = directory.search(searchRequest(decoded, request, paging), session.identity);
  if (outcome.kind === 'result') {
    statistics.searches.note(clock.monotonicMs() - sinceMs);
    return responses.result(messageId, responseTag.searchDone, outcome.result);
  }
  const running = new RunningSearch(session, request, outcome, decoded, paging, sinceMs);
  if (paging === undefined || canGoOn(paging, outcome.held)) running.start();
  else running.refuse(tooOld);
}

/** The search as the directory is asked for it: with what the controls say. */
function searchRequest(decoded: DecodedSearch, { controls }: Request, paging: Paging | undefined): SearchRequest {
  if (controls === noControls) return decoded.request;
  const { sort, view, matchedValues, dereference, assertion, subentries } = controls;
  const position = paging?.position;
  return {
    ...decoded.request,
    after: position?.after,
    ...(sort && { sort: { keys: sort.keys, after: position?.sortValues } }),
    ...(paging && (paging.from === undefined ? { hold: true } : { from: paging.from })),
    ...(view && { view }),
    ...(matchedValues && { matchedValues }),
    ...(dereference && { dereference }),
    ...(assertion && { assertion }),
    ...(subentries !== undefined && { subentries }),
  };
}

/**
 * A search that sends its entries: as many as its limits allow, as fast as the client takes them, and one result after the
 * last of them. It reads one entry further than it may send, to know whether the limit cut anything off.
 */
class RunningSearch extends TurnedRead<SearchBatch> {
  readonly #cursor: SearchCursor;
  readonly #paging: Paging | undefined;
  /** The published directory, until it is known whether there will be further pages of it. */
  #held: DirectoryLease | undefined;
  /** Entries that cannot be sorted are not wanted. */
  readonly #mustSort: boolean;
  /** Entries that may be sent, and what is answered when there are more. */
  readonly #entriesMax: number;
  readonly #moreIsError: boolean;
  /** When it was asked, in milliseconds of the monotonic clock. */
  readonly #sinceMs: number;
  #sent = 0;
  #last: EncodedEntry | undefined;

  constructor(
    session: Session,
    request: Request,
    { cursor, held }: Extract<SearchOutcome, { kind: 'cursor' }>,
    decoded: DecodedSearch,
    paging: Paging | undefined,
    sinceMs: number,
  ) {
    // The values of one group alone may be a hundred thousand, each held against every item.
    const perRead = request.controls.matchedValues === undefined ? entriesPerRead : 1;
    super(session, request.envelope.id, perRead);
    const limits = searchLimits(session.services.limits, session.account);
    this.#mustSort = request.controls.sort?.critical === true;
    this.#cursor = cursor;
    this.#held = held;
    this.#paging = paging;
    const wanted = decoded.sizeLimit === 0 ? Infinity : decoded.sizeLimit - (paging?.position?.returned ?? 0);
    const served = paging?.size ?? limits.sizeLimit;
    this.#entriesMax = Math.max(0, Math.min(wanted, served));
    this.#moreIsError = paging === undefined || wanted <= served;
    const clientMs = decoded.timeLimitSeconds === 0 ? Infinity : decoded.timeLimitSeconds * 1000;
    this.#sinceMs = sinceMs;
    this.deadlineMs = sinceMs + Math.min(clientMs, limits.timeLimitMs);
  }

  /** Sends what there is at once; only a search that has to wait is counted as under way. */
  start(): void {
    this.run();
    this.register();
  }

  /** Answers instead of searching. */
  refuse(result: LdapResult): void {
    this.finish(result, []);
  }

  protected override read(): SearchBatch | Promise<SearchBatch> {
    return this.#cursor.read(Math.min(this.entriesPerRead, this.#entriesMax - this.#sent + 1));
  }

  protected override take(batch: SearchBatch): void {
    // Before the first entry: without its order the client wants none of them (RFC 2891 §2).
    if (this.#mustSort && (this.#cursor.sortResult?.code ?? ResultCode.success) !== ResultCode.success) {
      this.answer(cannotSort);
      return;
    }
    for (const entry of batch.entries) {
      if (this.#sent === this.#entriesMax) {
        this.#answerCut();
        return;
      }
      this.session.services.responses.entry(this.messageId, entry);
      this.#last = entry;
      this.#sent++;
    }
    if (!batch.done) return;
    this.#endWalk();
    const { viewResult } = this.#cursor;
    this.answer(viewResult === undefined || viewResult.code === ResultCode.success ? success : noView);
  }

  /** There is more than the limits allow to send. */
  #answerCut(): void {
    const paging = this.#paging;
    if (this.#moreIsError || paging === undefined) {
      this.#endWalk();
      this.answer(ldapResult(ResultCode.sizeLimitExceeded));
      return;
    }
    const position = {
      after: this.#last?.id ?? 0,
      returned: (paging.position?.returned ?? 0) + this.#sent,
      publication: this.#held?.reader.publication ?? paging.position?.publication ?? 0,
      walk: this.#keepWalk(paging),
      sortValues: this.#last?.sortValues,
    };
    this.answer(success, this.session.services.cookies.seal(position, paging.key));
  }

  /** There will be no further page. */
  #endWalk(): void {
    const position = this.#paging?.position;
    if (position !== undefined) this.session.services.walks.end(position.walk);
  }

  /** Sees to it that the next page comes from the same directory. */
  #keepWalk({ position }: Paging): number {
    const { walks, clock } = this.session.services;
    const walk = position?.walk ?? walks.begin();
    if (this.#held !== undefined) walks.keep(walk, this.#held, clock.monotonicMs());
    this.#held = undefined;
    return walk;
  }

  protected override answer(result: LdapResult, cookie: Buffer = noCookie): void {
    const controls: ResponseControl[] = [];
    if (this.#paging !== undefined) controls.push(pagedResultsControl(cookie));
    const { sortResult, viewResult } = this.#cursor;
    if (sortResult !== undefined) controls.push(sortResultControl(sortResult));
    if (viewResult !== undefined) controls.push(listViewControl(viewResult));
    const { statistics, clock } = this.session.services;
    if (!this.ended) statistics.searches.note(clock.monotonicMs() - this.#sinceMs);
    this.finish(result, controls);
  }

  protected override release(isReading: boolean): void {
    this.#held?.[Symbol.dispose]();
    // A cursor that is being read is disposed of when that read has come back.
    if (!isReading) this.#cursor[Symbol.dispose]();
  }

  protected override readCameBack(): void {
    this.#cursor[Symbol.dispose]();
  }
}
