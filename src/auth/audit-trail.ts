import type { BindEvent, BindEventQuery, BindEventRetention, BindEventStore } from '../identity/bind-event.ts';
import { AdminRefusal } from '../identity/admin.ts';
import { auditFailed, auditRestored } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { AuditFollower, merged } from './audit-follower.ts';

/** Events are gathered for so long before they are written. */
const gatherMs = 1000;

/** What is kept when nothing is. */
const nothing: BindEventRetention = { ageMs: -1, eventsMax: 0, bytesMax: 0 };

/** What an {@link AuditTrail} is made of. */
export interface AuditTrailOptions {
  /** undefined: nothing is kept. */
  readonly store: BindEventStore | undefined;
  /** undefined: nothing is kept from now on. */
  readonly retention: BindEventRetention | undefined;
  /** How many kinds of events are told apart in what is gathered (P8). */
  readonly kindsMax: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The audit trail on its way to the store: events are gathered for a second and written together, so that no bind waits for a
 * disk and a flood of binds is a few records. Events that differ in nothing but their time become one with a count; what
 * exceeds the kinds that can be told apart is counted by address, then altogether. What is gathered when the process is
 * killed is lost.
 */
export class AuditTrail implements AsyncDisposable {
  readonly #options: AuditTrailOptions;
  readonly #gathered = new Map<string, BindEvent>();
  readonly #followers = new Set<AuditFollower>();
  readonly #stopped = new AbortController();
  #retention: BindEventRetention | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #problem: string | undefined;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#retention = options.retention;
  }

  /** Why nothing can be written at present; undefined when it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Takes over how much is kept; what is beyond it goes with the next write, or when it is pruned. */
  use(retention: BindEventRetention | undefined): void {
    this.#retention = retention;
  }

  /** Drops what is too old by now, or was kept before nothing was to be. Never rejects. */
  prune(): Promise<void> {
    return this.#write(true);
  }

  /** Adds an event; never waits and never throws. */
  record(event: BindEvent): void {
    if (this.#options.store === undefined || this.#retention === undefined) return;
    this.#gather(event);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#options.clock
      .sleep(gatherMs, this.#stopped.signal)
      .catch(() => undefined)
      .then(() => this.#write());
  }

  /** Events that are kept, those included that are not written yet. */
  async read(query: BindEventQuery): Promise<readonly BindEvent[]> {
    await this.#write();
    return (await this.#options.store?.read(query)) ?? [];
  }

  /** As {@link AuditTrail.read}, followed by those to come until the signal aborts. Throws `AdminRefusal` when nothing is kept. */
  async *follow(query: BindEventQuery, signal: AbortSignal): AsyncGenerator<BindEvent, void, void> {
    const { store } = this.#options;
    if (store === undefined || this.#retention === undefined) {
      throw new AdminRefusal('No audit trail is kept: bind.audit.enabled.');
    }
    const follower = new AuditFollower(query);
    void this.#write();
    // Between two writes, so that nothing is missed and nothing comes twice.
    const reading = this.#writing.then(async () => {
      const known = await store.read(query);
      this.#followers.add(follower);
      return known;
    });
    this.#writing = reading.then(
      () => undefined,
      () => undefined,
    );
    try {
      yield* await reading;
      while (!signal.aborted) yield* await follower.next(signal);
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** Writes what was gathered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#write();
  }

  #gather(event: BindEvent): void {
    const own = keyOf(event);
    const isFull = this.#gathered.size >= this.#options.kindsMax && !this.#gathered.has(own);
    const kept = isFull ? this.#merged(event) : event;
    const key = isFull ? keyOf(kept) : own;
    const count = (this.#gathered.get(key)?.count ?? 0) + event.count;
    // Behind all others, so that times stay in order.
    this.#gathered.delete(key);
    this.#gathered.set(key, { ...kept, count });
  }

  /** What remains of an event that there is no room for; as many addresses as other kinds, and then one for all. */
  #merged(event: BindEvent): BindEvent {
    const { address, secure } = event;
    const ofAddress = { ...merged(event, 0), address, secure };
    const hasRoom = this.#gathered.size < 2 * this.#options.kindsMax || this.#gathered.has(keyOf(ofAddress));
    return hasRoom ? ofAddress : merged(event, 0);
  }

  #write(isPruning = false): Promise<void> {
    this.#writing = this.#writing.then(() => this.#append(isPruning));
    return this.#writing;
  }

  async #append(isPruning: boolean): Promise<void> {
    this.#isWaiting = false;
    const { store, log, clock } = this.#options;
    const events = [...this.#gathered.values()];
    this.#gathered.clear();
    if (this.#retention !== undefined) {
      for (const follower of this.#followers) for (const event of events) follower.tell(event);
    }
    if (store === undefined || (events.length === 0 && !isPruning)) return;
    try {
      await store.append(this.#retention === undefined ? [] : events, this.#retention ?? nothing, clock.now());
      if (this.#problem !== undefined) auditRestored(log);
      this.#problem = undefined;
    } catch (error) {
      // Whether somebody gets in does not depend on the trail; that it has a gap is told, once.
      if (this.#problem === undefined) auditFailed(log, error);
      this.#problem = error instanceof Error ? error.message : String(error);
    }
  }
}

function keyOf({ verdict, name, dn, address, secure, link, remembered, reason, aadsts }: BindEvent): string {
  return JSON.stringify([verdict, name, dn, address, secure, link, remembered, reason, aadsts]);
}
