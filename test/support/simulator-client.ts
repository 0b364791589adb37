import { Agent, request } from 'undici';
import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../src/certificates/authority.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';

/** A certificate authority with a server certificate for the loopback addresses. */
export interface LoopbackCertificates {
  readonly ca: CertificatePair;
  readonly server: CertificatePair;
}

/** Issues certificates for 127.0.0.1 and localhost, valid around the machine's present time. */
export async function loopbackCertificates(): Promise<LoopbackCertificates> {
  const nowMs = Date.now();
  const ca = await createCertificateAuthority({ commonName: 'Loopback test authority', nowMs, days: 2 });
  const hosts = ['localhost', '127.0.0.1'];
  return { ca, server: await issueServerCertificate({ authority: ca, hosts, nowMs, days: 1 }) };
}

/** An answer as a test looks at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as a JSON object; throws when it is something else. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Narrows a JSON value to an object. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not a JSON object');
  return Object.fromEntries(Object.entries(value));
}

/** Narrows a JSON value to an array of objects. */
export function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw new TypeError('not a JSON array');
  return value.map(object);
}

/** Narrows a JSON value to a text. */
export function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

/** A running simulator with a client that trusts it. */
export class SimulatorClient {
  readonly simulator: Simulator;
  readonly ca: string;
  readonly agent: Agent;
  #token = '';

  constructor(simulator: Simulator, ca: string) {
    this.simulator = simulator;
    this.ca = ca;
    this.agent = new Agent({ connect: { ca } });
  }

  /** Starts a simulator; a tenant of 30 users and 20 groups unless another is given. */
  static async start(options: Partial<SimulatorOptions> = {}): Promise<SimulatorClient> {
    const { ca, server } = await loopbackCertificates();
    const tenant = options.tenant ?? generateTenant({ seed: 7, users: 30, groups: 20 });
    const simulator = await startSimulator({ tenant, certificate: server, ...options });
    return new SimulatorClient(simulator, ca.certPem);
  }

  get control(): Simulator['control'] {
    return this.simulator.control;
  }

  async close(): Promise<void> {
    await this.agent.close();
    await this.simulator.close();
  }

  /** A request with nothing added; `target` is a path or an absolute URL. */
  async raw(
    target: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const url = target.startsWith('https://') ? target : `${this.simulator.url}${target}`;
    const response = await request(url, {
      dispatcher: this.agent,
      method: options.method === 'POST' ? 'POST' : options.method === 'PATCH' ? 'PATCH' : 'GET',
      headers: options.headers ?? {},
      body: options.body ?? null,
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      get json() {
        return object(JSON.parse(text));
      },
    };
  }

  /** A form to the token endpoint of the tenant. */
  async form(parameters: Record<string, string>, tenant: string = this.simulator.tenant.tenantId): Promise<Answer> {
    return this.raw(`/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(parameters).toString(),
    });
  }

  /** Signs a user in by password through the default registration. */
  async signIn(username: string, password: string, more: Record<string, string> = {}): Promise<Answer> {
    return this.form({
      client_id: DEFAULT_CLIENT_ID,
      client_secret: DEFAULT_CLIENT_SECRET,
      grant_type: 'password',
      scope: 'openid',
      username,
      password,
      ...more,
    });
  }

  /** An access token of the default registration, asked for once. */
  async token(): Promise<string> {
    if (this.#token === '') {
      const answer = await this.form({
        client_id: DEFAULT_CLIENT_ID,
        client_secret: DEFAULT_CLIENT_SECRET,
        grant_type: 'client_credentials',
        scope: 'https://graph.microsoft.com/.default',
      });
      this.#token = string(answer.json['access_token']);
    }
    return this.#token;
  }

  /** Forgets the access token. */
  forgetToken(): void {
    this.#token = '';
  }

  /** A GET to Graph with a token; `target` begins behind `/v1.0` or is an absolute link. */
  async get(target: string, headers: Record<string, string> = {}): Promise<Answer> {
    const url = target.startsWith('https://') ? target : `/v1.0${target}`;
    return this.raw(url, { headers: { authorization: `Bearer ${await this.token()}`, ...headers } });
  }

  /** A POST of JSON to Graph with a token. */
  async post(target: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.raw(`/v1.0${target}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await this.token()}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Follows next links to the delta link; throws on any answer but 200. */
  async round(target: string, headers: Record<string, string> = {}): Promise<DeltaRound> {
    const pages: Readonly<Record<string, unknown>>[] = [];
    for (let next: string | undefined = target; next !== undefined; ) {
      const answer = await this.get(next, headers);
      if (answer.status !== 200) throw new Error(`unexpected ${answer.status}: ${answer.text}`);
      const page = answer.json;
      pages.push(page);
      next = page['@odata.nextLink'] === undefined ? undefined : string(page['@odata.nextLink']);
    }
    const entries = pages.flatMap((page) => objects(page['value']));
    return { pages, entries, deltaLink: string(pages.at(-1)?.['@odata.deltaLink']) };
  }
}

/** What a whole round of a delta query brought. */
export interface DeltaRound {
  readonly pages: readonly Readonly<Record<string, unknown>>[];
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly deltaLink: string;
}

/** The error object of a Graph answer. */
export function graphError(answer: Answer): Readonly<Record<string, unknown>> {
  return object(answer.json['error']);
}
