import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AdminRefusal } from '../../identity/admin.ts';
import type { AdminScope } from '../../identity/admin-token.ts';
import { adminRequestAnswered, adminRequestRefused } from '../../observability/events.ts';
import type { HttpServices } from '../services.ts';
import { type HtmlValue, html } from './html.ts';
import { type Flash, firstPlace, lonePage, page, type Visit } from './layout.ts';
import { card, heading, link } from './parts.ts';
import { cookieName, isFromOurselves } from './security.ts';
import { isSame, type Session, type Sessions } from './sessions.ts';

/** A page as a route makes it. */
export interface PageContent {
  readonly title: string;
  /** The page of the navigation to which it belongs. */
  readonly path: string;
  readonly main: HtmlValue;
}

/** What came of an action: what is said of it, and on which page. */
export interface ActionOutcome {
  readonly flash: Flash;
  readonly to: string;
}

/** The fields of a form or a query: texts of bounded length. */
export type Fields = (name: string) => string | undefined;

/** Longer values of fields are not read. */
const fieldCharsMax = 1024;

/** A header that our script sends: asking for what is new does not count as somebody's being here. */
const liveHeader = 'entra-ldapd-live';

/**
 * The door of all pages: every page and action is added here with the scope that it takes, so that none can be reached without
 * a session, with a token that does not allow it, or by a form of another site (P7).
 */
export class Door {
  readonly #app: FastifyInstance;
  readonly #services: HttpServices;
  readonly #sessions: Sessions;

  constructor(app: FastifyInstance, services: HttpServices, sessions: Sessions) {
    this.#app = app;
    this.#services = services;
    this.#sessions = sessions;
  }

  /** Adds a page for whoever's token allows `scope`. */
  page(
    path: string,
    scope: AdminScope,
    make: (visit: Visit, query: Fields) => PageContent | Promise<PageContent>,
  ): void {
    this.#app.get(path, async (request, reply) => {
      const isLive = request.headers[liveHeader] !== undefined;
      const session = this.sessionOf(request, !isLive);
      if (session === undefined)
        return isLive ? reply.code(401).send('') : reply.redirect(signInPath(request.url), 303);
      const { scopes } = session.identity;
      const first = firstPlace(scopes);
      if (path === '/' && !scopes.has(scope) && first !== undefined) return reply.redirect(first, 303);
      const visit = this.#visit(session, isLive);
      if (!scopes.has(scope)) return this.#refuse(request, reply, visit, scope);
      return send(reply, page(visit, await make(visit, fieldsOf(request.query))));
    });
  }

  /** Adds what a form does for whoever's token allows `scope`; a refusal of the daemon is said on the page that `to` names. */
  action(
    path: string,
    scope: AdminScope,
    to: string,
    act: (form: Fields, visit: Visit) => ActionOutcome | Promise<ActionOutcome>,
  ): void {
    this.#app.post(path, async (request, reply) => {
      const session = this.#sessionOfForm(request);
      if (session === undefined) return reply.redirect(signInPath(to), 303);
      const { identity } = session;
      const visit = this.#visit(session, true);
      if (!identity.scopes.has(scope)) return this.#refuse(request, reply, visit, scope);
      const form = fieldsOf(request.body);
      const outcome = await refusable(to, () => act(form, visit));
      session.say(outcome.flash);
      const status = outcome.flash.tone === 'bad' ? 409 : 200;
      adminRequestAnswered(this.#services.log, {
        id: identity.id,
        name: identity.name,
        peer: request.ip,
        method: 'POST',
        route: path,
        status,
      });
      return reply.redirect(outcome.to, 303);
    });
  }

  /** Who has sent a request, or undefined for somebody who has not signed in. */
  sessionOf(request: FastifyRequest, isUse: boolean): Session | undefined {
    const cookie = this.cookieOf(request);
    return cookie === undefined ? undefined : this.#sessions.find(cookie, isUse);
  }

  /** The cookie of the session. */
  cookieOf(request: FastifyRequest): string | undefined {
    return request.cookies[cookieName('session', this.#services.isSecure(request))];
  }

  /**
   * Who has sent a form, or undefined when the session has ended.
   *
   * @throws ForeignForm when it was not sent from a page of this session
   */
  #sessionOfForm(request: FastifyRequest): Session | undefined {
    if (!isFromOurselves(request, this.#services)) throw new ForeignForm();
    const session = this.sessionOf(request, true);
    if (session !== undefined && !isSame(fieldsOf(request.body)('csrf') ?? '', session.csrf)) throw new ForeignForm();
    return session;
  }

  #visit(session: Session, keepsFlash: boolean): Visit {
    const { api, clock } = this.#services;
    return {
      identity: session.identity,
      csrf: session.csrf,
      status: api.status(),
      flash: keepsFlash ? undefined : session.takeFlash(),
      nowMs: clock.now(),
    };
  }

  #refuse(request: FastifyRequest, reply: FastifyReply, visit: Visit, scope: AdminScope): FastifyReply {
    const { id } = visit.identity;
    const route = request.routeOptions.url ?? '';
    adminRequestRefused(this.#services.log, { peer: request.ip, route, reason: `scope ${scope}`, id });
    const main = html`${heading('Not with this token', 'It was made without the right to do this.')}
${card(
  'What to do',
  html`<p>The token “${visit.identity.name}” lacks the scope <code>${scope}</code>. Sign in with one that has it, or make one on the server:</p>
<pre><code>entra-ldapd admin-token create --name NAME --scopes read,${scope}</code></pre>`,
)}`;
    return send(reply.code(403), page(visit, { title: 'Not with this token', path: '', main }));
  }
}

/** A form that no page of ours has sent. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm';
}

/** Answers with a page. */
export function send(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(text);
}

/** Answers somebody of whom nothing is known with a page that says what is wrong. */
export function sendTrouble(reply: FastifyReply, status: number, title: string, text: string): FastifyReply {
  const main = html`<div class="card"><h1>${title}</h1><p class="quiet">${text}</p><p><a href="/">To the overview</a></p></div>`;
  return send(reply.code(status), lonePage(title, main));
}

/** Where to sign in and come back from. */
function signInPath(to: string): string {
  return link('/sign-in', { to: to === '/' ? undefined : to });
}

async function refusable(to: string, act: () => ActionOutcome | Promise<ActionOutcome>): Promise<ActionOutcome> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AdminRefusal) return { flash: { tone: 'bad', text: error.message }, to };
    throw error;
  }
}

/** Reads texts out of a parsed query or form. What was sent twice, or is too long, was not sent by our pages. */
export function fieldsOf(parsed: unknown): Fields {
  const values = new Map(typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []);
  return (name) => {
    const value: unknown = values.get(name);
    return typeof value === 'string' && value !== '' && value.length <= fieldCharsMax ? value : undefined;
  };
}
