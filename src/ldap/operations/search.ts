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
import { failureResult } from '../failure.ts';
import { openPage, type Paging } from '../paging.ts';
import { responseTag } from '../protocol.ts';
import { listViewControl, pagedResultsControl, type ResponseControl, sortResultControl } from '../response-controls.ts';
import type { DecodedSearch } from '../search-decoder.ts';
import { decodeSearch } from '../search-decoder.ts';
import type { Request, RunningOperation, Session } from '../session.ts';
import { synchronize } from './sync-search.ts';

/** Entries asked of the directory at once. */
const entriesPerRead = 64;
/** Entries asked for in one turn; then other connections have theirs. */
const entriesPerTurn = 256;
/** A turn that has used this much time asks for no more. */
const turnMs = 8;

const success = ldapResult(ResultCode.success);
const cannotSort = ldapResult(ResultCode.unavailableCriticalExtension, 'the entries cannot be sorted as asked');
const noView = ldapResult(ResultCode.virtualListViewError);
const canceled = ldapResult(ResultCode.canceled);
const noCookie = Buffer.alloc(0);

/** Carries out a search (RFC 4511 §4.5), in pages when asked to (RFC 2696). */
export function search(session: Session, request: Request): void {
  const { responses, directory, limits } = session.services;
  const messageId = request.envelope.id;
  const decoded = decodeSearch(request.reader, limits);
  if (request.controls.sync !== undefined) return synchronize(session, request, decoded, request.controls.sync);
  const paging = openPage(session, request, decoded);
  if (paging !== undefined && 'refusal' in paging) {
    const controls = paging.refusal.code === ResultCode.success ? [pagedResultsControl(noCookie)] : [];
    return responses.result(messageId, responseTag.searchDone, paging.refusal, { controls });
  }
  const outcome = directory.search(searchRequest(decoded, request, paging), session.identity);
  if (outcome.kind === 'result') return responses.result(messageId, responseTag.searchDone, outcome.result);
  new RunningSearch(session, request, outcome, decoded, paging).start();
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
class RunningSearch implements RunningOperation {
  readonly messageId: number;
  readonly #session: Session;
  readonly #cursor: SearchCursor;
  readonly #paging: Paging | undefined;
  /** The published directory, until it is known whether there will be further pages of it. */
  #held: DirectoryLease | undefined;
  /** Entries that cannot be sorted are not wanted. */
  readonly #mustSort: boolean;
  /** Entries that may be sent, and what is answered when there are more. */
  readonly #entriesMax: number;
  readonly #moreIsError: boolean;
  readonly #deadlineMs: number;
  readonly #entriesPerRead: number;
  #sent = 0;
  #last: EncodedEntry | undefined;
  #registered = false;
  #ended = false;
  #waitsForOutput = false;
  #reading = false;
  /** When this turn began, and how many entries were asked for in it. */
  #turnSinceMs = 0;
  #asked = 0;

  constructor(
    session: Session,
    request: Request,
    { cursor, held }: Extract<SearchOutcome, { kind: 'cursor' }>,
    decoded: DecodedSearch,
    paging: Paging | undefined,
  ) {
    const { clock } = session.services;
    const limits = searchLimits(session.services.limits, session.account);
    this.messageId = request.envelope.id;
    this.#mustSort = request.controls.sort?.critical === true;
    this.#session = session;
    this.#cursor = cursor;
    this.#held = held;
    this.#paging = paging;
    // The values of one group alone may be a hundred thousand, each held against every item.
    this.#entriesPerRead = request.controls.matchedValues === undefined ? entriesPerRead : 1;
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

  /** Begins a turn. */
  readonly #run = (): void => {
    if (this.#ended) return;
    this.#turnSinceMs = this.#session.services.clock.monotonicMs();
    this.#asked = 0;
    this.#goOn(this.#turnSinceMs);
  };

  #goOn(sinceMs: number): void {
    const { responses, limits, clock } = this.#session.services;
    let nowMs = sinceMs;
    try {
      while (this.#asked < entriesPerTurn) {
        if (!this.#mayGoOn(nowMs)) return;
        if (nowMs - this.#turnSinceMs >= turnMs) break;
        this.#asked += this.#entriesPerRead;
        const batch = this.#cursor.read(Math.min(this.#entriesPerRead, this.#entriesMax - this.#sent + 1));
        if (batch instanceof Promise) {
          this.#await(batch);
          return;
        }
        this.#take(batch);
        if (this.#ended) return;
        // The socket tells of draining only when it could not pass everything on, so what is written goes there first.
        if (responses.length >= limits.outputBytesMax) break;
        nowMs = clock.monotonicMs();
      }
      this.#session.later(this.#run);
    } catch (error) {
      this.#fail(error);
    }
  }

  #mayGoOn(nowMs: number): boolean {
    if (nowMs >= this.#deadlineMs) {
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
      // Not necessarily another turn of the event loop: a promise need not have waited for anything.
      if (!this.#ended) this.#goOn(this.#session.services.clock.monotonicMs());
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
    if (!batch.done) return;
    this.#endWalk();
    const { viewResult } = this.#cursor;
    this.#answer(viewResult === undefined || viewResult.code === ResultCode.success ? success : noView);
  }

  /** There is more than the limits allow to send. */
  #answerCut(): void {
    const paging = this.#paging;
    if (this.#moreIsError || paging === undefined) {
      this.#endWalk();
      this.#answer(ldapResult(ResultCode.sizeLimitExceeded));
      return;
    }
    const position = {
      after: this.#last?.id ?? 0,
      returned: (paging.position?.returned ?? 0) + this.#sent,
      walk: this.#keepWalk(paging),
      sortValues: this.#last?.sortValues,
    };
    this.#answer(success, this.#session.services.cookies.seal(position, paging.key));
  }

  /** There will be no further page. */
  #endWalk(): void {
    const position = this.#paging?.position;
    if (position !== undefined) this.#session.services.walks.end(position.walk);
  }

  /** Sees to it that the next page comes from the same directory. */
  #keepWalk({ position }: Paging): number {
    const { walks, clock } = this.#session.services;
    const walk = position?.walk ?? walks.begin();
    if (this.#held !== undefined) walks.keep(walk, this.#held, clock.monotonicMs());
    this.#held = undefined;
    return walk;
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#answer(failureResult(this.#session, this.messageId, error));
  }

  #answer(result: LdapResult, cookie: Buffer = noCookie): void {
    const controls: ResponseControl[] = [];
    if (this.#paging !== undefined) controls.push(pagedResultsControl(cookie));
    const { sortResult, viewResult } = this.#cursor;
    if (sortResult !== undefined) controls.push(sortResultControl(sortResult));
    if (viewResult !== undefined) controls.push(listViewControl(viewResult));
    this.#session.services.responses.result(this.messageId, responseTag.searchDone, result, { controls });
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#held?.[Symbol.dispose]();
    // A cursor that is being read is disposed of when that read has come back.
    if (!this.#reading) this.#cursor[Symbol.dispose]();
    if (this.#registered) this.#session.finish(this);
  }
}
