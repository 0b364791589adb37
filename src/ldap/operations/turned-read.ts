import { type LdapResult, ldapResult, ResultCode } from '../../directory/result.ts';
import { failureResult } from '../failure.ts';
import { responseTag } from '../protocol.ts';
import type { ResponseControl } from '../response-controls.ts';
import type { RunningOperation, Session } from '../session.ts';

/** Entries asked for in one turn; then other connections have theirs. */
const entriesPerTurn = 256;
/** A turn that has used this much time asks for no more. */
const turnMs = 8;

const canceled = ldapResult(ResultCode.canceled);
const outOfTime = ldapResult(ResultCode.timeLimitExceeded);

/**
 * An operation that reads from the directory and sends what it reads, in turns: as fast as the client takes it, never so much
 * at once that others wait, and until its deadline. What is read, and what of it is sent, is decided by those that extend it.
 */
export abstract class TurnedRead<Batch> implements RunningOperation {
  readonly messageId: number;
  protected readonly session: Session;
  /** Entries that one {@link TurnedRead.read} asks for at most. */
  protected readonly entriesPerRead: number;
  /** In milliseconds of the monotonic clock; then the operation is answered as out of time. */
  protected deadlineMs = Infinity;
  #registered = false;
  #ended = false;
  #reading = false;
  #waitsForOutput = false;
  /** When this turn began, and how many entries were asked for in it. */
  #turnSinceMs = 0;
  #asked = 0;

  constructor(session: Session, messageId: number, entriesPerRead: number) {
    this.session = session;
    this.messageId = messageId;
    this.entriesPerRead = entriesPerRead;
  }

  /** Asks for the next entries; undefined when there is nothing to read for now. */
  protected abstract read(): Batch | Promise<Batch> | undefined;
  /** Sends what was read. */
  protected abstract take(batch: Batch): void;
  /** Answers the operation without having come to its end. */
  protected abstract answer(result: LdapResult): void;
  /** Gives back what the operation holds. Called once; with `isReading`, {@link TurnedRead.readCameBack} follows. */
  protected abstract release(isReading: boolean): void;

  /** What comes before the reads of a turn. */
  protected beforeTurn(): void {}

  /** A read came back after the operation had ended. */
  protected readCameBack(): void {}

  protected get ended(): boolean {
    return this.#ended;
  }

  /** Counts the operation as under way until it ends, if it has not. */
  protected register(): void {
    if (this.#ended) return;
    this.#registered = true;
    this.session.begin(this);
  }

  abandon(): void {
    this.#end();
  }

  cancel(): void {
    this.answer(canceled);
  }

  outputDrained(): void {
    if (!this.#waitsForOutput) return;
    this.#waitsForOutput = false;
    this.run();
  }

  checkTime(nowMs: number): void {
    if (!this.#ended && nowMs >= this.deadlineMs) this.answer(outOfTime);
  }

  /** Begins a turn. */
  protected readonly run = (): void => {
    if (this.#ended) return;
    this.#turnSinceMs = this.session.services.clock.monotonicMs();
    this.#asked = 0;
    try {
      this.beforeTurn();
    } catch (error) {
      this.fail(error);
    }
    this.#goOn(this.#turnSinceMs);
  };

  #goOn(sinceMs: number): void {
    const { responses, limits, clock } = this.session.services;
    let nowMs = sinceMs;
    try {
      while (this.#asked < entriesPerTurn) {
        if (this.#ended || this.#reading || !this.#mayGoOn(nowMs)) return;
        if (nowMs - this.#turnSinceMs >= turnMs) break;
        this.#asked += this.entriesPerRead;
        const batch = this.read();
        if (batch === undefined) return;
        if (batch instanceof Promise) {
          this.#await(batch);
          return;
        }
        this.take(batch);
        if (this.#ended) return;
        // The socket tells of draining only when it could not pass everything on, so what is written goes there first.
        if (responses.length >= limits.outputBytesMax) break;
        nowMs = clock.monotonicMs();
      }
      this.session.later(this.run);
    } catch (error) {
      this.fail(error);
    }
  }

  #mayGoOn(nowMs: number): boolean {
    if (nowMs >= this.deadlineMs) {
      this.answer(outOfTime);
      return false;
    }
    this.#waitsForOutput = !this.session.outputReady;
    return !this.#waitsForOutput;
  }

  #await(batch: Promise<Batch>): void {
    this.#reading = true;
    batch.then(
      (read) => this.#resume(() => this.take(read)),
      (error: unknown) => this.#resume(() => this.fail(error)),
    );
  }

  #resume(work: () => void): void {
    this.#reading = false;
    if (this.#ended) {
      this.readCameBack();
      return;
    }
    this.session.turn(() => {
      work();
      // Not necessarily another turn of the event loop: a promise need not have waited for anything.
      this.#goOn(this.session.services.clock.monotonicMs());
    });
  }

  protected fail(error: unknown): void {
    if (!this.#ended) this.answer(failureResult(this.session, this.messageId, error));
  }

  /** Sends the result of the search and ends the operation. */
  protected finish(result: LdapResult, controls: readonly ResponseControl[]): void {
    if (this.#ended) return;
    this.session.services.responses.result(this.messageId, responseTag.searchDone, result, { controls });
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.release(this.#reading);
    if (this.#registered) this.session.finish(this);
  }
}
