/**
 * A search that brings a client's copy of its content up to date and, if asked to, keeps it so (RFC 4533).
 *
 *     refreshing ──▶ waiting ──▶ updating
 *                       ▲───────────┘
 *
 * While it waits it holds the stamp of the directory that the client has, and the directory itself only for an identity that does
 * not read everything: by it is told which of the entries that are gone the client may be told of.
 */
import { contentStart } from '../../directory/ber.ts';
import type { ContentBatch, ContentCursor, SearchContent } from '../../directory/content-types.ts';
import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import type { SearchRequest } from '../../directory/search-types.ts';
import type { DirectoryLease } from '../../directory/reader.ts';
import type { LogFields } from '../../observability/log.ts';
import { responseTag, syncInfoOid } from '../protocol.ts';
import type { ResponseControl } from '../response-controls.ts';
import type { DecodedSearch } from '../search-decoder.ts';
import type { Request, Session } from '../session.ts';
import { formatSyncCookie, readSyncCookie, replicaOf, type SyncBinding } from '../sync-cookies.ts';
import { planRefresh } from '../sync-refresh.ts';
import {
  idSetInfo,
  newCookieInfo,
  refreshDoneInfo,
  syncDoneControl,
  type SyncRequest,
  syncState,
  syncStateControl,
} from '../sync-values.ts';
import { TurnedRead } from './turned-read.ts';

/** Entries asked of the directory at once; of the UUIDs in one message there are no more either. */
const entriesPerRead = 64;

const success = ldapResult(ResultCode.success);
const stopping = ldapResult(ResultCode.unavailable, 'the server is shutting down');
const tooManyEntries = ldapResult(ResultCode.sizeLimitExceeded);
const refreshRequired = ldapResult(ResultCode.syncRefreshRequired, 'begin anew, without a cookie');
const notTogether = ldapResult(ResultCode.unwillingToPerform, 'a control does not go with synchronization');

type Stage = 'refreshing' | 'waiting' | 'updating';

/** Carries out a search with a sync request control. */
export function synchronize(session: Session, request: Request, decoded: DecodedSearch, sync: SyncRequest): void {
  const { responses, persistentSearches } = session.services;
  const messageId = request.envelope.id;
  const refuse = (result: LdapResult): void => responses.result(messageId, responseTag.searchDone, result);
  const { paged, sort, view, matchedValues, dereference, subentries } = request.controls;
  const others = [paged, sort, view, matchedValues, dereference, subentries];
  if (others.some((control) => control !== undefined)) return refuse(notTogether);
  const excess = sync.persist ? persistentSearches.take(session.id) : undefined;
  if (excess !== undefined) return refuse(excess);
  new SyncOperation(session, request, decoded, sync).start();
}

class SyncOperation extends TurnedRead<ContentBatch> {
  readonly persistent: boolean;
  readonly #request: SearchRequest;
  readonly #requestBytes: readonly Buffer[];
  readonly #sync: SyncRequest;
  readonly #replica: string;
  readonly #entriesMax: number;
  /** Until when the client wants to wait at all, and for how long each stage may take. */
  readonly #requestEndsMs: number;
  readonly #stageMs: number;
  #stage: Stage = 'refreshing';
  #cursor: ContentCursor | undefined;
  /** The directory that the client has, and the one that is being read; where they are needed. */
  #known: DirectoryLease | undefined;
  #next: DirectoryLease | undefined;
  #history = '';
  /** Of the directory that is being read, and then of that which the client has. */
  #stampMs = 0;
  #refreshDeletes = false;
  /** Entries of this stage. */
  #sent = 0;
  #subscription: Disposable | undefined;
  /** Something was published after the directory that is being read. */
  #outdated = false;

