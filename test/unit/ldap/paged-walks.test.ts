import assert from 'node:assert/strict';

import type { DirectoryLease } from '../../../src/directory/reader.ts';
import { PagedWalks } from '../../../src/ldap/paged-walks.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries } from '../../support/sample-directory.ts';

const limits = { pagedPublicationsMax: 2, pagedWalksMax: 4, pagedIdleMs: 1000, pagedAgeMs: 5000 };
const { reader } = memoryDirectory(sampleEntries);

/** Leases on publications by number, and which of them are held. */
class Publications {
  readonly held: number[] = [];

  lease(publication: number): DirectoryLease {
    this.held.push(publication);
    let open = true;
    return {
      reader: Object.assign(Object.create(reader), { publication }) as typeof reader,
      [Symbol.dispose]: () => {
        assert.ok(open, 'a lease is given back once');
        open = false;
        this.held.splice(this.held.indexOf(publication), 1);
      },
    };
  }
}

describe('PagedWalks (RFC 2696)', () => {
  let walks: PagedWalks;
  let publications: Publications;

  beforeEach(() => {
    walks = new PagedWalks(limits);
    publications = new Publications();
  });

  function begin(publication: number, nowMs = 0): number {
    const walk = walks.begin();
    walks.keep(walk, publications.lease(publication), nowMs);
    return walk;
  }

  function publicationOf(walk: number, nowMs = 0): number | undefined {
    using lease = walks.resume(walk, nowMs);
    return lease?.reader.publication;
  }

  it('gives every page of a walk the publication of its first, and lets go when the walk ends', () => {
    const [first, second] = [begin(1), begin(2)];
    for (let page = 0; page < 3; page++) {
      assert.deepEqual([publicationOf(first), publicationOf(second)], [1, 2]);
    }
    walks.end(first);
    assert.deepEqual([publicationOf(first), publicationOf(second)], [undefined, 2]);
    assert.deepEqual(publications.held, [2]);
    walks.end(second);
    walks.end(second);
    assert.deepEqual([publications.held, walks.publications], [[], 0]);
  });

  it('holds a publication once for all its walks, until the last of them ends', () => {
    const [first, second] = [begin(1), begin(1)];
    assert.deepEqual(publications.held, [1]);
    walks.end(first);
    assert.equal(publicationOf(second), 1);
    walks.end(second);
    assert.deepEqual(publications.held, []);
  });

  it('leaves a search that reads from a publication undisturbed when its walk ends', () => {
    const walk = begin(1);
    const lease = walks.resume(walk, 0);
    walks.end(walk);
    assert.deepEqual(publications.held, [1]);
    lease?.[Symbol.dispose]();
    lease?.[Symbol.dispose]();
    assert.deepEqual(publications.held, []);
  });

  it('forgets a walk that is idle for the time allowed, and none a moment before (P8)', () => {
    const [first, second] = [begin(1, 0), begin(2, 400)];
    walks.expire(999);
    assert.deepEqual(publications.held, [1, 2]);
    assert.equal(publicationOf(first, 999), 1);
    walks.expire(1400);
    assert.deepEqual([publicationOf(first, 1400), publicationOf(second)], [1, undefined]);
    walks.expire(2400);
    assert.deepEqual([publications.held, walks.publications], [[], 0]);
  });

  it('keeps no publication longer than allowed, however often it is asked for (P8)', () => {
    const [first, second] = [begin(1, 0), begin(2, 600)];
    for (let nowMs = 500; nowMs < 5000; nowMs += 500) {
      walks.expire(nowMs);
      assert.equal(publicationOf(first, nowMs), 1);
      assert.equal(publicationOf(second, nowMs), 2);
    }
    walks.expire(4999);
    assert.deepEqual(publications.held, [1, 2]);
    walks.expire(5000);
    assert.deepEqual([publicationOf(first, 5000), publicationOf(second, 5000)], [undefined, 2]);
    const again = begin(1, 5000);
    walks.expire(5500);
    assert.equal(publicationOf(again, 5500), 1);
  });

  it('keeps as many publications as allowed; one more costs the one that was asked longest ago (P8)', () => {
    const walk = [begin(1), begin(1), begin(2)];
    assert.equal(publicationOf(walk[1] ?? 0), 1);
    const third = begin(3);
    assert.deepEqual(
      walk.map((each) => publicationOf(each)),
      [1, 1, undefined],
    );
    assert.equal(publicationOf(third), 3);
    assert.deepEqual([publications.held, walks.publications], [[1, 3], 2]);
  });

  it('remembers as many walks as allowed; one more costs the one that asked longest ago (P8)', () => {
    const walk = [begin(1), begin(1), begin(1), begin(1)];
    assert.equal(publicationOf(walk[0] ?? 0), 1);
    begin(1);
    assert.deepEqual(
      walk.map((each) => publicationOf(each)),
      [1, undefined, 1, 1],
    );
  });

  it('lets a walk whose publication was given up begin anew on another', () => {
    const walk = begin(1);
    walks.keep(walk, publications.lease(5), 0);
    assert.equal(publicationOf(walk), 5);
    assert.deepEqual(publications.held, [5]);
  });

  it('knows nothing of walks that never were', () => {
    assert.equal(walks.resume(7, 0), undefined);
    walks.end(7);
  });

  it('lets go of everything when it is disposed of', () => {
    begin(1);
    begin(2);
    walks[Symbol.dispose]();
    assert.deepEqual(publications.held, []);
  });
});
