import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { SourceNetworks } from '../../../src/auth/source-networks.ts';
import { Accounts } from '../../../src/ldap/account-limits.ts';
import { BerReader } from '../../../src/ldap/ber-reader.ts';
import { Connection } from '../../../src/ldap/connection.ts';
import { InputBudget } from '../../../src/ldap/framer.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { PagedCookies } from '../../../src/ldap/paged-cookies.ts';
import { PagedWalks } from '../../../src/ldap/paged-walks.ts';
import { PersistentSearches } from '../../../src/ldap/persistent-searches.ts';
import { ResponseWriter } from '../../../src/ldap/responses.ts';
import type { Services } from '../../../src/ldap/session.ts';
import { Statistics } from '../../../src/ldap/statistics.ts';
import { bindRequest, control, message, searchRequest } from '../../support/ldap-ber.ts';
import { HeldCursor, TestDirectory } from '../../support/ldap-test-directory.ts';
import { RecordingLog, TestAuthenticator } from '../../support/ldap-test-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const directory = new TestDirectory();
const services: Services = {
  directory,
  saslMechanisms: [],
  authenticator: new TestAuthenticator(),
  log: new RecordingLog(),
  clock: new ManualClock(),
  limits: defaultLdapLimits,
  requireTlsForBind: true,
  clearPasswordsFrom: new SourceNetworks([]),
  accounts: new Accounts(new Map()),
  tls: () => undefined,
  cookies: new PagedCookies(),
  walks: new PagedWalks(defaultLdapLimits),
  persistentSearches: new PersistentSearches(defaultLdapLimits),
  inputBudget: new InputBudget(10_000),
  statistics: new Statistics(),
  reader: new BerReader(),
  responses: new ResponseWriter(),
};

const offers = { clear: services, secure: services, certified: services };

describe('Connection', () => {
  let socket: Socket;
  let client: Socket;
  let closed: Promise<void>;

  beforeEach(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
    closed = new Promise((resolve) => {
      const options = { id: 1, socket, remoteAddress: '127.0.0.1', tls: false, services: offers };
      const connection = new Connection({ ...options, onClosed: () => resolve() });
      assert.equal(connection.secure, false);
    });
  });

  afterEach(async () => {
    client.destroy();
    await closed;
  });

  const refused: [string, Buffer][] = [
    ['because it came in the clear', message(2, bindRequest('cn=x', 'secret-password'))],
    ['because of its version', message(2, bindRequest('cn=x', 'secret-password', 2))],
    ['because of a control', message(2, bindRequest('cn=x', 'secret-password'), [control('1.2.3', true)])],
  ];
  for (const [name, bytes] of refused) {
    it(`wipes the octets of a bind that is refused ${name}, although nobody looked at the password (P7)`, async () => {
      socket.emit('data', bytes);
      assert.ok(bytes.every((octet) => octet === 0));
      const [answer] = (await once(client, 'data')) as [Buffer];
      assert.equal(answer[5], 0x61);
    });
  }

  it('wipes the octets of a bind that waits for a search when its connection goes (P7)', async () => {
    const cursor = new HeldCursor();
    directory.onSearch = () => ({ kind: 'cursor', cursor });
    const bytes = message(3, bindRequest('cn=x', 'secret-password'));
    socket.emit('data', message(2, searchRequest()));
    await cursor.reading();
    socket.emit('data', bytes);
    assert.ok(bytes.includes('secret-password'));
    client.destroy();
    await closed;
    assert.ok(bytes.every((octet) => octet === 0));
  });
});
