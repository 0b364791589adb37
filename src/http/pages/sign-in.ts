import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminRequestRefused } from '../../observability/events.ts';
import { PacedLog } from '../../observability/paced-log.ts';
import { counted } from '../../wording/quantities.ts';
import type { HttpServices } from '../services.ts';
import { type Door, fieldsOf, ForeignForm, send } from './door.ts';
import { type Html, html } from './html.ts';
import { emblem } from './icons.ts';
import { csrfField, firstPlace, lonePage } from './layout.ts';
import { notice } from './parts.ts';
import { cookieName, cookieOptions, isFromOurselves } from './security.ts';
import { isSame, type Sessions } from './sessions.ts';

/** Where one signs in with an admin token, and out. */
export function addSignIn(app: FastifyInstance, door: Door, services: HttpServices, sessions: Sessions): void {
  app.get('/sign-in', (request, reply) => {
    const to = ownPath(fieldsOf(request.query)('to'));
    if (door.sessionOf(request, false) !== undefined) return reply.redirect(to, 303);
    return offer(request, reply, services, { to, problem: undefined, status: 200 });
  });
  // Whoever has no token can set these lines off.
  const paced = { ...services, log: new PacedLog(services.log, services.clock) };
  app.post('/sign-in', (request, reply) => signIn(request, reply, paced, sessions));
  app.post('/sign-out', (request, reply) => {
    const session = door.sessionOf(request, false);
    const csrf = fieldsOf(request.body)('csrf') ?? '';
    if (!isFromOurselves(request, services) || (session !== undefined && !isSame(csrf, session.csrf)))
      throw new ForeignForm();
    sessions.end(door.cookieOf(request) ?? '');
    const isSecure = services.isSecure(request);
    return reply.clearCookie(cookieName('session', isSecure), cookieOptions(isSecure)).redirect('/sign-in', 303);
  });
}

interface Offer {
  readonly to: string;
  readonly problem: string | undefined;
  readonly status: number;
}

/** Before there is a session, what a form and a cookie have in common shows that the form is ours. */
function offer(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HttpServices,
  { to, problem, status }: Offer,
): FastifyReply {
  const isSecure = services.isSecure(request);
  const nonce = randomBytes(16).toString('base64url');
  reply.setCookie(cookieName('sign-in', isSecure), nonce, { ...cookieOptions(isSecure), maxAge: 3600 });
  return send(reply.code(status), lonePage('Sign in', signInForm(nonce, to, problem)));
}

/** The page where one signs in. */
function signInForm(nonce: string, to: string, problem: string | undefined): Html {
  return html`<div class="card">
<div class="head">${emblem}<div><h1>Sign in</h1><p>entra-ldapd status page</p></div></div>
${problem !== undefined && notice('bad', problem)}
<form method="post" action="/sign-in">
${csrfField(nonce)}<input type="hidden" name="to" value="${to}">
<input type="text" name="username" value="entra-ldapd" autocomplete="username" hidden>
<div class="field"><label for="token">Admin token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false" aria-describedby="token-help"></div>
<button class="main">Sign in</button>
</form>
<p class="quiet" id="token-help">Make a token on the server with the scopes that you need. It is shown once:</p>
<pre><code>entra-ldapd admin-token create \\
--name "status page" \\
--scopes read,people,audit,sync,approve</code></pre>
</div>`;
}

async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HttpServices,
  sessions: Sessions,
): Promise<FastifyReply> {
  const form = fieldsOf(request.body);
  const isSecure = services.isSecure(request);
  const nonce = request.cookies[cookieName('sign-in', isSecure)];
  const to = ownPath(form('to'));
  if (!isFromOurselves(request, services)) throw new ForeignForm();
  if (nonce === undefined || !isSame(form('csrf') ?? '', nonce)) {
    return offer(request, reply, services, {
      to,
      problem: 'This page had been open for too long, or cookies are refused. Try again.',
      status: 403,
    });
  }
  const verdict = await services.gate.check(request, (form('token') ?? '').trim());
  const refuse = (status: number, problem: string, reason: string): FastifyReply => {
    adminRequestRefused(services.log, { peer: request.ip, route: '/sign-in', reason });
    return offer(request, reply, services, { to, problem, status });
  };
  switch (verdict.kind) {
    case 'wrong':
      return refuse(401, 'This token is not valid: it is mistyped, revoked or expired.', 'wrong token');
    case 'tooMany':
      reply.header('retry-after', String(Math.ceil(verdict.waitMs / 1000)));
      return refuse(
        429,
        `Too many wrong tokens came from this address. Try again in ${counted(Math.ceil(verdict.waitMs / 1000), 'second')}.`,
        'too many wrong tokens',
      );
    case 'inTheClear':
      return refuse(
        403,
        'This connection is not encrypted, so a token must not be typed here. Open the page over HTTPS, or on the server itself.',
        'clear text',
      );
    case 'granted':
      break;
  }
  const { identity } = verdict;
  if (firstPlace(identity.scopes) === undefined) {
    return refuse(403, `The token “${identity.name}” allows nothing that these pages show.`, 'no scope of a page');
  }
  reply.clearCookie(cookieName('sign-in', isSecure), cookieOptions(isSecure));
  reply.setCookie(cookieName('session', isSecure), sessions.begin(identity), cookieOptions(isSecure));
  return reply.redirect(to, 303);
}

/** A path of these pages; whatever else somebody wants to be led to is the overview. */
function ownPath(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) && !to.startsWith('/sign-') ? to : '/';
}
