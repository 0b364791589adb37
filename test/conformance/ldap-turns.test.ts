import assert from 'node:assert/strict';

import type { DirectoryReader } from '../../src/directory/reader.ts';
import { DirectoryServer } from '../support/directory-server.ts';
import { equality, message, searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { sampleEntries } from '../support/sample-directory.ts';
import { readSync, syncMessage } from '../support/sync-client.ts';

/** An attribute that has no index and a value that nobody has: every entry is looked at. */
const nobody = equality('street', 'nowhere');

describe('A search that goes through the whole directory (P8)', () => {
  let server: DirectoryServer;
  let client: RawClient;
  /** Turns of the event loop. */
  let turns = 0;
  /** At which of them each batch of a scan was asked for. */
  let asked: number[];
  let ticking: NodeJS.Immediate;

  function tick(): void {
    turns += 1;
    ticking = setImmediate(tick);
  }

  before(async () => {
    server = await DirectoryServer.start(sampleEntries, { directory: { examinedPerReadMax: 1, scanBatch: 1 } });
    const { reader } = server.source;
    const scan = reader.scan.bind(reader);
    const counted: DirectoryReader['scan'] = async function* counted(ranges, batch) {
      for await (const entries of scan(ranges, batch)) {
        asked.push(turns);
        yield entries;
      }
    };
    Object.defineProperty(reader, 'scan', { value: counted });
    client = await server.connectBound();
    tick();
  });

  beforeEach(() => {
    asked = [];
  });

  after(async () => {
    clearImmediate(ticking);
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** The most batches that were asked for within one turn. */
  function mostInOneTurn(): number {
    return Math.max(...asked.map((turn) => asked.filter((other) => other === turn).length));
  }

  it('lets others have their turn after a few reads, though the storage never makes it wait', async () => {
    await client.send(message(2, searchRequest({ filter: nobody })));
    assert.equal((await client.next())?.tag, 0x65);
    assert.ok(asked.length > 8, 'there is enough to look at');
    assert.ok(mostInOneTurn() <= 5, `${mostInOneTurn()} reads in one turn`);
  });

  it('does so as well when it is a synchronization (RFC 4533)', async () => {
    await client.send(syncMessage(3, { filter: nobody }));
    assert.equal((await readSync(client, 3)).at(-1)?.kind, 'result');
    assert.ok(asked.length > 8, 'there is enough to look at');
    assert.ok(mostInOneTurn() <= 5, `${mostInOneTurn()} reads in one turn`);
  });
});
