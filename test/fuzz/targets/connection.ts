import assert from 'node:assert/strict';
import { once } from 'node:events';

import { Connection } from '../../../src/ldap/connection.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { createServices } from '../../../src/ldap/services.ts';
import { directoryOver } from '../../support/directory-client.ts';
import { elementLength, elements, integerValue, text } from '../../support/ldap-ber.ts';
import { admin, RecordingLog, TestAuthenticator } from '../../support/ldap-test-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleEntries } from '../../support/sample-directory.ts';
import { MemorySocket } from '../memory-socket.ts';
import { conversationSeeds } from '../seeds.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

/** The longest that one octet of requests can be answered with: a search of everything is 40 octets. */
const answeredPerByteMax = 4096;
/** An answer to everything at once: the whole directory with all attributes, and the subschema. */
const answeredFixedMax = 2 ** 20;

const log = new RecordingLog();
const limits = { ...defaultLdapLimits, sizeLimit: 8, operationsPerConnectionMax: 4 };
const source = memoryDirectory(sampleEntries);
const services = createServices(
  {
    directory: directoryOver(source),
    authenticator: new TestAuthenticator(),
    log,
    clock: new ManualClock(),
    limits,
  },
  () => undefined,
);

/**
 * A whole connection in memory, over the real directory: octets in, octets out. It ends when its client ends, says nothing but
 * LDAPMessages with the ids of requests, nothing that nobody foresaw, and not more than the requests can ask for; and it
 * gives back the snapshots and the input budget that it took.
 */
export const connectionTarget: FuzzTarget = {
  name: 'connection',
  bytesMax: 2048,
  words: [
    ...words(
      'dc=example,dc=com',
      'uid=alice,ou=users,dc=example,dc=com',
      'cn=subschema',
      'objectClass',
      'uid',
      'member',
      '*',
      '+',
      '1.1',
    ),
    ...words(admin.dn, admin.password, 'PLAIN', 'EXTERNAL', '\0a\0b', '1.3.6.1.4.1.4203.1.11.3', '1.3.6.1.1.8'),
    ...words('1.3.6.1.4.1.1466.20037', '1.2.840.113556.1.4.319', '1.2.840.113556.1.4.473', '1.3.6.1.4.1.4203.666.5.16'),
    ...octets(
      '300502010142 00'.replace(' ', ''),
      '500101',
      '870b6f626a656374436c617373',
      '0a0102',
      '0a0100',
      'a000',
      '0101ff',
    ),
    text(''),
  ],
  seeds: conversationSeeds,
  steps: { fixed: 400_000, perByte: 40_000 },
  async run(input) {
    const socket = new MemorySocket();
    const closed = once(socket, 'close');
    log.lines.length = 0;
    const budgetUsed = services.clear.inputBudget.used;
    const connection = new Connection({
      id: 1,
      socket,
      remoteAddress: '127.0.0.1',
      tls: false,
      services,
      onClosed: () => {},
    });
    const ids = requestIds(input);
    // In two pieces, the first of which is often no whole message.
    const cut = (input[0] ?? 0) === 0x30 ? input.length : (input.length * (input.at(-1) ?? 0)) >> 8;
    socket.arrive(input.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    socket.arrive(input.subarray(cut));
    await settled(connection);
    socket.finish();
    await closed;
    const unforeseen = log.lines.filter(({ event }) => /broken|failed|unavailable/.test(event));
    assert.deepEqual(
      unforeseen.map(({ event, cause }) => cause ?? event),
      [],
    );
    checkAnswers(Buffer.concat(socket.sent), ids);
    assert.ok(socket.sentBytes <= answeredFixedMax + answeredPerByteMax * input.length, 'answers beyond measure');
    assert.equal(services.clear.inputBudget.used, budgetUsed, 'some of the budget is lost');
    // Paged searches keep what they walk through.
    assert.ok(source.leases <= 1 + limits.pagedPublicationsMax, 'snapshots are kept');
  },
};

/** Lets requests be carried out that take several turns. */
async function settled(connection: Connection): Promise<void> {
  for (let turn = 0; turn < 4 || (connection.busy && turn < 200); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Message ids of what can be read as messages, and of whatever else could be taken for one. */
function requestIds(input: Buffer): ReadonlySet<number> {
  const ids = new Set<number>([0]);
  for (let rest = input; rest.length > 0; ) {
    const length = rest[0] === 0x30 && rest[1] !== 0x80 && (rest[1] ?? 0) < 0x87 ? elementLength(rest) : undefined;
    if (length === undefined || length > rest.length) break;
    const header = (rest[1] ?? 0) < 0x80 ? 2 : 2 + ((rest[1] ?? 0) & 0x7f);
    const id = idAt(rest.subarray(header, length));
    if (id !== undefined) ids.add(id);
    rest = rest.subarray(length);
  }
  return ids;
}

/** The INTEGER that these octets begin with, in any of its forms. */
function idAt(bytes: Buffer): number | undefined {
  const length = bytes[0] === 0x02 && bytes[1] !== 0x80 && (bytes[1] ?? 0) < 0x87 ? elementLength(bytes) : undefined;
  if (length === undefined || length > bytes.length) return undefined;
  const header = (bytes[1] ?? 0) < 0x80 ? 2 : 2 + ((bytes[1] ?? 0) & 0x7f);
  const value = BigInt.asIntN(64, BigInt(`0x0${bytes.subarray(header, length).toString('hex')}`));
  return Number(value);
}

function checkAnswers(sent: Buffer, ids: ReadonlySet<number>): void {
  for (const { tag, body } of elements(sent)) {
    assert.equal(tag, 0x30, 'something else than an LDAPMessage');
    const [id, operation] = elements(body);
    assert.ok(id !== undefined && operation !== undefined, 'an LDAPMessage without contents');
    assert.ok(ids.has(integerValue(id.body)), `answers the id ${integerValue(id.body)}, which nobody asked`);
    assert.ok([0x61, 0x64, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78, 0x79].includes(operation.tag), 'no response');
  }
}
