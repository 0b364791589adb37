import assert from 'node:assert/strict';
import { anonymous } from '../../../src/directory/identity.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import { SearchLimitError } from '../../../src/directory/search-limit-error.ts';
import type { SearchCursor, SearchRequest } from '../../../src/directory/search-types.ts';
import {
  decodeEntry,
  directoryOver,
  refusalOf,
  requestOf,
  searchAll,
  searchNames,
  service,
} from '../../support/directory-client.ts';
import type { TestSearch } from '../../support/directory-client.ts';
import { memoryDirectory, unpublished } from '../../support/memory-directory.ts';
import type { MemoryEntry } from '../../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const memory = memoryDirectory(sampleEntries);
const directory = directoryOver(memory);

function cursorOf(search: TestSearch, from = directory): SearchCursor {
  const outcome = from.search(requestOf(search), service);
  assert.ok(outcome.kind === 'cursor');
  return outcome.cursor;
}

/** Resolves when everything that was ready to run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The first 20 have group 7, every other one of all is even. */
function crowdMember(index: number): MemoryEntry {
  return {
    dn: `uid=u${String(index).padStart(2, '0')},${sampleUsers}`,
    attributes: [
      ['objectClass', ['top', 'person']],
      ['cn', ['x']],
      ['sn', [index % 2 === 0 ? 'even' : 'odd']],
      ['gidNumber', [index < 20 ? '7' : '8']],
    ],
    links: [],
  };
}

describe('Scopes of a search (RFC 4511 §4.5.1.2, S1)', () => {
  it('are the object, its immediate subordinates, everything from it down, or everything below', async () => {
    const names = (
      scope: 'base' | 'one' | 'subtree' | 'subordinate',
      baseDn = sampleBase,
    ): Promise<readonly string[]> => searchNames(directory, { scope, baseDn });
    assert.deepEqual(await names('base'), ['example']);
    assert.deepEqual([...(await names('one'))].sort(), ['groups', 'services', 'users']);
    assert.equal((await names('subtree')).length, sampleEntries.length);
    assert.equal((await names('subordinate')).length, sampleEntries.length - 1);
    assert.deepEqual(await names('one', `uid=alice,${sampleUsers}`), []);
    assert.deepEqual(await names('subordinate', `uid=alice,${sampleUsers}`), []);
    assert.deepEqual(await names('subtree', `uid=alice,${sampleUsers}`), ['alice']);
    assert.equal((await names('one', sampleUsers)).length, 5);
  });

  it('bound index lookups too', async () => {
    assert.deepEqual(await searchNames(directory, { baseDn: sampleGroups, filter: '(uid=alice)' }), []);
    assert.deepEqual(await searchNames(directory, { baseDn: sampleUsers, scope: 'base', filter: '(uid=alice)' }), []);
    assert.deepEqual(await searchNames(directory, { scope: 'one', filter: '(uid=alice)' }), []);
    assert.deepEqual(await searchNames(directory, { scope: 'one', baseDn: sampleUsers, filter: '(uid=alice)' }), [
      'alice',
    ]);
  });
});

describe('The base object of a search', () => {
  it('is found in any spelling (S4)', async () => {
    for (const baseDn of [
      `UID=ALICE , ${sampleUsers.toUpperCase()}`,
      `0.9.2342.19200300.100.1.1=\\61lice,${sampleUsers}`,
      `uid=#0405616c696365,${sampleUsers}`,
    ]) {
      assert.deepEqual(await searchNames(directory, { baseDn, scope: 'base' }), ['alice'], baseDn);
    }
  });

  it('that is no DN is refused with invalidDNSyntax (S3)', () => {
    for (const baseDn of ['uid', `uid=a,,${sampleUsers}`, `${sampleUsers},`, 'this is no dn', 'cn=\\ff']) {
      assert.equal(refusalOf(directory, { baseDn }).code, ResultCode.invalidDNSyntax, baseDn);
    }
  });

  it('that is not there is refused with the nearest superior that is (RFC 4511 §4.1.9, S2)', () => {
    for (const [baseDn, matchedDn] of [
      [`uid=nobody,${sampleUsers}`, sampleUsers],
      [`cn=x,uid=nobody,${sampleUsers.toUpperCase()}`, sampleUsers],
      [`cn=x,uid=alice,${sampleUsers}`, `uid=alice,${sampleUsers}`],
      [`ou=nowhere,${sampleBase}`, sampleBase],
      [`uid=a\\,b,${sampleUsers}`, sampleUsers],
      [`uid=alice+cn=x,${sampleUsers}`, sampleUsers],
      ['dc=elsewhere,dc=com', ''],
      ['dc=com', ''],
      [`${Array.from({ length: 5000 }, () => 'ou=x').join(',')},${sampleUsers}`, sampleUsers],
    ] as const) {
      const result = refusalOf(directory, { baseDn });
      assert.equal(result.code, ResultCode.noSuchObject);
      assert.equal(result.matchedDn, matchedDn);
    }
  });

  it('that is the root is answered for its own scope only (RFC 4512 §5.1)', () => {
    for (const scope of ['one', 'subtree', 'subordinate'] as const) {
      assert.equal(refusalOf(directory, { baseDn: '', scope }).code, ResultCode.noSuchObject);
    }
  });
});

