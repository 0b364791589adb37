import { BoundedMap } from './bounded-map.ts';

/** How much is let through at once, and how long it takes until one more is. */
export interface BucketSettings {
  readonly attempts: number;
  readonly refillMs: number;
}

interface Bucket {
  /** May be below zero: what was taken although there was nothing, because it was known only later. */
  level: number;
  atMs: number;
}

/** Counts what parties have left of an allowance that fills up again. Time is passed in, on a monotonic clock. */
export class TokenBuckets {
  #settings: BucketSettings;
  readonly #buckets: BoundedMap<Bucket>;

  /** Parties beyond `partiesMax` make room for each other, those first that were seen least recently. */
  constructor(settings: BucketSettings, partiesMax: number) {
    this.#settings = settings;
    this.#buckets = new BoundedMap(partiesMax);
  }

  /** Takes over other settings; what parties have left stays, as far as it fits. */
  use(settings: BucketSettings): void {
    this.#settings = settings;
  }

  /** How many whole attempts a party has left. */
  left(party: string, nowMs: number): number {
    const bucket = this.#buckets.peek(party);
    return bucket === undefined ? this.#settings.attempts : Math.floor(this.#level(bucket, nowMs));
  }

  take(party: string, nowMs: number): void {
    this.#change(party, nowMs, -1);
  }

  /** Gives back what was taken for nothing. */
  giveBack(party: string, nowMs: number): void {
    this.#change(party, nowMs, 1);
  }

  /** Fills the bucket of a party; false when it was full. */
  fill(party: string): boolean {
    return this.#buckets.delete(party);
  }

  /** Parties with fewer attempts left than all, and how long until they have at least one; 0 for those who do. */
  *used(nowMs: number): Generator<{ readonly party: string; readonly left: number; readonly waitMs: number }> {
    const { attempts, refillMs } = this.#settings;
    for (const [party, bucket] of this.#buckets.entries()) {
      const level = this.#level(bucket, nowMs);
      if (level >= attempts) continue;
      yield { party, left: Math.floor(level), waitMs: Math.max(0, Math.ceil((1 - level) * refillMs)) };
    }
  }

  #level({ level, atMs }: Bucket, nowMs: number): number {
    const { attempts, refillMs } = this.#settings;
    return Math.min(attempts, level + (nowMs - atMs) / refillMs);
  }

  #change(party: string, nowMs: number, by: number): void {
    const { attempts } = this.#settings;
    const bucket = this.#buckets.get(party);
    const level = Math.min(attempts, (bucket === undefined ? attempts : this.#level(bucket, nowMs)) + by);
    // A full bucket is as good as none.
    if (level >= attempts) this.#buckets.delete(party);
    else this.#buckets.set(party, { level, atMs: nowMs });
  }
}
