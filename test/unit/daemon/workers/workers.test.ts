import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';

import type { Authenticator, BindContext, BindOutcome } from '../../../../src/auth/bind.ts';
import { BindDesk } from '../../../../src/daemon/workers/bind-desk.ts';
import { requireFree } from '../../../../src/daemon/workers/free-addresses.ts';
import { type FromWorker, restored, type ToWorker, transferred } from '../../../../src/daemon/workers/messages.ts';
import { RemoteAuthenticator } from '../../../../src/daemon/workers/remote-authenticator.ts';
import { RestartPace } from '../../../../src/daemon/workers/restart-pace.ts';
import { entryCacheShare, explainOneThread, servingThreads } from '../../../../src/daemon/workers/serving-threads.ts';
import { SharedAccounts } from '../../../../src/daemon/workers/shared-accounts.ts';
import { clockOfOrigin, clockOriginMs } from '../../../../src/daemon/workers/worker-clock.ts';
import { workerLog } from '../../../../src/daemon/workers/worker-log.ts';
import { systemClock } from '../../../../src/timing/clock.ts';
import { testCertificate } from '../../../support/ldap-test-server.ts';
import { recordingLog } from '../../../support/recording-log.ts';

describe('Threads that serve LDAP', () => {
  it('are one unless more are wanted, and as many as there are processors with auto, up to 16', () => {
    const threads = (workers: number | 'auto', processors: number): number =>
      servingThreads({ workers }, '22.12.0', processors);
    assert.deepEqual([threads(1, 8), threads(3, 8), threads('auto', 8)], [1, 3, 8]);
    assert.deepEqual([threads('auto', 1), threads('auto', 64)], [1, 16]);
  });

  it('are one with an older Node.js, and the log says why', () => {
    const log = recordingLog();
    assert.equal(servingThreads({ workers: 'auto' }, '20.20.2', 8), 1);
    explainOneThread(log, '20.20.2');
    explainOneThread(log, '22.12.0');
    assert.deepEqual(
      log.events.map(({ level, event, fields }) => ({ level, event, fields })),
      [{ level: 'info', event: 'workers.unavailable', fields: { node: '20.20.2', needed: '22.12' } }],
    );
  });

  it('divide the memory for entries among them and the main thread (P8)', () => {
    assert.equal(entryCacheShare(1), 48 * 1024 * 1024);
    assert.equal(entryCacheShare(3), 12 * 1024 * 1024);
  });

  it('are replaced at once when one dies after long service, and ever later when they die young', () => {
    const pace = new RestartPace();
    const pauses = [60_000, 10, 10, 10].map((livedMs) => pace.pauseAfterMs(livedMs));
    assert.deepEqual(pauses, [0, 1000, 2000, 4000]);
    for (let deaths = 0; deaths < 10; deaths++) pace.pauseAfterMs(10);
    assert.equal(pace.pauseAfterMs(10), 60_000);
    assert.equal(pace.pauseAfterMs(60_000), 0);
  });

  it('do not take an address that another program listens at, which they could share unnoticed', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    const listener = { host: '127.0.0.1', port: address.port, tls: false };
    await assert.rejects(requireFree([{ ...listener, port: 0 }, listener]), { code: 'EADDRINUSE', port: address.port });
    await new Promise((resolve) => other.close(resolve));
    await requireFree([listener]);
    await requireFree([listener]);
  });

  it('count an account on when its limits stay, and anew when they change', () => {
    const accounts = new SharedAccounts(2);
    const limits = (connectionsMax: number) =>
      new Map([
        ['a', { connectionsMax }],
        ['b', {}],
      ]);
    const first = accounts.use(limits(1));
    const second = accounts.use(limits(2));
    assert.notEqual(second.get('a'), first.get('a'));
    assert.equal(second.get('b'), first.get('b'));
    assert.equal(first.get('b')?.byteLength, 16);
  });

  it('have the monotonic time of the main thread', () => {
    const [origin, aheadMs] = [clockOriginMs(), 1e9];
    const ahead = clockOfOrigin(origin + aheadMs).monotonicMs() - systemClock.monotonicMs();
    // The two were read one after the other.
    assert.equal(Math.round(ahead / 1e6), aheadMs / 1e6);
  });

  describe('log', () => {
    function written(wantsDebug: boolean): readonly Extract<FromWorker, { kind: 'log' }>[] {
      const messages: Extract<FromWorker, { kind: 'log' }>[] = [];
      const post = (message: FromWorker): void => {
        if (message.kind === 'log') messages.push(message);
      };
      const log = workerLog(3, post, () => wantsDebug);
      log.debug('small', { a: 1 });
      log.info('ldap.server.listening');
      log.warn('large', { peer: '192.0.2.1' });
      log.error('worst', undefined, Object.assign(new Error('broken'), { code: 'EPIPE' }));
      return messages;
    }

    it('by the main thread, with the number of the thread; lines of level debug only when they are wanted', () => {
      const events = written(false).map(({ level, event, fields }) => [level, event, fields]);
      assert.deepEqual(events, [
        ['warn', 'large', { peer: '192.0.2.1', worker: 3 }],
        ['error', 'worst', { worker: 3 }],
      ]);
    });

    it('what each of them does and the main thread says for all, at level debug only', () => {
      const debug = written(true).filter(({ level }) => level === 'debug');
      assert.deepEqual(
        debug.map(({ event }) => event),
        ['small', 'ldap.server.listening'],
      );
    });

    it('errors with what the log shows of them', () => {
      const cause = written(false).at(-1)?.cause;
      assert.ok(cause !== undefined);
      assert.deepEqual(Reflect.get(restored(structuredClone(cause)), 'code'), 'EPIPE');
      assert.equal(restored(transferred('text')).message, 'text');
    });
  });

  describe('leave binds to the main thread', () => {
    const accepted: BindOutcome = { kind: 'accepted', identity: { kind: 'service', dn: 'cn=a', name: 'a' } };

    /** A thread and the main thread's desk for it, with messages that cross as they do between threads. */
    function connected(
      decide: (name: string, password: Buffer, context: BindContext) => Promise<BindOutcome>,
      bindExternal: Authenticator['bindExternal'] = () => Promise.reject(new Error('not asked')),
    ) {
      const taken: Uint8Array[] = [];
      const desk: BindDesk = new BindDesk(
        { bindSimple: decide, bindExternal },
        (verdict: Extract<ToWorker, { kind: 'verdict' }>) => remote.decided(structuredClone(verdict)),
      );
      const remote: RemoteAuthenticator = new RemoteAuthenticator((message, handedOver = []) => {
        const crossed = structuredClone(message, { transfer: [...handedOver] });
        if (crossed.kind === 'abandon') desk.abandon(crossed.id);
        if (crossed.kind !== 'bind') return;
        if (crossed.bind.kind === 'simple') taken.push(crossed.bind.password);
        void desk.decide(crossed);
      });
      return { remote, desk, taken };
    }

    const context = (signal = new AbortController().signal): BindContext => ({
      remoteAddress: '192.0.2.1',
      secure: true,
      signal,
      authorizationId: 'u:a',
    });

    it('which is told everything, and wipes the password when it has decided', async () => {
      const asked: unknown[] = [];
      const { remote, taken } = connected((name, password, { remoteAddress, secure, authorizationId }) => {
        asked.push([name, password.toString(), remoteAddress, secure, authorizationId]);
        return Promise.resolve(accepted);
      });
      const password = Buffer.from('secret');
      assert.deepEqual(await remote.bindSimple('a', password, context()), accepted);
      assert.deepEqual(asked, [['a', 'secret', '192.0.2.1', true, 'u:a']]);
      await new Promise(setImmediate);
      assert.deepEqual(
        taken.map((bytes) => [...bytes]),
        [[0, 0, 0, 0, 0, 0]],
      );
      assert.equal(password.toString(), 'secret', 'the caller wipes its own');
    });

    it('which sees the certificate that the client has proved to own', async () => {
      const certificate = new X509Certificate((await testCertificate()).certPem);
      const asked: string[] = [];
      const { remote } = connected(
        () => Promise.reject(new Error('not asked')),
        ({ fingerprint256 }) => {
          asked.push(fingerprint256);
          return Promise.resolve(accepted);
        },
      );
      assert.deepEqual(await remote.bindExternal(certificate, context()), accepted);
      assert.deepEqual(asked, [certificate.fingerprint256]);
    });

    it('which hears that a client has gone, and what goes wrong comes back', async () => {
      const { remote } = connected(
        (_name, _password, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('gone')));
          }),
      );
      const gone = new AbortController();
      const verdict = remote.bindSimple('a', Buffer.from('x'), context(gone.signal));
      gone.abort();
      await assert.rejects(verdict, { message: 'gone' });
    });

    it('which gives up what a thread has asked that is no more', async () => {
      let isAborted = false;
      const { remote, desk } = connected(
        (_name, _password, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              isAborted = true;
              resolve(accepted);
            });
          }),
      );
      const verdict = remote.bindSimple('a', Buffer.from('x'), context());
      desk[Symbol.dispose]();
      await verdict;
      assert.equal(isAborted, true);
    });
  });
});
