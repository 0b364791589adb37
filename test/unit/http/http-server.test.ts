import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { StoredAdminTokens } from '../../../src/auth/admin-tokens.ts';
import { type HttpSettings, type RunningHttpServer, startHttpServer } from '../../../src/http/http-server.ts';
import type { AdminScope } from '../../../src/identity/admin-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAdminTokens } from '../../support/memory-admin-tokens.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { sampleAdministration } from '../../support/sample-administration.ts';
import { loopbackCertificates } from '../../support/simulator-client.ts';

const loopback = [{ family: 'ipv4', address: '127.0.0.0', prefix: 8 }] as const;

const usual: HttpSettings = {
  trustedProxies: [],
  clearTokensFrom: loopback,
  ready: { stale: true, held: true },
  metrics: { allowFrom: undefined, token: false },
  limits: {
    connectionsMax: 8,
    connectionsPerAddressMax: 8,
    requestsPerMinute: 1000,
    requestMs: 10_000,
    idleMs: 60_000,
  },
};

/** A server over an administration of samples. */
class TriedServer implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly tokens: StoredAdminTokens;
  readonly log = recordingLog();
  readonly #server: RunningHttpServer;
  readonly #sockets: Socket[] = [];

  private constructor(clock: ManualClock, tokens: StoredAdminTokens, server: RunningHttpServer) {
    this.clock = clock;
    this.tokens = tokens;
    this.#server = server;
  }

  static async start(
    settings: Partial<HttpSettings> = {},
    tls?: { readonly certPem: string; readonly keyPem: string },
  ): Promise<TriedServer> {
    const [clock, log] = [new ManualClock(), recordingLog()];
    const tokens = new StoredAdminTokens({ store: new MemoryAdminTokens(), clock, log });
    const server = await startHttpServer({
      listeners: [{ host: '127.0.0.1', port: 0 }],
      tls: tls && { ...tls, minVersion: 'TLSv1.2' },
      settings: { ...usual, ...settings },
      version: '0.1.0',
      api: sampleAdministration({ requestSync: () => ({ started: true, round: 7 }) }),
      tokens,
      health: () => ({ state: 'serving', publishedAtMs: 1, lastSuccessAtMs: 1, hold: null }),
      metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'up 1\n' },
      clock,
      log,
    });
    return new TriedServer(clock, tokens, server);
  }

  get port(): number {
    return this.#server.addresses[0]?.port ?? 0;
  }

  use(settings: Partial<HttpSettings>): void {
    this.#server.use({ ...usual, ...settings });
  }

  get server(): RunningHttpServer {
    return this.#server;
  }

  async token(...scopes: readonly AdminScope[]): Promise<string> {
    return (await this.tokens.create({ name: 'tried', description: '', scopes, lifetimeMs: null })).token;
  }

  async ask(
    path: string,
    { token, headers, body, ca }: { token?: string; headers?: Record<string, string>; body?: string; ca?: string } = {},
  ): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
    const options = {
      host: '127.0.0.1',
      port: this.port,
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      agent: false as const,
    };
    const asked = ca === undefined ? httpRequest(options) : httpsRequest({ ...options, ca });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  /** A connection for bytes. */
  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => undefined);
    this.#sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** Everything that comes until the server closes. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

