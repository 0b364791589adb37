import assert from 'node:assert/strict';
import type { NewAdminToken } from '../../src/identity/admin-token.ts';
import type { DaemonOnSimulator } from './daemon-on-simulator.ts';
import { type ReadFamily, readMetrics } from './prometheus-text.ts';

/** What the HTTP server of a daemon answers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** The section of the configuration with which a daemon serves HTTP on a free port. */
export const httpOnFreePort = { listen: ['127.0.0.1:0'] };

/** Asks the HTTP server of a daemon that was started with {@link httpOnFreePort}. */
export class HttpOfDaemon {
  readonly #daemon: DaemonOnSimulator;

  constructor(daemon: DaemonOnSimulator) {
    this.#daemon = daemon;
  }

  /** Where it listens since the last start. */
  async url(): Promise<string> {
    const [, port = ''] = await this.#daemon.waitFor(/"event":"http\.server\.listening".*?"port":(\d+)/);
    return `http://127.0.0.1:${port}`;
  }

  /** Asks, with a token if one is given, and with a body as JSON. */
  async ask(path: string, { token, body, method, headers }: AskOptions = {}): Promise<HttpAnswer> {
    const response = await fetch(`${await this.url()}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text) as Readonly<Record<string, unknown>>;
      },
    };
  }

  /** The metrics, which have to be well-formed. */
  async metrics(): Promise<ReadonlyMap<string, ReadFamily>> {
    const { status, text } = await this.ask('/metrics');
    assert.equal(status, 200, text);
    return readMetrics(text);
  }

  /** One number of the metrics; fails when it is not there. */
  async metric(name: string, labels = ''): Promise<number> {
    const family = (await this.metrics()).get(name) ?? assert.fail(`there is no ${name}`);
    return family.samples.get(`${name}${labels}`) ?? assert.fail(`there is no ${name}${labels}`);
  }

  /** Makes a token by the command. */
  async token(name: string, scopes: string, ...options: readonly string[]): Promise<NewAdminToken> {
    return await this.#daemon.json('admin-token', 'create', '--name', name, '--scopes', scopes, ...options);
  }
}

/** What a request has beside its path. */
export interface AskOptions {
  readonly token?: string;
  readonly body?: object;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
