import { type FastifyInstance, fastify } from 'fastify';
import { addPages } from '../../src/http/pages/pages.ts';
import type { TokenVerdict } from '../../src/http/services.ts';
import type { AdminApi } from '../../src/identity/admin.ts';
import { type AdminIdentity, type AdminScope, type AdminTokens, adminScopes } from '../../src/identity/admin-token.ts';
import { ManualClock } from './manual-clock.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';
import { sampleAdministration, sampleNowMs } from './sample-administration.ts';

/** What is not usual about a page on trial. */
interface Unusual {
  readonly api?: Partial<AdminApi>;
  /** What the token `good` allows; everything, unless told otherwise. */
  readonly scopes?: readonly AdminScope[];
  readonly isSecure?: boolean;
}

/** What a browser would know of an answer. */
export interface Seen {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

const host = 'ldap.contoso.com';

/** The status page over an administration of samples, asked without a network by a browser that keeps cookies. */
export class StatusPage implements AsyncDisposable {
  readonly clock = new ManualClock(sampleNowMs);
  readonly log: RecordingLog = recordingLog();
  readonly cookies = new Map<string, string>();
  /** What the gate says; the token `good` is granted otherwise. */
  verdict: TokenVerdict | undefined;
  /** False once the token was revoked. */
  isTokenGood = true;
  readonly #app: FastifyInstance = fastify();
  readonly #identity: AdminIdentity;
  readonly #scheme: 'http' | 'https';

  private constructor({ scopes = adminScopes, isSecure = false }: Unusual) {
    this.#identity = { id: 'token001', name: 'Ada’s laptop', scopes: new Set(scopes), expiresAtMs: null };
    this.#scheme = isSecure ? 'https' : 'http';
  }

  static async open(unusual: Unusual = {}): Promise<StatusPage> {
    const page = new StatusPage(unusual);
    await addPages(page.#app, {
      version: '0.1.0',
      api: sampleAdministration(unusual.api),
      tokens: page.#tokens(),
      gate: { check: async (_request, token) => page.#check(token) },
      isSecure: () => unusual.isSecure === true,
      clock: page.clock,
      log: page.log,
    });
    await page.#app.ready();
    return page;
  }

  /** The same, after signing in. */
  static async signedIn(unusual: Unusual = {}): Promise<StatusPage> {
    const page = await StatusPage.open(unusual);
    await page.signIn('good');
    return page;
  }

  /** Opens a page. */
  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    return this.#send('GET', url, headers);
  }

  /** Sends a form, from one of our own pages unless told otherwise. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Seen> {
    const own = { origin: `${this.#scheme}://${host}`, 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send('POST', url, { ...own, ...headers }, new URLSearchParams({ ...fields }).toString());
  }

  /** Sends a form with these headers alone. */
  postAs(
    headers: Readonly<Record<string, string>>,
    url: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<Seen> {
    return this.#send('POST', url, headers, new URLSearchParams({ ...fields }).toString());
  }

  /** Fills in the form of the page where one signs in. */
  async signIn(token: string, to = '/'): Promise<Seen> {
    const { text } = await this.get('/sign-in');
    return this.post('/sign-in', { csrf: csrfIn(text), token, to });
  }

  /** The secret that goes into the forms of this session. */
  async csrf(): Promise<string> {
    return csrfIn((await this.get('/')).text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close();
  }

  async #send(
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    payload?: string,
  ): Promise<Seen> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.inject({
      method,
      url,
      headers: { host, ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const { name, value, maxAge, expires } of answer.cookies) {
      if (maxAge === 0 || (expires !== undefined && expires.getTime() === 0)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: answer.statusCode, text: answer.body, location: answer.headers.location, headers: answer.headers };
  }

  #check(token: string): TokenVerdict {
    return this.verdict ?? (token === 'good' ? { kind: 'granted', identity: this.#identity } : { kind: 'wrong' });
  }

  #tokens(): AdminTokens {
    const unasked = (): never => {
      throw new Error('the tokens were asked for');
    };
    const current = (id: string): AdminIdentity | undefined =>
      this.isTokenGood && id === this.#identity.id ? this.#identity : undefined;
    return { verify: unasked, create: unasked, list: unasked, edit: unasked, revoke: unasked, current };
  }
}

/** The secret of the first form of a page. */
function csrfIn(text: string): string {
  return /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
}
