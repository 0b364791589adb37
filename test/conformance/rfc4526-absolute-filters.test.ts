import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import { element, present, searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { sampleBase, sampleEntries } from '../support/sample-directory.ts';

const absolutelyTrue = element(0xa0);
const absolutelyFalse = element(0xa1);
const not = (filter: Buffer): Buffer => element(0xa2, filter);
const undefinedItem = present('noSuchAttribute');

describe('RFC 4526: absolute True and False filters', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start(sampleEntries);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const count = async (filter: Buffer, base = sampleBase, scope = 2): Promise<number> => {
    const { code, entries } = await client.ask(++id, searchRequest({ base, scope, filter, attributes: ['1.1'] }));
    assert.equal(code, 0);
    return entries.length;
  };

  it('(&) is True of every entry and (|) of none, each the negation of the other (§2, S10)', async () => {
    assert.equal(await count(absolutelyTrue), sampleEntries.length);
    assert.equal(await count(not(absolutelyFalse)), sampleEntries.length);
    assert.equal(await count(absolutelyFalse), 0);
    assert.equal(await count(not(absolutelyTrue)), 0);
  });

  it('they are neutral in the sets that they stand in (§2, RFC 4511 §4.5.1.7)', async () => {
    const people = present('uid');
    assert.equal(await count(element(0xa0, absolutelyTrue, people)), await count(people));
    assert.equal(await count(element(0xa1, absolutelyFalse, people)), await count(people));
    assert.equal(await count(element(0xa1, absolutelyTrue, undefinedItem)), sampleEntries.length);
    assert.equal(await count(not(element(0xa0, absolutelyFalse, undefinedItem))), sampleEntries.length);
    assert.equal(await count(not(element(0xa0, absolutelyTrue, undefinedItem))), 0);
  });

  it('(&) reads the root DSE, and the root DSE announces the feature (§2)', async () => {
    assert.equal(await count(absolutelyTrue, '', 0), 1);
    assert.equal(await count(absolutelyFalse, '', 0), 0);
    const { entries } = await client.ask(
      ++id,
      searchRequest({ base: '', scope: 0, attributes: ['supportedFeatures'] }),
    );
    assert.ok(entries[0]?.attributes.get('supportedFeatures')?.includes('1.3.6.1.4.1.4203.1.5.3'));
  });
});