describe('What a search answers when it cannot be answered (P1, PAIN-06)', () => {
  it('is busy as long as nothing was published', () => {
    const result = refusalOf(directoryOver(unpublished), {});
    assert.equal(result.code, ResultCode.busy);
    assert.notEqual(result.diagnosticMessage, '');
  });

  it('is insufficientAccessRights for anonymous, whether the object is there or not', () => {
    for (const baseDn of [sampleBase, `uid=alice,${sampleUsers}`, `uid=nobody,${sampleUsers}`, 'dc=elsewhere']) {
      const result = refusalOf(directory, { baseDn, who: anonymous });
      assert.equal(result.code, ResultCode.insufficientAccessRights);
      assert.equal(result.matchedDn, '');
    }
    assert.equal(memory.leases, 0);
  });

  it('is the error of the store, at the start or half way, and never an end without entries', async () => {
    const failing = memoryDirectory(sampleEntries);
    const over = directoryOver(failing, { scanBatch: 2, examinedPerReadMax: 2 });
    const error = new DirectoryStorageError('broken');
    using scanning = cursorOf({ filter: '(description=*)' }, over);
    using indexed = cursorOf({ filter: '(|(uid=alice)(uid=bob))' }, over);
    assert.equal((await scanning.read(1)).done, false);
    assert.equal((await indexed.read(1)).entries.length, 1);
    failing.fail(error);
    assert.throws(() => over.search(requestOf({}), service), error);
    assert.throws(() => over.compare(sampleBase, 'dc', Buffer.from('x'), service), error);
    assert.throws(() => indexed.read(1), error);
    failing.fail(undefined);
    assert.throws(() => indexed.read(1), error, 'a failed search stays failed');
    failing.fail(error);
    await assert.rejects(async () => {
      for (;;) if ((await scanning.read(1)).done) return;
    }, error);
    await assert.rejects(async () => scanning.read(1), error);
  });

  it('gives every lease back, however the search ends', async () => {
    const counted = memoryDirectory(sampleEntries);
    const over = directoryOver(counted, { filterDepthMax: 1 });
    await searchAll(over, { filter: '(cn=*)' });
    await searchAll(over, { filter: '(uid=alice)' });
    refusalOf(over, { baseDn: `uid=nobody,${sampleUsers}` });
    refusalOf(over, { filter: '(!(!(!(cn=*))))' });
    over.compare(`uid=alice,${sampleUsers}`, 'cn', Buffer.from('x'), service);
    for (const filter of ['(cn=*)', '(cn=al*)']) {
      const abandoned = cursorOf({ filter }, over);
      const reading = abandoned.read(1);
      abandoned[Symbol.dispose]();
      assert.equal(counted.leases, 1, 'a read that is under way keeps the directory');
      await reading;
      await settled();
      assert.equal(counted.leases, 0);
    }
    const halfRead = cursorOf({ filter: '(cn=*)' }, over);
    await halfRead.read(1);
    halfRead[Symbol.dispose]();
    halfRead[Symbol.dispose]();
    assert.deepEqual(await halfRead.read(1), { entries: [], done: true });
    await settled();
    assert.equal(counted.leases, 0);
  });

  it('is the error of the store also while the search is being prepared, and the lease is given back', () => {
    const error = new DirectoryStorageError('broken');
    const whileFinding = memoryDirectory(sampleEntries);
    whileFinding.reader.findDn = () => {
      throw error;
    };
    const whilePlanning = memoryDirectory(sampleEntries);
    whilePlanning.reader.childRanges = () => {
      throw error;
    };
    for (const failing of [whileFinding, whilePlanning]) {
      assert.throws(() => directoryOver(failing).search(requestOf({ scope: 'one' }), service), error);
      assert.equal(failing.leases, 0);
    }
  });

  it('is the error of an index that names an entry which is not there', async () => {
    const damaged = memoryDirectory(sampleEntries);
    damaged.loseEntries();
    const over = directoryOver(damaged);
    using byName = cursorOf({ scope: 'base' }, over);
    assert.throws(() => byName.read(1), DirectoryStorageError);
    using byIndex = cursorOf({ filter: '(uid=alice)' }, over);
    assert.throws(() => byIndex.read(1), DirectoryStorageError);
    assert.throws(() => over.compare(sampleBase, 'dc', Buffer.from('x'), service), DirectoryStorageError);
  });
});