  constructor(session: Session, request: Request, decoded: DecodedSearch, sync: SyncRequest) {
    super(session, request.envelope.id, entriesPerRead);
    const { clock, limits } = session.services;
    const account = session.account.limits;
    this.persistent = sync.persist;
    this.#request = {
      ...decoded.request,
      hold: sync.persist,
      ...(request.controls.assertion && { assertion: request.controls.assertion }),
    };
    this.#requestBytes = boundParts(request, decoded);
    this.#sync = sync;
    this.#replica = replicaOf(sync.cookie);
    // A content that is cut short would never become whole, so that only limits count that somebody set for this very case.
    this.#entriesMax = Math.min(decoded.sizeLimit || Infinity, account.sizeLimit ?? Infinity);
    this.#stageMs = Math.min(limits.syncRefreshMs, account.timeLimitMs ?? Infinity);
    this.#requestEndsMs = clock.monotonicMs() + (decoded.timeLimitSeconds * 1000 || Infinity);
    this.deadlineMs = this.#requestEndsMs;
  }

  /** Refreshes the client's copy as far as that goes at once. */
  start(): void {
    const { directory } = this.session.services;
    // Before the directory is looked at, so that nothing is published in between unnoticed.
    if (this.persistent) this.#subscription = directory.onPublished(this.#published);
    try {
      const outcome = directory.content(this.#request, this.session.identity);
      if (outcome.kind === 'result') this.answer(outcome.result);
      else {
        this.#next = outcome.held;
        this.#refresh(outcome.content);
      }
    } catch (error) {
      this.fail(error);
    }
    this.register();
    this.run();
  }

  serverStops(): void {
    if (this.persistent) this.answer(stopping);
  }

  #refresh(content: SearchContent): void {
    const { history } = content;
    this.#history = history.id;
    const state = readSyncCookie(this.#sync.cookie, this.#binding);
    const plan = planRefresh(state, history, this.#sync.reloadHint);
    switch (plan.kind) {
      case 'refuse':
        content[Symbol.dispose]();
        this.#log('ldap.sync.refused', { reason: plan.reason });
        this.answer(refreshRequired);
        break;
      case 'changes':
        this.#refreshDeletes = true;
        this.#read('refreshing', content, content.changesSince(plan.sinceMs));
        break;
      case 'everything':
        this.#read('refreshing', content, content.everything(plan.unchangedSinceMs));
    }
  }

  /** Tells what was published since (RFC 4533 §3.4). */
  #update(): void {
    const { directory } = this.session.services;
    this.#outdated = false;
    const outcome = directory.content(this.#request, this.session.identity, this.#known);
    if (outcome.kind === 'result') {
      this.answer(outcome.result);
      return;
    }
    const { content, held } = outcome;
    this.#next = held;
    if (content.history.id !== this.#history || this.#stampMs < content.history.knownSinceMs) {
      content[Symbol.dispose]();
      this.answer(refreshRequired);
      return;
    }
    this.#read('updating', content, content.changesSince(this.#stampMs));
  }

  #read(stage: Stage, content: SearchContent, cursor: ContentCursor): void {
    this.#stage = stage;
    const stageEndsMs = this.session.services.clock.monotonicMs() + this.#stageMs;
    this.deadlineMs = Math.min(this.#requestEndsMs, stageEndsMs);
    this.#stampMs = content.history.stampMs;
    this.#sent = 0;
    this.#cursor = cursor;
  }

  readonly #published = (): void => {
    this.#outdated = true;
    // The publish is not held up by what follows from it.
    if (this.#stage === 'waiting') this.session.later(this.run);
  };

  protected override beforeTurn(): void {
    if (this.#stage === 'waiting' && this.#outdated) this.#update();
  }

  protected override read(): ContentBatch | Promise<ContentBatch> | undefined {
    return this.#cursor?.read(entriesPerRead);
  }

  protected override take({ deleted, present, entries, done }: ContentBatch): void {
    const { responses } = this.session.services;
    if (deleted.length > 0) responses.intermediate(this.messageId, syncInfoOid, idSetInfo(deleted, true));
    if (present.length > 0) responses.intermediate(this.messageId, syncInfoOid, idSetInfo(present, false));
    for (const { entry, uuid, created } of entries) {
      if (this.#sent === this.#entriesMax) {
        this.answer(tooManyEntries);
        return;
      }
      const state = this.#stage === 'refreshing' || created ? syncState.add : syncState.modify;
      responses.entry(this.messageId, entry, syncStateControl(state, uuid));
      this.#sent++;
    }
    if (done) this.#finishStage();
  }

  /** The client has the directory that was read. */
  #finishStage(): void {
    const cookie = formatSyncCookie(this.#replica, this.#stampMs, this.#binding);
    this.#log('ldap.sync.done', { stage: this.#stage, entries: this.#sent, difference: this.#refreshDeletes });
    if (!this.persistent) {
      this.answer(success, [syncDoneControl(cookie, this.#refreshDeletes)]);
      return;
    }
    const isRefresh = this.#stage === 'refreshing';
    const info = isRefresh ? refreshDoneInfo(cookie, this.#refreshDeletes) : newCookieInfo(cookie);
    this.session.services.responses.intermediate(this.messageId, syncInfoOid, info);
    this.#cursor?.[Symbol.dispose]();
    this.#cursor = undefined;
    this.#known?.[Symbol.dispose]();
    this.#known = this.#next;
    this.#next = undefined;
    this.#stage = 'waiting';
    this.deadlineMs = this.#requestEndsMs;
    if (this.#outdated) this.session.later(this.run);
  }

  get #binding(): SyncBinding {
    return { history: this.#history, identity: this.session.identity, request: this.#requestBytes };
  }

  #log(event: string, fields: LogFields): void {
    const { services, id, remoteAddress } = this.session;
    const operation = `${id}.${this.messageId}`;
    const level = this.#stage === 'refreshing' ? 'info' : 'debug';
    services.log[level](event, { operation, peer: remoteAddress, persistent: this.persistent, ...fields });
  }

  protected override answer(result: LdapResult, controls: readonly ResponseControl[] = []): void {
    this.finish(result, controls);
  }

  protected override release(): void {
    this.#subscription?.[Symbol.dispose]();
    // A read that is under way keeps the directory until it has come back.
    this.#cursor?.[Symbol.dispose]();
    this.#known?.[Symbol.dispose]();
    this.#next?.[Symbol.dispose]();
    if (this.persistent) this.session.services.persistentSearches.give(this.session.id);
  }
}

/** The search request without its limits: two that differ in them have the same content. */
function boundParts({ message, envelope }: Request, { limitsStart, limitsEnd }: DecodedSearch): readonly Buffer[] {
  const { operationStart, operationEnd } = envelope;
  // Behind the length of the whole, in which the limits count. Copies: the bytes of the message are not ours once the request
  // has been carried out.
  return [
    Buffer.from(message.subarray(contentStart(message, operationStart), limitsStart)),
    Buffer.from(message.subarray(limitsEnd, operationEnd)),
  ];
}