describe('the HTTP server', () => {
  it('takes a token in the clear from this machine only, and does not look at another (P7)', async () => {
    await using server = await TriedServer.start({
      clearTokensFrom: [{ family: 'ipv4', address: '10.0.0.0', prefix: 8 }],
    });
    const token = await server.token('read');
    const refused = await server.ask('/api/v1/status', { token });
    assert.deepEqual([refused.status, /sent in the clear/.test(refused.text)], [403, true]);
    assert.equal((await server.tokens.list())[0]?.lastUsedAtMs, null);
    server.use({});
    assert.equal((await server.ask('/api/v1/status', { token })).status, 200);
  });

  it('takes no token through a proxy that nobody named, and believes one that was (P7)', async () => {
    await using server = await TriedServer.start();
    const token = await server.token('read');
    const forwarded = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
    assert.equal((await server.ask('/api/v1/status', { token, headers: forwarded })).status, 403);
    server.use({ trustedProxies: loopback });
    assert.equal((await server.ask('/api/v1/status', { token, headers: forwarded })).status, 200);
    assert.equal((await server.tokens.list())[0]?.lastUsedFrom, '198.51.100.7');
    const clear = { ...forwarded, 'x-forwarded-proto': 'http' };
    assert.equal((await server.ask('/api/v1/status', { token, headers: clear })).status, 403);
  });

  it('speaks TLS with its certificate, takes tokens over it, and a renewed certificate (PAIN-16)', async () => {
    const [first, second] = [await loopbackCertificates(), await loopbackCertificates()];
    await using server = await TriedServer.start({ clearTokensFrom: [] }, first.server);
    const token = await server.token('read');
    const answer = await server.ask('/api/v1/status', { token, ca: first.ca.certPem });
    assert.deepEqual([answer.status, answer.headers['strict-transport-security']], [200, 'max-age=31536000']);
    server.server.renewCertificate({ ...second.server, minVersion: 'TLSv1.2' });
    assert.equal((await server.ask('/healthz', { ca: second.ca.certPem })).status, 200);
    await assert.rejects(server.ask('/healthz', { ca: first.ca.certPem }));
    assert.throws(() => server.server.renewCertificate({ certPem: 'x', keyPem: 'y', minVersion: 'TLSv1.2' }));
    assert.equal((await server.ask('/healthz', { ca: second.ca.certPem })).status, 200, 'the one before stays in use');
  });

  it('answers as many requests of an address in a minute as it may, and 429 to one more (P8)', async () => {
    await using server = await TriedServer.start({ limits: { ...usual.limits, requestsPerMinute: 3 } });
    for (let asked = 0; asked < 3; asked++) assert.equal((await server.ask('/healthz')).status, 200);
    const refused = await server.ask('/healthz');
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '60']);
    assert.match(refused.text, /^\{"error":\{"code":"tooManyRequests","message":"Too many requests/);
    await server.clock.advance(20_000);
    assert.equal((await server.ask('/healthz')).status, 200);
  });

  it('counts what is no address too, and says the same of it to browsers (P8)', async () => {
    await using server = await TriedServer.start({ limits: { ...usual.limits, requestsPerMinute: 2 } });
    const { status, headers, text } = await server.ask('/%');
    assert.deepEqual(
      [status, headers['x-content-type-options'], headers['cache-control']],
      [400, 'nosniff', 'no-store'],
    );
    assert.match(text, /^\{"error":\{"code":"badRequest"/);
    assert.equal((await server.ask('/%')).status, 400);
    assert.equal((await server.ask('/%')).status, 429);
    assert.equal((await server.ask('/healthz')).status, 429);
  });

  it('tells wrong tokens so no sooner than after half a second, and looks at no more than ten at once (P7)', async () => {
    await using server = await TriedServer.start();
    const token = await server.token('read');
    for (let tried = 0; tried < 10; tried++) {
      const busy = server.clock.sleeping;
      const asked = server.ask('/api/v1/status', { token: 'eldt_wrong' });
      await server.clock.untilSleeping(busy + 1);
      await server.clock.advance(499);
      assert.equal(server.clock.sleeping, busy + 1, 'nothing is told yet');
      await server.clock.advance(1);
      assert.equal((await asked).status, 401);
    }
    const refused = await server.ask('/api/v1/status', { token });
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '30']);
    await server.clock.advance(30_000);
    assert.equal((await server.ask('/api/v1/status', { token })).status, 200);
  });

  it('serves as many connections as it may, and closes one more before a byte of it is read (P8)', async () => {
    await using server = await TriedServer.start({
      limits: { ...usual.limits, connectionsMax: 3 },
    });
    const [first] = [await server.connect(), await server.connect(), await server.connect()];
    const refused = await server.connect();
    assert.equal(await readToEnd(refused), '');
    assert.deepEqual([server.server.connections, server.server.refused], [3, 1]);
    first?.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(await readToEnd(first ?? assert.fail()), /^HTTP\/1\.1 200 /);
    assert.equal((await server.ask('/healthz')).status, 200, 'the place is free again');
  });

  it('closes one more connection of an address than one may have', async () => {
    await using server = await TriedServer.start({ limits: { ...usual.limits, connectionsPerAddressMax: 1 } });
    await server.connect();
    assert.equal(await readToEnd(await server.connect()), '');
  });

  it('ends a connection whose request does not come in time, and survives bytes that are no HTTP (P8)', async () => {
    await using server = await TriedServer.start({ limits: { ...usual.limits, requestMs: 1000 } });
    const slow = await server.connect();
    slow.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    assert.match(await readToEnd(slow), /^HTTP\/1\.1 4\d\d /);
    const nonsense = await server.connect();
    nonsense.write(Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x60, 0x07, 0xff, 0x00, 0x0a]));
    assert.match(await readToEnd(nonsense), /^HTTP\/1\.1 400 /);
    assert.equal((await server.ask('/healthz')).status, 200);
  });

  it('reads a header and a body as long as they may be, and refuses one longer (P8)', async () => {
    await using server = await TriedServer.start();
    const token = await server.token('sync');
    const padding = 15_000;
    assert.equal((await server.ask('/healthz', { headers: { 'x-long': 'x'.repeat(padding) } })).status, 200);
    assert.equal((await server.ask('/healthz', { headers: { 'x-long': 'x'.repeat(16 * 1024) } })).status, 400);
    const body = (bytes: number): string => `{"full":true${' '.repeat(bytes - 13)}}`;
    assert.equal((await server.ask('/api/v1/sync', { token, body: body(64 * 1024) })).status, 200);
    const longer = await server.ask('/api/v1/sync', { token, body: body(64 * 1024 + 1) });
    assert.equal(longer.status, 413);
    assert.equal((await server.ask('/api/v1/sync', { body: body(64 * 1024 + 1) })).status, 401, 'not even looked at');
  });

  it('shows the metrics to whom the settings say', async () => {
    await using server = await TriedServer.start();
    assert.equal((await server.ask('/metrics')).text, 'up 1\n');
    server.use({ metrics: { allowFrom: [{ family: 'ipv4', address: '10.0.0.0', prefix: 8 }], token: false } });
    assert.equal((await server.ask('/metrics')).status, 403);
    server.use({ metrics: { allowFrom: loopback, token: false } });
    assert.equal((await server.ask('/metrics')).status, 200);
    const passedOn = { 'x-forwarded-for': '203.0.113.9' };
    assert.equal((await server.ask('/metrics', { headers: passedOn })).status, 403, 'a proxy that nobody named');
    server.use({ trustedProxies: loopback, metrics: { allowFrom: loopback, token: false } });
    assert.equal((await server.ask('/metrics', { headers: passedOn })).status, 403);
    assert.equal((await server.ask('/metrics', { headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 200);
    server.use({ metrics: { allowFrom: loopback, token: true } });
    assert.equal((await server.ask('/metrics')).status, 401);
    assert.equal((await server.ask('/metrics', { token: await server.token('read') })).status, 403);
    assert.equal((await server.ask('/metrics', { token: await server.token('metrics') })).status, 200);
  });

  it('tells browsers to show nothing of it elsewhere, to guess and to keep nothing, and lets no other site read it', async () => {
    await using server = await TriedServer.start();
    const { headers } = await server.ask('/readyz', { headers: { origin: 'https://evil.example' } });
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['access-control-allow-origin'], undefined);
  });

  it('describes every operation under an id of its own, with every answer that it may have', async () => {
    await using server = await TriedServer.start();
    const { text } = await server.ask('/api/v1/openapi.json');
    const { openapi, paths, components } = JSON.parse(text) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    };
    assert.equal(openapi, '3.1.0');
    assert.ok('Error' in components.schemas);
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length, 'every operation has an id of its own');
    for (const { responses } of operations) {
      assert.deepEqual(Object.keys(responses), ['200', '400', '401', '403', '404', '409', '429', '500']);
    }
  });
});