describe('A search cursor', () => {
  it('answers indexed searches without a promise', () => {
    for (const filter of [
      '(uid=alice)',
      '(&(objectClass=posixAccount)(uid=alice))',
      '(|(uid=alice)(mail=bob@example.com))',
      `(member=uid=alice,${sampleUsers})`,
      `(memberOf=cn=staff,${sampleGroups})`,
      '(memberUid=alice)',
      `(entryDN=uid=alice,${sampleUsers})`,
      '(objectClass=sudoRole)',
      '(noSuchAttribute=*)',
      '(&(uid=alice)(cn=al*))',
    ]) {
      using cursor = cursorOf({ filter });
      const batch = cursor.read(10);
      assert.ok(!(batch instanceof Promise), filter);
      assert.equal(batch.done, true, filter);
    }
  });

  it('reads just the candidates of the smallest index', async () => {
    const counted = memoryDirectory(sampleEntries);
    const over = directoryOver(counted);
    const cost = async (filter: string): Promise<number> => {
      const before = counted.entriesRead;
      await searchAll(over, { filter });
      return counted.entriesRead - before;
    };
    assert.equal(await cost('(uid=alice)'), 1);
    assert.equal(await cost(`(&(gidNumber=10000)(memberOf=cn=staff,${sampleGroups})(uid=bob))`), 1);
    assert.equal(await cost('(|(uid=alice)(uid=ALICE)(uid=bob)(uid=nobody))'), 2);
    assert.equal(await cost('(cn=al*)'), 1);
    assert.equal(await cost('(|(cn=al*)(mail=b*)(sn=x*))'), 2);
    assert.equal(await cost('(objectClass=computer)'), 0);
    assert.equal(await cost('(&(objectClass=computer)(description=*))'), 0);
    assert.equal(await cost('(|(objectClass=posixGroup)(uid=alice))'), 5);
    assert.equal(await cost('(&(objectClass=organizationalUnit)(description=*))'), 3);
    assert.equal(counted.scans, 0);
  });

  it('answers an OR of 3,000 terms by the index (E12)', async () => {
    const terms = Array.from({ length: 3000 }, (_, index) => `(distinguishedName=uid=u${index},${sampleUsers})`);
    terms.push(`(distinguishedName=uid=alice,${sampleUsers})`);
    const counted = memoryDirectory(sampleEntries);
    assert.deepEqual(await searchNames(directoryOver(counted), { filter: `(|${terms.join('')})` }), ['alice']);
    assert.equal(counted.entriesRead, 1);
  });

  it('gives entries in ascending order of id and goes on after one', async () => {
    for (const filter of ['(objectClass=*)', '(gidNumber=10000)', '(cn=*)', '(|(uid=zoe)(uid=alice)(uid=bob))']) {
      using cursor = cursorOf({ filter });
      const all = (await cursor.read(1000)).entries;
      assert.deepEqual(
        all.map((entry) => entry.id),
        all.map((entry) => entry.id).sort((a, b) => a - b),
      );
      for (const [index, entry] of all.entries()) {
        using rest = cursorOf({ filter, after: entry.id });
        assert.deepEqual(
          (await rest.read(1000)).entries.map((each) => each.id),
          all.slice(index + 1).map((each) => each.id),
        );
      }
    }
  });

  it('gives at most as many entries as it is asked for, until it says that it is done', async () => {
    for (const filter of ['(objectClass=person)', '(gidNumber=10000)', '(uidNumber>=1)']) {
      using cursor = cursorOf({ filter });
      const names: string[] = [];
      for (let done = false; !done; ) {
        const batch = await cursor.read(2);
        assert.ok(batch.entries.length <= 2);
        names.push(...batch.entries.map((entry) => decodeEntry(entry).dn));
        done = batch.done;
      }
      assert.equal(new Set(names).size, 5, filter);
      assert.equal(names.length, 5, filter);
    }
  });

  it('looks at a bounded number of candidates in one read (P8)', async () => {
    const counted = memoryDirectory(sampleEntries);
    const over = directoryOver(counted, { examinedPerReadMax: 2, scanBatch: 2 });
    for (const filter of ['(&(gidNumber=10000)(sn=nobody*))', '(&(uidNumber>=1)(description=nothing))']) {
      using cursor = cursorOf({ filter }, over);
      let reads = 0;
      for (let done = false; !done; reads++) {
        const before = counted.entriesRead;
        const batch = await cursor.read(10);
        assert.ok(counted.entriesRead - before <= 2, filter);
        assert.equal(batch.entries.length, 0);
        done = batch.done;
      }
      assert.ok(reads >= 3, filter);
    }
  });

  it('looks at as many candidates as its limit allows, and refuses to look at one more (P8, S6)', async () => {
    const walk = async (examinedMax: number): Promise<number> => {
      using cursor = cursorOf(
        { filter: '(description=nothing)' },
        directoryOver(memory, { examinedMax, scanBatch: 2 }),
      );
      let reads = 0;
      for (let done = false; !done; reads++) ({ done } = await cursor.read(10));
      return reads;
    };
    assert.ok((await walk(sampleEntries.length)) > 0);
    await assert.rejects(walk(2), SearchLimitError);
  });

  it('counts candidates that other indexes rule out, though no entry is read for them (P8)', async () => {
    const everyone = Array.from({ length: 40 }, (_, index) => crowdMember(index));
    const over = directoryOver(memoryDirectory([...sampleEntries.slice(0, 4), ...everyone]), {
      examinedPerReadMax: 10,
    });
    using cursor = cursorOf({ filter: '(&(gidNumber=7)(sn=even))' }, over);
    const sizes: number[] = [];
    for (let done = false; !done; ) {
      const batch = await cursor.read(100);
      sizes.push(batch.entries.length);
      done = batch.done;
    }
    assert.deepEqual(sizes, [5, 5, 0]);
  });

  it('hands out a lease of its own on the directory that it reads, when asked to', () => {
    for (const hold of [true, false]) {
      const outcome = directory.search({ ...requestOf({}), hold }, service);
      assert.ok(outcome.kind === 'cursor');
      assert.equal(memory.leases, hold ? 2 : 1);
      outcome.cursor[Symbol.dispose]();
      assert.equal(memory.leases, hold ? 1 : 0);
      outcome.held?.[Symbol.dispose]();
      assert.equal(memory.leases, 0);
    }
  });

  it('reads the directory it is given, and gives it back however it ends', async () => {
    const earlier = memoryDirectory(sampleEntries.slice(0, 5));
    const given = (): SearchRequest => {
      const from = earlier.acquire();
      return { ...requestOf({ filter: '(uid=*)' }), ...(from && { from }) };
    };
    const outcome = directory.search(given(), service);
    assert.ok(outcome.kind === 'cursor');
    const batch = await outcome.cursor.read(100);
    assert.equal(batch.entries.length, 1);
    outcome.cursor[Symbol.dispose]();
    for (const baseDn of ['', 'not a DN', 'cn=Subschema', 'ou=none,dc=example,dc=com']) {
      const refused = directory.search({ ...given(), baseDn, scope: 'base' }, service);
      if (refused.kind === 'cursor') refused.cursor[Symbol.dispose]();
    }
    memory.fail(new DirectoryStorageError('no disk'));
    assert.throws(() => directory.search(given(), service), DirectoryStorageError);
    memory.fail(undefined);
    assert.deepEqual([earlier.leases, memory.leases], [0, 0]);
  });

  it('reads nothing of an earlier directory for somebody who may not read the one of now (P7)', () => {
    const from = memory.acquire();
    const outcome = directory.search({ ...requestOf({}), ...(from && { from }) }, anonymous);
    assert.ok(outcome.kind === 'result');
    assert.equal(outcome.result.code, ResultCode.insufficientAccessRights);
    assert.equal(memory.leases, 0);
  });
});

describe('The depth of a filter (P8)', () => {
  const nested = (depth: number): string => `${'(!'.repeat(depth)}(uid=alice)${')'.repeat(depth)}`;

  it('is accepted at the limit and refused with adminLimitExceeded one past it', async () => {
    const over = directoryOver(memory, { filterDepthMax: 10 });
    assert.deepEqual(await searchNames(over, { filter: nested(10) }), ['alice']);
    assert.equal(refusalOf(over, { filter: nested(11) }).code, ResultCode.adminLimitExceeded);
    assert.equal(
      refusalOf(over, { filter: nested(11), baseDn: '', scope: 'base' }).code,
      ResultCode.adminLimitExceeded,
    );
    assert.equal(refusalOf(over, { filter: `(&(cn=*)(|${nested(9)}))` }).code, ResultCode.adminLimitExceeded);
  });
});
