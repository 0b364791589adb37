/**
 * The published directories that paged searches (RFC 2696) under way read from: every page of one walk comes from the
 * publication that its first page came from, however often another one is published in between.
 *
 * A publication is kept while a walk may still ask for a page of it: until its last page was sent, it was given up, nothing was
 * asked for some time, or it has lasted too long. A connection that closes ends no walk, since a client with several may go on
 * with another. What is kept costs the disk what later publications removed or changed, and next to no memory.
 */
import type { DirectoryLease } from '../directory/reader.ts';

/** What walks may keep. */
export interface PagedWalkLimits {
  /** Publications kept at once; past it the one that was asked longest ago goes. */
  readonly pagedPublicationsMax: number;
  /** Walks remembered at once; past it the one that asked longest ago is forgotten. */
  readonly pagedWalksMax: number;
  /** A walk that asks nothing for so long is forgotten. */
  readonly pagedIdleMs: number;
  /** No publication is kept longer, whoever still asks. */
  readonly pagedAgeMs: number;
}

interface Publication {
  readonly number: number;
  readonly keptSinceMs: number;
  readonly lease: DirectoryLease;
  readonly walks: Set<number>;
  /** Searches that read from it now. */
  readers: number;
}

interface Walk {
  readonly publication: Publication;
  readonly usedAtMs: number;
}

/** Counts from 1. */
function counter(): () => number {
  let last = 0;
  return () => (last += 1);
}

/** The walks of one server. */
export class PagedWalks implements Disposable {
  readonly #limits: PagedWalkLimits;
  /** Both in the order of their last use. */
  readonly #publications = new Map<number, Publication>();
  readonly #walks = new Map<number, Walk>();
  readonly #nextWalk: () => number;

  /** `nextWalk` gives a number below 2^48 that it has not given before. */
  constructor(limits: PagedWalkLimits, nextWalk = counter()) {
    this.#limits = limits;
    this.#nextWalk = nextWalk;
  }

  /** Publications kept now. */
  get publications(): number {
    return this.#publications.size;
  }

  /** A number for a walk that begins. */
  begin(): number {
    return this.#nextWalk();
  }

  /** The publication that a walk reads from, for one more page; undefined when it is not kept any more. */
  resume(walk: number, nowMs: number): DirectoryLease | undefined {
    const publication = this.#walks.get(walk)?.publication;
    if (publication === undefined) return undefined;
    this.#use(walk, publication, nowMs);
    return this.#share(publication);
  }

  /** Keeps a publication for further pages of a walk. The lease is taken over. */
  keep(walk: number, lease: DirectoryLease, nowMs: number): void {
    this.end(walk);
    const publication = this.#publicationOf(lease, nowMs);
    publication.walks.add(walk);
    this.#use(walk, publication, nowMs);
    this.#trim();
  }

  /** Forgets a walk, whether it came to its end or not. */
  end(walk: number): void {
    const publication = this.#walks.get(walk)?.publication;
    if (publication === undefined) return;
    this.#walks.delete(walk);
    publication.walks.delete(walk);
    if (publication.walks.size > 0) return;
    this.#publications.delete(publication.number);
    this.#releaseUnused(publication);
  }

  /** Forgets walks that have been idle for too long, or whose publication was kept for too long. To be called about once a second. */
  expire(nowMs: number): void {
    const { pagedIdleMs, pagedAgeMs } = this.#limits;
    for (const [walk, { usedAtMs, publication }] of this.#walks) {
      if (nowMs - usedAtMs >= pagedIdleMs || nowMs - publication.keptSinceMs >= pagedAgeMs) this.end(walk);
    }
  }

  /** Forgets all walks. */
  [Symbol.dispose](): void {
    for (const walk of this.#walks.keys()) this.end(walk);
  }

  /** Makes both the last in the order of their maps. */
  #use(walk: number, publication: Publication, nowMs: number): void {
    this.#walks.delete(walk);
    this.#walks.set(walk, { publication, usedAtMs: nowMs });
    this.#publications.delete(publication.number);
    this.#publications.set(publication.number, publication);
  }

  #publicationOf(lease: DirectoryLease, nowMs: number): Publication {
    const number = lease.reader.publication;
    const known = this.#publications.get(number);
    if (known === undefined) return { number, keptSinceMs: nowMs, lease, walks: new Set(), readers: 0 };
    lease[Symbol.dispose]();
    return known;
  }

  #share(publication: Publication): DirectoryLease {
    publication.readers += 1;
    let released = false;
    return {
      reader: publication.lease.reader,
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        publication.readers -= 1;
        this.#releaseUnused(publication);
      },
    };
  }

  #releaseUnused(publication: Publication): void {
    if (publication.walks.size === 0 && publication.readers === 0) publication.lease[Symbol.dispose]();
  }

  #trim(): void {
    const { pagedWalksMax, pagedPublicationsMax } = this.#limits;
    for (const walk of this.#walks.keys()) {
      if (this.#walks.size <= pagedWalksMax) break;
      this.end(walk);
    }
    for (const { walks } of this.#publications.values()) {
      if (this.#publications.size <= pagedPublicationsMax) break;
      for (const walk of walks) this.end(walk);
    }
  }
}
